/*
 * What the watchdog said of a random program, against what is known of the program. Pure.
 */
#ifndef SOAK_VERDICT_H
#define SOAK_VERDICT_H

#include "report/events.h"

/*
 * NULL if a run of the soak's program (program.h) went as it must, else what is wrong with
 * it, the arena's. A right program ends by itself with status 0, and nothing at all is said
 * of it. A wrong one does not end, and a deadlock of a kind that fits what it has planted
 * (it says so on standard error) is reported, and nothing else; beside a planted cycle of
 * locks a potential one may be.
 */
const char *soak_verdict(struct hz_arena *arena, const struct hz_run *run, bool right);

#endif
