/*
 * One order is after a join, but of a thread that has nothing to do with it.
 * says: deadlock/lock-order
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void *forward(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b); /* HERE */
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    return unused;
}

static void *nap(void *unused)
{
    usleep(200000);
    return unused;
}

int main(void)
{
    pthread_t works, naps;
    pthread_create(&works, NULL, forward, NULL);
    pthread_create(&naps, NULL, nap, NULL);
    pthread_join(naps, NULL);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a); /* HERE */
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return pthread_join(works, NULL);
}
