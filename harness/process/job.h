/*
 * Work in a process of its own: a function that runs in a forked child, and the
 * bytes that it hands back. The child can crash, hang or be killed without
 * harm to the parent, which then sees that the answer is not whole.
 *
 * The child is killed when the parent dies (PR_SET_PDEATHSIG, checked against
 * the race with a parent that is gone already; the kernel means the thread that
 * started the job). SIGTERM and SIGINT reach the function as hz_supervise() says,
 * and end it at once while it is not in there; the terminal's Ctrl-C does not
 * reach it by itself, because it is in a process group of its own.
 *
 * Who dies with whom: if the parent is killed, a job in hz_supervise() kills its
 * tree before it ends. If the job itself is killed by a stranger's SIGKILL, only the
 * program that it runs dies with it, not that program's children: hz_job_stop()
 * and hz_job_close() are the ways to end a job with all that it started.
 */
#ifndef HZ_JOB_H
#define HZ_JOB_H

#include "base/base.h"

#include <sys/types.h>

struct hz_job; /* opaque; freed by hz_job_close() */

/*
 * Runs in the child. What it writes to `answer` (a file descriptor) is what the
 * parent reads; it never blocks, however much it is. Returning ends the child.
 */
typedef void hz_work(void *context, int answer);

/* Adds to the answer, in the child; gives up where nobody reads it any more. */
void hz_job_write(int answer, struct hz_bytes bytes);

/* Starts it; NULL with a message if no process could be had. */
struct hz_job *hz_job_start(hz_work *work, void *context, struct hz_error *error);

/*
 * Waits up to `seconds` (negative: for ever) until one of the jobs has ended,
 * and returns its index; -1 on time-out or when a signal that `wake` (a signalfd
 * or other descriptor, or -1) reports became readable, or when there is nothing to
 * wait for. `jobs` may have NULL holes. An ended job is told again until it is closed.
 */
int hz_job_wait(struct hz_job *const *jobs, size_t n, int wake, double seconds);

/*
 * All that the ended job answered, good until hz_job_close(). True if it ended by
 * returning from its function; what it answered until then is there in any case.
 */
bool hz_job_answer(struct hz_job *job, struct hz_bytes *answer, struct hz_error *error);

/* Asks the job to stop (SIGTERM); it ends soon, and is still to be waited for. */
void hz_job_stop(struct hz_job *job);

/* Frees the job (or NULL) and its answer; kills and reaps it with its tree if it still runs. */
void hz_job_close(struct hz_job *job);

#endif
