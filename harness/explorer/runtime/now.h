/*
 * The logical clock, which all threads have in common: it moves when one sleeps, when a time-out is
 * over, and a little with each reading, so that who asks again and again sees that time passes.
 *
 * Where readings are not ordered with each other, or with what moves the clock, their order can be
 * told by what they read. As with racy words (engine.h) that is learned: from the schedule on in
 * which it was seen, readings and sleeps are steps, where the search is exhaustive.
 */
#ifndef HZX_NOW_H
#define HZX_NOW_H

#include "explorer/runtime/engine.h"

/* The thread that runs reads the clock. */
void hzx_now_read(uintptr_t pc);

/* `thread` moves it: only that is noted. */
void hzx_now_moved(const struct hzx_thread *thread);

/* Whether sleeping is a step that is dependent with readings. */
bool hzx_now_told(void);

#endif
