/*
 * A program becomes nobody, changes its folder, closes all descriptors, and then deadlocks.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>
#include <unistd.h>

#define NOBODY 65534

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t met;

static void *backward(void *unused)
{
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&a); /* HERE */
    return unused;
}

int main(void)
{
    pthread_t other;
    if (getuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
        return 2;
    if (chdir("/") != 0)
        return 2;
    for (int i = 0; i < 1024; i++)
        close(i);
    pthread_barrier_init(&met, NULL, 2);
    pthread_create(&other, NULL, backward, NULL);
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&b); /* HERE */
    return pthread_join(other, NULL);
}
