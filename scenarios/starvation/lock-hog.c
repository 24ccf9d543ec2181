/*
 * An indexer takes the lock of a shared index for each document, does all of its work
 * with the lock held, and gives it back only for the instant between two documents. The
 * window, which must not freeze, looks once a millisecond whether the lock is free, and
 * never comes in that instant.
 *
 * "Lock, work, unlock" is how one is taught to write it, and every document does give
 * the lock back. But what counts is the share of time in which it is free, and who takes
 * it then: the one that is awake and has just let it go. To wait in the queue would help
 * the window a little, for a mutex is not passed on in the order of arrival either. The
 * user sees a progress bar that stands still while a processor is at 100 per cent.
 *
 * The twin reads the document first and takes the lock only to enter the result. A lock
 * that is passed on in the order of arrival would do too, if the window waited for it.
 *
 * @hazard   starvation/lock-hog
 * @concept  starvation, lock, fairness, thread
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: every access is under the lock, and that one thread always has
 *           it is nothing that they measure
 * @why      explorer: its time is logical, and any thread may be kept waiting at will: who waits
 *           for long, and why, is nothing that it measures
 * @explore  WORDS=2 WORK_SECONDS=0.00005 LATE_SECONDS=9
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define WORDS 200000
#define WORK_SECONDS 1.2
#define LATE_SECONDS 0.4

static pthread_mutex_t index_lock = PTHREAD_MUTEX_INITIALIZER;
static long documents, hash_of_all;
static double end_of_work;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static long read_document(long number)
{
    unsigned long hash = (unsigned long)number;
    for (int word = 0; word < WORDS; word++)
        hash = hash * 31 + (unsigned long)word;
    return (long)(hash % 1000);
}

static void *indexer(void *unused)
{
    for (long number = 0; now() < end_of_work; number++) {
        pthread_mutex_lock(&index_lock); /* HAZARD: held for all of the work */
        long hash = read_document(number);
        documents++;
        hash_of_all += hash;
        pthread_mutex_unlock(&index_lock);
    }
    return unused;
}

/* What the window shows, or -1 if it cannot tell without waiting. */
static long progress(void)
{
    long shown = -1;
    if (pthread_mutex_trylock(&index_lock) == 0) { /* HAZARD: it always is taken */
        shown = documents;
        pthread_mutex_unlock(&index_lock);
    }
    return shown;
}

int main(void)
{
    pthread_t thread;
    struct timespec frame = {0, 1000000}; /* from one look of the window to the next */
    double shown = now(), longest = 0;
    end_of_work = now() + WORK_SECONDS;
    pthread_create(&thread, NULL, indexer, NULL);
    while (now() < end_of_work) {
        if (progress() >= 0)
            shown = now();
        if (now() - shown > longest)
            longest = now() - shown;
        nanosleep(&frame, NULL);
    }
    pthread_join(thread, NULL);
    if (longest > LATE_SECONDS) {
        printf("the window stood still for %.1f s\n", longest);
        return 1;
    }
    return 0;
}
