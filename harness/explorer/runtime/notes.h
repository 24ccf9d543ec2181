/*
 * What is written down of the schedule that runs, in memory that the driver reads: its
 * segments, by which it can be repeated, and, if it is traced, its events.
 */
#ifndef HZX_NOTES_H
#define HZX_NOTES_H

#include "explorer/runtime/engine.h"

/* A segment ends: `agent` stands at `until`. */
void hzx_note_agent(unsigned agent, uint32_t until);

/* The thread that runs stops here, and another goes on. */
void hzx_note_segment(void);

/* `thread` does `op`. Stops the debugger first, if that is asked for at this event. */
void hzx_note_event(const struct hzx_op *op, unsigned thread);

/* What the thread that runs is doing reads or writes `value`, and memory holds a newer one. */
void hzx_note_old(uint64_t value);

#endif
