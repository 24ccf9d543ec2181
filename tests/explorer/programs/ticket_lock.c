/*
 * A ticket lock: draw a number, wait until it is served. N threads count inside.
 *
 * Bug: the next number is served by a relaxed store and awaited by a relaxed load, so that the one
 * who is let in may not see what the one before did. Right under sequential consistency and on
 * x86; wrong under C11.
 *
 * Follows the ticket lock of GenMC's suite, with its release and acquire left out. The counter is
 * a relaxed atomic, so that what comes is a lost count and no data race.
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif
#ifdef FIXED
#define AWAIT memory_order_acquire
#define SERVE memory_order_release
#else
#define AWAIT memory_order_relaxed
#define SERVE memory_order_relaxed
#endif

static _Atomic unsigned next, served;
static _Atomic int counted;

static void *count(void *unused)
{
    unsigned ticket = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed);

    (void)unused;
    while (atomic_load_explicit(&served, AWAIT) != ticket)
        sched_yield();
    int before = atomic_load_explicit(&counted, memory_order_relaxed);
    atomic_store_explicit(&counted, before + 1, memory_order_relaxed);
    atomic_store_explicit(&served, ticket + 1, SERVE);
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
