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
 *   choose 2 9   at its 9th, the thread whose part comes next reads the third-newest value, or
 *                whatever there is of a choice (c11)
 *   racy 0x4010  this word was known to be racy (tso: its stores were buffered)
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
    HZ_VEC(uint64_t) racy;
};

/* False with what could not be written. */
bool hzx_schedule_write(const char *path, const struct hzx_schedule *schedule,
                        struct hz_error *error);

/* False with `path:line: what is wrong`. */
bool hzx_schedule_read(struct hz_arena *arena, const char *path, struct hzx_schedule *out,
                       struct hz_error *error);

#endif
