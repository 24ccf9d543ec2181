/*
 * Peterson's mutual exclusion of two threads; each counts N times inside.
 *
 * Bug: the stores to the flag and the turn may still be in the store buffer when the other's flag
 * is read. Right under sequential consistency, wrong on x86 and under C11's release and acquire.
 * Note that the count inside is a read, an addition and a write, no atomic operation, which on x86
 * would empty the buffer.
 *
 * Follows the Peterson of Nidhugg's suite (Abdulla et al., TACAS 2015) and of SV-COMP's pthread-
 * atomic. Under TSO: no preemption, but buffered stores. With the second fence alone x86 is right,
 * and RC11 still lets both in, by the order of the two writes of turn: worked out with the axioms
 * of ../litmus/outcomes.py.
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 1
#endif
#ifdef FENCED
#define FIXED
#endif

static _Atomic int wants[2], turn;
static _Atomic int owner;
static int counted;

static void enter(int self)
{
    int other = 1 - self;

    atomic_store_explicit(&wants[self], 1, memory_order_release);
#ifdef FIXED
    atomic_thread_fence(memory_order_seq_cst); /* x86 does without this one, C11 does not */
#endif
    atomic_store_explicit(&turn, other, memory_order_release);
#ifdef FIXED
    atomic_thread_fence(memory_order_seq_cst);
#endif
    while (atomic_load_explicit(&wants[other], memory_order_acquire) &&
           atomic_load_explicit(&turn, memory_order_acquire) == other)
        sched_yield();
}

static void leave(int self)
{
    atomic_store_explicit(&wants[self], 0, memory_order_release);
}

static void *count(void *number)
{
    int self = *(int *)number;

    for (int i = 0; i < N; i++) {
        enter(self);
        atomic_store_explicit(&owner, self, memory_order_relaxed);
        counted++;
        assert(atomic_load_explicit(&owner, memory_order_relaxed) == self);
        leave(self);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    int numbers[2] = {0, 1};

    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, count, &numbers[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert(counted == 2 * N);
    return 0;
}
