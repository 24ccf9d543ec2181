/*
 * A spin lock inside of a mutex, and elsewhere the mutex inside of the spin lock.
 * says: deadlock/lock-order
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t slow = PTHREAD_MUTEX_INITIALIZER;
static pthread_spinlock_t quick;
static int value;

static void *inside(void *unused)
{
    pthread_mutex_lock(&slow);
    pthread_spin_lock(&quick); /* HERE */
    value++;
    pthread_spin_unlock(&quick);
    pthread_mutex_unlock(&slow);
    return unused;
}

static void *outside(void *unused)
{
    usleep(200000);
    pthread_spin_lock(&quick);
    pthread_mutex_lock(&slow); /* HERE */
    value++;
    pthread_mutex_unlock(&slow);
    pthread_spin_unlock(&quick);
    return unused;
}

int main(void)
{
    pthread_t one, two;
    pthread_spin_init(&quick, PTHREAD_PROCESS_PRIVATE);
    pthread_create(&one, NULL, inside, NULL);
    pthread_create(&two, NULL, outside, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return value - 2;
}
