/*
 * A thread waits for one that posted and has ended. A manager that has never touched the semaphore,
 * nor made who posted, cancels it when its own work is done.
 * with: --stranded-seconds=1
 * says: nothing
 */
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

static sem_t jobs;

static void *consume(void *unused)
{
    while (sem_wait(&jobs) == 0)
        ;
    return unused;
}

static void *produce(void *unused)
{
    sem_init(&jobs, 0, 0);
    for (int i = 0; i < 5; i++)
        sem_post(&jobs);
    return unused;
}

static void *manage(void *unused)
{
    pthread_t consumer;
    pthread_create(&consumer, NULL, consume, NULL);
    for (int i = 0; i < 220; i++)
        usleep(10000);
    pthread_cancel(consumer);
    pthread_join(consumer, NULL);
    return unused;
}

static void *start(void *unused)
{
    pthread_t producer;
    pthread_create(&producer, NULL, produce, NULL);
    pthread_join(producer, NULL);
    return unused;
}

int main(void)
{
    pthread_t manager, starter;
    pthread_create(&starter, NULL, start, NULL);
    pthread_join(starter, NULL);
    pthread_create(&manager, NULL, manage, NULL);
    for (int i = 0; i < 260; i++)
        usleep(10000);
    return pthread_join(manager, NULL);
}
