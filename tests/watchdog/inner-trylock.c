/*
 * Against the order the inner lock is only tried for, and the outer one let go if it is taken.
 * says: nothing
 */
#include <pthread.h>
#include <sched.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static long steps;

static void *against(void *unused)
{
    for (int done = 0; done < 2000;) {
        pthread_mutex_lock(&b);
        if (pthread_mutex_trylock(&a) == 0) {
            steps++;
            done++;
            pthread_mutex_unlock(&a);
        }
        pthread_mutex_unlock(&b);
        sched_yield();
    }
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, against, NULL);
    for (int i = 0; i < 2000; i++) {
        pthread_mutex_lock(&a);
        pthread_mutex_lock(&b);
        steps++;
        pthread_mutex_unlock(&b);
        pthread_mutex_unlock(&a);
    }
    pthread_join(other, NULL);
    return steps != 4000;
}
