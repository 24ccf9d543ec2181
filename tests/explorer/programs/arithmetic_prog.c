/*
 * A producer hands N numbers one by one to a consumer that sums them up, over a counter with two
 * conditions.
 *
 * Bug: the check at the end says that the sum is not what it always is; the bug is in every
 * schedule that ends, and the program is here to show that it is found at once.
 *
 * Follows arithmetic_prog_bad of SCTBench (PPoPP 2014), N = 3. Preemptions: 0.
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#ifndef N
#define N 3
#endif

static int waiting;
static unsigned long total;
static bool finished;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t empty = PTHREAD_COND_INITIALIZER;
static pthread_cond_t full = PTHREAD_COND_INITIALIZER;

static void *produce(void *unused)
{
    (void)unused;
    for (int i = 0; i < N; i++) {
        pthread_mutex_lock(&lock);
        while (waiting > 0)
            pthread_cond_wait(&empty, &lock);
        waiting++;
        pthread_mutex_unlock(&lock);
        pthread_cond_signal(&full);
    }
    return NULL;
}

static void *consume(void *unused)
{
    unsigned long number;

    (void)unused;
    for (number = 0; number < N; number++) {
        pthread_mutex_lock(&lock);
        while (waiting == 0)
            pthread_cond_wait(&full, &lock);
        total = total + number;
        waiting--;
        pthread_mutex_unlock(&lock);
        pthread_cond_signal(&empty);
    }
    total = total + number;
    finished = true;
    return NULL;
}

int main(void)
{
    pthread_t producer, consumer;

    pthread_create(&producer, NULL, produce, NULL);
    pthread_create(&consumer, NULL, consume, NULL);
    pthread_join(producer, NULL);
    pthread_join(consumer, NULL);
    if (finished) {
#ifdef FIXED
        assert(total == N * (N + 1) / 2);
#else
        assert(total != N * (N + 1) / 2);
#endif
    }
    return 0;
}
