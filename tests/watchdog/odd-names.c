/*
 * A deadlock of threads whose names look like the end of a line of /proc/PID/stat.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t met;

static void *forward(void *unused)
{
    pthread_setname_np(pthread_self(), ") R 1 1 (");
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&b); /* HERE */
    return unused;
}

static void *backward(void *unused)
{
    pthread_setname_np(pthread_self(), "\"\\\n\x1b[31m\xff");
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&a); /* HERE */
    return unused;
}

int main(void)
{
    pthread_t one, two;
    pthread_barrier_init(&met, NULL, 2);
    pthread_create(&one, NULL, forward, NULL);
    pthread_create(&two, NULL, backward, NULL);
    pthread_join(one, NULL);
    return pthread_join(two, NULL);
}
