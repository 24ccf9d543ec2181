/*
 * The thread that posted so far has ended. A timer's signal handler posts the last one.
 * with: --stranded-seconds=1
 * says: nothing
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

static sem_t ready;

static void post(int number)
{
    (void)number;
    sem_post(&ready);
}

static void *produce(void *unused)
{
    for (int i = 0; i < 5; i++)
        sem_post(&ready);
    return unused;
}

static void *beat(void *unused)
{
    for (int i = 0; i < 300; i++)
        usleep(10000);
    return unused;
}

int main(void)
{
    pthread_t producer, beats;
    sem_init(&ready, 0, 0);
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = post, .sa_flags = SA_RESTART}, NULL);
    alarm(3);
    pthread_create(&beats, NULL, beat, NULL);
    pthread_create(&producer, NULL, produce, NULL);
    for (int taken = 0; taken < 6; taken++)
        while (sem_wait(&ready) != 0)
            ;
    return 0;
}
