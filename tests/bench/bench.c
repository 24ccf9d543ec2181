/*
 *   bench-run [-q] [-o WORD] [--seeds N] [--hard] [PART…]
 *
 * Parts: cost, real, latency, scale, matrix, report, explorer; all without a name.
 *
 * Of cost: -q measures the watchdog alone, in less than a minute; -o WORD only the operations
 * with that word in their names. Of explorer: --seeds N of each strategy (20); -q only the
 * portfolio where nothing is published; --hard also what takes minutes a seed (the safe stack);
 * -o WORD only the programs with that word in their names, or rates, switch, memory or schedules
 * alone.
 *
 * Exit status 3 if a part could not be measured.
 */
#include "bench.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static const struct part {
    const char *name;
    bool (*run)(struct bench *bench);
} parts[] = {
    {"cost", bench_cost},   {"real", bench_real},     {"latency", bench_latency},
    {"scale", bench_scale}, {"matrix", bench_matrix}, {"report", bench_report},
    {"explorer", bench_explorer},
};
#define PARTS (sizeof parts / sizeof *parts)

/* "AMD EPYC"; untrusted only as far as the kernel is. */
static void processor(char *out, size_t size)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "re");
    snprintf(out, size, "processor unknown");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "model name", 10) == 0 && strchr(line, ':') != NULL) {
            line[strcspn(line, "\n")] = '\0';
            snprintf(out, size, "%s", strchr(line, ':') + 2);
            break;
        }
    if (file != NULL)
        fclose(file);
}

static void name_machine(void)
{
    char model[256];
    double load = 0;
    struct utsname system;
    uname(&system);
    processor(model, sizeof model);
    if (getloadavg(&load, 1) != 1)
        load = 0;
    printf("%ld x %s, %s %s, load %.2f at the start\n", sysconf(_SC_NPROCESSORS_ONLN), model,
           system.sysname, system.release, load);
    if (load > 0.5)
        printf("The machine was not idle just now: what follows may be worse than it is.\n");
}

static bool wanted(const char *name, int argc, char **argv)
{
    for (int i = optind; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc == optind;
}

static bool all_known(int argc, char **argv)
{
    for (int i = optind; i < argc; i++) {
        bool known = false;
        for (size_t k = 0; k < PARTS; k++)
            known |= strcmp(argv[i], parts[k].name) == 0;
        if (!known)
            return false;
    }
    return true;
}

/* False if they are none. What is left stands from optind on. */
static bool read_options(struct bench *bench, int argc, char **argv)
{
    static const struct option options[] = {
        {"seeds", required_argument, NULL, 'n'}, {"hard", no_argument, NULL, 'h'}, {0}};
    for (int option; (option = getopt_long(argc, argv, "qo:", options, NULL)) != -1;)
        if (option == 'q')
            bench->quick = true;
        else if (option == 'o' && strchr(optarg, '\'') == NULL)
            bench->only = optarg;
        else if (option == 'n' && atoi(optarg) > 0)
            bench->seeds = (unsigned)atoi(optarg);
        else if (option == 'h')
            bench->hard = true;
        else
            return false;
    return all_known(argc, argv);
}

int main(int argc, char **argv)
{
    struct hz_arena arena;
    char folder[] = "/tmp/hazmat-bench-XXXXXX", clear[64];
    bool fine = true;
    struct bench bench = {.arena = &arena, .folder = folder, .only = "", .seeds = 20};
    setvbuf(stdout, NULL, _IOLBF, 0); /* it takes long: what is measured is seen at once */
    if (!read_options(&bench, argc, argv)) {
        fprintf(stderr,
                "usage: bench-run [-q] [-o WORD] [--seeds N] [--hard] [cost] [real] [latency] "
                "[scale] [matrix] [report] [explorer]\n");
        return 2;
    }
    if (mkdtemp(folder) == NULL) {
        perror(folder);
        return 3;
    }
    hz_arena_init(&arena);
    name_machine();
    for (size_t i = 0; i < PARTS; i++)
        if (wanted(parts[i].name, argc, argv))
            fine &= parts[i].run(&bench);
    snprintf(clear, sizeof clear, "rm -rf '%s'", folder);
    fine &= system(clear) == 0;
    hz_arena_free(&arena);
    return fine ? 0 : 3;
}
