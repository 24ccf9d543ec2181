#include "process/job.h"

#include "process/spawn.h"
#include "process/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * The answer is a file in memory rather than a pipe, so that a job never waits
 * for a parent that is busy. The child seals it when the function has returned:
 * that, and no exit status, is how the parent knows that the answer is whole.
 */
enum { WHOLE = F_SEAL_SHRINK | F_SEAL_GROW };

struct hz_job {
    pid_t pid;
    int pidfd, answer;
    bool reaped;
    int status; /* as waitpid() gave it */
    void *bytes;
    size_t n;
};

static _Noreturn void do_work(hz_work *work, void *context, int answer)
{
    setpgid(0, 0);
    work(context, answer);
    fcntl(answer, F_ADD_SEALS, WHOLE);
    _exit(EXIT_SUCCESS); /* exit() would write our parent's buffered output once more */
}

struct hz_job *hz_job_start(hz_work *work, void *context, struct hz_error *error)
{
    struct hz_job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        hz_fail(error, "a job: %s", strerror(errno));
        return NULL;
    }
    job->pidfd = -1;
    job->answer = memfd_create("answer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (job->answer < 0 || (job->pid = hz_fork()) < 0) {
        hz_fail(error, "a job: %s", strerror(errno));
        job->reaped = true;
        hz_job_close(job);
        return NULL;
    }
    if (job->pid == 0)
        do_work(work, context, job->answer);
    setpgid(job->pid, job->pid); /* by both, so that neither can be too early */
    job->pidfd = pidfd_open(job->pid, 0);
    if (job->pidfd < 0) {
        hz_fail(error, "a job: %s", strerror(errno));
        hz_job_close(job);
        return NULL;
    }
    return job;
}

/* poll() to the end of `seconds`, whatever signals come between. */
static void poll_through(struct pollfd *polled, size_t n, double seconds)
{
    double until = hz_now() + seconds;
    int ready;
    do {
        double left = fmin(fmax(until - hz_now(), 0), 1e6);
        struct timespec timeout = {(time_t)left, (long)((left - floor(left)) * 1e9)};
        ready = ppoll(polled, n, seconds < 0 ? NULL : &timeout, NULL);
    } while (ready < 0 && errno == EINTR);
}

int hz_job_wait(struct hz_job *const *jobs, size_t n, int wake, double seconds)
{
    struct hz_arena scratch;
    hz_arena_init(&scratch);
    struct pollfd *polled = hz_alloc(&scratch, (n + 1) * sizeof *polled);
    bool any = wake >= 0;
    for (size_t i = 0; i < n; i++) {
        polled[i] = (struct pollfd){.fd = jobs[i] != NULL ? jobs[i]->pidfd : -1, .events = POLLIN};
        any |= jobs[i] != NULL;
    }
    polled[n] = (struct pollfd){.fd = wake, .events = POLLIN};
    if (any)
        poll_through(polled, n + 1, seconds);
    int ended = -1;
    for (size_t i = 0; i < n && ended < 0; i++)
        if (polled[i].revents != 0)
            ended = (int)i;
    hz_arena_free(&scratch);
    return ended;
}

/* False while it runs. */
static bool reap(struct hz_job *job, int how)
{
    pid_t got = 0;
    while (!job->reaped && (got = waitpid(job->pid, &job->status, how)) < 0 && errno == EINTR)
        ;
    job->reaped |= got != 0;
    return job->reaped;
}

static bool read_answer(struct hz_job *job, struct hz_error *error)
{
    struct stat about;
    if (fstat(job->answer, &about) != 0)
        return hz_fail(error, "the job's answer: %s", strerror(errno));
    if (about.st_size == 0 || job->bytes != NULL)
        return true;
    size_t n = (size_t)about.st_size;
    void *bytes = mmap(NULL, n, PROT_READ, MAP_PRIVATE, job->answer, 0);
    if (bytes == MAP_FAILED)
        return hz_fail(error, "the job's answer: %s", strerror(errno));
    job->bytes = bytes;
    job->n = n;
    return true;
}

bool hz_job_answer(struct hz_job *job, struct hz_bytes *answer, struct hz_error *error)
{
    *answer = (struct hz_bytes){"", 0};
    if (!reap(job, WNOHANG))
        return hz_fail(error, "the job still runs");
    if (!read_answer(job, error))
        return false;
    if (job->n != 0)
        *answer = (struct hz_bytes){job->bytes, job->n};
    if ((fcntl(job->answer, F_GET_SEALS) & WHOLE) == WHOLE)
        return true;
    if (WIFSIGNALED(job->status))
        return hz_fail(error, "the job was killed by signal %d (%s)", WTERMSIG(job->status),
                       strsignal(WTERMSIG(job->status)));
    return hz_fail(error, "the job ended with status %d before its work was done",
                   WEXITSTATUS(job->status));
}

void hz_job_stop(struct hz_job *job)
{
    if (!job->reaped)
        kill(job->pid, SIGTERM);
}

/*
 * A job that supervises is the reaper of its tree for as long as it lives, and
 * what it leaves behind is out of our sight. So it is stopped first, then its tree
 * is killed until nothing of it lives (the stopped job collects no zombies, so
 * none of the parents between vanish), and the job itself comes last. Nothing is
 * left when two rounds in a row found nothing: one alone may miss a process that
 * came to a lower number while /proc was read.
 */
static void kill_job(struct hz_job *job)
{
    for (int quiet = 0; quiet < 2;) {
        kill(job->pid, SIGSTOP); /* again and again: its program may send it SIGCONT */
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        quiet = hz_tree_kill(job->pid) == 0 ? quiet + 1 : 0;
    }
    kill(job->pid, SIGKILL);
    reap(job, 0);
}

void hz_job_close(struct hz_job *job)
{
    if (job == NULL)
        return;
    if (!job->reaped)
        kill_job(job);
    if (job->bytes != NULL)
        munmap(job->bytes, job->n);
    if (job->pidfd >= 0)
        close(job->pidfd);
    if (job->answer >= 0)
        close(job->answer);
    free(job);
}

void hz_job_write(int answer, struct hz_bytes bytes)
{
    while (bytes.n != 0) {
        ssize_t written = write(answer, bytes.at, bytes.n);
        if (written <= 0)
            return;
        bytes.at += written;
        bytes.n -= (size_t)written;
    }
}
