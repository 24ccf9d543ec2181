/*
 * The main thread has ended long before the two others deadlock.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t met;
static pthread_t main_thread;

static void *forward(void *unused)
{
    pthread_join(main_thread, NULL);
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

int main(void)
{
    pthread_t one, two;
    main_thread = pthread_self();
    pthread_barrier_init(&met, NULL, 2);
    pthread_create(&one, NULL, forward, NULL);
    pthread_create(&two, NULL, backward, NULL);
    pthread_exit(NULL);
}
