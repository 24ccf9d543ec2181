/*
 * One producer has ended; one of another sort has not delivered anything yet: it waits for input,
 * from a child here, a short time at a time.
 * with: --stranded-seconds=1
 * says: nothing
 */
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int items, line[2];

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
    void *(*const producers[])(void *) = {await_line, at_once};
    pthread_t producer[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, line) != 0)
        return 2;
    if (fork() == 0) {
        usleep(2200000);
        _exit(write(line[1], "x", 1) != 1);
    }
    for (int i = 0; i < 2; i++)
        pthread_create(&producer[i], NULL, producers[i], NULL);
    for (int taken = 0; taken < 6; taken++) {
        pthread_mutex_lock(&lock);
        while (items == 0)
            pthread_cond_wait(&filled, &lock);
        items--;
        pthread_mutex_unlock(&lock);
    }
    return 0;
}
