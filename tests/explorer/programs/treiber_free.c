/*
 * Treiber's stack of nodes from the heap; N threads pop one each, and free it.
 *
 * Bug: pop reads the link of a node that another thread may have popped and freed meanwhile.
 *
 * Follows the stack of Michael's hazard pointer paper (TPDS 2004), as in GenMC's and CDSChecker's
 * suites; the correct variant frees only after all threads have ended. Smallest number of
 * preemptions: 1.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#ifndef N
#define N 2
#endif

struct node {
    struct node *next;
    int number;
};

static struct node *_Atomic top;

static void push(struct node *node)
{
    node->next = atomic_load(&top);
    while (!atomic_compare_exchange_strong(&top, &node->next, node))
        ;
}

static struct node *pop(void)
{
    struct node *seen = atomic_load(&top);

    while (seen && !atomic_compare_exchange_strong(&top, &seen, seen->next))
        ;
    return seen;
}

static void *take(void *into)
{
    struct node *node = pop();

    *(struct node **)into = node;
    assert(node);
#ifndef FIXED
    free(node);
#endif
    return NULL;
}

int main(void)
{
    struct node *taken[N];
    pthread_t threads[N];

    for (int i = 0; i < N; i++) {
        struct node *node = calloc(1, sizeof *node);
        node->number = i;
        push(node);
    }
    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, take, &taken[i]);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
#ifdef FIXED
    for (int i = 0; i < N; i++)
        free(taken[i]);
#endif
    return 0;
}
