/*
 * Where things are: the corpus, its built programs, the preloaded library and the
 * results, in a build tree or in an installation (PREFIX/bin, PREFIX/lib/hazmat,
 * PREFIX/share/hazmat), found relative to the running program.
 */
#ifndef HZ_HOME_H
#define HZ_HOME_H

#include "catalog/catalog.h"
#include "cli/options.h"
#include "detectors/detector.h"

struct hz_place {
    struct hz_home home;
    const char *results; /* default folder for results */
    bool installed;
};

void hz_place_find(struct hz_arena *arena, const struct hz_settings *settings,
                   struct hz_place *out);

/*
 * The catalog at that place, its faults printed. False if it has any or cannot be read;
 * the status to exit with is then HZ_EXIT_USAGE.
 */
bool hz_place_catalog(struct hz_arena *arena, const struct hz_place *place,
                      struct hz_catalog *out);

/* A detector that was asked for, and what its probe said. */
struct hz_tool {
    const struct hz_detector *detector;
    struct hz_probe probe;
};
typedef HZ_VEC(struct hz_tool) hz_tools;

/* The detectors that the settings name (all, if none), probed. */
void hz_place_tools(struct hz_arena *arena, const struct hz_place *place,
                    const struct hz_settings *settings, hz_tools *out);

/* The "environment" of a stream's first line; a new reference. */
json_t *hz_place_environment(const hz_tools *tools, const struct hz_settings *settings);

/* The first `n` of the processors that this process may use; all of them if there are fewer. */
void hz_place_cpus(unsigned n, cpu_set_t *out);

/*
 * For commands that take one pair, by CLASS/NAME or by NAME if only one class has it: fills
 * `place` and gives HZ_EXIT_FINE with the pair, or prints what is wrong and gives the status
 * to exit with.
 */
int hz_place_one_pair(struct hz_arena *arena, const struct hz_settings *settings,
                      struct hz_place *place, const struct hz_pair **out);

/* The file of a program, as execvp() would find it; NULL with what is wrong. */
const char *hz_place_program(struct hz_arena *arena, const char *name, struct hz_error *error);

#endif
