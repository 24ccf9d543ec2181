/*
 * A reader wants the mutex of one that wants to write: a cycle over two sorts of locks.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>

static pthread_rwlock_t config = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t met;

static void *reload(void *unused)
{
    pthread_mutex_lock(&log_lock);
    pthread_barrier_wait(&met);
    pthread_rwlock_wrlock(&config); /* HERE */
    pthread_rwlock_unlock(&config);
    pthread_mutex_unlock(&log_lock);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_barrier_init(&met, NULL, 2);
    pthread_create(&other, NULL, reload, NULL);
    pthread_rwlock_rdlock(&config);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&log_lock); /* HERE */
    pthread_mutex_unlock(&log_lock);
    pthread_rwlock_unlock(&config);
    return pthread_join(other, NULL);
}
