/*
 * All threads wait for one that sleeps half a second: by a lock, a condition, a barrier, a join.
 * says: nothing
 */
#include <pthread.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, state = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t all, locked;
static int ready;

static void *sleep_first(void *unused)
{
    pthread_mutex_lock(&lock);
    pthread_barrier_wait(&locked);
    nanosleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
    pthread_mutex_unlock(&lock);
    pthread_mutex_lock(&state);
    ready = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&state);
    pthread_barrier_wait(&all);
    return unused;
}

static void *wait_for_lock(void *unused)
{
    pthread_barrier_wait(&locked);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

static void *wait_for_change(void *unused)
{
    pthread_mutex_lock(&state);
    while (!ready)
        pthread_cond_wait(&changed, &state);
    pthread_mutex_unlock(&state);
    pthread_barrier_wait(&all);
    return unused;
}

int main(void)
{
    pthread_t thread[3];
    pthread_barrier_init(&all, NULL, 2);
    pthread_barrier_init(&locked, NULL, 2);
    pthread_create(&thread[0], NULL, sleep_first, NULL);
    pthread_create(&thread[1], NULL, wait_for_lock, NULL);
    pthread_create(&thread[2], NULL, wait_for_change, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    return ready - 1;
}
