/*
 * A mutex is destroyed by one thread while another one holds it.
 * says: misuse/destroy-held
 */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t step;

static void *work(void *unused)
{
    pthread_mutex_lock(&lock);
    pthread_barrier_wait(&step);
    pthread_barrier_wait(&step);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_barrier_init(&step, NULL, 2);
    pthread_create(&other, NULL, work, NULL);
    pthread_barrier_wait(&step);
    int busy = pthread_mutex_destroy(&lock); /* HERE */
    pthread_barrier_wait(&step);
    pthread_join(other, NULL);
    return busy == 0;
}
