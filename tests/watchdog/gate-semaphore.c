/*
 * The gate before two orders of two locks is a semaphore of one.
 * says: nothing
 */
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

static sem_t gate;
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static int done;

static void both(pthread_mutex_t *one, pthread_mutex_t *two)
{
    for (int i = 0; i < 100; i++) {
        sem_wait(&gate);
        pthread_mutex_lock(one);
        pthread_mutex_lock(two);
        done++;
        usleep(500);
        pthread_mutex_unlock(two);
        pthread_mutex_unlock(one);
        sem_post(&gate);
    }
}

static void *backward(void *unused)
{
    both(&b, &a);
    return unused;
}

int main(void)
{
    pthread_t other;
    sem_init(&gate, 0, 1);
    pthread_create(&other, NULL, backward, NULL);
    both(&a, &b);
    pthread_join(other, NULL);
    return done - 200;
}
