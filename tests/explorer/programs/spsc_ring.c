/*
 * A ring for one producer and one consumer without a lock: the producer writes the place and then
 * the tail, the consumer reads the tail and then the place. N items, a ring of two places.
 *
 * Bug: head and tail are relaxed, so that the consumer may see the tail before the place (and the
 * producer the head before the place was read). Right under sequential consistency and on x86;
 * wrong under C11.
 *
 * Follows the spsc queues of CDSChecker's and Relacy's suites. Items are atomic, so that what
 * comes is a wrong value and no data race.
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif
#define PLACES 2
#ifdef FIXED
#define GET memory_order_acquire
#define SET memory_order_release
#else
#define GET memory_order_relaxed
#define SET memory_order_relaxed
#endif

static _Atomic unsigned head, tail;
static _Atomic int places[PLACES];

static void *produce(void *unused)
{
    (void)unused;
    for (int i = 0; i < N; i++) {
        unsigned t = atomic_load_explicit(&tail, memory_order_relaxed);

        while (t - atomic_load_explicit(&head, GET) == PLACES)
            sched_yield();
        atomic_store_explicit(&places[t % PLACES], i + 1, memory_order_relaxed);
        atomic_store_explicit(&tail, t + 1, SET);
    }
    return NULL;
}

static void *consume(void *unused)
{
    (void)unused;
    for (int i = 0; i < N; i++) {
        unsigned h = atomic_load_explicit(&head, memory_order_relaxed);

        while (atomic_load_explicit(&tail, GET) == h)
            sched_yield();
        int item = atomic_load_explicit(&places[h % PLACES], memory_order_relaxed);
        assert(item == i + 1);
        atomic_store_explicit(&head, h + 1, SET);
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
