/*
 * A rwlock that prefers writers, of which there is always another one waiting: no reader gets in.
 * says: starvation/bypass
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_rwlock_t prices;
static int price;

static void *write_often(void *unused)
{
    for (;;) {
        pthread_rwlock_wrlock(&prices);
        price++;
        usleep(500);
        pthread_rwlock_unlock(&prices);
        usleep(200); /* so that another writer gets it */
    }
    return unused;
}

static void *look(void *unused)
{
    pthread_rwlock_rdlock(&prices); /* HERE */
    price += 0;
    pthread_rwlock_unlock(&prices);
    return unused;
}

int main(void)
{
    pthread_t writer[4], reader;
    pthread_rwlockattr_t kind;
    pthread_rwlockattr_init(&kind);
    pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&prices, &kind);
    for (int i = 0; i < 4; i++)
        pthread_create(&writer[i], NULL, write_often, NULL);
    usleep(50000);
    pthread_create(&reader, NULL, look, NULL);
    usleep(1500000);
    exit(0);
}
