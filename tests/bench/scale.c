/* What one look costs, and the monitor, when there is very much to look at. */
#include "bench.h"

#include "process/job.h"
#include "process/supervise.h"
#include "watchdog/monitor_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROCESSES "64"
#define THREADS "10000"
#define LOCKS "100000"
#define SECONDS 20
#define LOOKS 20000
/* A look after which the monitor still rests (monitor.c) takes less, and is none. */
#define REST 20e-6

struct looks {
    struct hzw_monitor *monitor;
    const char *ready; /* the program makes this file when all its threads wait */
    double until, first, seconds[LOOKS];
    double starting; /* the longest look while the program starts */
    size_t n;
};

static enum hz_look look(void *context, pid_t supervisor)
{
    struct looks *looks = context;
    bool ready = access(looks->ready, F_OK) == 0;
    double begun = hz_now();
    hzw_look(looks->monitor, supervisor, false);
    double took = hz_now() - begun;
    if (!ready) {
        looks->starting = fmax(looks->starting, took);
        return HZ_LOOK_GO_ON;
    }
    if (looks->until == 0) {
        looks->until = begun + took + SECONDS;
        looks->first = took;
    } else if (took > REST) {
        looks->seconds[looks->n++] = took;
    }
    return looks->n < LOOKS && hz_now() < looks->until ? HZ_LOOK_GO_ON : HZ_LOOK_STOP;
}

/* Of this process, MiB: RssAnon, RssShmem. */
static double resident(const char *which)
{
    char line[256];
    double kib = NAN;
    FILE *file = fopen("/proc/self/status", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, which, strlen(which)) == 0)
            kib = atof(line + strlen(which) + 1);
    if (file != NULL)
        fclose(file);
    return kib / 1024;
}

static const char *all_said(struct hz_arena *arena, struct looks *looks,
                            const struct hz_outcome *outcome)
{
    const hz_findings *found = hzw_findings(looks->monitor);
    const char *text;
    if (looks->until == 0)
        return hz_printf(arena, "not one look: the program %s, status %d: %.*s",
                         hz_end_name(outcome->end), outcome->status, (int)outcome->err.head.n,
                         outcome->err.head.n != 0 ? outcome->err.head.at : "");
    double shared = resident("RssShmem"), own = resident("RssAnon");
    double middle = bench_quantile(looks->seconds, looks->n, 0.5);
    double late = bench_quantile(looks->seconds, looks->n, 0.99);
    double most = bench_quantile(looks->seconds, looks->n, 1);
    text = hz_printf(
        arena,
        "while it starts at most %.1f ms; then %.1f ms; then %zu in %d s, median %.1f ms, 99 %% "
        "%.1f ms, most %.1f ms;\n"
        "monitor: %.1f MiB "
        "of its own, %.1f MiB of the shared memory; reports: %zu; records lost: %" PRIu64,
        1e3 * looks->starting, 1e3 * looks->first, looks->n, SECONDS, 1e3 * middle, 1e3 * late,
        1e3 * most, own, shared, found->n, atomic_load(&looks->monitor->region->log_lost));
    for (size_t i = 0; i < found->n; i++)
        text = hz_printf(arena, "%s\n  %s: %s", text, found->at[i].kind, found->at[i].summary);
    return text;
}

/* In a process of its own, so that its memory is the monitor's. */
static void watch_many(void *context, int answer)
{
    struct bench *bench = context;
    struct hz_arena arena;
    struct hz_outcome outcome;
    hz_arena_init(&arena);
    struct hzw_options options = hzw_defaults();
    struct looks looks = {.monitor = hzw_open(&options, NULL),
                          .ready = hz_printf(&arena, "%s/ready", bench->folder)};
    if (looks.monitor == NULL)
        return;
    char *argv[] = {BENCH_PROGRAMS "/bench-many", PROCESSES, THREADS, LOCKS,
                    hz_dup(&arena, looks.ready),  NULL};
    char *set[] = {"LD_PRELOAD=" TEST_BUILD "/libhazmat-watch.so",
                   hzw_environment(&arena, looks.monitor), NULL};
    struct hz_command command = {.argv = argv,
                                 .set = set,
                                 .kill_at_once = true,
                                 .limits = {.seconds = 120, .head = 4096, .tail = 256},
                                 .observer = {0.001, look, &looks}};
    hz_supervise(&arena, &command, &outcome);
    dprintf(answer, "%s\n", all_said(&arena, &looks, &outcome));
    hzw_close(looks.monitor);
    hz_arena_free(&arena);
}

bool bench_scale(struct bench *bench)
{
    struct hz_error error = {""};
    struct hz_bytes answer = {"", 0};
    struct hz_job *job = hz_job_start(watch_many, bench, &error);
    bool fine = job != NULL && hz_job_wait(&job, 1, -1, 180) == 0 &&
                hz_job_answer(job, &answer, &error) && answer.n != 0;
    printf("\none look at " PROCESSES " processes with " THREADS " threads that hold " LOCKS
           " locks and each wait for one:\n");
    if (fine)
        printf("%.*s", (int)answer.n, answer.at);
    else
        printf("could not be measured: %s\n", error.text);
    hz_job_close(job);
    return fine;
}
