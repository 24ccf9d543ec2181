/*
 * A reader that reads again behind a waiting writer, of a rwlock that lets no reader pass a writer.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>
#include <unistd.h>

static pthread_rwlock_t tree;

static void *insert(void *unused)
{
    pthread_rwlock_wrlock(&tree); /* HERE */
    pthread_rwlock_unlock(&tree);
    return unused;
}

int main(void)
{
    pthread_rwlockattr_t kind;
    pthread_t writer;
    pthread_rwlockattr_init(&kind);
    pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&tree, &kind);
    pthread_rwlock_rdlock(&tree);
    pthread_create(&writer, NULL, insert, NULL);
    /* Readers are turned away from when the writer waits. */
    while (pthread_rwlock_tryrdlock(&tree) == 0) {
        pthread_rwlock_unlock(&tree);
        usleep(1000);
    }
    pthread_rwlock_rdlock(&tree); /* HERE */
    return pthread_join(writer, NULL);
}
