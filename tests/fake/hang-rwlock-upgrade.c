/*
 * Takes a lock to write that it holds to read. With the argument "beside" another
 * thread reads as well and goes on all the time: only who knows the holders can tell
 * that this is a hang.
 */
#include <pthread.h>
#include <unistd.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t reading;

static void *sleeps(void *unused)
{
    pthread_rwlock_rdlock(&lock);
    pthread_barrier_wait(&reading);
    for (;;)
        usleep(1000);
    return unused;
}

int main(int argc, char **argv)
{
    (void)argv;
    pthread_t thread;
    pthread_barrier_init(&reading, NULL, 2);
    if (argc > 1) {
        pthread_create(&thread, NULL, sleeps, NULL);
        pthread_barrier_wait(&reading);
    }
    pthread_rwlock_rdlock(&lock);
    pthread_rwlock_wrlock(&lock); /* HERE */
    return 0;
}
