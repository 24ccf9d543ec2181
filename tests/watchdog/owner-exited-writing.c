/*
 * A thread ends with a rwlock held to write, and readers come after it.
 * says: deadlock/owner-gone
 * says: misuse/exit-holding
 */
#include <pthread.h>

static pthread_rwlock_t map = PTHREAD_RWLOCK_INITIALIZER;
static int size;

static void *fill(void *unused)
{
    pthread_rwlock_wrlock(&map); /* HERE */
    size = 100;
    pthread_exit(unused);
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, fill, NULL);
    pthread_join(thread, NULL);
    pthread_rwlock_rdlock(&map); /* HERE */
    int now = size;
    pthread_rwlock_unlock(&map);
    return now - 100;
}
