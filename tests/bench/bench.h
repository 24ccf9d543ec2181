/*
 * `make bench`: what Hazmat costs and how soon it speaks, as ratios within one run. Alone
 * on the machine; nothing here is a test.
 *
 * Where two ways of running the same program are compared, their runs alternate, and what
 * is shown is the median of the ratios of neighbours: what the machine does meanwhile
 * meets both.
 */
#ifndef BENCH_H
#define BENCH_H

#include "base/base.h"

#define BENCH_PROGRAMS TEST_BUILD "/tests/bench"

struct bench {
    struct hz_arena *arena;
    const char *folder; /* for what the parts write; theirs, empty at first */
    const char *only;   /* a word: of `cost` and `explorer`, only what has it in its name */
    bool quick;         /* of `cost`, not what the other detectors cost; see `explorer` */
    bool hard;          /* of `explorer`, also what takes minutes a seed */
    unsigned seeds;     /* of `explorer`, at least 1 */
};

/* The parts. False if one could not be measured at all, which it has said then. */
bool bench_cost(struct bench *bench);    /* each operation, under every detector */
bool bench_real(struct bench *bench);    /* Debian's programs, watched and not */
bool bench_latency(struct bench *bench); /* from a deadlock to its report */
bool bench_scale(struct bench *bench);   /* one look at very many threads */
bool bench_matrix(struct bench *bench);  /* `hazmat check` as a whole */
bool bench_report(struct bench *bench);  /* the HTML page of 150 pairs, in a browser too */
bool bench_explorer(struct bench *bench); /* how fast schedules are, how many are needed */

/* The `of`th part (0 to 1) of the values, which are put in order; NaN if there are none. */
double bench_quantile(double *values, size_t n, double of);

/*
 * A shell command that begins with a program and puts the program that follows under the
 * live watchdog, monitor and all. The event stream goes to bench_stream().
 */
const char *bench_watch(struct bench *bench);
const char *bench_stream(struct bench *bench);
/* What a native program is begun with. */
#define BENCH_NATIVE "env"
/* Prints what stands in that stream, a line a finding, after "WHO: "; gives their number. */
size_t bench_findings(struct bench *bench, const char *who);

/*
 * Runs bash on a script with a deadline; its output is shown only if it fails. True if it
 * ended with status 0, or with 1 (for hazmat: something was found).
 */
bool bench_shell(struct bench *bench, double seconds, const char *script);

/* The number in a file of the folder, which is removed; NaN if there is none. */
double bench_figure(struct bench *bench, const char *name);

#endif
