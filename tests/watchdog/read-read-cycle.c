/*
 * Two default rwlocks are read in two orders, and written one at a time: readers pass writers, so
 * nobody ever waits in a circle.
 * says: nothing
 */
#include <pthread.h>

static pthread_rwlock_t a = PTHREAD_RWLOCK_INITIALIZER, b = PTHREAD_RWLOCK_INITIALIZER;
static int x, y;

static void *read_backward(void *unused)
{
    for (int i = 0; i < 2000; i++) {
        pthread_rwlock_rdlock(&b);
        pthread_rwlock_rdlock(&a);
        pthread_rwlock_unlock(&a);
        pthread_rwlock_unlock(&b);
    }
    return unused;
}

static void *write_one(void *unused)
{
    for (int i = 0; i < 500; i++) {
        pthread_rwlock_wrlock(&a);
        x++;
        pthread_rwlock_unlock(&a);
        pthread_rwlock_wrlock(&b);
        y++;
        pthread_rwlock_unlock(&b);
    }
    return unused;
}

int main(void)
{
    pthread_t reader, writer;
    pthread_create(&reader, NULL, read_backward, NULL);
    pthread_create(&writer, NULL, write_one, NULL);
    for (int i = 0; i < 2000; i++) {
        pthread_rwlock_rdlock(&a);
        pthread_rwlock_rdlock(&b);
        pthread_rwlock_unlock(&b);
        pthread_rwlock_unlock(&a);
    }
    pthread_join(reader, NULL);
    pthread_join(writer, NULL);
    return x + y - 1000;
}
