/*
 * Two threads change one counter, each under two locks.
 *
 * Bug: they take the two locks in opposite orders.
 *
 * Follows deadlock01_bad of SCTBench (PPoPP 2014). Smallest number of preemptions: 1.
 */
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t right = PTHREAD_MUTEX_INITIALIZER;
static int counter = 1;

static void *up(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&left);
    pthread_mutex_lock(&right);
    counter++;
    pthread_mutex_unlock(&right);
    pthread_mutex_unlock(&left);
    return NULL;
}

static void *down(void *unused)
{
#ifdef FIXED
    pthread_mutex_t *outer = &left, *inner = &right;
#else
    pthread_mutex_t *outer = &right, *inner = &left;
#endif

    (void)unused;
    pthread_mutex_lock(outer);
    pthread_mutex_lock(inner);
    counter--;
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
    return NULL;
}

int main(void)
{
    pthread_t one, two;

    pthread_create(&one, NULL, up, NULL);
    pthread_create(&two, NULL, down, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
