/*
 * The only producer ends without telling the main thread, which waits for its next item. A third
 * thread goes on with work of its own, and in the end has had enough.
 * with: --stranded-seconds=1
 * says: deadlock/lost-signal probable
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
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
    (void)unused;
    for (int i = 0; i < 120; i++) {
        pthread_mutex_lock(&other);
        pthread_mutex_unlock(&other);
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    exit(0);
}

int main(void)
{
    pthread_t producer, beats;
    pthread_create(&beats, NULL, beat, NULL);
    pthread_create(&producer, NULL, produce, NULL);
    for (int taken = 0; taken < 6; taken++) {
        pthread_mutex_lock(&lock);
        while (items == 0)
            pthread_cond_wait(&filled, &lock); /* HERE */
        items--;
        pthread_mutex_unlock(&lock);
    }
    return 1;
}
