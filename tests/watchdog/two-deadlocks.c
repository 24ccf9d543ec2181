/*
 * Two deadlocks that have nothing to do with each other, in one process.
 * says: deadlock/lock-cycle
 * says: deadlock/self-lock
 */
#include <pthread.h>

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t alone = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t met;

static void *go_right(void *unused)
{
    pthread_mutex_lock(&left);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&right); /* HERE */
    return unused;
}

static void *go_left(void *unused)
{
    pthread_mutex_lock(&right);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&left); /* HERE */
    return unused;
}

static void *twice(void *unused)
{
    pthread_mutex_lock(&alone);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&alone); /* HERE */
    return unused;
}

int main(void)
{
    pthread_t thread[3];
    pthread_barrier_init(&met, NULL, 3);
    pthread_create(&thread[0], NULL, go_right, NULL);
    pthread_create(&thread[1], NULL, go_left, NULL);
    pthread_create(&thread[2], NULL, twice, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    return 0;
}
