/*
 * The form of all litmus programs: every access that is shared is R(x) or W(x, value), FENCE stands
 * between each two of a thread, and -DORDER=… says what these are:
 *
 *   RLX   relaxed, no fence           SC    sequentially consistent, no fence
 *   RA    release and acquire         ARF   relaxed, with a fence of release and acquire
 *   REL   release, relaxed reads      SCF   relaxed, with a sequentially consistent fence
 *   ACQ   acquire, relaxed writes
 *
 * A program prints the values of r0, r1, … on one line; those named `final` in its main are what is
 * in memory at the end. outcomes.py reads these programs: keep to the form.
 */
#ifndef HZ_LITMUS_H
#define HZ_LITMUS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>

#define ORDER_RLX 1
#define ORDER_RA 2
#define ORDER_REL 3
#define ORDER_ACQ 4
#define ORDER_SC 5
#define ORDER_ARF 6
#define ORDER_SCF 7
#define ORDER_NAMED_(name) ORDER_##name
#define ORDER_NAMED(name) ORDER_NAMED_(name)
#ifndef ORDER
#define ORDER RLX
#endif

#if ORDER_NAMED(ORDER) == ORDER_SC
#define READ memory_order_seq_cst
#define WRITE memory_order_seq_cst
#elif ORDER_NAMED(ORDER) == ORDER_RA
#define READ memory_order_acquire
#define WRITE memory_order_release
#elif ORDER_NAMED(ORDER) == ORDER_REL
#define READ memory_order_relaxed
#define WRITE memory_order_release
#elif ORDER_NAMED(ORDER) == ORDER_ACQ
#define READ memory_order_acquire
#define WRITE memory_order_relaxed
#elif ORDER_NAMED(ORDER) == ORDER_RLX || ORDER_NAMED(ORDER) == ORDER_ARF ||                        \
    ORDER_NAMED(ORDER) == ORDER_SCF
#define READ memory_order_relaxed
#define WRITE memory_order_relaxed
#else
#error "ORDER is one of RLX RA REL ACQ SC ARF SCF"
#endif

#if ORDER_NAMED(ORDER) == ORDER_ARF
#define FENCE atomic_thread_fence(memory_order_acq_rel)
#elif ORDER_NAMED(ORDER) == ORDER_SCF
#define FENCE atomic_thread_fence(memory_order_seq_cst)
#else
#define FENCE ((void)0)
#endif

#define R(x) atomic_load_explicit(&(x), READ)
#define W(x, value) atomic_store_explicit(&(x), value, WRITE)

#define MOST_THREADS 4

static inline void run(int count, void *(*const threads[])(void *))
{
    pthread_t ids[MOST_THREADS];

    for (int i = 0; i < count; i++)
        pthread_create(&ids[i], NULL, threads[i], NULL);
    for (int i = 0; i < count; i++)
        pthread_join(ids[i], NULL);
}

#endif
