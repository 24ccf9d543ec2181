/*
 * The explorer: how fast its strategies are, whether it grows, and after how many schedules they
 * find what is wrong with programs after published ones (../explorer/programs/programs.tsv).
 * Printed as markdown.
 *
 * Times are the processor's, so that others on the machine count less; numbers of schedules do
 * not depend on the machine at all.
 */
#include "bench.h"

#include "../explorer/table.h"
#include "explorer/driver.h"
#include "explorer/tell.h"

#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    RATE_SEEDS = 5,
    MANY = 10000000,     /* schedules, after which it must not have grown */
    MOST = 10000,        /* schedules that a program is given */
    HOPELESS = 5,        /* seeds that find nothing, after which a strategy gets no more */
    MOST_HARD = 2000000, /* with --hard */
    FIGURES = 7,
};
#define LONGEST 600.0 /* seconds, of a campaign */
#define SWITCH_GOAL 50.0 /* nanoseconds */

static const enum hzx_strategy_name all[FIGURES] = {HZX_PORTFOLIO, HZX_RANDOM, HZX_PCT,  HZX_POS,
                                                    HZX_SURW,      HZX_RFF,    HZX_SWEEP};

/* ---- a campaign ---- */

static double processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Gives the seconds it took, or NaN, and why. `made` is to be closed. */
static double explore(struct bench *bench, struct hz_exploration *made, char *const *argv,
                      struct hzx_config config)
{
    struct hz_error error;
    config.max_steps = 20000;
    config.depth = 3;
    config.preemptions = 2;
    config.no_shrink = 1;
    made->config = config;
    made->argv = argv;
    made->program = argv[0];
    made->seconds = LONGEST;
    made->shared = NULL;
    double begun = processor_seconds();
    if (!hz_explore(bench->arena, made, &error)) {
        printf("%s by %s: %s\n", argv[0], hzx_strategy_text(config.strategy), error.text);
        return NAN;
    }
    return processor_seconds() - begun;
}

/* ---- how fast ---- */

static const struct size {
    const char *turns; /* of the threads of explorer/small/steps.c */
    double goal;       /* schedules a second */
} sizes[] = {{"4", 400000}, {"124", 40000}, {"349", 5000}};

struct rate {
    double schedules; /* a second */
    double steps;     /* of a schedule, on average */
    double switches;  /* of the last schedule: the seeds' median is taken */
};

/* False if it came to an end before it could be measured, or not at all. */
static bool rate_of(struct bench *bench, enum hzx_strategy_name strategy, const struct size *size,
                    uint64_t seed, struct rate *rate)
{
    char *argv[] = {(char *)TEST_BUILD "/tests/small/steps", (char *)size->turns, NULL};
    struct hzx_config config = {.strategy = strategy, .seed = seed, .schedules = 1};
    struct hz_exploration one = {0}, many = {0};
    double start = explore(bench, &one, argv, config);
    config.schedules = (uint64_t)(size->goal / 2);
    double took = explore(bench, &many, argv, config) - start;
    bool fine = isfinite(took);
    *rate = (struct rate){0};
    if (fine) {
        double n = (double)many.shared->schedules;
        *rate =
            (struct rate){(n - 1) / took, (double)many.shared->steps / n, many.shared->segments_n};
        fine = took > 0 && many.shared->state == HZX_SPENT;
    }
    hz_explore_close(&one);
    hz_explore_close(&many);
    return fine;
}

static void rate_row(struct bench *bench, enum hzx_strategy_name strategy, const struct size *size)
{
    double schedules[RATE_SEEDS], step[RATE_SEEDS], change[RATE_SEEDS], steps = NAN;
    for (uint64_t seed = 1; seed <= RATE_SEEDS; seed++) {
        struct rate rate;
        if (!rate_of(bench, strategy, size, seed, &rate)) {
            printf("| %s | %.0f | too few | %.0f | | | |\n", hzx_strategy_text(strategy),
                   rate.steps, size->goal);
            return;
        }
        schedules[seed - 1] = rate.schedules;
        step[seed - 1] = 1e9 / rate.schedules / rate.steps;
        change[seed - 1] = 1e9 / rate.schedules / rate.switches;
        steps = rate.steps;
    }
    double median = bench_quantile(schedules, RATE_SEEDS, 0.5);
    printf("| %s | %.0f | %.0f | %.0f | %.1f | %.0f | %.0f |\n", hzx_strategy_text(strategy), steps,
           median, size->goal, median / size->goal, bench_quantile(step, RATE_SEEDS, 0.5),
           bench_quantile(change, RATE_SEEDS, 0.5));
}

static void rates(struct bench *bench)
{
    static const enum hzx_strategy_name measured[] = {HZX_RANDOM, HZX_POS, HZX_PCT,
                                                      HZX_SURW,   HZX_RFF, HZX_DPOR};
    printf("\n### Schedules a second\n\n"
           "One process on one core; two threads; data races are looked for; the processor's time; "
           "medians of %d seeds. A step or a switch: the whole time by their number. Too few: they "
           "were all run before there was anything to measure.\n\n"
           "| strategy | steps | schedules/s | goal | ratio | ns a step | ns a switch |\n"
           "|---|--:|--:|--:|--:|--:|--:|\n",
           RATE_SEEDS);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t k = 0; k < sizeof measured / sizeof *measured; k++)
            rate_row(bench, measured[k], &sizes[i]);
}

/* ---- a switch by itself ---- */

static bool switches(struct bench *bench)
{
    double ns[RATE_SEEDS];
    const char *script = hz_printf(bench->arena, "'%s/bench-switch' > '%s/switch'", BENCH_PROGRAMS,
                                   bench->folder);
    for (size_t i = 0; i < RATE_SEEDS; i++) {
        if (!bench_shell(bench, 60, script))
            return false;
        ns[i] = bench_figure(bench, "switch");
    }
    double median = bench_quantile(ns, RATE_SEEDS, 0.5);
    printf("\n### A switch\n\n"
           "Between two fibers that do nothing else, thread-local storage with it; the processor's "
           "time of 10 million; of %d runs.\n\n"
           "| | ns | goal |\n|---|--:|--:|\n| median | %.1f | %.0f |\n| most | %.1f | |\n",
           RATE_SEEDS, median, SWITCH_GOAL, ns[RATE_SEEDS - 1]);
    return isfinite(median);
}

/* ---- whether it grows ---- */

/* KiB resident of whatever process runs this file; 0 if none does. */
static unsigned long resident(const char *program)
{
    DIR *processes = opendir("/proc");
    unsigned long most = 0;
    for (struct dirent *entry; processes != NULL && (entry = readdir(processes)) != NULL;) {
        char path[300], target[300];
        snprintf(path, sizeof path, "/proc/%s/exe", entry->d_name);
        ssize_t n = readlink(path, target, sizeof target - 1);
        if (n < 0 || (target[n] = '\0', strcmp(target, program) != 0))
            continue;
        snprintf(path, sizeof path, "/proc/%s/statm", entry->d_name);
        unsigned long pages = 0;
        FILE *file = fopen(path, "re");
        if (file != NULL && fscanf(file, "%*u %lu", &pages) != 1)
            pages = 0;
        if (file != NULL)
            fclose(file);
        pages *= (unsigned long)sysconf(_SC_PAGESIZE) / 1024;
        most = pages > most ? pages : most;
    }
    if (processes != NULL)
        closedir(processes);
    return most;
}

struct growth {
    const char *program;
    uint64_t first_at;
    unsigned long first, last; /* KiB */
};

static void look(void *context, const struct hzx_shared *shared)
{
    struct growth *growth = context;
    unsigned long now = shared->schedules > 0 ? resident(growth->program) : 0;
    if (now == 0)
        return;
    if (growth->first == 0) {
        growth->first = now;
        growth->first_at = shared->schedules;
    }
    growth->last = now;
}

static bool growth_row(struct bench *bench, enum hzx_strategy_name strategy)
{
    char *argv[] = {(char *)TEST_BUILD "/tests/small/steps", "4", NULL};
    struct growth growth = {.program = argv[0]};
    struct hz_exploration made = {.progress = look, .context = &growth};
    struct hzx_config config = {.strategy = strategy, .seed = 1, .schedules = MANY};
    bool fine = isfinite(explore(bench, &made, argv, config));
    if (fine && growth.first == 0)
        printf("| %s | not seen | | |\n", hzx_strategy_text(strategy));
    else if (fine)
        printf("| %s | %.1f MiB after %" PRIu64 " | %.1f MiB after %" PRIu64 " | %+ld KiB |\n",
               hzx_strategy_text(strategy), (double)growth.first / 1024, growth.first_at,
               (double)growth.last / 1024, made.shared->schedules,
               (long)growth.last - (long)growth.first);
    hz_explore_close(&made);
    return fine && growth.first != 0;
}

static bool growths(struct bench *bench)
{
    static const enum hzx_strategy_name measured[] = {HZX_RANDOM, HZX_POS, HZX_PCT, HZX_SURW,
                                                      HZX_RFF};
    bool fine = true;
    printf("\n### Memory\n\nResident, shared memory with it, of the program of 10 steps.\n\n"
           "| strategy | soon | in the end | grown by |\n|---|--:|--:|--:|\n");
    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++)
        fine &= growth_row(bench, measured[i]);
    return fine;
}

/* ---- how soon ---- */

enum { NAME, FILE_NAME, SIZE, DEFINES, FAILURE, MODEL, BUDGET, BEST };

struct first {
    unsigned seeds, found;
    double sum; /* of the numbers of the first failing schedule */
};

static bool firsts(struct bench *bench, const struct table_row *row,
                   enum hzx_strategy_name strategy, uint64_t most, struct first *first)
{
    char *argv[] = {hz_printf(bench->arena, "%s/tests/programs/%s", TEST_BUILD, row->cells[NAME]),
                    NULL};
    struct hzx_config config = {.strategy = strategy, .schedules = most, .no_races = 1};
    *first = (struct first){0};
    if (!hzx_memory_parse(row->cells[MODEL], &config.memory))
        return false;
    for (config.seed = 1; config.seed <= bench->seeds; config.seed++) {
        struct hz_exploration made = {0};
        bool fine = isfinite(explore(bench, &made, argv, config));
        if (fine) {
            first->seeds++;
            first->found += made.shared->first_failure != 0;
            first->sum += (double)made.shared->first_failure;
        }
        hz_explore_close(&made);
        if (!fine)
            return false;
        if (first->found == 0 && first->seeds == HOPELESS)
            break;
    }
    return true;
}

/* "3.4", "812 (7 of 20)": the mean of those that found it; "none of 5". */
static void print_first(const struct first *first)
{
    if (first->found == 0) {
        printf(" none of %u |", first->seeds);
        return;
    }
    double mean = first->sum / first->found;
    printf(mean < 10 ? " %.1f" : " %.0f", mean);
    if (first->found < first->seeds)
        printf(" (%u of %u)", first->found, first->seeds);
    printf(" |");
}

static bool first_row(struct bench *bench, const struct table_row *row, uint64_t most, size_t n)
{
    bool fine = true;
    printf("| %s | %s | %s |", row->cells[NAME], row->cells[MODEL], row->cells[BEST]);
    for (size_t i = 0; i < n; i++) {
        struct first first;
        if (firsts(bench, row, all[i], most, &first))
            print_first(&first);
        else
            printf(" broken |"), fine = false;
        fflush(stdout);
    }
    printf("\n");
    return fine;
}

static void first_head(size_t n)
{
    printf("| program | model | best published |");
    for (size_t i = 0; i < n; i++)
        printf(" %s |", hzx_strategy_text(all[i]));
    printf("\n|---|---|--:|");
    for (size_t i = 0; i < n; i++)
        printf("--:|");
    printf("\n");
}

/* Whether what has this name is to be measured. */
static bool named(const struct bench *bench, const char *name)
{
    return strstr(name, bench->only) != NULL;
}

enum sort { PUBLISHED, UNPUBLISHED, HARD, SORTS }; /* HARD: too much for the tests */

static enum sort sort_of(const struct table_row *row)
{
    if (*row->cells[BUDGET] == '\0')
        return HARD;
    return *row->cells[BEST] != '\0' ? PUBLISHED : UNPUBLISHED;
}

static void first_title(const struct bench *bench, bool *titled)
{
    if (*titled)
        return;
    *titled = true;
    printf("\n### Schedules to the first failure\n\n"
           "The mean number of the first schedule that failed, of %u seeds, or of those that found "
           "it. A strategy that finds nothing with its first %d seeds gets no more. PCT: depth 3. "
           "Data races are no failures here.\n",
           bench->seeds, HOPELESS);
}

static bool first_rows(struct bench *bench, const struct table *table, enum sort sort, bool *titled)
{
    static const char *const titles[SORTS] = {"With a published figure", "Without one",
                                              "Hard ones"};
    uint64_t most = sort == HARD ? MOST_HARD : MOST;
    size_t n = sort == UNPUBLISHED && bench->quick ? 1 : FIGURES, rows = 0;
    bool fine = true;
    for (size_t i = 0; i < table->rows.n; i++) {
        const struct table_row *row = &table->rows.at[i];
        if (sort_of(row) != sort || !(named(bench, "schedules") || named(bench, row->cells[NAME])))
            continue;
        if (rows++ == 0) {
            first_title(bench, titled);
            printf("\n%s, at most %" PRIu64 " schedules a seed:\n\n", titles[sort], most);
            first_head(n);
        }
        fine &= first_row(bench, row, most, n);
    }
    return fine;
}

bool bench_explorer(struct bench *bench)
{
    struct hz_error error;
    struct table table;
    bool fine = true;
    if (!table_read(&table, TEST_SOURCE "/tests/explorer/programs/programs.tsv", &error)) {
        printf("%s\n", error.text);
        return false;
    }
    printf("\n## The explorer\n");
    if (named(bench, "rates"))
        rates(bench);
    if (named(bench, "switch"))
        fine &= switches(bench);
    if (named(bench, "memory"))
        fine &= growths(bench);
    bool titled = false;
    for (enum sort sort = PUBLISHED; sort < (bench->hard ? SORTS : HARD); sort++)
        fine &= first_rows(bench, &table, sort, &titled);
    hz_arena_free(&table.arena);
    return fine;
}
