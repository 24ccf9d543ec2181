/*
 * One producer has ended; two of other sorts have not delivered anything yet: one computes, the
 * other sleeps once for long.
 * with: --stranded-seconds=1
 * says: nothing
 */
#include <pthread.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int items;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void deliver(int n)
{
    for (int i = 0; i < n; i++) {
        pthread_mutex_lock(&lock);
        items++;
        pthread_cond_signal(&filled);
        pthread_mutex_unlock(&lock);
    }
}

static void *at_once(void *unused)
{
    deliver(3);
    return unused;
}

static void *compute(void *unused)
{
    for (double end = now() + 1.9; now() < end;)
        ;
    deliver(3);
    return unused;
}

static void *sleep_once(void *unused)
{
    usleep(3600000);
    deliver(3);
    return unused;
}

int main(void)
{
    void *(*const producers[])(void *) = {compute, sleep_once, at_once};
    pthread_t producer[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&producer[i], NULL, producers[i], NULL);
    for (int taken = 0; taken < 9; taken++) {
        pthread_mutex_lock(&lock);
        while (items == 0)
            pthread_cond_wait(&filled, &lock);
        items--;
        pthread_mutex_unlock(&lock);
    }
    return 0;
}
