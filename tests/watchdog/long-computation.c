/*
 * A thread computes for more than a second with a lock held that nobody asks for, and then a while
 * with one that somebody waits for.
 * says: nothing
 */
#include <pthread.h>
#include <time.h>

static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER, shared = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t held;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void compute(double seconds)
{
    for (double end = now() + seconds; now() < end;)
        ;
}

static void *wait_for_it(void *unused)
{
    pthread_barrier_wait(&held);
    pthread_mutex_lock(&shared);
    pthread_mutex_unlock(&shared);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_barrier_init(&held, NULL, 2);
    pthread_create(&other, NULL, wait_for_it, NULL);
    pthread_mutex_lock(&own);
    compute(1.1);
    pthread_mutex_lock(&shared);
    pthread_barrier_wait(&held);
    compute(0.2);
    pthread_mutex_unlock(&shared);
    pthread_mutex_unlock(&own);
    return pthread_join(other, NULL);
}
