/*
 * N threads want one object that is made when first asked for.
 *
 * Bug: the look and the making are not one step, so that two threads both make one and the first
 * one's changes are lost with it.
 *
 * Follows lazyinit of CHESS (Musuvathi et al., OSDI 2008). Smallest number of preemptions: 1.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#ifndef N
#define N 2
#endif

static _Atomic(int *) tickets;
static _Atomic int times_made;
#ifdef FIXED
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
#endif

static int *get(void)
{
#ifdef FIXED
    pthread_mutex_lock(&making);
#endif
    int *made = atomic_load(&tickets);
    if (!made) {
        made = calloc(1, sizeof *made);
        atomic_store(&tickets, made);
        atomic_fetch_add(&times_made, 1);
    }
#ifdef FIXED
    pthread_mutex_unlock(&making);
#endif
    return made;
}

static void *use(void *unused)
{
    (void)unused;
    get();
    return NULL;
}

int main(void)
{
    pthread_t threads[N];

    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, use, NULL);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    assert(times_made == 1);
    free(tickets);
    return 0;
}
