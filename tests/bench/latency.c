/*
 * From the closing of a deadlock to its report: programs/deadlock.c says on CLOCK_MONOTONIC
 * when it is about to block for good, and the finding when it was made (`at`).
 */
#include "bench.h"

#include "report/events.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLOCKS 100

/* When the first lock cycle in the stream was found; NaN if there is none. */
static double reported_at(struct bench *bench)
{
    double earliest = NAN;
    struct hz_stream stream = {0};
    struct hz_error error;
    if (!hz_stream_read(bench->arena, bench_stream(bench), &stream, &error))
        return NAN;
    for (size_t i = 0; i < stream.runs.n; i++)
        for (size_t k = 0; k < stream.runs.at[i].findings.n; k++) {
            const struct hz_finding *finding = &stream.runs.at[i].findings.at[k];
            if (strcmp(finding->kind, "lock-cycle") == 0 && finding->at > 0)
                earliest = fmin(earliest, finding->at);
        }
    hz_stream_free(&stream);
    return earliest;
}

/* Seconds, or NaN if it was not reported. */
static double one(struct bench *bench, unsigned others)
{
    const char *script = hz_printf(bench->arena, "%s '%s/bench-deadlock' '%s/closed' %u",
                                   bench_watch(bench), BENCH_PROGRAMS, bench->folder, others);
    if (!bench_shell(bench, 60, script))
        return NAN;
    return reported_at(bench) - bench_figure(bench, "closed");
}

static void be_busy(pid_t *busy, size_t n)
{
    pid_t parent = getpid();
    for (size_t i = 0; i < n; i++) {
        busy[i] = fork();
        if (busy[i] != 0)
            continue;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (volatile bool alone = getppid() != parent; !alone;)
            ;
        _exit(0);
    }
}

static void be_idle(const pid_t *busy, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (busy[i] > 0) {
            kill(busy[i], SIGKILL);
            waitpid(busy[i], NULL, 0);
        }
}

/* False if none was reported. */
static bool measure(struct bench *bench, unsigned others, size_t loops)
{
    double seconds[DEADLOCKS];
    pid_t busy[2];
    size_t n = 0;
    be_busy(busy, loops);
    for (int i = 0; i < DEADLOCKS; i++) {
        double took = one(bench, others);
        if (isfinite(took))
            seconds[n++] = took;
    }
    be_idle(busy, loops);
    printf("%6u %6zu %9zu", others, loops, n);
    if (n == 0)
        printf("   no finding of a lock cycle that says when it was made\n");
    else
        printf(" %9.1f %9.1f %9.1f\n", 1e3 * bench_quantile(seconds, n, 0.5),
               1e3 * bench_quantile(seconds, n, 0.99), 1e3 * bench_quantile(seconds, n, 1));
    return n != 0;
}

bool bench_latency(struct bench *bench)
{
    bool fine = true;
    printf("\nfrom the closing of a deadlock to its report, %d of each\n"
           "%6s %6s %9s %9s %9s %9s\n",
           DEADLOCKS, "other", "busy", "", "median", "99 %", "most");
    printf("%6s %6s %9s %9s %9s %9s\n", "thr.", "loops", "reported", "ms", "ms", "ms");
    for (size_t loops = 0; loops <= 2; loops += 2) {
        fine &= measure(bench, 0, loops);
        fine &= measure(bench, 2000, loops);
    }
    return fine;
}
