/*
 * An updater publishes a new version of an object and frees the old one; N readers announce
 * themselves in a count before they follow the pointer.
 *
 * Bug: the updater does not wait until the readers that were announced are gone (the grace period),
 * so that one of them reads what was freed.
 *
 * Follows the toy RCU of McKenney ("Is Parallel Programming Hard", appendix), as in GenMC's and
 * CDSChecker's rcu tests. Smallest number of preemptions: 1.
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#ifndef N
#define N 1
#endif

struct version {
    int number;
};

static struct version *_Atomic current;
static _Atomic int readers_inside;

static struct version *make(int number)
{
    struct version *version = malloc(sizeof *version);

    version->number = number;
    return version;
}

static void *update(void *unused)
{
    struct version *old = atomic_exchange(&current, make(2));

    (void)unused;
#ifdef FIXED
    while (atomic_load(&readers_inside) != 0)
        sched_yield();
#endif
    free(old);
    return NULL;
}

static void *look(void *unused)
{
    (void)unused;
    atomic_fetch_add(&readers_inside, 1);
    struct version *seen = atomic_load(&current);
    assert(seen->number == 1 || seen->number == 2);
    atomic_fetch_sub(&readers_inside, 1);
    return NULL;
}

int main(void)
{
    pthread_t updater, readers[N];

    atomic_store(&current, make(1));
    for (int i = 0; i < N; i++)
        pthread_create(&readers[i], NULL, look, NULL);
    pthread_create(&updater, NULL, update, NULL);
    for (int i = 0; i < N; i++)
        pthread_join(readers[i], NULL);
    pthread_join(updater, NULL);
    free(atomic_load(&current));
    return 0;
}
