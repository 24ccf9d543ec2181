/*
 * A thread waits for a device with a lock held for more than a second: others wait, nobody starves.
 * says: nothing
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static pthread_mutex_t port = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t locked;
static int line[2];

static void *ask(void *unused)
{
    char byte;
    pthread_mutex_lock(&port);
    pthread_barrier_wait(&locked);
    if (read(line[0], &byte, 1) == 1) /* the answer never comes: a time-out of the socket ends it */
        exit(2);
    pthread_mutex_unlock(&port);
    return unused;
}

int main(void)
{
    pthread_t other;
    struct timeval patience = {.tv_sec = 1, .tv_usec = 200000};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, line) != 0 ||
        setsockopt(line[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
        exit(2);
    pthread_barrier_init(&locked, NULL, 2);
    pthread_create(&other, NULL, ask, NULL);
    pthread_barrier_wait(&locked);
    pthread_mutex_lock(&port);
    pthread_mutex_unlock(&port);
    return pthread_join(other, NULL);
}
