/*
 * A non-blocking read in a loop without a pause: it runs hot until something comes.
 * says: starvation/busy-wait
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static int wire[2];

static void *poll_hot(void *unused)
{
    char byte;
    while (read(wire[0], &byte, 1) != 1) /* HERE */
        ;
    return unused;
}

int main(void)
{
    pthread_t reader;
    if (pipe2(wire, O_NONBLOCK) != 0)
        exit(2);
    pthread_create(&reader, NULL, poll_hot, NULL);
    usleep(1000000);
    if (write(wire[1], "x", 1) != 1)
        exit(2);
    return pthread_join(reader, NULL);
}
