/* A nested monitor: waits for a condition with an outer lock held that its signaller needs. */
#include <pthread.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t taken;

static void *waits(void *unused)
{
    pthread_mutex_lock(&outer);
    pthread_barrier_wait(&taken);
    pthread_mutex_lock(&inner);
    pthread_cond_wait(&ready, &inner); /* HERE */
    return unused;
}

static void *signals(void *unused)
{
    pthread_barrier_wait(&taken);
    pthread_mutex_lock(&outer); /* HERE */
    pthread_mutex_lock(&inner);
    pthread_cond_signal(&ready);
    return unused;
}

int main(void)
{
    pthread_t one, two;
    pthread_barrier_init(&taken, NULL, 2);
    pthread_create(&one, NULL, waits, NULL);
    pthread_create(&two, NULL, signals, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
