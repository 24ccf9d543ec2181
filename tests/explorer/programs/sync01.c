/*
 * A place for one item: the producer waits until it is empty, the consumer until it is full.
 *
 * Bug: the place begins full, and the consumer looks at the item without taking it, so that the
 * producer waits for ever, in every schedule.
 *
 * Follows sync01_bad of SCTBench (PPoPP 2014). Preemptions: 0.
 */
#include <pthread.h>
#include <stddef.h>

static int items = 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t empty = PTHREAD_COND_INITIALIZER;
static pthread_cond_t full = PTHREAD_COND_INITIALIZER;

static void *produce(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    while (items > 0)
        pthread_cond_wait(&empty, &lock);
    items++;
    pthread_mutex_unlock(&lock);
    pthread_cond_signal(&full);
    return NULL;
}

static void *consume(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    while (items == 0)
        pthread_cond_wait(&full, &lock);
#ifdef FIXED
    items--;
#endif
    pthread_mutex_unlock(&lock);
    pthread_cond_signal(&empty);
    return NULL;
}

int main(void)
{
    pthread_t producer, consumer;

    pthread_create(&producer, NULL, produce, NULL);
    pthread_create(&consumer, NULL, consume, NULL);
    pthread_join(producer, NULL);
    pthread_join(consumer, NULL);
    return 0;
}
