/*
 * Before each fork the forking thread takes the log's lock itself, and afterwards parent
 * and child each give their own copy back. At the moment of the fork no other thread can
 * hold it, so the child's copy is in order.
 *
 * @repairs  deadlock/fork-with-lock
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ENTRIES 40000 /* by the server itself */
#define JOBS 100      /* children, with one entry each */

struct entry {
    int job, number;
};

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static int log_file;
static long log_entries; /* protected by log_lock */

static void log_entry(int job, int number)
{
    struct entry entry = {job, number};
    pthread_mutex_lock(&log_lock);
    log_entries++;
    if (write(log_file, &entry, sizeof entry) != sizeof entry)
        perror("write");
    pthread_mutex_unlock(&log_lock);
}

/* The server's everyday work. */
static void serve(void)
{
    for (int i = 0; i < ENTRIES; i++)
        log_entry(0, i);
}

static void lock_log(void)
{
    pthread_mutex_lock(&log_lock);
}

static void unlock_log(void)
{
    pthread_mutex_unlock(&log_lock);
}

static void run_job(int job)
{
    pid_t child = fork();
    if (child == 0) {
        log_entry(job, 0);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

/* Starts one job after the other, in a thread of its own. */
static void *run_jobs(void *unused)
{
    (void)unused;
    for (int job = 1; job <= JOBS; job++)
        run_job(job);
    return NULL;
}

int main(void)
{
    FILE *log = tmpfile();
    if (log == NULL) {
        perror("tmpfile");
        return 2;
    }
    log_file = fileno(log);
    pthread_atfork(lock_log, unlock_log, unlock_log); /* FIX: no fork while another holds it */

    pthread_t jobs;
    pthread_create(&jobs, NULL, run_jobs, NULL);
    serve();
    pthread_join(jobs, NULL);

    off_t entries = lseek(log_file, 0, SEEK_END) / (off_t)sizeof(struct entry);
    if (entries != ENTRIES + JOBS || log_entries != ENTRIES) {
        fprintf(stderr, "%ld entries in the log, not %d\n", (long)entries, ENTRIES + JOBS);
        return 1;
    }
    return 0;
}
