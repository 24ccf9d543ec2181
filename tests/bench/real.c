/*
 * Programs that Hazmat did not write, as Debian packs them: their throughput watched and
 * not, and what the watchdog says of them.
 */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAIRS 9
#define SECONDS "2"

/*
 * In a script, `under` runs a program, watched or not, as the shell itself (so that $! is
 * its process); $tools, $dir and $port are what they say. It leaves a throughput in
 * $dir/figure, and ends its servers.
 */
static const struct real {
    const char *name, *unit;
    const char *needs, *package; /* a command without which it cannot be run, and who has it */
    const char *script;
} reals[] = {
    {"memcached, 4 threads", "requests/s", "memcached", "memcached",
     "under memcached -A -U 0 -u \"$(id -un)\" -l 127.0.0.1 -p $port -t 4 -m 256 & server=$!\n"
     "\"$tools\"/bench-memcached-load $port " SECONDS " \"$dir\"/figure || kill $server\n"
     "wait $server\n"},
    {"pbzip2, 2 threads", "kB/s", "pbzip2", "pbzip2",
     "seq 2500000 >\"$dir\"/input\n"
     "(under bash -c 'begun=${EPOCHREALTIME/./}; pbzip2 -q -p2 -c \"$0\" >/dev/null || exit\n"
     "    took=$((${EPOCHREALTIME/./} - begun)); echo $(($(stat -c %s \"$0\") * 1000 / took)) >$1' "
     "\"$dir\"/input \"$dir\"/figure)\n"},
    {"redis, 2 i/o threads", "requests/s", "redis-benchmark", "redis-server redis-tools",
     "under redis-server --port $port --bind 127.0.0.1 --save '' --appendonly no --dir \"$dir\" "
     "--io-threads 2 --io-threads-do-reads yes & server=$!\n"
     "for try in {1..200}; do redis-cli -p $port ping && break; sleep 0.05; done\n"
     "redis-benchmark -p $port -t get -n 400000 -c 50 -P 16 --threads 2 --csv |\n"
     "    sed -n 's/^\"GET\",\"\\([0-9.]*\\)\".*/\\1/p' >\"$dir\"/figure\n"
     "redis-cli -p $port shutdown nosave || kill $server\n"
     "wait $server\n"},
    {"sqlite, 2 threads, 1 connection", "statements/s", BENCH_PROGRAMS "/bench-sqlite",
     "libsqlite3-dev (and configure again)",
     "(under \"$tools\"/bench-sqlite " SECONDS " \"$dir\"/figure)\n"},
};
#define REALS (sizeof reals / sizeof *reals)

static bool is_there(struct bench *bench, const struct real *real)
{
    return system(hz_printf(bench->arena, "command -v '%s' >/dev/null 2>&1", real->needs)) == 0;
}

/* Its throughput, or NaN. */
static double once(struct bench *bench, const struct real *real, bool watched)
{
    static unsigned turn;
    /* A port of its own for each: one that was just closed may not be free. */
    unsigned port = 20000 + ((unsigned)getpid() + 7 * turn++) % 12000;
    const char *script =
        hz_printf(bench->arena, "under() { exec %s \"$@\"; }\ntools='%s' dir='%s' port=%u\n%s",
                  watched ? bench_watch(bench) : BENCH_NATIVE, BENCH_PROGRAMS, bench->folder, port,
                  real->script);
    if (!bench_shell(bench, 120, script))
        return NAN;
    return bench_figure(bench, "figure");
}

/* False if it could not be measured. */
static bool measure(struct bench *bench, const struct real *real)
{
    double native[PAIRS], watched[PAIRS], ratios[PAIRS];
    size_t reports = 0;
    for (size_t i = 0; i < PAIRS; i++) {
        /* Which of the two comes first alternates. */
        if (i % 2 == 0)
            native[i] = once(bench, real, false);
        watched[i] = once(bench, real, true);
        reports += bench_findings(bench, real->name);
        if (i % 2 != 0)
            native[i] = once(bench, real, false);
        ratios[i] = native[i] / watched[i];
        if (!isfinite(ratios[i])) {
            printf("%-32s could not be measured\n", real->name);
            return false;
        }
    }
    double middle = bench_quantile(ratios, PAIRS, 0.5);
    printf("%-32s %9.0f %9.0f %-13s %6.3f (%.3f to %.3f)  reports: %zu\n", real->name,
           bench_quantile(native, PAIRS, 0.5), bench_quantile(watched, PAIRS, 0.5), real->unit,
           middle, ratios[0], ratios[PAIRS - 1], reports);
    return true;
}

bool bench_real(struct bench *bench)
{
    size_t measured = 0;
    printf("\nreal programs: throughput, and native divided by watched; median of %d pairs\n"
           "%-32s %9s %9s\n",
           PAIRS, "", "native", "watched");
    for (size_t i = 0; i < REALS; i++)
        if (is_there(bench, &reals[i]))
            measured += measure(bench, &reals[i]);
        else
            printf("%-32s left out: install %s\n", reals[i].name, reals[i].package);
    return measured != 0;
}
