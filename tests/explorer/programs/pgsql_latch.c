/*
 * Two workers hand work to each other by latches: who is woken clears its latch, and if its flag
 * is set takes it, sets the other's flag, and wakes the other.
 *
 * Bug: latch and flag are set without an order: a worker may see the latch and not the flag, clears
 * the latch, and has missed its turn. Right under sequential consistency and on x86; wrong under
 * C11 (it was found on PowerPC).
 *
 * Follows the pgsql bug of Alglave, Kroening, Nimal and Tautschnig (ESOP 2013), in Nidhugg's suite.
 * One turn each here; a missed turn is asserted, where the published one waits.
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

#ifdef FIXED
#define WAKE memory_order_release
#define WOKEN memory_order_acquire
#else
#define WAKE memory_order_relaxed
#define WOKEN memory_order_relaxed
#endif

static _Atomic int latch[2], flag[2];

static void *work(void *number)
{
    int self = *(int *)number;

    while (!atomic_load_explicit(&latch[self], WOKEN))
        sched_yield();
    atomic_store_explicit(&latch[self], 0, memory_order_relaxed);
    assert(atomic_load_explicit(&flag[self], memory_order_relaxed));
    atomic_store_explicit(&flag[self], 0, memory_order_relaxed);
    atomic_store_explicit(&flag[1 - self], 1, memory_order_relaxed);
    atomic_store_explicit(&latch[1 - self], 1, WAKE);
    return NULL;
}

int main(void)
{
    pthread_t workers[2];
    int numbers[2] = {0, 1};

    atomic_store(&flag[0], 1);
    atomic_store(&latch[0], 1);
    for (int i = 0; i < 2; i++)
        pthread_create(&workers[i], NULL, work, &numbers[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(workers[i], NULL);
    return 0;
}
