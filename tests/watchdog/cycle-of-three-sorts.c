/*
 * A mutex, a rwlock and a spin lock in one cycle.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>

static pthread_mutex_t index_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t pages = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t counter;
static pthread_barrier_t met;

static void *look_up(void *unused)
{
    pthread_mutex_lock(&index_lock);
    pthread_barrier_wait(&met);
    pthread_rwlock_rdlock(&pages); /* HERE */
    return unused;
}

static void *flush(void *unused)
{
    pthread_rwlock_wrlock(&pages);
    pthread_barrier_wait(&met);
    pthread_spin_lock(&counter); /* HERE */
    return unused;
}

static void *count(void *unused)
{
    pthread_spin_lock(&counter);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&index_lock); /* HERE */
    return unused;
}

int main(void)
{
    pthread_t thread[3];
    pthread_spin_init(&counter, PTHREAD_PROCESS_PRIVATE);
    pthread_barrier_init(&met, NULL, 3);
    pthread_create(&thread[0], NULL, look_up, NULL);
    pthread_create(&thread[1], NULL, flush, NULL);
    pthread_create(&thread[2], NULL, count, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    return 0;
}
