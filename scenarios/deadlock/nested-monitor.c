/*
 * A print spooler locks the printer and then takes the next job from the queue,
 * which waits inside until there is one. Waiting lets go of the queue's lock, but
 * not of the printer's, and whoever hands in a job locks the printer first to see
 * if it has paper.
 *
 * Each of the two parts is right: the queue waits as it should, and the printer
 * is locked by whoever uses it. That a wait lets go of one lock only does not show
 * in the call of take(). The spooler hangs as soon as it has no job left, which in
 * the evening seems quite normal.
 *
 * The twin takes the job first and then locks the printer. A single lock for the
 * printer and its queue would do as well.
 *
 * @hazard   deadlock/nested-monitor
 * @concept  condition, lock, queue, thread, deadlock
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=caught
 * @why      tsan,helgrind,drd: that the one who could signal waits for a lock of the one who waits
 *           for the signal is not among their checks
 * @explore  JOBS=3
 * @see      CWE-833
 */
#include <pthread.h>
#include <stdio.h>

#define JOBS 1000

static struct {
    pthread_mutex_t lock;
    int paper;
    int printed;
} printer = {PTHREAD_MUTEX_INITIALIZER, JOBS, 0};

/* A queue with room for one job; 0 is none. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int job;
} queue = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};

static void put(int job)
{
    pthread_mutex_lock(&queue.lock);
    while (queue.job != 0)
        pthread_cond_wait(&queue.changed, &queue.lock);
    queue.job = job;
    pthread_cond_signal(&queue.changed);
    pthread_mutex_unlock(&queue.lock);
}

static int take(void)
{
    pthread_mutex_lock(&queue.lock);
    while (queue.job == 0)
        pthread_cond_wait(&queue.changed, &queue.lock); /* HAZARD: the printer stays locked */
    int job = queue.job;
    queue.job = 0;
    pthread_cond_signal(&queue.changed);
    pthread_mutex_unlock(&queue.lock);
    return job;
}

static void *spooler(void *arg)
{
    (void)arg;
    for (int i = 0; i < JOBS; i++) {
        pthread_mutex_lock(&printer.lock);
        int job = take(); /* HAZARD: waits with the printer locked */
        printer.paper--;
        printer.printed += job > 0;
        pthread_mutex_unlock(&printer.lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, spooler, NULL);

    for (int i = 1; i <= JOBS; i++) {
        pthread_mutex_lock(&printer.lock); /* HAZARD: held by the spooler, who waits for our job */
        int paper = printer.paper;
        pthread_mutex_unlock(&printer.lock);
        if (paper > 0)
            put(i);
    }
    pthread_join(thread, NULL);

    if (printer.printed != JOBS || printer.paper != 0) {
        fprintf(stderr, "%d jobs printed instead of %d\n", printer.printed, JOBS);
        return 1;
    }
    return 0;
}
