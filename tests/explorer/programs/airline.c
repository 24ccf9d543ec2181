/*
 * N agents sell the seats of a flight, one fewer than there are agents, and stop when it is full.
 *
 * Bug: an agent looks whether there is a seat and sells it in two steps, each of them atomic.
 *
 * Follows airline of ConTest's suite (Farchi, Nir and Ur, IPDPS 2003). Smallest number of
 * preemptions: 1.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 3
#endif
#define SEATS (N - 1)

static _Atomic int sold;

static void *sell(void *unused)
{
    (void)unused;
#ifdef FIXED
    int seen = atomic_load(&sold);
    while (seen < SEATS && !atomic_compare_exchange_strong(&sold, &seen, seen + 1))
        ;
#else
    if (atomic_load(&sold) < SEATS)
        atomic_fetch_add(&sold, 1);
#endif
    return NULL;
}

int main(void)
{
    pthread_t agents[N];

    for (int i = 0; i < N; i++)
        pthread_create(&agents[i], NULL, sell, NULL);
    for (int i = 0; i < N; i++)
        pthread_join(agents[i], NULL);
    assert(sold <= SEATS);
    return 0;
}
