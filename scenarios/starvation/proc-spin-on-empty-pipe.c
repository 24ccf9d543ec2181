/*
 * A program takes measurements from a sensor daemon through a pipe that it has set to
 * "do not wait". When the pipe is empty it simply reads again, hundreds of thousands of
 * times between two measurements, and keeps a processor busy with nothing.
 *
 * O_NONBLOCK is set for some good reason (a window to be redrawn, a second input) and
 * is a property of the open file, far away from the loop that reads. "Try again" is the
 * documented answer to EAGAIN, and the result is correct. The user sees a fan that runs
 * loudly, a battery that is empty by noon, and on a busy machine the sensor itself gets
 * its turn late, for the waiting reader uses up the time that others need.
 *
 * The twin waits in poll() until there is something to read. A pipe that waits, which
 * is how every pipe starts out, would do too.
 *
 * @hazard   starvation/busy-wait
 * @concept  starvation, process, pipe, daemon
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: nothing is shared and nothing is locked; that a loop uses the
 *           processor for nothing is not an error to them
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      read(2), poll(2), CWE-400
 */
#include <errno.h>
#include <fcntl.h>
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
    while (read(from, &temperature, sizeof temperature) < 0) { /* HAZARD: empty, and tried again */
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
