/*
 * A buggy program and its twin side by side, line by line: the longest common subsequence
 * of their lines. A line that differs by its hazard's marker alone has not changed: what
 * the repair did is elsewhere. Pure. Time and memory grow with the product of the lines that are
 * left once a common beginning and end are set aside, which suits short programs.
 */
#ifndef HZ_DIFF_H
#define HZ_DIFF_H

#include "base/base.h"

/* Lines are counted from 1; 0: nothing stands on this side. */
struct hz_diff_row {
    int left, right;
    bool changed; /* false: both are there and the same */
};

/*
 * Every line of both texts is in one row, in order. Where lines were replaced by
 * others the first ones of both stand in one row, changed, as far as they go.
 */
struct hz_diff {
    HZ_VEC(struct hz_diff_row) rows;
    size_t removed, added; /* lines that are only on the left, only on the right */
};

/* A last line counts as a line whether or not a line end follows it. */
void hz_diff(struct hz_arena *arena, struct hz_bytes left, struct hz_bytes right,
             struct hz_diff *out);

#endif
