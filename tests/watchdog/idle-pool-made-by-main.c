/*
 * The only producer of a pool has ended, and so has the thread that started both. Main made the
 * queue, has not used it, and after a while of other work shuts the pool down.
 * with: --stranded-seconds=1
 * says: nothing
 */
#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

static pthread_mutex_t lock, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work;
static pthread_t pool[3];
static int items;
static bool over;

static void *produce(void *unused)
{
    for (int i = 0; i < 20; i++) {
        pthread_mutex_lock(&lock);
        items++;
        pthread_cond_signal(&work);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static void *serve(void *unused)
{
    pthread_mutex_lock(&lock);
    while (!over) {
        if (items > 0)
            items--;
        else
            pthread_cond_wait(&work, &lock);
    }
    pthread_mutex_unlock(&lock);
    return unused;
}

static void *start(void *unused)
{
    pthread_t producer;
    for (int i = 0; i < 3; i++)
        pthread_create(&pool[i], NULL, serve, NULL);
    pthread_create(&producer, NULL, produce, NULL);
    pthread_join(producer, NULL);
    return unused;
}

int main(void)
{
    pthread_t starter;
    pthread_mutex_init(&lock, NULL);
    pthread_cond_init(&work, NULL);
    pthread_create(&starter, NULL, start, NULL);
    pthread_join(starter, NULL);
    for (int i = 0; i < 220; i++) {
        pthread_mutex_lock(&other);
        usleep(10000);
        pthread_mutex_unlock(&other);
    }
    pthread_mutex_lock(&lock);
    over = true;
    pthread_cond_broadcast(&work);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < 3; i++)
        pthread_join(pool[i], NULL);
    return 0;
}
