/*
 * The HTML page of 150 pairs x 2 variants x 6 detectors: how long it takes to write, against
 * the same stream written as it is; its size (goal: below 5 MB); and how soon it can be used
 * in Chromium (goal: below 1 s), against the page of one pair. What measures is
 * tests/browser/measure.js.
 */
#include "bench.h"

#include <stdio.h>

bool bench_report(struct bench *bench)
{
    const char *script =
        hz_printf(bench->arena, "sh '%s/tests/browser/run.sh' '%s' measure.js '%s'", TEST_SOURCE,
                  TEST_BUILD, bench->folder);
    if (!bench_shell(bench, 600, script)) {
        printf("\nreport     could not be measured\n");
        return false;
    }
    double html = bench_figure(bench, "html"), jsonl = bench_figure(bench, "jsonl");
    double open = bench_figure(bench, "open"), small = bench_figure(bench, "small");
    printf("\nreport     of 150 pairs: written in %.2f s, %.1f times the %.2f s of the stream alone; "
           "%.2f MB\n",
           html, bench_figure(bench, "ratio"), jsonl, 1e-6 * bench_figure(bench, "bytes"));
    printf("           in use %.0f ms after it is opened, %.1f times the %.0f ms of one pair; a "
           "letter in the filter shows after %.0f ms\n",
           open, open / small, small, bench_figure(bench, "key"));
    return true;
}
