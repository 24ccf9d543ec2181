/*
 * A worker that waits for a result takes the next task from the queue and does
 * it itself. It sleeps only when the queue is empty, and then another worker is
 * busy with what it waits for.
 *
 * @repairs  deadlock/pool-exhausted
 * @explore  WORKERS=1 FOLDERS=2
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
        if (first < end)
            run_next(); /* FIX: do what is to be done instead of waiting for others to */
        else
            pthread_cond_wait(&changed, &lock);
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
        task->size += result(&sub);
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
