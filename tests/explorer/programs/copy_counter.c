/*
 * N threads each take a copy of a counter, add one to it, and put it back; every access is atomic.
 *
 * Bug: the three are not one step, so that counts are lost: no data race, and wrong all the same.
 *
 * Follows no one program: it is the counter with which the papers of this field begin, and the
 * least program whose bug needs an order and no data race. Smallest number of preemptions: 1.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif

static _Atomic int counter;

static void *count(void *unused)
{
    (void)unused;
#ifdef FIXED
    atomic_fetch_add(&counter, 1);
#else
    int copy = atomic_load(&counter);
    atomic_store(&counter, copy + 1);
#endif
    return NULL;
}

int main(void)
{
    pthread_t threads[N];

    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, count, NULL);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    assert(counter == N);
    return 0;
}
