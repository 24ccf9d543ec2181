/*
 * An event log locks itself to add a line, and calls back when it is full. The
 * callback saves the log and asks it for the number of its lines, for which the
 * log locks itself again: the thread waits for a lock that it holds.
 *
 * Whoever writes the callback uses the log's public functions, as one should,
 * and cannot see that they are called from inside one of them. It happens only
 * when the log is full, long after the start, and then everyone who logs stands
 * still.
 *
 * The twin's callback reads the number directly, as it is called with the log
 * locked. Calling back after letting go of the lock would do too; a recursive
 * mutex would hide that the callback sees a log that is half changed.
 *
 * @hazard   deadlock/self-lock
 * @concept  lock, thread, deadlock
 * @expect   tsan=missed helgrind=caught drd=caught watchdog=caught explorer=caught
 * @why      tsan: learns of a lock taken twice when the second call returns, which it never does
 * @explore  EVENTS=2 LINES=2
 * @see      CWE-833, CWE-764
 */
#include <pthread.h>
#include <stdio.h>

#define LINES 8
#define EVENTS 100
#define WRITERS 2

struct log {
    pthread_mutex_t lock;
    int lines[LINES];
    int count;
    void (*full)(struct log *log); /* called when no line is left, with the log locked */
};

static struct log events;
static int saved; /* lines written to disk */

static int log_count(struct log *log)
{
    pthread_mutex_lock(&log->lock); /* HAZARD: the callback's caller has it already */
    int count = log->count;
    pthread_mutex_unlock(&log->lock);
    return count;
}

static void log_add(struct log *log, int event)
{
    pthread_mutex_lock(&log->lock);
    if (log->count == LINES) {
        log->full(log);
        log->count = 0;
    }
    log->lines[log->count++] = event;
    pthread_mutex_unlock(&log->lock);
}

/* The callback: writes a full log to disk. */
static void save(struct log *log)
{
    saved += log_count(log); /* HAZARD: called with the log locked, and locks it */
}

static void *writer(void *arg)
{
    (void)arg;
    for (int i = 0; i < EVENTS; i++)
        log_add(&events, i);
    return NULL;
}

int main(void)
{
    pthread_t threads[WRITERS];

    pthread_mutex_init(&events.lock, NULL);
    events.full = save;
    for (int i = 0; i < WRITERS; i++)
        pthread_create(&threads[i], NULL, writer, NULL);
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);

    if (saved + log_count(&events) != WRITERS * EVENTS) {
        fprintf(stderr, "%d events instead of %d\n", saved + log_count(&events), WRITERS * EVENTS);
        return 1;
    }
    return 0;
}
