/*
 * A data race, and then two locks in opposite orders: by the time that it hangs, a
 * sanitizer has started its symbolizer, a process that waits for more questions.
 */
#include <pthread.h>

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t meeting;
static int count;

static void *cross(void *argument)
{
    pthread_mutex_t *first = argument, *second = first == &left ? &right : &left;
    count++;
    pthread_mutex_lock(first);
    pthread_barrier_wait(&meeting);
    pthread_mutex_lock(second); /* HERE */
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    pthread_barrier_init(&meeting, NULL, 2);
    pthread_create(&threads[0], NULL, cross, &left);
    pthread_create(&threads[1], NULL, cross, &right);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
