/*
 * Treiber's stack: push and pop by compare and swap of the top. Nodes are a pool of N, which the
 * stack holds at first: one thread pops one, the other pops two and pushes the first back.
 *
 * Bug: ABA: the first thread reads the top and its link, is put aside, and finds the same top
 * again, but with another node below it, which is in use: it then takes what is not free.
 *
 * Follows treiber-stack.aba-bug (SV-COMP and Lazy-CSeq, Tomasco et al.) and the stacks of
 * CDSChecker's suite; Treiber, IBM RJ 5118, 1986. Smallest number of preemptions: 1.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 3
#endif
#define NONE (-1)

static _Atomic long top; /* node, and with FIXED a count of changes above it */
static _Atomic int next[N];
static _Atomic int owners[N];

static long tagged(int node, long old)
{
#ifdef FIXED
    return ((old >> 8) + 1) << 8 | (node + 1);
#else
    (void)old;
    return node + 1;
#endif
}

static int node_of(long word)
{
    return (int)(word & 255) - 1;
}

static void push(int node)
{
    long seen = atomic_load(&top);

    do
        atomic_store(&next[node], node_of(seen));
    while (!atomic_compare_exchange_strong(&top, &seen, tagged(node, seen)));
}

static int pop(void)
{
    long seen = atomic_load(&top);
    int node;

    do {
        node = node_of(seen);
        if (node == NONE)
            return NONE;
    } while (!atomic_compare_exchange_strong(&top, &seen, tagged(atomic_load(&next[node]), seen)));
    return node;
}

static int take(void)
{
    int node = pop();

    if (node != NONE)
        assert(atomic_fetch_add(&owners[node], 1) == 0);
    return node;
}

static void give(int node)
{
    if (node == NONE)
        return;
    atomic_fetch_sub(&owners[node], 1);
    push(node);
}

static void *take_two(void *unused)
{
    (void)unused;
    take();
    take();
    return NULL;
}

static void *take_two_give_one(void *unused)
{
    (void)unused;
    int one = take();
    take();
    give(one);
    return NULL;
}

int main(void)
{
    pthread_t one, two;

    for (int node = N - 1; node >= 0; node--)
        push(node);
    pthread_create(&one, NULL, take_two, NULL);
    pthread_create(&two, NULL, take_two_give_one, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
