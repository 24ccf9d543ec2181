/*
 * A configuration is published in two words, `ready` and then `version`; checkers expect to
 * see both or none of them. N threads in all, the last CHECKERS of them checkers.
 *
 * Bug: nothing makes the two stores one step, so a checker that runs between the very first
 * `ready = 1` and the very first `version = -1` sees one without the other. Every other setter
 * that gets as far closes the window, which is why it becomes rarer with each thread.
 *
 * Follows reorder_N of SCTBench (Thomson, Donaldson, Betts, PPoPP 2014), sizes as in PERIOD
 * (Wen et al., ICSE 2022) and RFF (Wolff et al., ASPLOS 2024): reorder_3, 4, 5, 10 and 100 have
 * one checker, reorder_20 and 50 have ten. Smallest number of preemptions: 1.
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

#ifndef N
#define N 3
#endif
#ifndef CHECKERS
#define CHECKERS 1
#endif
#define SETTERS (N - CHECKERS)

static int ready;
static int version;
#ifdef FIXED
static pthread_mutex_t both = PTHREAD_MUTEX_INITIALIZER;
#endif

static void *set(void *unused)
{
    (void)unused;
#ifdef FIXED
    pthread_mutex_lock(&both);
#endif
    ready = 1;
    version = -1;
#ifdef FIXED
    pthread_mutex_unlock(&both);
#endif
    return NULL;
}

static void *check(void *unused)
{
    (void)unused;
#ifdef FIXED
    pthread_mutex_lock(&both);
#endif
    int all_or_none = (ready == 0 && version == 0) || (ready == 1 && version == -1);
#ifdef FIXED
    pthread_mutex_unlock(&both);
#endif
    assert(all_or_none);
    return NULL;
}

int main(void)
{
    pthread_t threads[N];

    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, i < SETTERS ? set : check, NULL);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
