/*
 * A parent's thread holds a private lock and waits for its child's answer; the child waits for the
 * question, which the parent's other thread sends once it has the lock.
 * says: deadlock/wait-cycle
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t session = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t locked;
static int question[2], reply[2];

static void *ask(void *unused)
{
    pthread_barrier_wait(&locked);
    pthread_mutex_lock(&session); /* HERE */
    if (write(question[1], "?", 1) != 1)
        exit(2);
    pthread_mutex_unlock(&session);
    return unused;
}

static void child(void)
{
    char byte;
    if (read(question[0], &byte, 1) == 1 && write(reply[1], "!", 1) == 1) /* HERE */
        _exit(0);
    _exit(1);
}

int main(void)
{
    pthread_t asks;
    char byte;
    if (pipe(question) != 0 || pipe(reply) != 0)
        exit(2);
    if (fork() == 0)
        child();
    close(question[0]);
    close(reply[1]);
    pthread_barrier_init(&locked, NULL, 2);
    pthread_create(&asks, NULL, ask, NULL);
    pthread_mutex_lock(&session);
    pthread_barrier_wait(&locked);
    if (read(reply[0], &byte, 1) != 1) /* HERE */
        exit(2);
    pthread_mutex_unlock(&session);
    return pthread_join(asks, NULL);
}
