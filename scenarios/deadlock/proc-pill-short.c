/*
 * A pool of worker processes takes tasks from one pipe and is stopped gracefully: one
 * stop message for each worker. The pool has taken on a helper in the meantime, and
 * that one gets none. It waits for a task for ever, and the program for it.
 *
 * A stop message ("poison pill") is taken by one worker, so there have to be as many
 * as there are workers at that moment, not as many as there were at the start. The
 * two numbers are the same until the day when the pool learns to grow. Nothing is
 * lost, every task is done; only the end never comes, and an administrator kills the
 * daemon every night without asking why.
 *
 * The twin sends as many as were started. Closing the write end would do too: the
 * end of file is a message that all workers get.
 *
 * @hazard   deadlock/sentinel-missing
 * @concept  daemon, pool, process, pipe, queue
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: a worker that waits in read() is no error to them, and the
 *           parent that waits for it is another process
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      pipe(7), CWE-833
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 3
#define TASKS 2000
#define LONG_QUEUE 1000
#define STOP 0

struct pool {
    int tasks[2], results[2];
    int workers; /* started so far */
};

static void die(const char *what)
{
    perror(what);
    exit(2);
}

/* Adds up its tasks until it is told to stop, and hands in the sum. */
static void work(const struct pool *pool)
{
    int task;
    long sum = 0;
    while (read(pool->tasks[0], &task, sizeof task) == sizeof task) { /* HAZARD: none will come */
        if (task == STOP)
            break;
        sum += task;
    }
    if (write(pool->results[1], &sum, sizeof sum) != sizeof sum)
        die("write");
}

static void start_worker(struct pool *pool)
{
    if (fork() == 0) {
        work(pool);
        _exit(0);
    }
    pool->workers++;
}

static void put(struct pool *pool, int task)
{
    if (write(pool->tasks[1], &task, sizeof task) != sizeof task)
        die("write");
}

static void stop(struct pool *pool)
{
    for (int i = 0; i < WORKERS; i++)
        put(pool, STOP);
    for (int i = 0; i < pool->workers; i++)
        wait(NULL); /* HAZARD: one worker was not told to stop */
}

int main(void)
{
    struct pool pool = {.workers = 0};
    if (pipe(pool.tasks) != 0 || pipe(pool.results) != 0)
        die("pipe");
    while (pool.workers < WORKERS)
        start_worker(&pool);

    for (int task = 1; task <= TASKS; task++) {
        if (task == LONG_QUEUE)
            start_worker(&pool); /* so much to do: one more */
        put(&pool, task);
    }
    stop(&pool);

    long sum = 0, part;
    for (int i = 0; i < pool.workers; i++)
        if (read(pool.results[0], &part, sizeof part) == sizeof part)
            sum += part;
    if (sum != TASKS * (TASKS + 1L) / 2) {
        fprintf(stderr, "the tasks add up to %ld, not to %ld\n", sum, TASKS * (TASKS + 1L) / 2);
        return 1;
    }
    return 0;
}
