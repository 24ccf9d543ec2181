/*
 * The same with patience: each waits a moment for the other's lock, in step with the other.
 * says: starvation/livelock
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t step;

static void *work(void *number)
{
    uintptr_t i = (uintptr_t)number;
    struct timespec until;
    for (;;) {
        pthread_mutex_lock(&lock[i]);
        pthread_barrier_wait(&step);
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += until.tv_nsec < 999900000 ? 100000 : 0;
        int taken = pthread_mutex_timedlock(&lock[1 - i], &until); /* HERE */
        pthread_barrier_wait(&step);
        if (taken == 0)
            exit(1);
        pthread_mutex_unlock(&lock[i]);
    }
    return NULL;
}

int main(void)
{
    pthread_t thread[2];
    pthread_barrier_init(&step, NULL, 2);
    for (uintptr_t i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, work, (void *)i);
    usleep(2500000);
    exit(0);
}
