/*
 * A pool of one connection behind a semaphore: two threads pass it on between themselves, and one
 * of low priority on the same processor waits and never gets it.
 * says: starvation/bypass
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static sem_t connections;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *query(void *unused)
{
    for (;;) {
        sem_wait(&connections); /* HERE */
        for (double until = now() + 0.0003; now() < until;)
            ;
        sem_post(&connections);
    }
    return unused;
}

int main(void)
{
    cpu_set_t one;
    pthread_t thread[3];
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
    sem_init(&connections, 0, 0);
    for (int i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, query, NULL);
    usleep(100000);
    pthread_setschedparam(thread[0], SCHED_IDLE, &(struct sched_param){0});
    sem_post(&connections);
    while (clock() < 5 * CLOCKS_PER_SEC / 2)
        usleep(10000);
    exit(0);
}
