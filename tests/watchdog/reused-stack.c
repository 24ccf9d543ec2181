/*
 * Two locks in a function's frame, set up by pthread_mutex_init() and never destroyed: the next
 * call has two others there, and hands them to a thread that takes them the other way round.
 * says: nothing
 */
#include <pthread.h>

static pthread_barrier_t given, done;
static pthread_mutex_t *pair;

static void both(pthread_mutex_t *one, pthread_mutex_t *two)
{
    pthread_mutex_lock(one);
    pthread_mutex_lock(two);
    pthread_mutex_unlock(two);
    pthread_mutex_unlock(one);
}

static void *backward(void *unused)
{
    pthread_barrier_wait(&given);
    both(&pair[1], &pair[0]);
    pthread_barrier_wait(&done);
    return unused;
}

static __attribute__((noinline)) void use(int give)
{
    pthread_mutex_t local[2];
    pthread_mutex_init(&local[0], NULL);
    pthread_mutex_init(&local[1], NULL);
    pair = local;
    if (give) {
        pthread_barrier_wait(&given);
        pthread_barrier_wait(&done);
    } else {
        both(&local[0], &local[1]);
    }
    pair = NULL;
}

int main(void)
{
    pthread_t other;
    pthread_barrier_init(&given, NULL, 2);
    pthread_barrier_init(&done, NULL, 2);
    pthread_create(&other, NULL, backward, NULL);
    use(0);
    use(1);
    return pthread_join(other, NULL);
}
