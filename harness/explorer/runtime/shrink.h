/*
 * A failing schedule, made short: switches of threads are left out as long as it fails alike.
 * Greedy: fewest preemptions that still fail, then fewest segments.
 */
#ifndef HZX_SHRINK_H
#define HZX_SHRINK_H

#include "explorer/shared.h"

#include <stdbool.h>

struct hzx_kept {
    struct hzx_outcome outcome;
    struct hzx_race race; /* if it is one */
    uint32_t n, preemptions;
    struct hzx_segment segments[HZX_SEGMENTS];
};

/* The schedule that ran last, as shared memory has it; and back there. */
void hzx_kept_take(struct hzx_kept *kept);
void hzx_kept_put_back(const struct hzx_kept *kept);

/* Whether the schedule that ran last failed in the same way, at the same place in the program. */
bool hzx_fails_like(const struct hzx_outcome *other);

/* Runs it again and again, for so many seconds at most. The campaign's counts go on. */
void hzx_shrink(struct hzx_kept *best, double seconds);

#endif
