/*
 * One order, then a thread that starts a thread that has the other order; the first thread of the
 * chain is never joined, and comes to its end on its own.
 * says: nothing
 */
#include <pthread.h>
#include <semaphore.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static sem_t over;
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
    both(&b, &a);
    sem_post(&over);
    return unused;
}

static void *start_another(void *unused)
{
    pthread_t thread;
    pthread_create(&thread, NULL, backward, NULL);
    pthread_detach(thread);
    return unused;
}

int main(void)
{
    pthread_t thread;
    sem_init(&over, 0, 0);
    both(&a, &b);
    pthread_create(&thread, NULL, start_another, NULL);
    pthread_detach(thread);
    sem_wait(&over);
    return steps - 2;
}
