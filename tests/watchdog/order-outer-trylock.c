/*
 * The outer lock is only tried for, the inner one waited for: that does not help.
 * says: deadlock/lock-order
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t disk = PTHREAD_MUTEX_INITIALIZER, cache = PTHREAD_MUTEX_INITIALIZER;

static int both(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    if (pthread_mutex_trylock(outer) != 0)
        return 1;
    pthread_mutex_lock(inner); /* HERE */
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
    return 0;
}

static void *evict(void *unused)
{
    usleep(200000);
    both(&cache, &disk);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, evict, NULL);
    int failed = both(&disk, &cache);
    pthread_join(other, NULL);
    return failed;
}
