/*
 * The program waits for each worker by its process id. The daemon is not among those: it is
 * stopped when the work is done, and only then collected.
 *
 * @repairs  deadlock/never-stopped
 */
#include <signal.h>
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
    while (read(reports, &report, sizeof report) == sizeof report)
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
    pid_t daemon = start_monitor(reports);
    pid_t workers[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        workers[i] = start_worker(i, reports);

    int status, failed = 0;
    for (int i = 0; i < WORKERS; i++) { /* FIX: those that end, and no other */
        waitpid(workers[i], &status, 0);
        failed += status != 0;
    }
    kill(daemon, SIGTERM); /* FIX: nobody else will */
    waitpid(daemon, NULL, 0);
    if (failed != 0) {
        fprintf(stderr, "%d workers failed\n", failed);
        return 1;
    }
    return 0;
}
