/*
 * Two rwlocks taken to write in two orders.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>

static pthread_rwlock_t users = PTHREAD_RWLOCK_INITIALIZER, groups = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t met;

static void *rename_group(void *unused)
{
    pthread_rwlock_wrlock(&groups);
    pthread_barrier_wait(&met);
    pthread_rwlock_wrlock(&users); /* HERE */
    pthread_rwlock_unlock(&users);
    pthread_rwlock_unlock(&groups);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_barrier_init(&met, NULL, 2);
    pthread_create(&other, NULL, rename_group, NULL);
    pthread_rwlock_wrlock(&users);
    pthread_barrier_wait(&met);
    pthread_rwlock_wrlock(&groups); /* HERE */
    pthread_rwlock_unlock(&groups);
    pthread_rwlock_unlock(&users);
    return pthread_join(other, NULL);
}
