/*
 * A gate before two orders, which both threads go through as readers at once: it is no gate.
 * says: deadlock/lock-order
 */
#include <pthread.h>
#include <unistd.h>

static pthread_rwlock_t gate = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void both(pthread_mutex_t *one, pthread_mutex_t *two)
{
    pthread_rwlock_rdlock(&gate);
    pthread_mutex_lock(one);
    pthread_mutex_lock(two); /* HERE */
    pthread_mutex_unlock(two);
    pthread_mutex_unlock(one);
    pthread_rwlock_unlock(&gate);
}

static void *backward(void *unused)
{
    usleep(200000);
    both(&b, &a);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, backward, NULL);
    both(&a, &b);
    return pthread_join(other, NULL);
}
