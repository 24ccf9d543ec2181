/*
 * A server sends its log to a daemon. It ignores SIGPIPE, so as not to be killed when
 * the daemon goes away, and tries again when a write fails. The daemon has gone away:
 * every try fails at once, and the next one follows at once.
 *
 * Ignoring SIGPIPE is usual and right, provided that the error which takes its place,
 * EPIPE, is looked at. "Try again" is right for some errors (EINTR, EAGAIN) and senseless
 * for this one: a pipe without a reader stays without one. The user sees a server that,
 * on the day when the log daemon fell over, uses a whole processor, keeps its clients
 * waiting and loses the lines after all.
 *
 * The twin looks at the error and writes no more log when it is EPIPE. To start a new
 * daemon, and to wait a little longer before each further try, would do too.
 *
 * @hazard   starvation/retry-forever
 * @concept  starvation, process, pipe, signal, daemon
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: one thread that calls write() again and again; no data and no
 *           lock is shared
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      write(2), pipe(7), CWE-400, CWE-391
 */
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
    while (write(to, &line, sizeof line) < 0) { /* HAZARD: EPIPE, and tried again at once */
        ++*failures;
        if (now() > give_up)
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
