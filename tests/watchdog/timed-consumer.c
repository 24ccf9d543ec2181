/*
 * The producer has ended and nobody else knows the queue. The consumer waits with a time-out, and
 * gives up when it is over.
 * with: --stranded-seconds=1
 * says: nothing
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int items;

static void *produce(void *unused)
{
    for (int i = 0; i < 5; i++) {
        pthread_mutex_lock(&lock);
        items++;
        pthread_cond_signal(&filled);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static void *beat(void *unused)
{
    for (int i = 0; i < 300; i++)
        usleep(10000);
    return unused;
}

int main(void)
{
    pthread_t producer, beats;
    struct timespec until;
    int failed = 0;
    pthread_create(&beats, NULL, beat, NULL);
    pthread_create(&producer, NULL, produce, NULL);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2;
    pthread_mutex_lock(&lock);
    while (failed == 0) {
        if (items > 0)
            items--;
        else
            failed = pthread_cond_timedwait(&filled, &lock, &until);
    }
    pthread_mutex_unlock(&lock);
    return items;
}
