/*
 * A barrier by hand for N threads, used twice: each counts itself in and spins until all are in;
 * the last one puts the count back to zero.
 *
 * Bug: the last one's zero may come and be counted up again before a slow thread has seen that
 * all were there: it then waits for a round that never comes, and so do the others.
 *
 * Follows the barriers of CDSChecker's suite and of the Little Book of Semaphores (Downey), the
 * barrier that can not be used again; the correct variant waits for its round's number to change.
 * A hang in a spin. Preemptions: 0, or 1 if to yield in the spin counts as one.
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif
#define ROUNDS 2

static _Atomic int arrived, rounds_done;
static _Atomic int steps[N];

static void barrier(void)
{
#ifdef FIXED
    int round = atomic_load(&rounds_done);
#endif

    if (atomic_fetch_add(&arrived, 1) == N - 1) {
        atomic_store(&arrived, 0);
        atomic_fetch_add(&rounds_done, 1);
        return;
    }
#ifdef FIXED
    while (atomic_load(&rounds_done) == round)
        sched_yield();
#else
    while (atomic_load(&arrived) != 0)
        sched_yield();
#endif
}

static void *work(void *number)
{
    int self = *(int *)number;

    for (int round = 1; round <= ROUNDS; round++) {
        atomic_store(&steps[self], round);
        barrier();
        for (int i = 0; i < N; i++)
            assert(atomic_load(&steps[i]) >= round);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[N];
    int numbers[N];

    for (int i = 0; i < N; i++) {
        numbers[i] = i;
        pthread_create(&threads[i], NULL, work, &numbers[i]);
    }
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
