/*
 * Chase and Lev's work-stealing deque: the owner pushes and takes at the bottom, thieves steal at
 * the top, and only for the last item do both compare and swap. N items, one thief.
 *
 * Bug: there is no full fence between the owner's new bottom and its look at the top: both the
 * owner and a thief get the same item. Right under sequential consistency, wrong on x86.
 *
 * Follows the chase-lev deque of CDSChecker's suite (OOPSLA 2013) and of Lê, Pop, Cohen and Zappa
 * Nardelli (PPoPP 2013), fixed size here. Under TSO no preemption but a store that stays in its
 * buffer, and two items at least.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif
#ifdef FENCED
#define FIXED
#endif
#define PLACES 8
#define NONE (-1)

static _Atomic long top, bottom;
static _Atomic int places[PLACES];
static _Atomic int taken[N];

static void push(int item)
{
    long b = atomic_load_explicit(&bottom, memory_order_relaxed);

    atomic_store_explicit(&places[b % PLACES], item, memory_order_relaxed);
    atomic_store_explicit(&bottom, b + 1, memory_order_release);
}

static int take(void)
{
    long b = atomic_load_explicit(&bottom, memory_order_relaxed) - 1;
    int item = NONE;

    atomic_store_explicit(&bottom, b, memory_order_relaxed);
#ifdef FIXED
    atomic_thread_fence(memory_order_seq_cst);
#endif
    long t = atomic_load_explicit(&top, memory_order_relaxed);
    if (t <= b) {
        item = atomic_load_explicit(&places[b % PLACES], memory_order_relaxed);
        if (t < b)
            return item;
        if (!atomic_compare_exchange_strong(&top, &t, t + 1))
            item = NONE;
    }
    atomic_store_explicit(&bottom, b + 1, memory_order_relaxed);
    return item;
}

static int steal(void)
{
    long t = atomic_load_explicit(&top, memory_order_acquire);

#ifdef FIXED
    atomic_thread_fence(memory_order_seq_cst);
#endif
    long b = atomic_load_explicit(&bottom, memory_order_acquire);
    if (t >= b)
        return NONE;
    int item = atomic_load_explicit(&places[t % PLACES], memory_order_relaxed);
    return atomic_compare_exchange_strong(&top, &t, t + 1) ? item : NONE;
}

static void work(int item)
{
    if (item != NONE)
        assert(atomic_fetch_add_explicit(&taken[item], 1, memory_order_relaxed) == 0);
}

static void *thief(void *unused)
{
    (void)unused;
    for (int i = 0; i < N; i++)
        work(steal());
    return NULL;
}

int main(void)
{
    pthread_t stealing;

    pthread_create(&stealing, NULL, thief, NULL);
    for (int i = 0; i < N; i++)
        push(i);
    for (int i = 0; i < N; i++)
        work(take());
    pthread_join(stealing, NULL);
    return 0;
}
