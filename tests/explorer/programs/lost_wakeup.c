/*
 * N workers wait for a start signal; main sets the flag and wakes them all.
 *
 * Bug: the flag is looked at outside of the lock, so that main's broadcast may fall between a
 * worker's look and its wait; it then sleeps for ever.
 *
 * Follows the lost notify of Farchi, Nir and Ur's bug patterns (IPDPS 2003). Smallest number of
 * preemptions: 1.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 1
#endif

static _Atomic int started;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void *work(void *unused)
{
    (void)unused;
#ifdef FIXED
    pthread_mutex_lock(&lock);
    while (!atomic_load(&started))
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
#else
    while (!atomic_load(&started)) {
        pthread_mutex_lock(&lock);
        pthread_cond_wait(&changed, &lock);
        pthread_mutex_unlock(&lock);
    }
#endif
    return NULL;
}

int main(void)
{
    pthread_t workers[N];

    for (int i = 0; i < N; i++)
        pthread_create(&workers[i], NULL, work, NULL);
    pthread_mutex_lock(&lock);
    atomic_store(&started, 1);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < N; i++)
        pthread_join(workers[i], NULL);
    return 0;
}
