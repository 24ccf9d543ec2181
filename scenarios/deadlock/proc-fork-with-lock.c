/*
 * A program forks while another of its threads holds the log's lock. The child has
 * a copy of the lock as it was at that moment, taken, and no copy of the thread that
 * would give it back.
 *
 * fork() copies the whole memory but only the one thread that calls it. Whatever the
 * other threads were in the middle of stays half-done in the child for ever. Neither
 * of the two threads is wrong by itself, and the log is locked on every use as it
 * should be. What a user sees: now and then a job that was started never
 * begins, and the server that waits for it stands still.
 *
 * The twin registers handlers with pthread_atfork() which take the lock before a fork
 * and give it back on both sides. Better still, where it is possible: fork before the
 * first thread is started, or let the child do nothing but exec another program.
 *
 * @hazard   deadlock/fork-with-lock
 * @concept  process, thread, lock, file
 * @expect   tsan=missed helgrind=missed drd=missed watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: they do follow the lock, but report nothing when the child
 *           finds it taken and goes to sleep
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      fork(2), pthread_atfork(3), CWE-833
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
    pthread_mutex_lock(&log_lock); /* HAZARD: in a child the lock may have been copied taken */
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

static void run_job(int job)
{
    pid_t child = fork();
    if (child == 0) {
        log_entry(job, 0);
        _exit(0);
    }
    waitpid(child, NULL, 0); /* HAZARD: the child waits for a thread that it does not have */
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
