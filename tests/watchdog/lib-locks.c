/*
 * The library of loads-library.c and loads-deadlock.c: two locks, and functions that take both.
 */
#include <pthread.h>

void locks_forward(void);
void locks_backward(void);
void locks_meet(void);

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t met;
static int meeting, used;

static void both(pthread_mutex_t *one, pthread_mutex_t *two)
{
    pthread_mutex_lock(one);
    if (meeting)
        pthread_barrier_wait(&met);
    pthread_mutex_lock(two); /* HERE */
    used++;
    pthread_mutex_unlock(two);
    pthread_mutex_unlock(one);
}

void locks_forward(void)
{
    both(&first, &second);
}

void locks_backward(void)
{
    both(&second, &first);
}

/* From now on nobody takes a second lock before two threads have a first one. */
void locks_meet(void)
{
    pthread_barrier_init(&met, NULL, 2);
    meeting = 1;
}
