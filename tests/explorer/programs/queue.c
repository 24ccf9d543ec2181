/*
 * A producer and a consumer on a queue of N places, alternating by two flags under one lock; each
 * tries N times. Beside the queue the producer keeps a list of what it put at which try.
 *
 * Bug: the consumer looks the expected value up by the number of its own tries, and a try of
 * either one out of turn puts the list and the queue apart.
 *
 * Follows queue_bad of SCTBench (PPoPP 2014), N = 20, with its two wrap-arounds that never come.
 * Smallest number of preemptions: 0 or 1, by which thread the scheduler begins with.
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#ifndef N
#define N 20
#endif

struct queue {
    int places[N];
    int head, tail, amount;
};

static struct queue queue;
static int expected[N];
static bool may_put = true, may_take;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
#ifdef FIXED
static int put_so_far, taken_so_far;
#endif

static void put(struct queue *q, int value)
{
    q->places[q->tail] = value;
    q->amount++;
    q->tail = q->tail == N ? 1 : q->tail + 1;
}

static int take(struct queue *q)
{
    int value = q->places[q->head];

    q->amount--;
    q->head = q->head == N ? 1 : q->head + 1;
    return value;
}

static void *produce(void *unused)
{
    int value = 0;

    (void)unused;
    pthread_mutex_lock(&lock);
    put(&queue, value);
    expected[0] = value;
    assert(queue.head != queue.tail);
#ifdef FIXED
    put_so_far = 1;
    may_put = false;
    may_take = true;
#endif
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < N - 1; i++) {
        pthread_mutex_lock(&lock);
        if (may_put) {
            value++;
            put(&queue, value);
#ifdef FIXED
            expected[put_so_far++] = value;
#else
            expected[i + 1] = value;
#endif
            may_put = false;
            may_take = true;
        }
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *consume(void *unused)
{
    (void)unused;
    for (int i = 0; i < N; i++) {
        pthread_mutex_lock(&lock);
        if (may_take) {
#ifdef FIXED
            assert(take(&queue) == expected[taken_so_far++]);
#else
            assert(take(&queue) == expected[i]);
#endif
            may_take = false;
            may_put = true;
        }
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t producer, consumer;

    assert(queue.head == queue.tail);
    pthread_create(&producer, NULL, produce, NULL);
    pthread_create(&consumer, NULL, consume, NULL);
    pthread_join(producer, NULL);
    pthread_join(consumer, NULL);
    return 0;
}
