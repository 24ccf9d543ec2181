/*
 * A value is kept in two stages, each under a lock of its own: the second is always the first
 * plus one. N threads in all, the last READERS of them read both stages and compare.
 *
 * Bug: each stage is locked, but not the two together: a reader that comes when the first stage
 * is written and the second is not sees a pair that never should be. Any writer that finishes
 * closes the window for good.
 *
 * Follows twostage of SCTBench (PPoPP 2014), sizes as in PERIOD (ICSE 2022) and RFF (ASPLOS
 * 2024): twostage 2 with 1 reader, _20 and _50 with 10 readers, _100 with 1. Smallest number of
 * preemptions: 1.
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif
#ifndef READERS
#define READERS 1
#endif
#define WRITERS (N - READERS)

static int first, second;
static pthread_mutex_t first_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second_lock = PTHREAD_MUTEX_INITIALIZER;
#ifdef FIXED
static pthread_mutex_t both = PTHREAD_MUTEX_INITIALIZER;
#endif

static void *fill(void *unused)
{
    (void)unused;
#ifdef FIXED
    pthread_mutex_lock(&both);
#endif
    pthread_mutex_lock(&first_lock);
    first = 1;
    pthread_mutex_unlock(&first_lock);

    pthread_mutex_lock(&second_lock);
    second = first + 1;
    pthread_mutex_unlock(&second_lock);
#ifdef FIXED
    pthread_mutex_unlock(&both);
#endif
    return NULL;
}

static void *compare(void *unused)
{
    int one, two = 0;

    (void)unused;
#ifdef FIXED
    pthread_mutex_lock(&both);
#endif
    pthread_mutex_lock(&first_lock);
    one = first;
    pthread_mutex_unlock(&first_lock);

    if (one != 0) {
        pthread_mutex_lock(&second_lock);
        two = second;
        pthread_mutex_unlock(&second_lock);
    }
#ifdef FIXED
    pthread_mutex_unlock(&both);
#endif
    if (one != 0)
        assert(two == one + 1);
    return NULL;
}

int main(void)
{
    pthread_t threads[N];

    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, i < WRITERS ? fill : compare, NULL);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
