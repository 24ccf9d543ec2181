/*
 * A producer makes N items and a consumer takes N, over a place that holds one.
 *
 * Bug: N items are there to begin with, so the consumer is done after those (or one of them and
 * one new one), and the producer waits for ever to put its last; so it is in every schedule.
 *
 * Follows sync02_bad of SCTBench (PPoPP 2014), N = 2. Preemptions: 0.
 */
#include <pthread.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif

#ifdef FIXED
static int items;
#else
static int items = N;
#endif
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t empty = PTHREAD_COND_INITIALIZER;
static pthread_cond_t full = PTHREAD_COND_INITIALIZER;

static void *produce(void *unused)
{
    (void)unused;
    for (int i = 0; i < N; i++) {
        pthread_mutex_lock(&lock);
        while (items > 0)
            pthread_cond_wait(&empty, &lock);
        items++;
        pthread_mutex_unlock(&lock);
        pthread_cond_signal(&full);
    }
    return NULL;
}

static void *consume(void *unused)
{
    (void)unused;
    for (int i = 0; i < N; i++) {
        pthread_mutex_lock(&lock);
        while (items == 0)
            pthread_cond_wait(&full, &lock);
        items--;
        pthread_mutex_unlock(&lock);
        pthread_cond_signal(&empty);
    }
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
