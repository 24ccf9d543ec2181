/*
 * A mutex is destroyed and initialised again, initialised again though never destroyed, and
 * overwritten by an initialiser, always while it is free.
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock;
static int users;

static void *use(void *unused)
{
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&lock);
        users++;
        usleep(100);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void)
{
    pthread_t thread[2];
    for (int round = 0; round < 9; round++) {
        if (round % 3 == 0)
            pthread_mutex_destroy(&lock);
        if (round % 3 == 2)
            lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
        else
            pthread_mutex_init(&lock, NULL);
        for (int i = 0; i < 2; i++)
            pthread_create(&thread[i], NULL, use, NULL);
        for (int i = 0; i < 2; i++)
            pthread_join(thread[i], NULL);
    }
    return users - 1800;
}
