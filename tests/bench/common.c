#include "bench.h"

#include "report/events.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int by_number(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

double bench_quantile(double *values, size_t n, double of)
{
    if (n == 0)
        return NAN;
    qsort(values, n, sizeof *values, by_number);
    size_t i = (size_t)ceil(of * (double)n);
    return values[i == 0 ? 0 : i - 1];
}

const char *bench_stream(struct bench *bench)
{
    return hz_printf(bench->arena, "%s/stream.jsonl", bench->folder);
}

const char *bench_watch(struct bench *bench)
{
    return hz_printf(bench->arena,
                     "'%s/hazmat' watch -q -o '%s/report' -t 300 --json '%s' --", TEST_BUILD,
                     bench->folder, bench_stream(bench));
}

size_t bench_findings(struct bench *bench, const char *who)
{
    struct hz_stream stream = {0};
    struct hz_error error;
    size_t n = 0;
    if (!hz_stream_read(bench->arena, bench_stream(bench), &stream, &error)) {
        printf("%s: no event stream: %s\n", who, error.text);
        return 1;
    }
    for (size_t i = 0; i < stream.runs.n; i++) {
        const struct hz_run *run = &stream.runs.at[i];
        if (run->broken != NULL && ++n > 0)
            printf("%s: BROKEN: %s\n", who, run->broken);
        for (size_t k = 0; k < run->findings.n; k++, n++)
            printf("%s: %s (%s), %lu times: %s\n", who, run->findings.at[k].kind,
                   hz_class_name(run->findings.at[k].class), run->findings.at[k].times,
                   run->findings.at[k].summary);
    }
    hz_stream_free(&stream);
    return n;
}

static void show_file(const char *path)
{
    char line[512];
    FILE *file = fopen(path, "re");
    for (int left = 30; file != NULL && left > 0 && fgets(line, sizeof line, file) != NULL; left--)
        printf("    %s", line);
    if (file != NULL)
        fclose(file);
}

bool bench_shell(struct bench *bench, double seconds, const char *script)
{
    const char *path = hz_printf(bench->arena, "%s/script", bench->folder);
    const char *log = hz_printf(bench->arena, "%s/log", bench->folder);
    FILE *file = fopen(path, "we");
    if (file == NULL || fputs(script, file) == EOF || fclose(file) != 0) {
        printf("%s could not be written\n", path);
        return false;
    }
    int status = system(hz_printf(bench->arena, "timeout -k 5 %.0f bash '%s' >'%s' 2>&1 </dev/null",
                                  seconds, path, log));
    if (status != -1 && (status >> 8 == 0 || status >> 8 == 1) && (status & 0x7f) == 0)
        return true;
    printf("failed with status %d: %s\n", status >> 8, script);
    show_file(log);
    return false;
}

double bench_figure(struct bench *bench, const char *name)
{
    double figure = NAN;
    const char *path = hz_printf(bench->arena, "%s/%s", bench->folder, name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NAN;
    if (fscanf(file, "%lf", &figure) != 1)
        figure = NAN;
    fclose(file);
    unlink(path);
    return figure;
}
