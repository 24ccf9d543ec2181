/*
 * The thread with the first order is joined by a second one, that by the main thread, and a fourth
 * has the other order: separated through strangers to the locks.
 * says: nothing
 */
#include <pthread.h>

static pthread_rwlock_t a = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static int steps;

static void *forward(void *unused)
{
    pthread_rwlock_wrlock(&a);
    pthread_mutex_lock(&b);
    steps++;
    pthread_mutex_unlock(&b);
    pthread_rwlock_unlock(&a);
    return unused;
}

static void *backward(void *unused)
{
    pthread_mutex_lock(&b);
    pthread_rwlock_wrlock(&a);
    steps++;
    pthread_rwlock_unlock(&a);
    pthread_mutex_unlock(&b);
    return unused;
}

/* Runs what it is given in a thread of its own. */
static void *manage(void *work)
{
    pthread_t worker;
    void *(*routine)(void *) = *(void *(**)(void *))work;
    pthread_create(&worker, NULL, routine, NULL);
    pthread_join(worker, NULL);
    return NULL;
}

int main(void)
{
    void *(*first)(void *) = forward, *(*second)(void *) = backward;
    pthread_t manager;
    pthread_create(&manager, NULL, manage, &first);
    pthread_join(manager, NULL);
    pthread_create(&manager, NULL, manage, &second);
    pthread_join(manager, NULL);
    return steps - 2;
}
