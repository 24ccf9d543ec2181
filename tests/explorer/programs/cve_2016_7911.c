/*
 * One thread asks for the priority of a task's I/O, another ends that task's I/O.
 *
 * Bug: the pointer is looked at and then followed, without the lock under which the other takes it
 * away: a null pointer is followed.
 *
 * Follows CVE-2016-7911 (Linux, get_task_ioprio) as in ConVul (Cai et al., FSE 2019) and PERIOD
 * (ICSE 2022). Smallest number of preemptions: 1. The pointer is volatile here, so that each of the
 * two looks is a read for any compiler.
 */
#include <pthread.h>
#include <stddef.h>

struct io {
    int tasks;
    unsigned short priority;
};

struct task {
    struct io *volatile io;
    pthread_mutex_t lock;
};

static volatile int seen;

static void *ask(void *argument)
{
    struct task *task = argument;

#ifdef FIXED
    pthread_mutex_lock(&task->lock);
#endif
    if (task->io)
        seen = task->io->priority;
#ifdef FIXED
    pthread_mutex_unlock(&task->lock);
#endif
    return NULL;
}

static void *end(void *argument)
{
    struct task *task = argument;

    pthread_mutex_lock(&task->lock);
    struct io *io = task->io;
    task->io = NULL;
    pthread_mutex_unlock(&task->lock);
    io->tasks--;
    return NULL;
}

int main(void)
{
    struct io io = {.tasks = 1, .priority = 1};
    struct task task = {.io = &io};
    pthread_t asker, ender;

    pthread_mutex_init(&task.lock, NULL);
    pthread_create(&asker, NULL, ask, &task);
    pthread_create(&ender, NULL, end, &task);
    pthread_join(asker, NULL);
    pthread_join(ender, NULL);
    return 0;
}
