/*
 * Dekker's mutual exclusion of two threads by two flags and a turn; each counts N times inside.
 *
 * Bug: a thread's store to its own flag may still be in its store buffer when it reads the other's
 * flag, so that both go in. Right under sequential consistency, wrong on x86 and under C11's
 * release and acquire; a full fence between the two is the cure.
 *
 * Follows the Dekker of CHESS's and Nidhugg's suites (Abdulla et al., TACAS 2015). Under SC: none;
 * under TSO: no preemption, but two stores that stay in their buffers.
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
static _Atomic int inside;
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
    int other = 1 - self;

    set(&wants[self], 1);
    while (get(&wants[other])) {
        if (get(&turn) != self) {
            set(&wants[self], 0);
            while (get(&turn) != self)
                sched_yield();
            set(&wants[self], 1);
        }
        sched_yield();
    }
}

static void leave(int self)
{
    set(&turn, 1 - self);
    set(&wants[self], 0);
}

static void *count(void *number)
{
    int self = *(int *)number;

    for (int i = 0; i < N; i++) {
        enter(self);
        assert(atomic_fetch_add_explicit(&inside, 1, memory_order_relaxed) == 0);
        counted++;
        atomic_fetch_sub_explicit(&inside, 1, memory_order_relaxed);
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
