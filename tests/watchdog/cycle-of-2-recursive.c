/*
 * Two threads hold a recursive mutex each, twice deep, and want the other's.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>

static pthread_mutex_t ledger = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t journal = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_barrier_t met;

static void *book(void *unused)
{
    pthread_mutex_lock(&ledger);
    pthread_mutex_lock(&ledger);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&journal); /* HERE */
    pthread_mutex_unlock(&journal);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_barrier_init(&met, NULL, 2);
    pthread_create(&other, NULL, book, NULL);
    pthread_mutex_lock(&journal);
    pthread_mutex_lock(&journal);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&ledger); /* HERE */
    pthread_mutex_unlock(&ledger);
    return pthread_join(other, NULL);
}
