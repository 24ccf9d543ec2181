/*
 * A thread is cancelled in a sleep with a lock held, and has no handler to let it go.
 * says: misuse/exit-holding
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t held;

static void *wait_for_device(void *unused)
{
    pthread_mutex_lock(&lock); /* HERE */
    pthread_barrier_wait(&held);
    sleep(60);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_barrier_init(&held, NULL, 2);
    pthread_create(&other, NULL, wait_for_device, NULL);
    pthread_barrier_wait(&held);
    pthread_cancel(other);
    return pthread_join(other, NULL);
}
