/*
 * Two priority-inheriting mutexes crossed: the kernel sees it and says EDEADLK, which glibc hides.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>

static pthread_mutex_t motor, brake;
static pthread_barrier_t met;

static void *accelerate(void *unused)
{
    pthread_mutex_lock(&motor);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&brake); /* HERE */
    pthread_mutex_unlock(&brake);
    pthread_mutex_unlock(&motor);
    return unused;
}

static void *slow_down(void *unused)
{
    pthread_mutex_lock(&brake);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&motor); /* HERE */
    pthread_mutex_unlock(&motor);
    pthread_mutex_unlock(&brake);
    return unused;
}

int main(void)
{
    pthread_mutexattr_t inherit;
    pthread_mutexattr_init(&inherit);
    pthread_mutexattr_setprotocol(&inherit, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&motor, &inherit);
    pthread_mutex_init(&brake, &inherit);
    pthread_barrier_init(&met, NULL, 2);
    pthread_t one, two;
    pthread_create(&one, NULL, accelerate, NULL);
    pthread_create(&two, NULL, slow_down, NULL);
    pthread_join(one, NULL);
    return pthread_join(two, NULL);
}
