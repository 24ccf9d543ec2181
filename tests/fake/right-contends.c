/* Threads that come and go contend for three locks, always in one order, for half a second. */
#include <pthread.h>
#include <time.h>

static pthread_mutex_t locks[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                   PTHREAD_MUTEX_INITIALIZER};
static long counters[3];

static void *counts(void *unused)
{
    for (int i = 0; i < 2000; i++) {
        for (int k = 0; k < 3; k++)
            pthread_mutex_lock(&locks[k]);
        counters[i % 3]++;
        for (int k = 3; k > 0; k--)
            pthread_mutex_unlock(&locks[k - 1]);
    }
    return unused;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(void)
{
    double end = now() + 0.5;
    while (now() < end) {
        pthread_t threads[4];
        for (int i = 0; i < 4; i++)
            pthread_create(&threads[i], NULL, counts, NULL);
        for (int i = 0; i < 4; i++)
            pthread_join(threads[i], NULL);
    }
    return 0;
}
