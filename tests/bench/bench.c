/*
 * `make bench`: what Hazmat costs, as ratios within one run.
 *
 *   matrix    wall time of `hazmat check` on cells that compute, against the processor
 *             time of its runs over the number of processors (goal: at most 1.15)
 *   detectors each detector's time against the bare program, on the corrected twins
 *   latency   from the moment a deadlock closes until the watchdog has reported it
 *
 * Run it on a machine that does nothing else.
 */
#include "process/job.h"
#include "process/supervise.h"
#include "report/matrix.h"
#include "watchdog/monitor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEADLOCKS 50

static int by_number(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

/* ---- the matrix ---- */

/* Wall seconds of the `hazmat check`, or NaN. */
static double check(const char *results, const char *options, unsigned jobs)
{
    char command[512];
    snprintf(command, sizeof command, "'%s/hazmat' check %s -j %u --results '%s' >/dev/null 2>&1",
             TEST_BUILD, options, jobs, results);
    double begun = hz_now();
    int status = system(command);
    return status == -1 ? NAN : hz_now() - begun;
}

static void bench_matrix(struct hz_arena *arena, const char *results, unsigned processors)
{
    /*
     * Twins end by themselves, and compute; nothing in them waits for a deadline. Three
     * times, so that the start (the probes) weighs no more than in a whole matrix.
     */
    double wall = check(results, "-c race -V fixed -n 3", processors);
    struct hz_stream stream = {0};
    struct hz_matrix matrix;
    struct hz_error error;
    if (!hz_stream_read(arena, hz_printf(arena, "%s/latest/events.jsonl", results), &stream,
                        &error)) {
        fprintf(stderr, "bench: %s\n", error.text);
        exit(3);
    }
    double busy = 0;
    for (size_t i = 0; i < stream.runs.n; ++i)
        busy += stream.runs.at[i].outcome.cpu_seconds;
    printf("matrix     %zu runs: %.1f s wall, %.1f s of processor time on %u processors: "
           "ratio %.2f\n", stream.runs.n, wall, busy, processors, wall / (busy / processors));
    hz_matrix_build(arena, &stream, &matrix);
    for (size_t column = 0; column < matrix.detectors.n; ++column)
        printf("%-10s %.1f times bare (median over the race twins), %.0f ms, %.1f MiB\n",
               matrix.detectors.at[column], matrix.scores[HZ_RACE][column].ratio,
               1e3 * matrix.scores[HZ_RACE][column].seconds,
               (double)matrix.scores[HZ_RACE][column].peak_kib / 1024);
    hz_stream_free(&stream);
}

/* ---- the watchdog ---- */

struct latency {
    struct hzw_monitor *monitor;
    double reported;
};

static enum hz_look look(void *context, pid_t supervisor)
{
    struct latency *latency = context;
    if (!hzw_look(latency->monitor, supervisor))
        return HZ_LOOK_GO_ON;
    latency->reported = hz_now();
    return HZ_LOOK_STOP;
}

/* In a process of its own: one deadlock, and how long after it closed it was reported. */
static void one_deadlock(void *context, int answer)
{
    (void)context;
    struct hz_arena arena;
    hz_arena_init(&arena);
    struct hzw_options options = hzw_defaults();
    options.findings = true;
    struct latency latency = {.monitor = hzw_open(&options, NULL)};
    char *argv[] = {TEST_BUILD "/tests/bench-deadlock", NULL};
    char *set[] = {"LD_PRELOAD=" TEST_BUILD "/libhazmat-watch.so",
                   hzw_environment(&arena, latency.monitor), NULL};
    struct hz_command command = {.argv = argv, .set = set, .kill_at_once = true,
                                 .limits = {.seconds = 10, .head = 256, .tail = 256},
                                 .observer = {0.01, look, &latency}};
    struct hz_outcome outcome;
    hz_supervise(&arena, &command, &outcome);
    double closed = 0, said;
    const char *at = outcome.out.head.at;
    for (int used; sscanf(at, "%lf%n", &said, &used) == 1; at += used)
        closed = fmax(closed, said);
    dprintf(answer, "%.9f", outcome.end == HZ_END_STOPPED ? latency.reported - closed : NAN);
    hzw_close(latency.monitor);
    hz_arena_free(&arena);
}

static void bench_latency(void)
{
    double seconds[DEADLOCKS];
    size_t n = 0;
    for (int i = 0; i < DEADLOCKS; ++i) {
        struct hz_error error;
        struct hz_bytes answer = {"", 0};
        struct hz_job *job = hz_job_start(one_deadlock, NULL, &error);
        if (job != NULL && hz_job_wait(&job, 1, -1, 20) == 0 &&
            hz_job_answer(job, &answer, &error) && !isnan(atof(answer.at)))
            seconds[n++] = atof(answer.at);
        hz_job_close(job);
    }
    qsort(seconds, n, sizeof *seconds, by_number);
    if (n == 0)
        printf("latency    no deadlock was reported\n");
    else
        printf("latency    %zu of %d deadlocks reported: median %.0f ms, most %.0f ms after they "
               "closed\n", n, DEADLOCKS, 1e3 * seconds[n / 2], 1e3 * seconds[n - 1]);
}

int main(void)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    char results[] = "/tmp/hazmat-bench-XXXXXX";
    if (mkdtemp(results) == NULL) {
        perror(results);
        return 3;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    bench_latency();
    bench_matrix(&arena, results, (unsigned)sysconf(_SC_NPROCESSORS_ONLN));
    char remove[64];
    snprintf(remove, sizeof remove, "rm -rf '%s'", results);
    int status = system(remove);
    hz_arena_free(&arena);
    return status == 0 ? 0 : 3;
}
