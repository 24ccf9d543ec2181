/*
 * A thread unlocks a mutex that another one holds, which thinks that it is alone.
 * says: misuse/unlock-stranger
 */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t step;

static void *clean_up(void *unused)
{
    pthread_barrier_wait(&step);
    pthread_mutex_unlock(&lock); /* HERE */
    pthread_barrier_wait(&step);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_barrier_init(&step, NULL, 2);
    pthread_create(&other, NULL, clean_up, NULL);
    pthread_mutex_lock(&lock);
    pthread_barrier_wait(&step);
    pthread_barrier_wait(&step);
    return pthread_join(other, NULL);
}
