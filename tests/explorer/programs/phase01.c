/*
 * Two threads go through two phases; entering one is to take its lock and to let it go.
 *
 * Bug: the first phase's lock is taken a second time and not let go, so that the other thread
 * can never enter; that is so in every schedule.
 *
 * Follows phase01_bad of SCTBench (PPoPP 2014). Preemptions: 0.
 */
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;

static void *pass(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&first);
    pthread_mutex_unlock(&first);
    pthread_mutex_lock(&first);
#ifdef FIXED
    pthread_mutex_unlock(&first);
#endif

    pthread_mutex_lock(&second);
    pthread_mutex_unlock(&second);
    pthread_mutex_lock(&second);
    pthread_mutex_unlock(&second);
    return NULL;
}

int main(void)
{
    pthread_t one, two;

    pthread_create(&one, NULL, pass, NULL);
    pthread_create(&two, NULL, pass, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
