/*
 * A worker gives up at the first bad item, so that the counter waits for a post that never comes;
 * main waits for the counter to end, and a thread that only sleeps and wakes goes on.
 * with: --stranded-seconds=1
 * says: deadlock/semaphore probable
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>

static sem_t done;

static void *work(void *unused)
{
    for (int item = 0; item < 10; item++) {
        if (item == 7)
            break;
        sem_post(&done);
    }
    return unused;
}

static void *count(void *unused)
{
    for (int item = 0; item < 10; item++)
        sem_wait(&done); /* HERE */
    return unused;
}

static void *beat(void *unused)
{
    (void)unused;
    for (int i = 0; i < 600; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    exit(0);
}

int main(void)
{
    pthread_t counter, worker, beats;
    sem_init(&done, 0, 0);
    pthread_create(&beats, NULL, beat, NULL);
    pthread_create(&worker, NULL, work, NULL);
    pthread_create(&counter, NULL, count, NULL);
    return pthread_join(counter, NULL) + pthread_join(worker, NULL) + 1;
}
