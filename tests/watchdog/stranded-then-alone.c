/*
 * The producer has ended, and main waits for it beside a thread that works: likely in vain. When
 * that thread has ended too it is certain, and the same finding.
 * with: --stranded-seconds=1
 * says: deadlock/lost-signal certain
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int items;

static void *produce(void *unused)
{
    for (int i = 0; i < 5; i++) {
        pthread_mutex_lock(&lock);
        items++;
        pthread_cond_signal(&filled);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static void *beat(void *unused)
{
    for (int i = 0; i < 250; i++)
        usleep(10000);
    return unused;
}

int main(void)
{
    pthread_t producer, beats;
    pthread_create(&beats, NULL, beat, NULL);
    pthread_create(&producer, NULL, produce, NULL);
    pthread_mutex_lock(&lock);
    while (items < 6)
        pthread_cond_wait(&filled, &lock); /* HERE */
    pthread_mutex_unlock(&lock);
    return 1;
}
