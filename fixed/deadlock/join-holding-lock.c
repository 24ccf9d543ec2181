/*
 * The lock protects the flag and is held for the flag only; the thread can take
 * it, see the flag and end, and then the join returns.
 *
 * @repairs  deadlock/join-under-lock
 * @explore  SIZE=2 BLOCK=1
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
        pthread_mutex_lock(&lock);
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
    pthread_mutex_unlock(&lock); /* FIX: before waiting for the thread */
    pthread_join(thread, NULL);

    if (shown != 100 || memcmp(from, to, SIZE) != 0) {
        fprintf(stderr, "%d per cent shown, copy %s\n", shown,
                memcmp(from, to, SIZE) == 0 ? "complete" : "incomplete");
        return 1;
    }
    return 0;
}
