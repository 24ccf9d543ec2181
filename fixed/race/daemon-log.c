/*
 * append() takes a lock, so that a line is in the log and its length counted before the
 * next one is begun, whoever writes it.
 *
 * @repairs  race/daemon-log
 * @explore  SAVES=2 SAVES_PER_DISK=1
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
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER; /* FIX: guards text and length */

static void append(const char *line)
{
    size_t length = strlen(line);

    pthread_mutex_lock(&log_lock); /* FIX: one line at a time */
    memcpy(log_text + log_length, line, length);
    log_length += length;
    pthread_mutex_unlock(&log_lock);
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
