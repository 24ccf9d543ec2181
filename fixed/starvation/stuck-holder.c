/*
 * A record that is shorter than its own header cannot be right, and what comes after it
 * cannot be found: the file is read no further. The loop now moves on in every round or
 * ends, so the lock is given back.
 *
 * @repairs  starvation/stuck-holder
 * @expect   explorer=false-alarm
 * @why      explorer: to it a time-out may go off before any step of another, and this program
 *           takes one for a failure
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>

#define PATIENCE 2 /* seconds that somebody who asks for the status waits */

static pthread_mutex_t totals_lock = PTHREAD_MUTEX_INITIALIZER;
static long records, total;
static sem_t file_arrived;

/* Each record: its length in bytes, this byte included, and then its values. */
static const unsigned char file[] = {3, 10, 20, 2, 7, 4, 1, 2, 3, 0, 5, 5, 2, 9};

static void add_file(void)
{
    pthread_mutex_lock(&totals_lock);
    sem_post(&file_arrived);
    for (size_t at = 0; at < sizeof file;) {
        size_t length = file[at];
        if (length == 0) /* FIX: no record is shorter than its header */
            break;
        for (size_t i = at + 1; i < at + length && i < sizeof file; i++)
            total += file[i];
        records++;
        at += length;
    }
    pthread_mutex_unlock(&totals_lock);
}

static void *receiver(void *unused)
{
    add_file();
    return unused;
}

static int show_status(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE;
    if (pthread_mutex_timedlock(&totals_lock, &until) != 0)
        return 1;
    printf("%ld records, total %ld\n", records, total);
    pthread_mutex_unlock(&totals_lock);
    return 0;
}

int main(void)
{
    pthread_t thread;
    sem_init(&file_arrived, 0, 0);
    pthread_create(&thread, NULL, receiver, NULL);
    sem_wait(&file_arrived);
    if (show_status() != 0) {
        printf("no status for %d s\n", PATIENCE);
        return 1;
    }
    pthread_join(thread, NULL);
    return 0;
}
