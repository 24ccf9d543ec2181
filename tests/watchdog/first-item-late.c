/*
 * One producer has ended; others of other sorts have not delivered anything yet: one computes, one
 * sleeps once for long, one waits for a line of input that comes from a child.
 * with: --stranded-seconds=1
 * says: nothing
 */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int items, line[2];

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void deliver(int n)
{
    for (int i = 0; i < n; i++) {
        pthread_mutex_lock(&lock);
        items++;
        pthread_cond_signal(&filled);
        pthread_mutex_unlock(&lock);
    }
}

static void *at_once(void *unused)
{
    deliver(3);
    return unused;
}

static void *compute(void *unused)
{
    for (double end = now() + 1.9; now() < end;)
        ;
    deliver(3);
    return unused;
}

static void *sleep_once(void *unused)
{
    usleep(3600000);
    deliver(3);
    return unused;
}

static void *await_line(void *unused)
{
    struct pollfd wanted = {.fd = line[0], .events = POLLIN};
    while (poll(&wanted, 1, 10) == 0)
        ;
    deliver(3);
    return unused;
}

int main(void)
{
    void *(*const producers[])(void *) = {compute, sleep_once, await_line, at_once};
    pthread_t producer[4];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, line) != 0)
        return 2;
    if (fork() == 0) {
        usleep(5400000);
        _exit(write(line[1], "x", 1) != 1);
    }
    for (int i = 0; i < 4; i++)
        pthread_create(&producer[i], NULL, producers[i], NULL);
    for (int taken = 0; taken < 12; taken++) {
        pthread_mutex_lock(&lock);
        while (items == 0)
            pthread_cond_wait(&filled, &lock);
        items--;
        pthread_mutex_unlock(&lock);
    }
    return 0;
}
