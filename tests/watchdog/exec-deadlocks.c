/*
 * A thread executes the program anew while others wait, and what comes then deadlocks.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t met;

static void *execute(void *name)
{
    pthread_mutex_lock(&a);
    execl("/proc/self/exe", (char *)name, "again", (char *)NULL);
    exit(2);
}

static void *backward(void *unused)
{
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&a); /* HERE */
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t other;
    pthread_barrier_init(&met, NULL, 2);
    if (argc == 1) {
        pthread_create(&other, NULL, execute, argv[0]);
        return pthread_join(other, NULL);
    }
    pthread_create(&other, NULL, backward, NULL);
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&b); /* HERE */
    return pthread_join(other, NULL);
}
