/*
 * Lamport's fast mutual exclusion: without contention, two stores and two loads are enough to
 * enter. N threads count inside.
 *
 * Bug: the stores may still be in the buffer when the loads are done. Right under sequential
 * consistency, wrong on x86.
 *
 * Follows lamport of SV-COMP's pthread-atomic and Nidhugg's suite; Lamport, TOCS 1987, algorithm 2.
 * Under TSO: no preemption, but buffered stores.
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif
#ifdef FENCED
#define FIXED
#endif
#define NOBODY 0

static _Atomic int x, y, busy[N + 1];
static int counted;

static int get(_Atomic int *word)
{
    return atomic_load_explicit(word, memory_order_acquire);
}

static void set(_Atomic int *word, int value)
{
    atomic_store_explicit(word, value, memory_order_release);
#ifdef FIXED
    atomic_thread_fence(memory_order_seq_cst);
#endif
}

static void enter(int self)
{
    for (;;) {
        set(&busy[self], 1);
        set(&x, self);
        if (get(&y) != NOBODY) {
            set(&busy[self], 0);
            while (get(&y) != NOBODY)
                sched_yield();
            continue;
        }
        set(&y, self);
        if (get(&x) == self)
            return;
        set(&busy[self], 0);
        for (int i = 1; i <= N; i++)
            while (get(&busy[i]))
                sched_yield();
        if (get(&y) == self)
            return;
        while (get(&y) != NOBODY)
            sched_yield();
    }
}

static void leave(int self)
{
    set(&y, NOBODY);
    set(&busy[self], 0);
}

static void *count(void *number)
{
    int self = *(int *)number;

    enter(self);
    int before = counted;
    counted = before + 1;
    leave(self);
    return NULL;
}

int main(void)
{
    pthread_t threads[N];
    int numbers[N];

    for (int i = 0; i < N; i++) {
        numbers[i] = i + 1;
        pthread_create(&threads[i], NULL, count, &numbers[i]);
    }
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    assert(counted == N);
    return 0;
}
