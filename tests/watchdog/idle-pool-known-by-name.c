/*
 * A manager made the pool and its producer and has ended, as has the producer. Main has had nothing
 * to do with them so far, but shuts the pool down by its name.
 * with: --stranded-seconds=1
 * says: nothing
 */
#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static pthread_t server;
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

static void *manage(void *unused)
{
    pthread_t producer;
    pthread_create(&server, NULL, serve, NULL);
    pthread_create(&producer, NULL, produce, NULL);
    pthread_join(producer, NULL);
    return unused;
}

int main(void)
{
    pthread_t manager;
    pthread_create(&manager, NULL, manage, NULL);
    pthread_join(manager, NULL);
    for (int i = 0; i < 220; i++)
        usleep(10000);
    pthread_mutex_lock(&lock);
    over = true;
    pthread_cond_broadcast(&work);
    pthread_mutex_unlock(&lock);
    return pthread_join(server, NULL);
}
