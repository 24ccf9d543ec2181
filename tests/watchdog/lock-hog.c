/*
 * A thread lets its lock go and takes it again at once; one of low priority on the same processor
 * waits in the queue and never gets there in between.
 * says: starvation/lock-hog
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *wait_for_it(void *unused)
{
    for (;;) {
        pthread_mutex_lock(&lock); /* HERE */
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void)
{
    cpu_set_t one;
    pthread_t waiter;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
    pthread_mutex_lock(&lock); /* HERE */
    pthread_create(&waiter, NULL, wait_for_it, NULL);
    usleep(100000);
    pthread_setschedparam(waiter, SCHED_IDLE, &(struct sched_param){0});
    while (clock() < 5 * CLOCKS_PER_SEC / 2) {
        for (double until = now() + 0.0003; now() < until;)
            ;
        pthread_mutex_unlock(&lock);
        pthread_mutex_lock(&lock); /* HERE */
    }
    exit(0);
}
