/*
 * Readers that come and go, and a writer that gets in now and then, for half a second.
 * says: nothing
 */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static pthread_rwlock_t page = PTHREAD_RWLOCK_INITIALIZER;
static atomic_int done;
static int version, writes;

static void *browse(void *unused)
{
    while (!atomic_load(&done)) {
        pthread_rwlock_rdlock(&page);
        usleep(300);
        pthread_rwlock_unlock(&page);
        usleep(700);
    }
    return unused;
}

int main(void)
{
    pthread_t reader[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&reader[i], NULL, browse, NULL);
    for (int i = 0; i < 50; i++) {
        pthread_rwlock_wrlock(&page);
        version++;
        writes++;
        pthread_rwlock_unlock(&page);
        usleep(10000);
    }
    atomic_store(&done, 1);
    for (int i = 0; i < 2; i++)
        pthread_join(reader[i], NULL);
    return version - writes;
}
