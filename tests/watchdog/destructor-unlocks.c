/*
 * Threads end with a lock held, which the destructor of a thread-specific value then lets go.
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key;
static int turns;

static void let_go(void *held)
{
    usleep(20000);
    pthread_mutex_unlock(held);
}

static void *work(void *unused)
{
    pthread_mutex_lock(&lock);
    pthread_setspecific(key, &lock);
    turns++;
    return unused;
}

int main(void)
{
    pthread_t thread[8];
    pthread_key_create(&key, let_go);
    for (int i = 0; i < 8; i++)
        pthread_create(&thread[i], NULL, work, NULL);
    for (int i = 0; i < 8; i++)
        pthread_join(thread[i], NULL);
    return turns - 8 + pthread_mutex_trylock(&lock);
}
