/*
 * A server adds up the records of a file that it was sent, with the lock of its totals
 * held. One record says that it is 0 bytes long: the loop that goes from record to record
 * does not move any more, and the lock is never given back. Whoever asks for the status
 * waits for ever, though he needs nothing of that file.
 *
 * The loop is right for every record that the program's own writer makes, and so for
 * every test. The bad length comes from outside: a broken upload, or somebody who means
 * it. What the user reports is "the status page hangs", and where it hangs all is well;
 * the fault is in another thread, which looks busy and healthy.
 *
 * The twin reads no further at a record that is shorter than its own header. To add up first and
 * take the lock for the result alone would at least keep the rest of the server alive.
 *
 * @hazard   starvation/stuck-holder
 * @concept  starvation, lock, thread
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=missed
 * @why      tsan,drd: a lock that is held for long is no error to them, and a loop that does
 *           not end is not theirs
 * @why      helgrind: as the others; that a thread still holds a lock it says only when the
 *           program has given up and ends
 * @why      explorer: a loop that does not end and comes to nothing that others could notice is
 *           cut when the budget is spent, and not judged
 * @see      CWE-835
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
        for (size_t i = at + 1; i < at + length && i < sizeof file; i++)
            total += file[i];
        records++;
        at += length; /* HAZARD: a length of 0 leads back to the same record */
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
    if (pthread_mutex_timedlock(&totals_lock, &until) != 0) /* HAZARD: held for ever */
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
