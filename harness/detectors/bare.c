/*
 * The program alone: nothing watches it, so that what it does by itself can be told
 * from what a tool makes of it. There are no findings; its outcome is all.
 */
#include "detectors/detector.h"

static void probe(struct hz_arena *arena, const struct hz_home *home, struct hz_probe *out)
{
    (void)arena;
    (void)home;
    *out = (struct hz_probe){.usable = true};
}

static void command(struct hz_arena *arena, const struct hz_home *home, const char *raw,
                    struct hz_plan *out)
{
    (void)arena;
    (void)home;
    (void)raw;
    *out = (struct hz_plan){.slower = 1};
}

static bool read_run(struct hz_arena *arena, const struct hz_raw *raw, hz_findings *out,
                     struct hz_error *error)
{
    (void)arena;
    (void)out;
    (void)raw;
    (void)error;
    return true;
}

const struct hz_detector hz_bare = {
    .name = "bare",
    .what = "the program alone: how often its hazard shows by itself",
    .flavour = "native",
    .probe = probe,
    .command = command,
    .read = read_run,
};
