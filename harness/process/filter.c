#include "process/filter.h"

#include "process/job.h"
#include "process/supervise.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define KEEP_ERRORS 400

struct filtering {
    char *const *argv;
    int input;
    double seconds;
    size_t limit;
};

/* Why it does not count; "": it does. */
static const char *problem_of(struct hz_arena *arena, const struct filtering *filtering,
                              const struct hz_outcome *outcome)
{
    const char *name = filtering->argv[0];
    size_t n = outcome->err.head.n < KEEP_ERRORS ? outcome->err.head.n : KEEP_ERRORS;
    const char *said = hz_copy(arena, outcome->err.head.at, n);
    switch (outcome->end) {
    case HZ_END_NOT_STARTED:
        return hz_printf(arena, "%s: %s", name, outcome->reason);
    case HZ_END_DEADLINE:
        return hz_printf(arena, "%s took more than %.0f s", name, filtering->seconds);
    case HZ_END_EXITED:
        if (outcome->status != 0)
            return hz_printf(arena, "%s: exit status %d: %s", name, outcome->status, said);
        return outcome->out.dropped != 0
                   ? hz_printf(arena, "%s wrote more than %zu bytes", name, filtering->limit) : "";
    default:
        return hz_printf(arena, "%s was ended by a signal", name);
    }
}

/* In a process of its own. The problem, a zero byte, and what it wrote. */
static void run(void *context, int answer)
{
    static char *const environment[] = {"LC_ALL=C", NULL};
    const struct filtering *filtering = context;
    struct hz_arena arena;
    hz_arena_init(&arena);
    struct hz_command command = {
        .argv = filtering->argv,
        .set = environment,
        .input = hz_printf(&arena, "/proc/self/fd/%d", filtering->input),
        .kill_at_once = true,
        .limits = {.seconds = filtering->seconds, .head = filtering->limit},
    };
    struct hz_outcome outcome;
    hz_supervise(&arena, &command, &outcome);
    const char *problem = problem_of(&arena, filtering, &outcome);
    hz_job_write(answer, (struct hz_bytes){problem, strlen(problem) + 1});
    hz_job_write(answer, outcome.out.head);
    hz_arena_free(&arena);
}

/* The answer is the job's and goes with it: copies what counts. */
static bool take_answer(struct hz_arena *arena, struct hz_job *job, struct hz_bytes *output,
                        struct hz_error *error)
{
    struct hz_bytes answer;
    hz_job_wait(&job, 1, -1, -1);
    bool whole = hz_job_answer(job, &answer, error);
    const char *end = answer.n != 0 ? memchr(answer.at, '\0', answer.n) : NULL;
    if (!whole || end == NULL)
        return false;
    output->n = answer.n - (size_t)(end + 1 - answer.at);
    output->at = hz_copy(arena, end + 1, output->n);
    return end == answer.at || hz_fail(error, "%s", answer.at);
}

/* The bytes as a file that has no name, or -1. */
static int file_of(struct hz_bytes bytes)
{
    int fd = memfd_create("hazmat-filter", MFD_CLOEXEC);
    for (size_t done = 0; fd >= 0 && done < bytes.n;) {
        ssize_t written = write(fd, bytes.at + done, bytes.n - done);
        if (written <= 0) {
            close(fd);
            return -1;
        }
        done += (size_t)written;
    }
    return fd;
}

bool hz_filter(struct hz_arena *arena, char *const *argv, struct hz_bytes input, double seconds,
               size_t limit, struct hz_bytes *output, struct hz_error *error)
{
    *output = (struct hz_bytes){"", 0};
    struct filtering filtering = {argv, file_of(input), seconds, limit};
    if (filtering.input < 0)
        return hz_fail(error, "no memory for the input of %s: %s", argv[0], strerror(errno));
    hz_fail(error, "%s: no answer", argv[0]);
    struct hz_job *job = hz_job_start(run, &filtering, error);
    bool fine = job != NULL && take_answer(arena, job, output, error);
    hz_job_close(job);
    close(filtering.input);
    return fine;
}
