#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

static pthread_mutex_t a, b, c;
static pthread_cond_t cond;
static pthread_rwlock_t rw;

static void *stranger(void *unused)
{
    pthread_mutex_unlock(&a);
    return unused;
}

static void *leaver(void *unused)
{
    pthread_mutex_lock(&c);
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_mutex_init(&a, NULL);
    pthread_mutex_init(&b, NULL);
    pthread_mutex_init(&c, NULL);
    pthread_cond_init(&cond, NULL);
    pthread_rwlock_init(&rw, NULL);
    pthread_mutex_unlock(&a);
    pthread_mutex_lock(&a);
    pthread_create(&thread, NULL, stranger, NULL);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, leaver, NULL);
    pthread_join(thread, NULL);
    pthread_mutex_lock(&b);
    pthread_mutex_destroy(&b);
    pthread_cond_signal(&cond);
    struct timespec past = {1, 0};
    pthread_mutex_t d;
    pthread_mutex_init(&d, NULL);
    pthread_cond_timedwait(&cond, &d, &past);
    pthread_rwlock_unlock(&rw);
    long *bogus = calloc(1, sizeof(pthread_mutex_t));
    ((int *)bogus)[4] = 77;
    pthread_mutex_unlock((pthread_mutex_t *)bogus);
    sem_t sem;
    sem_init(&sem, 0, 0x7fffffffu + 5u);
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, 0);
    pthread_join(pthread_self(), NULL);
    return 0;
}
