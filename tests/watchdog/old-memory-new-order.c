/*
 * Two locks are used in one order, destroyed, made anew at the same place, and used in the other.
 * Threads live through all of it, so that only the destruction separates the two.
 * says: nothing
 */
#include <pthread.h>

static pthread_mutex_t lock[2];
static pthread_barrier_t step;
static int used;

static void both(int first)
{
    pthread_mutex_lock(&lock[first]);
    pthread_mutex_lock(&lock[1 - first]);
    used++;
    pthread_mutex_unlock(&lock[1 - first]);
    pthread_mutex_unlock(&lock[first]);
}

static void *second(void *unused)
{
    pthread_barrier_wait(&step);
    both(1);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_barrier_init(&step, NULL, 2);
    pthread_create(&other, NULL, second, NULL);
    for (int i = 0; i < 2; i++)
        pthread_mutex_init(&lock[i], NULL);
    both(0);
    for (int i = 0; i < 2; i++) {
        pthread_mutex_destroy(&lock[i]);
        pthread_mutex_init(&lock[i], NULL);
    }
    pthread_barrier_wait(&step);
    pthread_join(other, NULL);
    return used - 2;
}
