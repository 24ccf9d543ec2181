/*
 * One order before the thread with the other order is created.
 * says: nothing
 */
#include <pthread.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static int steps;

static void both(pthread_mutex_t *one, pthread_mutex_t *two)
{
    pthread_mutex_lock(one);
    pthread_mutex_lock(two);
    steps++;
    pthread_mutex_unlock(two);
    pthread_mutex_unlock(one);
}

static void *backward(void *unused)
{
    for (int i = 0; i < 1000; i++)
        both(&b, &a);
    return unused;
}

int main(void)
{
    pthread_t other;
    both(&a, &b);
    pthread_create(&other, NULL, backward, NULL);
    pthread_join(other, NULL);
    return steps - 1001;
}
