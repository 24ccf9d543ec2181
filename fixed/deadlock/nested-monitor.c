/*
 * While the spooler waits for a job it holds nothing that the next customer
 * needs: the printer is locked once there is something to print.
 *
 * @repairs  deadlock/nested-monitor
 * @explore  JOBS=3
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
        pthread_cond_wait(&queue.changed, &queue.lock);
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
        int job = take(); /* FIX: wait first, then lock the printer */
        pthread_mutex_lock(&printer.lock);
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
        pthread_mutex_lock(&printer.lock);
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
