/*
 * A schedule as a file: short text that finds the same failure again.
 *
 *   hazmat schedule 1
 *   program /home/me/bank
 *   build-id 5f0c…
 *   argument ./bank
 *   memory sc
 *   found assertion by pos, seed 1, schedule 17
 *   T0 12        thread 0 runs until it is about to do its 12th access or operation
 *   T1 4
 *   T1 alone     what acts for thread 1 by itself: its timer goes off, its store is flushed
 *   choose 2     of several values that may be read
 *
 * Blank lines and what follows a # are left out.
 */
#ifndef HZ_EXPLORE_SCHEDULE_H
#define HZ_EXPLORE_SCHEDULE_H

#include "base/base.h"
#include "explorer/shared.h"

struct hzx_schedule {
    const char *program, *build_id, *found;
    uint32_t memory;
    HZ_VEC(char *) arguments; /* the program's name first */
    HZ_VEC(struct hzx_segment) segments;
};

/* False with what could not be written. */
bool hzx_schedule_write(const char *path, const struct hzx_schedule *schedule,
                        struct hz_error *error);

/* False with `path:line: what is wrong`. */
bool hzx_schedule_read(struct hz_arena *arena, const char *path, struct hzx_schedule *out,
                       struct hz_error *error);

#endif
