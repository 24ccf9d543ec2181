/*
 * The signal goes out before the wait begins, and no flag remembers it.
 * says: deadlock/lost-signal
 */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;

static void *prepare(void *unused)
{
    pthread_mutex_lock(&lock);
    pthread_cond_signal(&ready);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_mutex_lock(&lock);
    pthread_create(&other, NULL, prepare, NULL);
    pthread_mutex_unlock(&lock);
    pthread_join(other, NULL);
    pthread_mutex_lock(&lock);
    pthread_cond_wait(&ready, &lock); /* HERE */
    pthread_mutex_unlock(&lock);
    return 0;
}
