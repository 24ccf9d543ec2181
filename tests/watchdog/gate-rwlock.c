/*
 * The gate before two orders is a rwlock: one side reads it, the other writes it, so never both.
 * says: nothing
 */
#include <pthread.h>

static pthread_rwlock_t gate = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static int done;

static void both(pthread_mutex_t *one, pthread_mutex_t *two)
{
    pthread_mutex_lock(one);
    pthread_mutex_lock(two);
    done++;
    pthread_mutex_unlock(two);
    pthread_mutex_unlock(one);
}

static void *backward(void *unused)
{
    for (int i = 0; i < 5000; i++) {
        pthread_rwlock_wrlock(&gate);
        both(&b, &a);
        pthread_rwlock_unlock(&gate);
    }
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, backward, NULL);
    for (int i = 0; i < 5000; i++) {
        pthread_rwlock_rdlock(&gate);
        both(&a, &b);
        pthread_rwlock_unlock(&gate);
    }
    pthread_join(other, NULL);
    return done != 10000;
}
