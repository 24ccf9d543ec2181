/*
 * Two threads with two locks in two orders, who try, give way, and wait a time of their own before
 * they try again: both get on.
 * says: nothing
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static int moves;

static void work(pthread_mutex_t *one, pthread_mutex_t *two, unsigned seed)
{
    for (int done = 0; done < 300;) {
        pthread_mutex_lock(one);
        if (pthread_mutex_trylock(two) == 0) {
            moves++;
            done++;
            usleep(100);
            pthread_mutex_unlock(two);
        }
        pthread_mutex_unlock(one);
        usleep((useconds_t)rand_r(&seed) % 1000);
    }
}

static void *backward(void *unused)
{
    work(&b, &a, 7);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, backward, NULL);
    work(&a, &b, 3);
    pthread_join(other, NULL);
    return moves - 600;
}
