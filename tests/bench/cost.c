/* What each operation costs, by programs/locks.c, under every detector. */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS 11
#define MOST_ROWS 16

enum { NATIVE, WATCHDOG, TSAN, HELGRIND, DRD, TOOLS };
static const char *const names[TOOLS] = {"native", "watchdog", "tsan", "helgrind", "drd"};

struct table {
    char rows[MOST_ROWS][64];
    size_t n;
    double ns[MOST_ROWS][TOOLS][ROUNDS]; /* NaN where it was not measured */
    bool there[TOOLS];
};

static const char *command(struct bench *bench, int tool)
{
    const char *const before[TOOLS] = {
        [NATIVE] = BENCH_NATIVE,
        [WATCHDOG] = bench_watch(bench),
        /* Its runtime wants its addresses where they are. */
        [TSAN] = "TSAN_OPTIONS=exitcode=0 " BENCH_NATIVE " setarch -R",
        [HELGRIND] = BENCH_NATIVE " valgrind --tool=helgrind",
        [DRD] = BENCH_NATIVE " valgrind --tool=drd",
    };
    return hz_printf(bench->arena, "%s '%s/%s' '%s/rows' '%s'", before[tool], BENCH_PROGRAMS,
                     tool == TSAN ? "bench-locks-tsan" : "bench-locks", bench->folder, bench->only);
}

static size_t row_of(struct table *table, const char *name)
{
    size_t i = 0;
    while (i < table->n && strcmp(table->rows[i], name) != 0)
        i++;
    if (i == table->n && table->n < MOST_ROWS)
        snprintf(table->rows[table->n++], sizeof table->rows[0], "%s", name);
    return i;
}

/* Lines "NANOSECONDS NAME", as programs/locks.c writes them. */
static bool read_rows(struct bench *bench, struct table *table, int tool, int round)
{
    char name[64];
    double ns;
    const char *path = hz_printf(bench->arena, "%s/rows", bench->folder);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    while (fscanf(file, "%lf %63[^\n]", &ns, name) == 2) {
        size_t row = row_of(table, name);
        if (row < MOST_ROWS)
            table->ns[row][tool][round] = ns;
    }
    fclose(file);
    unlink(path);
    return true;
}

static void measure(struct bench *bench, struct table *table)
{
    for (int round = 0; round < ROUNDS; round++) {
        printf("round %d of %d\n", round + 1, ROUNDS);
        for (int tool = 0; tool < TOOLS; tool++) {
            if (!table->there[tool])
                continue;
            table->there[tool] = bench_shell(bench, 300, command(bench, tool)) &&
                                 read_rows(bench, table, tool, round);
            if (!table->there[tool])
                printf("%s is left out: it could not be measured\n", names[tool]);
            else if (tool == WATCHDOG)
                bench_findings(bench, "programs/locks.c, which is right");
        }
    }
}

static void print_row(struct table *table, size_t row)
{
    double native[ROUNDS];
    memcpy(native, table->ns[row][NATIVE], sizeof native);
    printf("%-34s %9.1f", table->rows[row], bench_quantile(native, ROUNDS, 0.5));
    for (int tool = WATCHDOG; tool < TOOLS; tool++) {
        double ratios[ROUNDS];
        size_t n = 0;
        for (int round = 0; round < ROUNDS; round++) {
            double ratio = table->ns[row][tool][round] / table->ns[row][NATIVE][round];
            if (isfinite(ratio))
                ratios[n++] = ratio;
        }
        if (n == 0)
            printf(" %9s", "-");
        else
            printf(tool == WATCHDOG ? " %9.2f" : " %9.1f", bench_quantile(ratios, n, 0.5));
    }
    printf("\n");
}

bool bench_cost(struct bench *bench)
{
    struct table *table = hz_alloc(bench->arena, sizeof *table);
    for (size_t row = 0; row < MOST_ROWS; row++)
        for (int tool = 0; tool < TOOLS; tool++)
            for (int round = 0; round < ROUNDS; round++)
                table->ns[row][tool][round] = NAN;
    for (int tool = 0; tool < TOOLS; tool++)
        table->there[tool] = tool <= WATCHDOG || !bench->quick;
    if (!bench->quick && !bench_shell(bench, 30, "valgrind --version || exit 2")) {
        printf("helgrind and drd are left out: the package valgrind is missing\n");
        table->there[HELGRIND] = table->there[DRD] = false;
    }
    measure(bench, table);
    printf("\ncost of an operation: native in ns, then times native; median of %d rounds, in each "
           "of which every column ran once\n%-34s %9s",
           ROUNDS, "", names[NATIVE]);
    for (int tool = WATCHDOG; tool < TOOLS; tool++)
        printf(" %9s", names[tool]);
    printf("\n");
    for (size_t row = 0; row < table->n; row++)
        print_row(table, row);
    return table->there[NATIVE] && table->there[WATCHDOG];
}
