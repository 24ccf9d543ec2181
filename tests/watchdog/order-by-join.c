/*
 * Two orders by two threads, of which the second is created when the first was joined.
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

static void *forward(void *unused)
{
    both(&a, &b);
    return unused;
}

static void *backward(void *unused)
{
    both(&b, &a);
    return unused;
}

int main(void)
{
    pthread_t thread;
    for (int i = 0; i < 100; i++) {
        pthread_create(&thread, NULL, i % 2 == 0 ? forward : backward, NULL);
        pthread_join(thread, NULL);
    }
    return steps - 100;
}
