/*
 * Lamport's bakery: each of N threads draws a number one higher than all it sees, and waits until
 * nobody has a lower one.
 *
 * Bug: the drawn number may still be in the store buffer when the others' are read, and two threads
 * are served at once. Right under sequential consistency, wrong on x86.
 *
 * Follows the bakery of Nidhugg's suite (TACAS 2015); Lamport, CACM 1974. Under TSO: no preemption,
 * but buffered stores.
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif
#ifdef FENCED
#define FIXED
#endif

static _Atomic int drawing[N], number[N];
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

static bool goes_before(int other, int self)
{
    int theirs = get(&number[other]), mine = get(&number[self]);

    return theirs != 0 && (theirs < mine || (theirs == mine && other < self));
}

static void enter(int self)
{
    int highest = 0;

    set(&drawing[self], 1);
    for (int i = 0; i < N; i++) {
        int seen = get(&number[i]);
        if (seen > highest)
            highest = seen;
    }
    set(&number[self], highest + 1);
    set(&drawing[self], 0);
    for (int i = 0; i < N; i++) {
        if (i == self)
            continue;
        while (get(&drawing[i]))
            sched_yield();
        while (goes_before(i, self))
            sched_yield();
    }
}

static void *visit(void *place)
{
    int self = *(int *)place;

    enter(self);
    int before = counted;
    counted = before + 1;
    set(&number[self], 0);
    return NULL;
}

int main(void)
{
    pthread_t threads[N];
    int places[N];

    for (int i = 0; i < N; i++) {
        places[i] = i;
        pthread_create(&threads[i], NULL, visit, &places[i]);
    }
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    assert(counted == N);
    return 0;
}
