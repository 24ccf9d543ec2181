/*
 * N philosophers take both forks under a gate, and count themselves when they have eaten.
 *
 * Bug: the last one to count fails; what makes it miss is only that two counts overwrite one
 * another, as nothing guards the counter. So nearly every schedule fails.
 *
 * Follows din_philN_sat of SCTBench (PPoPP 2014), N = 2 to 7, whose oracle this is; for
 * philosophers who really stop one another see philosophers.c. Preemptions: 0.
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

#ifndef N
#define N 3
#endif

static pthread_mutex_t forks[N];
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static int eaten;
#ifdef FIXED
static pthread_mutex_t count_lock = PTHREAD_MUTEX_INITIALIZER;
#endif

static void *dine(void *number)
{
    int left = *(int *)number, right = (left + 1) % N;

    pthread_mutex_lock(&gate);
    pthread_mutex_lock(&forks[right]);
    pthread_mutex_lock(&forks[left]);
    pthread_mutex_unlock(&forks[left]);
    pthread_mutex_unlock(&forks[right]);
    pthread_mutex_unlock(&gate);

#ifdef FIXED
    pthread_mutex_lock(&count_lock);
    ++eaten;
    assert(eaten <= N);
    pthread_mutex_unlock(&count_lock);
#else
    ++eaten;
    if (eaten == N)
        assert(!"all have eaten");
#endif
    return NULL;
}

int main(void)
{
    pthread_t philosophers[N];
    int numbers[N];

    for (int i = 0; i < N; i++)
        pthread_mutex_init(&forks[i], NULL);
    for (int i = 0; i < N; i++) {
        numbers[i] = i;
        pthread_create(&philosophers[i], NULL, dine, &numbers[i]);
    }
    for (int i = 0; i < N; i++)
        pthread_join(philosophers[i], NULL);
    return 0;
}
