/*
 * Two threads N times each add the other's number to their own; main then looks how far they got.
 *
 * Bug: the bound that is asserted is one too low: the Fibonacci number 2N + 2 is reached, but in
 * one order only, in which the two take turns at every single addition. There is no program with
 * fewer lines that random schedulers find harder.
 *
 * Follows fib_bench of SV-COMP's pthread suite (N = 5, 6 for _longer, 10 for _longest). Additions
 * are one step under a lock here. Smallest number of preemptions: 2N - 2.
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

#ifndef N
#define N 5
#endif

static int left = 1, right = 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *grow_left(void *unused)
{
    (void)unused;
    for (int i = 0; i < N; i++) {
        pthread_mutex_lock(&lock);
        left += right;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *grow_right(void *unused)
{
    (void)unused;
    for (int i = 0; i < N; i++) {
        pthread_mutex_lock(&lock);
        right += left;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static int fibonacci(int n)
{
    int before = 0, number = 1;

    for (int i = 1; i < n; i++) {
        int next = before + number;
        before = number;
        number = next;
    }
    return number;
}

int main(void)
{
    pthread_t one, two;
    int most = fibonacci(2 * N + 2);

    pthread_create(&one, NULL, grow_left, NULL);
    pthread_create(&two, NULL, grow_right, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
#ifdef FIXED
    assert(left <= most && right <= most);
#else
    assert(left < most && right < most);
#endif
    return 0;
}
