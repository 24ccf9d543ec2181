/*
 * Two threads take one lock and try for the other's; both give way, and both start again.
 * says: starvation/livelock
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t lock[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t step;

static void *work(void *number)
{
    uintptr_t i = (uintptr_t)number;
    for (;;) {
        pthread_mutex_lock(&lock[i]);
        pthread_barrier_wait(&step);                     /* as two do that run equally fast */
        int taken = pthread_mutex_trylock(&lock[1 - i]); /* HERE */
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
    usleep(1500000);
    exit(0);
}
