/*
 * A condition is waited for with an outer lock held, and who would signal needs the outer lock.
 * says: deadlock/wait-cycle
 */
#include <pthread.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t entered;
static int items;

static void *take(void *unused)
{
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    pthread_barrier_wait(&entered);
    while (items == 0)
        pthread_cond_wait(&filled, &inner); /* HERE */
    items--;
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
    return unused;
}

int main(void)
{
    pthread_t taker;
    pthread_barrier_init(&entered, NULL, 2);
    pthread_create(&taker, NULL, take, NULL);
    pthread_barrier_wait(&entered);
    pthread_mutex_lock(&outer); /* HERE */
    pthread_mutex_lock(&inner);
    items++;
    pthread_cond_signal(&filled);
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
    return pthread_join(taker, NULL);
}
