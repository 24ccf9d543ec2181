/*
 * A process kills itself while one thread holds a lock and another one waits for it.
 * says: nothing
 * ends: signal 9
 */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *wait_for_it(void *unused)
{
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_mutex_lock(&lock);
    pthread_create(&other, NULL, wait_for_it, NULL);
    usleep(300000);
    kill(getpid(), SIGKILL);
    return 0;
}
