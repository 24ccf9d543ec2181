/*
 * A program starts workers, and a monitor that takes notes of what they report for as
 * long as it lives. At the end the program waits for all its children. The monitor is
 * a daemon: it never ends by itself, and nobody stops it.
 *
 * "Wait until no child is left" is the usual last line of a program with workers, and
 * it is right as long as all children are workers. A long-running helper that is added
 * later makes it wait for ever. The monitor does nothing wrong either: the parent has
 * the pipe open, so that more reports may still come. The user sees all the work done
 * and a program that does not end.
 *
 * The twin waits for its workers only, and then stops the daemon before it waits for
 * that one too. Closing the pipe would do too, if the monitor ends with its reports.
 *
 * @hazard   deadlock/never-stopped
 * @concept  daemon, process, pipe
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: wait() for a child and read() from a pipe are no
 *           synchronisation that they know
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      wait(2), daemon(7)
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 3
#define STEPS 1000
#define TOO_LONG 1000000

struct report {
    int worker, step;
};

static void die(const char *what)
{
    perror(what);
    exit(2);
}

/* The daemon: watches that no worker does more than it should. */
static void monitor(int reports)
{
    struct report report;
    while (read(reports, &report, sizeof report) == sizeof report) /* HAZARD: there is no end */
        if (report.step > TOO_LONG)
            fprintf(stderr, "worker %d does not come to an end\n", report.worker);
}

static void work(int worker, int reports)
{
    for (int step = 0; step < STEPS; step++) {
        struct report report = {worker, step};
        if (write(reports, &report, sizeof report) != sizeof report)
            die("write");
    }
}

static pid_t start_monitor(const int reports[2])
{
    pid_t pid = fork();
    if (pid < 0)
        die("fork");
    if (pid == 0) {
        close(reports[1]);
        monitor(reports[0]);
        _exit(0);
    }
    return pid;
}

static pid_t start_worker(int worker, const int reports[2])
{
    pid_t pid = fork();
    if (pid < 0)
        die("fork");
    if (pid == 0) {
        work(worker, reports[1]);
        _exit(0);
    }
    return pid;
}

int main(void)
{
    int reports[2];
    if (pipe(reports) != 0)
        die("pipe");
    start_monitor(reports);
    for (int i = 0; i < WORKERS; i++)
        start_worker(i, reports);

    int status, failed = 0;
    while (wait(&status) > 0) /* HAZARD: one child is a daemon and does not end */
        failed += status != 0;
    if (failed != 0) {
        fprintf(stderr, "%d workers failed\n", failed);
        return 1;
    }
    return 0;
}
