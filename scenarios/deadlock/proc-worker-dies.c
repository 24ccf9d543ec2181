/*
 * A pool of worker processes turns texts into numbers. One of the texts is no number
 * and the worker that has taken it gives up and exits. The parent waits for as many
 * results as it gave tasks, and one of them never comes.
 *
 * "As many results as tasks" is true as long as every worker lives. A process can die
 * of its task, by exit() deep in a library, by a crash or for want of memory, and what
 * it had taken dies with it. The parent would see the end of the pipe if all workers
 * were gone, but the others live: they wait for more tasks, which the parent could
 * still send. So all wait for each other, and the user for the result.
 *
 * The twin closes its ends of both pipes once the tasks are sent. The workers then
 * end, the pipe of results ends with them, and the parent sees which result is
 * missing. A handler for SIGCHLD that gives a dead worker's task to another would do
 * too, if it is known who had which.
 *
 * @hazard   deadlock/worker-died
 * @concept  pool, process, pipe, queue
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: a process that exits early and others that wait in read() are
 *           nothing unusual to a tool that looks at one process
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      wait(2), pipe(7), CWE-833
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 3

static const char *const texts[] = {"12", "7", "30", "five", "41", "8", "19", "23"};
#define TASKS ((int)(sizeof texts / sizeof texts[0]))
static const long expected = 12 + 7 + 30 + 41 + 8 + 19 + 23;

struct result {
    int task;
    long number;
};

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static long parse(const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);
    if (*end != '\0')
        _exit(1); /* "no number": reasonable in a small tool, fatal in a worker */
    return number;
}

static void work(int tasks, int results)
{
    int task;
    while (read(tasks, &task, sizeof task) == sizeof task) { /* HAZARD: no more tasks come */
        struct result result = {task, parse(texts[task])};
        if (write(results, &result, sizeof result) != sizeof result)
            die("write");
    }
}

int main(void)
{
    int tasks[2], results[2];
    if (pipe(tasks) != 0 || pipe(results) != 0)
        die("pipe");
    for (int i = 0; i < WORKERS; i++)
        if (fork() == 0) {
            close(tasks[1]);
            close(results[0]);
            work(tasks[0], results[1]);
            _exit(0);
        }

    for (int task = 0; task < TASKS; task++)
        if (write(tasks[1], &task, sizeof task) != sizeof task)
            die("write");

    long sum = 0;
    int done[TASKS] = {0};
    for (int i = 0; i < TASKS; i++) {
        struct result result;
        if (read(results[0], &result, sizeof result) != sizeof result) /* HAZARD: one never comes */
            break;
        done[result.task] = 1;
        sum += result.number;
    }
    close(tasks[1]);
    while (wait(NULL) > 0)
        ;
    for (int task = 0; task < TASKS; task++)
        if (!done[task])
            printf("no result for \"%s\"\n", texts[task]);
    if (sum != expected || done[3]) {
        fprintf(stderr, "the numbers add up to %ld, not to %ld\n", sum, expected);
        return 1;
    }
    return 0;
}
