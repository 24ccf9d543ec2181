/*
 * A daemon thread sleeps until the disk is full, tidies up and notes it in the log, to
 * which the main thread writes all the time: two writers, no lock.
 *
 * The log was written for one thread. The daemon came later, runs for a moment every
 * now and then, and adds one line: too little, it seems, to be worth a lock. Where the
 * moment falls into one of the main thread's lines, one of the two is overwritten. The
 * user misses the line on what went wrong, as it is when things go wrong that both
 * write.
 *
 * The twin has a lock in append(), where every writer passes, so that the next daemon is
 * safe as well.
 *
 * @hazard   race/daemon-log
 * @concept  race, daemon, lock, semaphore, thread
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  SAVES=2 SAVES_PER_DISK=1
 * @see      CWE-366, CWE-820
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#define SAVES 5000
#define SAVES_PER_DISK 10

static const char saved[] = "saved a file\n";
static const char tidied[] = "tidied the disk\n";

static char log_text[SAVES * (sizeof saved + sizeof tidied)];
static size_t log_length;
static sem_t disk_full;

static void append(const char *line)
{
    size_t length = strlen(line);

    memcpy(log_text + log_length, line, length); /* HAZARD: both write to the same place */
    log_length += length;                        /* HAZARD: and one length is lost */
}

static void *tidy(void *unused)
{
    (void)unused;
    for (int disks = 0; disks < SAVES / SAVES_PER_DISK; disks++) {
        sem_wait(&disk_full);
        append(tidied);
    }
    return NULL;
}

static int count_lines(const char *line)
{
    size_t length = strlen(line);
    int count = 0;

    for (const char *at = log_text; (at = strstr(at, line)) != NULL; at += length)
        count++;
    return count;
}

int main(void)
{
    pthread_t daemon;

    sem_init(&disk_full, 0, 0);
    pthread_create(&daemon, NULL, tidy, NULL);
    for (int i = 0; i < SAVES; i++) {
        append(saved);
        if (i % SAVES_PER_DISK == 0)
            sem_post(&disk_full);
    }
    pthread_join(daemon, NULL);
    sem_destroy(&disk_full);

    if (count_lines(saved) != SAVES || count_lines(tidied) != SAVES / SAVES_PER_DISK) {
        fprintf(stderr, "%d saves and %d tidyings are in the log, of %d and %d\n",
                count_lines(saved), count_lines(tidied), SAVES, SAVES / SAVES_PER_DISK);
        return 1;
    }
    return 0;
}
