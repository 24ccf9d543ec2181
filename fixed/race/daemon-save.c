/*
 * The main thread waits until the daemon has stopped, its last save included, and wipes
 * the notes only then.
 *
 * @repairs  race/daemon-save
 * @explore  LENGTH=2
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
        backup[i] = notes[i];
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
        notes[i] = 0;
}

int main(void)
{
    pthread_t daemon;
    int lost = 0;

    pthread_create(&daemon, NULL, save_now_and_then, NULL);
    write_notes();
    ask_to_stop();
    pthread_join(daemon, NULL); /* FIX: the last save is over */
    wipe_notes();

    for (int i = 0; i < LENGTH; i++)
        lost += backup[i] != 'a' + i % 26;
    if (lost > 0) {
        fprintf(stderr, "%d of %d letters are not in the last save\n", lost, LENGTH);
        return 1;
    }
    return 0;
}
