/*
 * A spin lock by exchange; N threads count inside.
 *
 * Bug: it is let go by a relaxed store, so that the next owner may not see what was done inside.
 * Right under sequential consistency and on x86; wrong under C11.
 *
 * Follows the spin lock of GenMC's suite, with its release left out. The counter is a relaxed
 * atomic, so that what comes is a lost count and no data race.
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif

static _Atomic int taken, counted;

static void *count(void *unused)
{
    (void)unused;
    while (atomic_exchange_explicit(&taken, 1, memory_order_acquire))
        sched_yield();
    int before = atomic_load_explicit(&counted, memory_order_relaxed);
    atomic_store_explicit(&counted, before + 1, memory_order_relaxed);
#ifdef FIXED
    atomic_store_explicit(&taken, 0, memory_order_release);
#else
    atomic_store_explicit(&taken, 0, memory_order_relaxed);
#endif
    return NULL;
}

int main(void)
{
    pthread_t threads[N];

    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, count, NULL);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    assert(counted == N);
    return 0;
}
