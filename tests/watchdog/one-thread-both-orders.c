/*
 * One thread alone takes two locks in both orders; the other one takes them one at a time.
 * says: nothing
 */
#include <pthread.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static long from_a, from_b;

static void *one_at_a_time(void *unused)
{
    for (int i = 0; i < 5000; i++) {
        pthread_mutex_lock(&a);
        from_a++;
        pthread_mutex_unlock(&a);
        pthread_mutex_lock(&b);
        from_b++;
        pthread_mutex_unlock(&b);
    }
    return unused;
}

static void both(pthread_mutex_t *one, pthread_mutex_t *two)
{
    pthread_mutex_lock(one);
    pthread_mutex_lock(two);
    from_a++;
    from_b++;
    pthread_mutex_unlock(two);
    pthread_mutex_unlock(one);
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, one_at_a_time, NULL);
    for (int i = 0; i < 2500; i++) {
        both(&a, &b);
        both(&b, &a);
    }
    pthread_join(other, NULL);
    return from_a != 10000 || from_b != 10000;
}
