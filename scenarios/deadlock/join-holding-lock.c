/*
 * A copying program shows its progress in a second thread. At the end main takes
 * the lock, sets the stop flag and waits for that thread, the lock still held;
 * but the thread has to take the lock to see the flag.
 *
 * The lock is there to set the flag, and "until all is over" looks like a fitting
 * time to keep it. A join does not look like a wait for a lock. The copy is
 * complete, the bar stands at 100 per cent, and the program never ends.
 *
 * The twin unlocks before it joins. An atomic flag, which needs no lock at all,
 * would do as well.
 *
 * @hazard   deadlock/join-under-lock
 * @concept  lock, thread, deadlock
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=caught
 * @why      tsan,helgrind,drd: have no notion of a circle of waiting in which a join takes part
 * @explore  SIZE=2 BLOCK=1
 * @see      CWE-833
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#define SIZE 65536
#define BLOCK 512

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int copied;
static int stop;
static int shown; /* per cent, by the progress thread alone */

static void *progress(void *arg)
{
    (void)arg;
    for (int done = 0; !done;) {
        pthread_mutex_lock(&lock); /* HAZARD: main keeps it until this thread has ended */
        shown = (int)(100L * copied / SIZE);
        done = stop;
        pthread_mutex_unlock(&lock);
        sched_yield(); /* until the next look: main may need this processor */
    }
    return NULL;
}

int main(void)
{
    static char from[SIZE], to[SIZE];
    pthread_t thread;

    memset(from, 'x', SIZE);
    pthread_create(&thread, NULL, progress, NULL);
    for (int at = 0; at < SIZE; at += BLOCK) {
        memcpy(to + at, from + at, BLOCK);
        pthread_mutex_lock(&lock);
        copied += BLOCK;
        pthread_mutex_unlock(&lock);
    }

    pthread_mutex_lock(&lock);
    stop = 1;
    pthread_join(thread, NULL); /* HAZARD: the thread needs the lock to see the flag */
    pthread_mutex_unlock(&lock);

    if (shown != 100 || memcmp(from, to, SIZE) != 0) {
        fprintf(stderr, "%d per cent shown, copy %s\n", shown,
                memcmp(from, to, SIZE) == 0 ? "complete" : "incomplete");
        return 1;
    }
    return 0;
}
