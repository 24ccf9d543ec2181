/*
 * Two threads drive two counters up N times, each setting its own to one above the other's.
 *
 * Bug: the highest value is asserted not to be reached, and it is if the two take turns all along.
 *
 * Follows triangular-2 of SV-COMP's pthread suite (N = 5, 10 for -longer, 20 for -longest), each
 * step under a lock as there. Smallest number of preemptions: 2N - 2.
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

#ifndef N
#define N 5
#endif

static int left = 3, right = 6;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *climb_left(void *unused)
{
    (void)unused;
    for (int i = 0; i < N; i++) {
        pthread_mutex_lock(&lock);
        left = right + 1;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *climb_right(void *unused)
{
    (void)unused;
    for (int i = 0; i < N; i++) {
        pthread_mutex_lock(&lock);
        right = left + 1;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    const int highest = 6 + 2 * N;
    pthread_t one, two;

    pthread_create(&one, NULL, climb_left, NULL);
    pthread_create(&two, NULL, climb_right, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
#ifdef FIXED
    assert(left <= highest && right <= highest);
#else
    assert(left < highest && right < highest);
#endif
    return 0;
}
