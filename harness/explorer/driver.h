/*
 * Runs a campaign: makes the mapping that runtime and driver share, starts the program
 * in a process of its own, lets the caller see how it gets on, and reads what it came to.
 *
 * The program must have been built by `hazmat cc`. It runs without address randomisation,
 * so that the same schedule has the same addresses, and with a deadline of its own: its
 * budget and some seconds, for a program can hang where the runtime does not see it.
 */
#ifndef HZ_EXPLORE_DRIVER_H
#define HZ_EXPLORE_DRIVER_H

#include "base/base.h"
#include "explorer/shared.h"
#include "process/supervise.h"

struct hz_exploration {
    struct hzx_config config;
    char *const *argv;      /* the program and its arguments, ended by NULL */
    const char *program;    /* its file */
    double seconds;         /* deadline of the whole */
    /* For a replay: the schedule. */
    const struct hzx_segment *segments;
    uint32_t segments_n;
    const uint64_t *racy; /* words known to be racy then */
    uint32_t racy_n;
    /* Called several times a second while it runs; may be NULL. */
    void (*progress)(void *context, const struct hzx_shared *shared);
    void *context;

    /* Filled: */
    struct hzx_shared *shared; /* every count in it is within its room; hz_explore_close() */
    struct hz_outcome outcome; /* of the process */
};

/* True if the runtime came to a result (state FOUND, EXHAUSTED or SPENT); else why not. */
bool hz_explore(struct hz_arena *arena, struct hz_exploration *exploration,
                struct hz_error *error);

/*
 * The same for up to HZ_CAMPAIGNS at a time, each with a seed of its own: the first that finds
 * something, or has tried everything, decides, and the others are stopped. Gives its index, and
 * in `fine` whether it came to a result. All are to be closed.
 */
enum { HZ_CAMPAIGNS = 64 };
int hz_explore_many(struct hz_arena *arena, struct hz_exploration *explorations, size_t n,
                    bool *fine, struct hz_error *error);

void hz_explore_close(struct hz_exploration *exploration);

/* Whether a file is a program that `hazmat cc` has built; else why it cannot be explored. */
bool hz_explorable(const char *path, struct hz_error *error);

/* What calls for a process of its own for each schedule: a function whose effects a process keeps
 * (open files, signal handlers), or a library, which has globals of its own. NULL: nothing. */
const char *hz_needs_fork(struct hz_arena *arena, const char *path);

#endif
