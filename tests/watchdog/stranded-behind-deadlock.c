/*
 * The two who used to signal have locked each other out. Who waits for their signal, while a fourth
 * thread goes on, is one more victim of that deadlock and no finding of its own.
 * with: --stranded-seconds=1
 * with: --on-deadlock=report
 * says: deadlock/lock-cycle certain
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t met;
static int told;

static void tell(void)
{
    pthread_mutex_lock(&lock);
    told++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

static void *take(pthread_mutex_t *first, pthread_mutex_t *second)
{
    tell();
    tell();
    pthread_mutex_lock(first);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(second); /* HERE */
    return NULL;
}

static void *forward(void *unused)
{
    (void)unused;
    return take(&left, &right);
}

static void *backward(void *unused)
{
    (void)unused;
    return take(&right, &left);
}

static void *beat(void *unused)
{
    (void)unused;
    for (int i = 0; i < 250; i++)
        usleep(10000);
    exit(0);
}

int main(void)
{
    pthread_t one, two, beats;
    pthread_barrier_init(&met, NULL, 2);
    pthread_create(&beats, NULL, beat, NULL);
    pthread_create(&one, NULL, forward, NULL);
    pthread_create(&two, NULL, backward, NULL);
    pthread_mutex_lock(&lock);
    while (told < 5)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    return 1;
}
