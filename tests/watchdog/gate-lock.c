/*
 * Two orders of two locks, and a third lock around both that lets one thread in at a time.
 * says: nothing
 */
#include <pthread.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static long done;

static void both(pthread_mutex_t *one, pthread_mutex_t *two)
{
    for (int i = 0; i < 20000; i++) {
        pthread_mutex_lock(&gate);
        pthread_mutex_lock(one);
        pthread_mutex_lock(two);
        done++;
        pthread_mutex_unlock(two);
        pthread_mutex_unlock(one);
        pthread_mutex_unlock(&gate);
    }
}

static void *backward(void *unused)
{
    both(&b, &a);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, backward, NULL);
    both(&a, &b);
    pthread_join(other, NULL);
    return done != 40000;
}
