/*
 * A non-blocking descriptor that is read until it has no more, and then waited for with poll().
 * says: nothing
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

static int wire[2];

static void *talk(void *unused)
{
    for (int i = 0; i < 300; i++) {
        if (write(wire[1], "word", 4) != 4)
            return &wire;
        usleep(1000);
    }
    close(wire[1]);
    return unused;
}

int main(void)
{
    pthread_t talks;
    char byte;
    int got = 0;
    struct pollfd input;
    if (pipe2(wire, O_NONBLOCK) != 0)
        return 2;
    pthread_create(&talks, NULL, talk, NULL);
    input = (struct pollfd){.fd = wire[0], .events = POLLIN};
    for (ssize_t n; (n = read(wire[0], &byte, 1)) != 0;) {
        if (n == 1)
            got++;
        else if (errno != EAGAIN || poll(&input, 1, -1) != 1)
            return 2;
    }
    pthread_join(talks, NULL);
    return got - 1200;
}
