/*
 * Two readers of one rwlock, each of which wants to write now: each waits for the other's read.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>

static pthread_rwlock_t cache = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t both_read;

static void *refresh(void *unused)
{
    pthread_rwlock_rdlock(&cache);
    pthread_barrier_wait(&both_read);
    pthread_rwlock_wrlock(&cache); /* HERE */
    pthread_rwlock_unlock(&cache);
    return unused;
}

int main(void)
{
    pthread_t one, two;
    pthread_barrier_init(&both_read, NULL, 2);
    pthread_create(&one, NULL, refresh, NULL);
    pthread_create(&two, NULL, refresh, NULL);
    pthread_join(one, NULL);
    return pthread_join(two, NULL);
}
