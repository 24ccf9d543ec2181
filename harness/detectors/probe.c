#include "detectors/probe.h"

#include "process/job.h"
#include "process/supervise.h"

#include <ctype.h>
#include <string.h>

#define OUTPUT_LIMIT ((size_t)64 << 10)

struct question {
    char *const *argv;
    double seconds;
};

/* In a process of its own: the first byte says whether it went well. */
static void ask(void *context, int answer)
{
    static char *const environment[] = {"LC_ALL=C", NULL};
    const struct question *question = context;
    struct hz_arena arena;
    hz_arena_init(&arena);
    struct hz_command command = {
        .argv = question->argv,
        .set = environment,
        .limits = {.seconds = question->seconds, .grace = 0.5, .head = OUTPUT_LIMIT},
    };
    struct hz_outcome outcome;
    hz_supervise(&arena, &command, &outcome);
    bool fine = outcome.end == HZ_END_EXITED && outcome.status == 0;
    hz_job_write(answer, (struct hz_bytes){fine ? "+" : "-", 1});
    hz_job_write(answer, outcome.out.head);
    hz_job_write(answer, outcome.err.head);
    hz_arena_free(&arena);
}

bool hz_probe_run(struct hz_arena *arena, char *const *argv, double seconds, const char **output)
{
    struct question question = {argv, seconds};
    struct hz_bytes answer = {"", 0};
    *output = "";
    struct hz_job *job = hz_job_start(ask, &question, NULL);
    if (job == NULL)
        return false;
    bool fine = false;
    if (hz_job_wait(&job, 1, -1, -1) == 0 && hz_job_answer(job, &answer, NULL) && answer.n != 0) {
        fine = answer.at[0] == '+';
        size_t n = answer.n - 1 < OUTPUT_LIMIT ? answer.n - 1 : OUTPUT_LIMIT;
        *output = hz_copy(arena, answer.at + 1, n);
    }
    hz_job_close(job);
    return fine;
}

const char *hz_probe_version(struct hz_arena *arena, const char *text)
{
    for (const char *c = text; *c != '\0' && *c != '\n'; c++) {
        if (!isdigit((unsigned char)*c) || (c != text && isalnum((unsigned char)c[-1])))
            continue;
        size_t n = strspn(c, "0123456789.");
        if (memchr(c, '.', n) != NULL)
            return hz_copy(arena, c, c[n - 1] == '.' ? n - 1 : n);
    }
    return NULL;
}

bool hz_probe_fails(struct hz_probe *probe, const char *problem, const char *repair)
{
    probe->usable = false;
    probe->problem = problem;
    probe->repair = repair;
    return false;
}
