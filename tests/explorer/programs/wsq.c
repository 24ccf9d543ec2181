/*
 * Cilk's work-stealing queue (the THE protocol): the owner pushes and pops at the tail without a
 * lock, thieves take at the head under one; only for the last item does the owner lock, too. Main
 * is the owner of N items, and at the end each must have been worked on once.
 *
 * Bug: push believes that the ring has room as long as all of its places are not taken, but a
 * thief moves the head before it has read its item: the owner then overwrites what the thief is
 * about to read. One place must stay free.
 *
 * Follows WorkStealQueue of CHESS (Musuvathi et al., OSDI 2008) in SCTBench (PPoPP 2014), its bug
 * 3: one thief of two attempts, four items, a ring of two places that grows; every read of an
 * index is a compare and swap, every write an exchange. Frigo, Leiserson and Randall, PLDI 1998.
 * With -DSPIN the lock is a spin lock (InterlockedWorkStealQueue); with -DPUSH_ALL -DTHIEVES=2 the
 * owner first pushes all and then pops all, as in the variants with state. Preemptions: 2.
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#ifndef N
#define N 4
#endif
#ifndef THIEVES
#define THIEVES 1
#endif
#define ATTEMPTS 2
#define LIMIT 1024

static _Atomic long head, tail;
static int **ring;
static long mask = 1;
static int done[N];

#ifdef SPIN
static _Atomic int taken;

static void lock(void)
{
    while (atomic_exchange(&taken, 1))
        sched_yield();
}

static void unlock(void)
{
    atomic_store(&taken, 0);
}
#else
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock(void)
{
    pthread_mutex_lock(&mutex);
}

static void unlock(void)
{
    pthread_mutex_unlock(&mutex);
}
#endif

static long get(_Atomic long *index)
{
    long seen = 0;

    atomic_compare_exchange_strong(index, &seen, 0);
    return seen;
}

static void set(_Atomic long *index, long value)
{
    atomic_exchange(index, value);
}

static int *steal(void)
{
    int *item = NULL;

    lock();
    long h = get(&head);
    set(&head, h + 1);
    if (h < get(&tail))
        item = ring[h & mask];
    else
        set(&head, h);
    unlock();
    return item;
}

static int *pop(void)
{
    long t = get(&tail) - 1;
    int *item = NULL;

    set(&tail, t);
    if (get(&head) <= t)
        return ring[t & mask];

    set(&tail, t + 1); /* none, or a thief is at the last one: once more, without thieves */
    lock();
    t = get(&tail) - 1;
    set(&tail, t);
    if (get(&head) <= t)
        item = ring[t & mask];
    else
        set(&tail, t + 1);
    if (get(&head) > t) {
        set(&head, 0);
        set(&tail, 0);
        item = NULL;
    }
    unlock();
    return item;
}

static void push_slowly(int *item)
{
    lock();
    long h = get(&head);
    long count = get(&tail) - h;

    h &= mask;
    set(&head, h);
    set(&tail, h + count);
    if (count >= mask) {
        long size = 2 * (mask + 1);
        int **bigger = malloc((size_t)size * sizeof *bigger);

        assert(size < LIMIT);
        for (long i = 0; i < count; i++)
            bigger[i] = ring[(h + i) & mask];
        free(ring);
        ring = bigger;
        mask = size - 1;
        set(&head, 0);
        set(&tail, count);
    }
    assert(count < mask);
    long t = get(&tail);
    ring[t & mask] = item;
    set(&tail, t + 1);
    unlock();
}

static void push(int *item)
{
    long t = get(&tail);
#ifdef FIXED
    long room = mask;
#else
    long room = mask + 1;
#endif

    if (t < get(&head) + room && t < LIMIT) {
        ring[t & mask] = item;
        set(&tail, t + 1);
    } else {
        push_slowly(item);
    }
}

static void work(int *item)
{
    if (item)
        (*item)++;
}

static void *thief(void *unused)
{
    (void)unused;
    for (int i = 0; i < ATTEMPTS; i++)
        work(steal());
    return NULL;
}

int main(void)
{
    pthread_t thieves[THIEVES];

    ring = malloc(2 * sizeof *ring);
    for (int i = 0; i < THIEVES; i++)
        pthread_create(&thieves[i], NULL, thief, NULL);
#ifdef PUSH_ALL
    for (int i = 0; i < N; i++)
        push(&done[i]);
    for (int i = 0; i < N; i++)
        work(pop());
#else
    for (int i = 0; i < N / 2; i++) {
        push(&done[2 * i]);
        push(&done[2 * i + 1]);
        work(pop());
    }
    for (int i = 0; i < N / 2; i++)
        work(pop());
#endif
    for (int i = 0; i < THIEVES; i++)
        pthread_join(thieves[i], NULL);
    for (int i = 0; i < N; i++)
        assert(done[i] == 1);
    free(ring);
    return 0;
}
