/*
 * Main makes N workers and counts up an index, at which each worker marks its place.
 *
 * Bug: the index is shared, not handed over: a worker that is late marks the place of a later
 * one.
 *
 * Follows sigma of SV-COMP's pthread suite (N = 16). Preemptions: 0 (main is not preempted: the
 * workers come after it). As published the index may lie one behind the end, where there is a
 * spare place here.
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

#ifndef N
#define N 16
#endif

static int marked[N + 1];
static int index_of_next;

#ifdef FIXED
static void *mark(void *place)
{
    *(int *)place = 1;
    return NULL;
}
#else
static void *mark(void *unused)
{
    (void)unused;
    marked[index_of_next] = 1;
    return NULL;
}
#endif

int main(void)
{
    pthread_t workers[N];
    int sum = 0;

    for (int i = 0; i < N; i++) {
        pthread_create(&workers[i], NULL, mark, &marked[index_of_next]);
        index_of_next++;
    }
    for (int i = 0; i < N; i++)
        pthread_join(workers[i], NULL);
    for (int i = 0; i < N; i++)
        sum += marked[i];
    assert(sum == N);
    return 0;
}
