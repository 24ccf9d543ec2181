/* A spin lock and a mutex in opposite orders: one of the two threads runs all the time. */
#include <pthread.h>

static pthread_spinlock_t spin;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t meeting;

static void *spin_first(void *unused)
{
    pthread_spin_lock(&spin);
    pthread_barrier_wait(&meeting);
    pthread_mutex_lock(&mutex); /* HERE */
    return unused;
}

static void *mutex_first(void *unused)
{
    pthread_mutex_lock(&mutex);
    pthread_barrier_wait(&meeting);
    pthread_spin_lock(&spin); /* HERE */
    return unused;
}

int main(void)
{
    pthread_t one, two;
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_barrier_init(&meeting, NULL, 2);
    pthread_create(&one, NULL, spin_first, NULL);
    pthread_create(&two, NULL, mutex_first, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
