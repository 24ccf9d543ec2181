/*
 * Data races, exact on the schedule that runs: two accesses to the same bytes, one of
 * them a write, one of them not atomic, that happens-before does not order. After
 * FastTrack (Flanagan and Freund, PLDI 2009), but with as many records for a word as it
 * has accesses that are not ordered, so that none is forgotten, and by byte.
 *
 * Happens-before is C11's: made by creating and joining, by locks and their kin, and by
 * release and acquire (sync.h, atomic.c). A thread's own clock counts its releases.
 */
#ifndef HZX_RACES_H
#define HZX_RACES_H

#include "explorer/runtime/engine.h"
#include "explorer/runtime/memory.h"

/* Once a campaign. */
void hzx_races_open(void);

/* Nothing is known of this schedule yet. */
void hzx_races_begin(void);

/* The thread that runs accesses `size` bytes (any number) at `address`. Notes a race in
 * hzx.shared->races, and in the word's cell that it is racy. */
void hzx_access(uintptr_t address, size_t size, bool write, bool atomic, uintptr_t pc);

/* Whether a race was seen in this schedule. */
extern bool hzx_raced;
/* Whether it was on a word that was not known to be racy when the schedule began. */
extern bool hzx_raced_anew;

#endif
