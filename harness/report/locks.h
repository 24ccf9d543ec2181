/*
 * What `hazmat watch --stats` measured of a program's locks, as the event stream has it
 * (docs/events.md, "locks"). Names come from the program: they are untrusted.
 */
#ifndef HZ_LOCKS_H
#define HZ_LOCKS_H

#include "finding/finding.h"

/* Times of one sort, in seconds. */
struct hz_spread {
    unsigned long n; /* 0: nothing is known */
    double seconds, median, p99, longest;
};

struct hz_lock_user {
    long pid, tid;
    const char *routine;
    unsigned long taken;
};

struct hz_lock {
    const char *kind, *name;
    unsigned long taken, refused, waiting;
    struct hz_spread waits, holds;
    HZ_VEC(struct hz_lock_user) threads; /* the one that took it most often first */
    double fairness;                     /* Jain's index; 0: nobody took it */
};

struct hz_locks {
    const char *pair;
    HZ_VEC(struct hz_lock) locks; /* those first that were waited for longest in all */
    const char *event;            /* the event as it came, one line of JSON without its end */
};

bool hz_locks_from_json(struct hz_arena *arena, const json_t *object, struct hz_locks *out,
                        struct hz_error *error);

#endif
