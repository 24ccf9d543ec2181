/*
 * A rwlock is held to read, and the same thread wants to write; another reader has gone meanwhile.
 * says: deadlock/self-lock
 */
#include <pthread.h>

static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static int rows;

static void *read_too(void *unused)
{
    pthread_rwlock_rdlock(&table);
    rows += 0;
    pthread_rwlock_unlock(&table);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_rwlock_rdlock(&table);
    pthread_create(&other, NULL, read_too, NULL);
    pthread_join(other, NULL);
    if (rows == 0) {
        pthread_rwlock_wrlock(&table); /* HERE */
        rows = 1;
    }
    pthread_rwlock_unlock(&table);
    return 0;
}
