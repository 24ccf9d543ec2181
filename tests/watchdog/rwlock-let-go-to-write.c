/*
 * Readers that find something to write let the rwlock go first, or try whether they are alone.
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

static pthread_rwlock_t cache = PTHREAD_RWLOCK_INITIALIZER;
static int entries;

static void *fill(void *unused)
{
    for (int i = 0; i < 100; i++) {
        pthread_rwlock_rdlock(&cache);
        int missing = entries < 100;
        /* It is held to read by this very thread: refused, whoever else there is. */
        if (pthread_rwlock_trywrlock(&cache) == 0)
            return &cache;
        pthread_rwlock_unlock(&cache);
        pthread_rwlock_wrlock(&cache);
        if (missing && entries < 100)
            entries++;
        pthread_rwlock_unlock(&cache);
        usleep(1000);
    }
    return unused;
}

int main(void)
{
    pthread_t thread[2];
    void *wrong;
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, fill, NULL);
    for (int i = 0; i < 2; i++) {
        pthread_join(thread[i], &wrong);
        entries += wrong != NULL;
    }
    return entries - 100;
}
