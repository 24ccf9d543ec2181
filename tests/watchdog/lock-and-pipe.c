/*
 * One thread reads a pipe with a lock held; the one that writes there needs the lock first.
 * says: deadlock/wait-cycle
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t state = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t started;
static int wire[2];

static void *answer(void *unused)
{
    pthread_barrier_wait(&started);
    pthread_mutex_lock(&state); /* HERE */
    if (write(wire[1], "x", 1) != 1)
        exit(2);
    pthread_mutex_unlock(&state);
    return unused;
}

int main(void)
{
    pthread_t other;
    char byte;
    if (pipe(wire) != 0)
        exit(2);
    pthread_barrier_init(&started, NULL, 2);
    pthread_create(&other, NULL, answer, NULL);
    pthread_mutex_lock(&state);
    pthread_barrier_wait(&started);
    if (read(wire[0], &byte, 1) != 1) /* HERE */
        exit(2);
    pthread_mutex_unlock(&state);
    return pthread_join(other, NULL);
}
