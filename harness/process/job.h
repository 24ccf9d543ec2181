/*
 * Work in a process of its own: a function that runs in a forked child, and the
 * bytes that it hands back. The child can crash, hang or be killed without
 * harm to the parent, which then sees that the answer is not whole.
 *
 * The child is killed when the parent dies (PR_SET_PDEATHSIG, checked against
 * the race with a parent that is gone already). SIGTERM and SIGINT reach the
 * function as hz_supervise() says; the terminal's Ctrl-C does not reach it by
 * itself, because it is in a process group of its own.
 */
#ifndef HZ_JOB_H
#define HZ_JOB_H

#include "base/base.h"

#include <sys/types.h>

struct hz_job; /* opaque; freed by hz_job_close() */

/*
 * Runs in the child. What it writes to `answer` (a file descriptor) is what the
 * parent reads; returning ends the child.
 */
typedef void hz_work(void *context, int answer);

/* Starts it; NULL with a message if no process could be had. */
struct hz_job *hz_job_start(hz_work *work, void *context, struct hz_error *error);

/*
 * Waits up to `seconds` (negative: for ever) until one of the jobs has ended,
 * and returns its index; -1 on time-out or when a signal that `wake` (a signalfd
 * or other descriptor, or -1) reports became readable. `jobs` may have NULL holes.
 */
int hz_job_wait(struct hz_job *const *jobs, size_t n, int wake, double seconds);

/* All that the ended job answered. True if it ended by returning from its function. */
bool hz_job_answer(struct hz_job *job, struct hz_bytes *answer, struct hz_error *error);

/* Asks the job to stop (SIGTERM); it ends soon, and is still to be waited for. */
void hz_job_stop(struct hz_job *job);

/* Frees the job and its answer; kills and reaps it if it still runs. */
void hz_job_close(struct hz_job *job);

#endif
