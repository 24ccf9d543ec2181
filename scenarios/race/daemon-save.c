/*
 * A daemon thread saves the notes every millisecond and once more when it is told to
 * stop. The main thread tells it to stop and wipes the notes while that last save is
 * still running.
 *
 * A daemon is what one does not wait for, and to tell it to stop feels like having
 * stopped it. But the request only sets a flag: the daemon sees it later, and then has
 * work to do. The join is there, below the tear-down, where threads are tidied up. The
 * user finds the last save cut off half-way, or full of zeros, after a program that ended
 * without an error.
 *
 * The twin waits for the daemon first and wipes then. In general: what a thread uses is
 * torn down after the thread.
 *
 * @hazard   race/daemon-save
 * @concept  race, daemon, lock, thread
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  LENGTH=2
 * @see      CWE-366
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#define LENGTH 2000

static const struct timespec period = {.tv_nsec = 1000000}; /* from one save to the next */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool stopping; /* guarded by lock */

static char notes[LENGTH];  /* guarded by lock while the daemon runs */
static char backup[LENGTH]; /* the daemon's */

static bool told_to_stop(void)
{
    bool stop;

    pthread_mutex_lock(&lock);
    stop = stopping;
    pthread_mutex_unlock(&lock);
    return stop;
}

static void save(void)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < LENGTH; i++)
        backup[i] = notes[i]; /* HAZARD: the last save, while main tears down */
    pthread_mutex_unlock(&lock);
}

static void *save_now_and_then(void *unused)
{
    (void)unused;
    while (!told_to_stop()) {
        save();
        nanosleep(&period, NULL);
    }
    save();
    return NULL;
}

static void write_notes(void)
{
    for (int i = 0; i < LENGTH; i++) {
        pthread_mutex_lock(&lock);
        notes[i] = (char)('a' + i % 26);
        pthread_mutex_unlock(&lock);
    }
}

static void ask_to_stop(void)
{
    pthread_mutex_lock(&lock);
    stopping = true;
    pthread_mutex_unlock(&lock);
}

static void wipe_notes(void)
{
    for (int i = 0; i < LENGTH; i++)
        notes[i] = 0; /* HAZARD: the daemon is stopping, but has not stopped */
}

int main(void)
{
    pthread_t daemon;
    int lost = 0;

    pthread_create(&daemon, NULL, save_now_and_then, NULL);
    write_notes();
    ask_to_stop();
    wipe_notes();
    pthread_join(daemon, NULL);

    for (int i = 0; i < LENGTH; i++)
        lost += backup[i] != 'a' + i % 26;
    if (lost > 0) {
        fprintf(stderr, "%d of %d letters are not in the last save\n", lost, LENGTH);
        return 1;
    }
    return 0;
}
