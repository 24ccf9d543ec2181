/*
 * A thread unlocks a rwlock that another one holds to write.
 * says: misuse/unlock-stranger
 */
#include <pthread.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static void *unlock(void *unused)
{
    pthread_rwlock_unlock(&lock); /* HERE */
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_rwlock_wrlock(&lock);
    pthread_create(&other, NULL, unlock, NULL);
    return pthread_join(other, NULL);
}
