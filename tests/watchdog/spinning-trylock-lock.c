/*
 * A lock that is taken by trylock in a tight loop, for sections of a millisecond: thousands of
 * tries fail for each that succeeds, and everybody has a turn all the time.
 * says: nothing
 */
#include <pthread.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int sections;

static void compute(void)
{
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec - start.tv_nsec < 1000000);
}

static void *work(void *unused)
{
    for (int i = 0; i < 80; i++) {
        while (pthread_mutex_trylock(&lock) != 0)
            ;
        sections++;
        compute();
        pthread_mutex_unlock(&lock);
        usleep(2000);
    }
    return unused;
}

int main(void)
{
    pthread_t thread[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, work, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    return sections - 240;
}
