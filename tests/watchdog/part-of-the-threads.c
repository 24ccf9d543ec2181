/*
 * Two of six threads deadlock, beside four that go on with work on locks of their own.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t busy = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t met;

static void *forward(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&b); /* HERE */
    return unused;
}

static void *backward(void *unused)
{
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&a); /* HERE */
    return unused;
}

static void *work(void *unused)
{
    for (int i = 0; i < 800; i++) {
        pthread_mutex_lock(&busy);
        pthread_mutex_unlock(&busy);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return unused;
}

int main(void)
{
    pthread_t stuck[2], worker[4];
    pthread_barrier_init(&met, NULL, 2);
    pthread_create(&stuck[0], NULL, forward, NULL);
    pthread_create(&stuck[1], NULL, backward, NULL);
    for (int i = 0; i < 4; i++)
        pthread_create(&worker[i], NULL, work, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(worker[i], NULL);
    exit(0);
}
