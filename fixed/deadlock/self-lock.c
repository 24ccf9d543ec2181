/*
 * The callback looks at the log without locking it, which is right because it is
 * called with the log locked, and only so: the lock is taken once.
 *
 * @repairs  deadlock/self-lock
 * @explore  EVENTS=2 LINES=2
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
    pthread_mutex_lock(&log->lock);
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
    saved += log->count; /* FIX: looks directly; the caller has the lock */
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
