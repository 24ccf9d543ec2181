/*
 * A thread is in an endless loop with a lock held that another one waits for.
 * says: starvation/stuck-holder
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t held;
static _Atomic unsigned seed = 1;

static void *search(void *unused)
{
    pthread_mutex_lock(&lock); /* HERE */
    pthread_barrier_wait(&held);
    while (atomic_load(&seed) != 0)
        atomic_store(&seed, atomic_load(&seed) * 5 | 1);
    pthread_mutex_unlock(&lock);
    return unused;
}

static void *wait_for_it(void *unused)
{
    pthread_barrier_wait(&held);
    pthread_mutex_lock(&lock); /* HERE */
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    pthread_t searches, waits;
    pthread_barrier_init(&held, NULL, 2);
    pthread_create(&searches, NULL, search, NULL);
    pthread_create(&waits, NULL, wait_for_it, NULL);
    usleep(2500000);
    exit(0);
}
