/*
 * A thread reads again behind a waiting writer, of a rwlock that lets no reader pass a writer; but
 * the writer has a time-out, and gives up after a while.
 * says: nothing
 */
#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

static pthread_rwlock_t tree;

static void *insert(void *unused)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    int how = pthread_rwlock_clockwrlock(&tree, CLOCK_MONOTONIC, &until);
    return how == ETIMEDOUT ? unused : &tree;
}

int main(void)
{
    pthread_rwlockattr_t kind;
    pthread_t writer;
    void *wrong;
    pthread_rwlockattr_init(&kind);
    pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&tree, &kind);
    pthread_rwlock_rdlock(&tree);
    pthread_create(&writer, NULL, insert, NULL);
    while (pthread_rwlock_tryrdlock(&tree) == 0) {
        pthread_rwlock_unlock(&tree);
        usleep(1000);
    }
    pthread_rwlock_rdlock(&tree);
    pthread_rwlock_unlock(&tree);
    pthread_join(writer, &wrong);
    pthread_rwlock_unlock(&tree);
    return wrong != NULL;
}
