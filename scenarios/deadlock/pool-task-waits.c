/*
 * A pool of two workers adds up the sizes of folders. The task for a folder puts
 * a task for its sub-folder into the queue and waits for the result. With as many
 * folders as workers, all workers wait for tasks that are still in the queue.
 *
 * A task that hands on a part of its work and collects the result looks like any
 * function call, and works as long as a worker is free. How many tasks wait at
 * the same time depends on the input: the program runs with one folder and hangs
 * with two, all processors idle and the queue full.
 *
 * In the twin, who waits for a result works off the queue meanwhile. More workers
 * would only put off the day; a task that never waits, but leaves the adding up
 * to whoever comes last, would be the other cure.
 *
 * @hazard   deadlock/pool-exhausted
 * @concept  pool, queue, condition, thread, deadlock
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=caught
 * @why      tsan,helgrind,drd: that all who could finish the task wait for it is not among their
 *           checks
 * @explore  WORKERS=1 FOLDERS=2
 * @see      CWE-833, CWE-410
 */
#include <pthread.h>
#include <stdio.h>

#define WORKERS 2
#define FOLDERS 2

struct task {
    int folder;
    int is_sub; /* a sub-folder, with none below it */
    long size;  /* the result */
    int done;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct task *queue[2 * FOLDERS];
static int first, end; /* queue[first] to queue[end - 1] are waiting */
static int closed;

static void run(struct task *task);

static void submit(struct task *task)
{
    pthread_mutex_lock(&lock);
    queue[end++] = task;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

/* Takes a task and runs it; called with the lock, which is let go of meanwhile. */
static void run_next(void)
{
    struct task *task = queue[first++];
    pthread_mutex_unlock(&lock);
    run(task);
    pthread_mutex_lock(&lock);
    task->done = 1;
    pthread_cond_broadcast(&changed);
}

static long result(struct task *task)
{
    pthread_mutex_lock(&lock);
    while (!task->done) {
        pthread_cond_wait(&changed, &lock); /* HAZARD: for a task behind us in the queue */
    }
    pthread_mutex_unlock(&lock);
    return task->size;
}

static void run(struct task *task)
{
    struct task sub = {task->folder, 1, 0, 0};
    task->size = 100 + task->folder;
    if (!task->is_sub) {
        submit(&sub);
        task->size += result(&sub); /* HAZARD: keeps this worker from doing it */
    }
}

static void *worker(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    while (first < end || !closed) {
        if (first < end)
            run_next();
        else
            pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    struct task folders[FOLDERS];
    pthread_t threads[WORKERS];
    long size = 0, expected = 0;

    for (int i = 0; i < FOLDERS; i++) {
        folders[i] = (struct task){i, 0, 0, 0};
        submit(&folders[i]);
        expected += 2 * (100 + i);
    }
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    pthread_mutex_lock(&lock);
    for (int i = 0; i < FOLDERS; i++) {
        while (!folders[i].done)
            pthread_cond_wait(&changed, &lock);
        size += folders[i].size;
    }
    closed = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);

    if (size != expected) {
        fprintf(stderr, "the folders have %ld bytes instead of %ld\n", size, expected);
        return 1;
    }
    return 0;
}
