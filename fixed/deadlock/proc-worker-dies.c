/*
 * Once all tasks are sent, the parent closes its end of the pipe of tasks, and the workers
 * end when it is empty; with its own copy of the write end closed too, the pipe of results
 * then ends, whether all results came or not. What is missing is seen and said.
 *
 * @repairs  deadlock/worker-died
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
    while (read(tasks, &task, sizeof task) == sizeof task) {
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
    close(tasks[1]);   /* FIX: the workers end when all tasks are done, */
    close(results[1]); /* FIX: and with the last of them the results end */

    long sum = 0;
    int done[TASKS] = {0};
    for (int i = 0; i < TASKS; i++) {
        struct result result;
        if (read(results[0], &result, sizeof result) != sizeof result)
            break;
        done[result.task] = 1;
        sum += result.number;
    }
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
