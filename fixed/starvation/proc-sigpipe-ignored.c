/*
 * A write that failed with EPIPE is not tried again: the reader is gone, and the log with
 * it. The requests are served as before.
 *
 * @repairs  starvation/retry-forever
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REQUESTS 5000
#define ROOM 10      /* so many lines the daemon takes before it ends: its disk is full */
#define PATIENCE 0.8 /* seconds until the log is given up */

struct line {
    int request;
    char text[60];
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The daemon: takes lines, whenever some come, until its disk is full. */
static void log_daemon(int from)
{
    struct line line;
    for (int i = 0; i < ROOM; i++)
        if (read(from, &line, sizeof line) != sizeof line)
            break;
}

/* Starts the daemon and returns where to write to. */
static int start_daemon(void)
{
    int lines[2];
    if (pipe(lines) != 0) {
        perror("pipe");
        exit(2);
    }
    if (fork() == 0) {
        close(lines[1]);
        log_daemon(lines[0]);
        _exit(0);
    }
    close(lines[0]);
    return lines[1];
}

/* Whether the line could be sent; counts the tries that failed. */
static int log_request(int to, int request, long *failures)
{
    struct line line = {request, "done"};
    double give_up = now() + PATIENCE;
    while (write(to, &line, sizeof line) < 0) {
        ++*failures;
        if (errno == EPIPE || now() > give_up) /* FIX: nobody reads, and nobody will */
            return 0;
    }
    return 1;
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    int daemon = start_daemon();

    long failures = 0;
    int log_works = 1;
    for (int request = 0; request < REQUESTS; request++)
        if (log_works)
            log_works = log_request(daemon, request, &failures);

    close(daemon);
    wait(NULL);
    if (failures > 1) {
        fprintf(stderr, "%ld writes failed before the log was given up\n", failures);
        return 1;
    }
    return 0;
}
