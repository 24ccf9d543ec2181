/*
 * The schedule that a campaign keeps, as steps for the event stream: what each thread did,
 * where it had to wait and for whom, where it could have gone on and others did, and the
 * moment at which it goes wrong.
 */
#ifndef HZ_EXPLORE_STEPS_H
#define HZ_EXPLORE_STEPS_H

#include "explorer/lines.h"
#include "explorer/shared.h"
#include "finding/steps.h"

/* Nothing if nothing failed. Of more than twice HZ_STEPS_KEPT the middle is left out. */
void hzx_steps(struct hz_arena *arena, const struct hzx_shared *shared, struct hzx_lines *lines,
               hz_steps *out);

#endif
