/*
 * Against the order the inner lock is waited for by a time-out, which once really comes to its end.
 * says: nothing
 */
#include <pthread.h>
#include <time.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t met;
static int refused;

static void *against(void *unused)
{
    struct timespec until;
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&met);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    while (pthread_mutex_clocklock(&a, CLOCK_MONOTONIC, &until) != 0) {
        refused++;
        pthread_mutex_unlock(&b);
        pthread_mutex_lock(&a);
        pthread_mutex_unlock(&a);
        return unused;
    }
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_barrier_init(&met, NULL, 2);
    pthread_create(&other, NULL, against, NULL);
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    pthread_join(other, NULL);
    return refused - 1;
}
