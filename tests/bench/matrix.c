/*
 * Wall time of `hazmat check` on cells that compute, against the processor time of its runs
 * over the number of processors (goal: at most 1.15); and each detector's time against the
 * bare program, on the corrected twins.
 */
#include "bench.h"

#include "report/matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void print(const struct hz_stream *stream, const struct hz_matrix *matrix, double wall,
                  unsigned processors)
{
    double busy = 0;
    for (size_t i = 0; i < stream->runs.n; ++i)
        busy += stream->runs.at[i].outcome.cpu_seconds;
    printf("\nmatrix     %zu runs: %.1f s wall, %.1f s of processor time on %u processors: "
           "ratio %.2f\n",
           stream->runs.n, wall, busy, processors, wall / (busy / processors));
    for (size_t column = 0; column < matrix->detectors.n; ++column)
        printf("%-10s %.1f times bare (median over the race twins), %.0f ms, %.1f MiB\n",
               matrix->detectors.at[column], matrix->scores[HZ_RACE][column].ratio,
               1e3 * matrix->scores[HZ_RACE][column].seconds,
               (double)matrix->scores[HZ_RACE][column].peak_kib / 1024);
}

bool bench_matrix(struct bench *bench)
{
    struct hz_stream stream = {0};
    struct hz_matrix matrix;
    struct hz_error error;
    unsigned processors = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    const char *results = hz_printf(bench->arena, "%s/check", bench->folder);
    /*
     * Twins end by themselves, and compute; nothing in them waits for a deadline. Three
     * times, so that the start (the probes) weighs no more than in a whole matrix.
     */
    const char *script =
        hz_printf(bench->arena, "'%s/hazmat' check -c race -V fixed -n 3 -j %u --results '%s'",
                  TEST_BUILD, processors, results);
    double begun = hz_now();
    bool fine = bench_shell(bench, 1200, script);
    double wall = hz_now() - begun;
    const char *path = hz_printf(bench->arena, "%s/latest/events.jsonl", results);
    if (!fine || !hz_stream_read(bench->arena, path, &stream, &error)) {
        printf("\nmatrix     could not be measured\n");
        return false;
    }
    hz_matrix_build(bench->arena, &stream, &matrix);
    print(&stream, &matrix, wall, processors);
    hz_stream_free(&stream);
    return true;
}
