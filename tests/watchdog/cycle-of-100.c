/*
 * A hundred threads in one ring of default mutexes, beside a thread that works on for a while.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#define N 100

static pthread_mutex_t link_of[N];
static pthread_barrier_t held;

static void *chain(void *number)
{
    uintptr_t i = (uintptr_t)number;
    pthread_mutex_lock(&link_of[i]);
    pthread_barrier_wait(&held);
    pthread_mutex_lock(&link_of[(i + 1) % N]); /* HERE */
    return NULL;
}

int main(void)
{
    pthread_barrier_init(&held, NULL, N);
    for (uintptr_t i = 0; i < N; i++) {
        pthread_t thread;
        pthread_mutex_init(&link_of[i], NULL);
        if (pthread_create(&thread, NULL, chain, (void *)i) != 0)
            exit(1);
    }
    for (int i = 0; i < 100; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    exit(0);
}
