/*
 * The program waits in poll() until the pipe has something, and uses no processor time
 * while it waits. It reads once for each measurement.
 *
 * @repairs  starvation/busy-wait
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MEASUREMENTS 4
#define PERIOD 200000000L /* nanoseconds from one to the next */
#define TOO_OFTEN 100L    /* vain reads for each measurement */

static void die(const char *what)
{
    perror(what);
    exit(2);
}

/* A periodic daemon: measures five times a second. */
static void sensor(int out)
{
    const struct timespec period = {0, PERIOD};
    for (int i = 0; i < MEASUREMENTS; i++) {
        nanosleep(&period, NULL);
        int temperature = 20 + i;
        if (write(out, &temperature, sizeof temperature) != sizeof temperature)
            die("write");
    }
}

/* Waits for the next measurement; counts how often it looked in vain. */
static int next_measurement(int from, long *vain)
{
    int temperature;
    struct pollfd data = {.fd = from, .events = POLLIN};
    poll(&data, 1, -1); /* FIX: sleeps until there is something */
    while (read(from, &temperature, sizeof temperature) < 0) {
        if (errno != EAGAIN)
            die("read");
        ++*vain;
    }
    return temperature;
}

int main(void)
{
    int data[2];
    if (pipe(data) != 0)
        die("pipe");
    fcntl(data[0], F_SETFL, O_NONBLOCK);

    pid_t child = fork();
    if (child == 0) {
        close(data[0]);
        sensor(data[1]);
        _exit(0);
    }
    close(data[1]);

    long vain = 0;
    int sum = 0;
    for (int i = 0; i < MEASUREMENTS; i++)
        sum += next_measurement(data[0], &vain);
    waitpid(child, NULL, 0);

    printf("mean temperature: %d\n", sum / MEASUREMENTS);
    if (vain > TOO_OFTEN * MEASUREMENTS) {
        fprintf(stderr, "%ld times read from an empty pipe\n", vain);
        return 1;
    }
    return 0;
}
