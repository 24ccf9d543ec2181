/*
 * Michael and Scott's queue: a linked list with a dummy node, head and tail moved by compare and
 * swap, a tail that lags helped on by whoever finds it. N producers put a number each, main takes.
 *
 * Bug (seeded): the new node is linked by a plain store after a look that the link is empty,
 * where it must be one compare and swap: a number that another producer has put is lost.
 *
 * Follows the ms-queue of CDSChecker's and GenMC's suites; Michael and Scott, PODC 1996. Smallest
 * number of preemptions: 1.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif

struct node {
    struct node *_Atomic next;
    int number;
};

static struct node nodes[N + 1]; /* the first is the dummy; never freed */
static struct node *_Atomic head = &nodes[0];
static struct node *_Atomic tail = &nodes[0];

static void put(struct node *node)
{
    for (;;) {
        struct node *last = atomic_load(&tail);
        struct node *next = atomic_load(&last->next);

        if (last != atomic_load(&tail))
            continue;
        if (next) {
            atomic_compare_exchange_strong(&tail, &last, next);
            continue;
        }
#ifdef FIXED
        if (!atomic_compare_exchange_strong(&last->next, &next, node))
            continue;
#else
        atomic_store(&last->next, node);
#endif
        atomic_compare_exchange_strong(&tail, &last, node);
        return;
    }
}

static int take(void)
{
    for (;;) {
        struct node *first = atomic_load(&head);
        struct node *last = atomic_load(&tail);
        struct node *next = atomic_load(&first->next);

        if (first != atomic_load(&head))
            continue;
        if (!next)
            return 0;
        if (first == last)
            atomic_compare_exchange_strong(&tail, &last, next);
        else if (atomic_compare_exchange_strong(&head, &first, next))
            return next->number;
    }
}

static void *produce(void *node)
{
    put(node);
    return NULL;
}

int main(void)
{
    pthread_t producers[N];
    int sum = 0;

    for (int i = 0; i < N; i++) {
        nodes[i + 1].number = i + 1;
        pthread_create(&producers[i], NULL, produce, &nodes[i + 1]);
    }
    for (int i = 0; i < N; i++)
        sum += take();
    for (int i = 0; i < N; i++)
        pthread_join(producers[i], NULL);
    for (int number = take(); number; number = take())
        sum += number;
    assert(sum == N * (N + 1) / 2);
    return 0;
}
