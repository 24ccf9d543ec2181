/*
 * A stack of free array cells, linked by index, without locks: pop marks the top cell's link with
 * an exchange before it moves the head, so that two poppers should not get the same cell. Three
 * threads each twice pop a cell, write their number to it, check it, and push it.
 *
 * Bug: a popper that is put aside and then fails to move the head puts a link back that has
 * gone stale; after enough further pops and pushes two threads own one cell. It takes at least
 * five preemptions among three threads, and no explorer of the SCTBench study found it.
 *
 * Follows Vyukov's lock-free stack ("Bug with a context switch bound 5", the CHESS forum, 2010)
 * as SafeStack in SCTBench (PPoPP 2014) and PERIOD (ICSE 2022). Smallest number of preemptions: 5.
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 3 /* threads, and cells */
#endif
#define ROUNDS 2
#define NONE (-1)

struct cell {
    volatile int owner;
    _Atomic int next;
};

static struct cell cells[N];
static _Atomic int head, count;
#ifdef FIXED
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
#endif

static int pop(void)
{
    while (atomic_load_explicit(&count, memory_order_acquire) > 1) {
        int top = atomic_load_explicit(&head, memory_order_acquire);
        int next = atomic_exchange(&cells[top].next, NONE);

        if (next < 0) {
            sched_yield();
            continue;
        }
        int seen = top;
        if (atomic_compare_exchange_strong(&head, &seen, next)) {
            atomic_fetch_sub(&count, 1);
            return top;
        }
        atomic_exchange(&cells[top].next, next);
    }
    return NONE;
}

static void push(int cell)
{
    int top = atomic_load_explicit(&head, memory_order_acquire);

    do
        atomic_store_explicit(&cells[cell].next, top, memory_order_release);
    while (!atomic_compare_exchange_strong(&head, &top, cell));
    atomic_fetch_add(&count, 1);
}

static int pop_one(void)
{
#ifdef FIXED
    pthread_mutex_lock(&lock);
    int cell = pop();
    pthread_mutex_unlock(&lock);
    return cell;
#else
    return pop();
#endif
}

static void push_one(int cell)
{
#ifdef FIXED
    pthread_mutex_lock(&lock);
#endif
    push(cell);
#ifdef FIXED
    pthread_mutex_unlock(&lock);
#endif
}

static void *work(void *number)
{
    int self = *(int *)number;

    for (int round = 0; round < ROUNDS; round++) {
        int cell;

        while ((cell = pop_one()) < 0)
            sched_yield();
        cells[cell].owner = self;
        assert(cells[cell].owner == self);
        push_one(cell);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[N];
    int numbers[N];

    atomic_store_explicit(&count, N, memory_order_relaxed);
    for (int i = 0; i < N; i++)
        atomic_store_explicit(&cells[i].next, i + 1 < N ? i + 1 : NONE, memory_order_relaxed);
    for (int i = 0; i < N; i++) {
        numbers[i] = i;
        pthread_create(&threads[i], NULL, work, &numbers[i]);
    }
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
