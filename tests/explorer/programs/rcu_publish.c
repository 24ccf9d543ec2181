/*
 * An updater fills a new version of a configuration and publishes a pointer to it; N readers follow
 * the pointer without a lock, in the way of RCU.
 *
 * Bug: the publication is relaxed instead of a release, so that a reader may see the pointer before
 * what it points to. Right under sequential consistency and on x86; wrong under C11.
 *
 * Follows rcu_assign_pointer's reason to be (McKenney, Linux RCU); shape MP with an address
 * dependency, of the litmus tests of Alglave et al. (TOPLAS 2014). Readers acquire, since C11 has
 * no usable dependency order.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 1
#endif

struct version {
    _Atomic int low, high;
};

static struct version first = {1, 2};
static struct version second;
static struct version *_Atomic current = &first;

static void *update(void *unused)
{
    (void)unused;
    atomic_store_explicit(&second.low, 5, memory_order_relaxed);
    atomic_store_explicit(&second.high, 6, memory_order_relaxed);
#ifdef FIXED
    atomic_store_explicit(&current, &second, memory_order_release);
#else
    atomic_store_explicit(&current, &second, memory_order_relaxed);
#endif
    return NULL;
}

static void *look(void *unused)
{
    struct version *seen = atomic_load_explicit(&current, memory_order_acquire);

    (void)unused;
    int low = atomic_load_explicit(&seen->low, memory_order_relaxed);
    int high = atomic_load_explicit(&seen->high, memory_order_relaxed);
    assert(high == low + 1);
    assert(low != 0);
    return NULL;
}

int main(void)
{
    pthread_t updater, readers[N];

    for (int i = 0; i < N; i++)
        pthread_create(&readers[i], NULL, look, NULL);
    pthread_create(&updater, NULL, update, NULL);
    for (int i = 0; i < N; i++)
        pthread_join(readers[i], NULL);
    pthread_join(updater, NULL);
    return 0;
}
