/*
 * A recursive mutex is taken again in calls of one's own, and a default rwlock is read again while
 * a writer waits, which does not keep a reader out.
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t tree = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_rwlock_t shared = PTHREAD_RWLOCK_INITIALIZER;
static int nodes, written;

static void grow(int depth)
{
    pthread_mutex_lock(&tree);
    nodes++;
    if (depth > 0) {
        grow(depth - 1);
        grow(depth - 1);
    }
    pthread_mutex_unlock(&tree);
}

static void *write_and_grow(void *unused)
{
    pthread_rwlock_wrlock(&shared);
    written = 1;
    pthread_rwlock_unlock(&shared);
    grow(9);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_rwlock_rdlock(&shared);
    pthread_create(&other, NULL, write_and_grow, NULL);
    usleep(300000);
    pthread_rwlock_rdlock(&shared);
    int early = written;
    pthread_rwlock_unlock(&shared);
    pthread_rwlock_unlock(&shared);
    grow(9);
    pthread_join(other, NULL);
    return early || nodes != 2046;
}
