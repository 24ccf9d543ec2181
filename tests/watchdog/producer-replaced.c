/*
 * The producer has ended. A thread that has never had to do with the queue starts another one while
 * main waits, and that one takes its time.
 * with: --stranded-seconds=1
 * says: nothing
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int items;

static void deliver(int n)
{
    for (int i = 0; i < n; i++) {
        pthread_mutex_lock(&lock);
        items++;
        pthread_cond_signal(&filled);
        pthread_mutex_unlock(&lock);
    }
}

static void *produce(void *unused)
{
    deliver(5);
    return unused;
}

static void *produce_late(void *unused)
{
    for (int i = 0; i < 180; i++)
        usleep(10000);
    deliver(5);
    return unused;
}

static void *supervise(void *unused)
{
    pthread_t another;
    usleep(300000);
    if (pthread_create(&another, NULL, produce_late, NULL) != 0)
        abort();
    for (int i = 0; i < 300; i++)
        usleep(10000);
    return unused;
}

int main(void)
{
    pthread_t producer, supervisor;
    pthread_create(&supervisor, NULL, supervise, NULL);
    pthread_create(&producer, NULL, produce, NULL);
    pthread_join(producer, NULL);
    for (int taken = 0; taken < 10; taken++) {
        pthread_mutex_lock(&lock);
        while (items == 0)
            pthread_cond_wait(&filled, &lock);
        items--;
        pthread_mutex_unlock(&lock);
    }
    return 0;
}
