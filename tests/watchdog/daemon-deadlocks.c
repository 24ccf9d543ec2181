/*
 * Who starts a daemon waits for the word that it is ready, and the daemon deadlocks before that.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t met;

static void *backward(void *unused)
{
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&a); /* HERE */
    return unused;
}

static void become_daemon(void)
{
    if (fork() != 0)
        _exit(0);
    setsid();
    if (fork() != 0)
        _exit(0);
}

int main(void)
{
    int ready[2];
    char byte = 0;
    pthread_t other;
    if (pipe(ready) != 0)
        return 2;
    if (fork() != 0) {
        close(ready[1]);
        return read(ready[0], &byte, 1) != 1;
    }
    become_daemon();
    close(ready[0]);
    pthread_barrier_init(&met, NULL, 2);
    pthread_create(&other, NULL, backward, NULL);
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&b); /* HERE */
    return write(ready[1], &byte, 1) != 1;
}
