/*
 * A sequence lock: the writer makes the number odd, writes two words, and makes it even again;
 * a reader takes what it read only if the number was even and has not changed. N writes.
 *
 * Bug: the number is read again without a fence before, so that the reads of the data may be done
 * after it (and the writer's data before the odd number is seen): a torn pair passes for whole.
 * Right under sequential consistency and on x86; wrong under C11.
 *
 * Follows Boehm's "Can seqlocks get along with programming language memory models?" (MSPC 2012)
 * and the seqlock of CDSChecker's suite (Norris and Demsky, OOPSLA 2013).
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 1
#endif

static _Atomic unsigned sequence;
static _Atomic int left, right;

static void *write_pairs(void *unused)
{
    (void)unused;
    for (int i = 1; i <= N; i++) {
        unsigned before = atomic_load_explicit(&sequence, memory_order_relaxed);

        atomic_store_explicit(&sequence, before + 1, memory_order_relaxed);
#ifdef FIXED
        atomic_thread_fence(memory_order_release);
#endif
        atomic_store_explicit(&left, i, memory_order_relaxed);
        atomic_store_explicit(&right, i, memory_order_relaxed);
        atomic_store_explicit(&sequence, before + 2, memory_order_release);
    }
    return NULL;
}

static void *read_pair(void *unused)
{
    (void)unused;
    unsigned before = atomic_load_explicit(&sequence, memory_order_acquire);
    int one = atomic_load_explicit(&left, memory_order_relaxed);
    int two = atomic_load_explicit(&right, memory_order_relaxed);
#ifdef FIXED
    atomic_thread_fence(memory_order_acquire);
#endif
    unsigned after = atomic_load_explicit(&sequence, memory_order_relaxed);
    if (before % 2 == 0 && before == after)
        assert(one == two);
    return NULL;
}

int main(void)
{
    pthread_t writer, reader;

    pthread_create(&writer, NULL, write_pairs, NULL);
    pthread_create(&reader, NULL, read_pair, NULL);
    pthread_join(writer, NULL);
    pthread_join(reader, NULL);
    return 0;
}
