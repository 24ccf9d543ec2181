/*
 * Who ran, who held a lock and who waited for it, over a time: seconds, as the watchdog's
 * monitor saw it (`timeline` of a run in the event stream, docs/events.md), or the steps of a
 * schedule of the explorer. Names come from the program: they are untrusted.
 */
#ifndef HZ_TIMELINE_H
#define HZ_TIMELINE_H

#include "base/base.h"
#include "finding/steps.h"

#include <jansson.h>

enum hz_state {
    HZ_STATE_RUNNING, /* it neither holds nor waits for a lock; it may be blocked in something else */
    HZ_STATE_HOLDING, /* it holds `lock`, and perhaps others */
    HZ_STATE_WAITING, /* it waits for `lock` (NULL: for the end of a thread) */
    HZ_STATE_PASSED   /* the same, and others have got it meanwhile */
};
#define HZ_STATES 4
const char *hz_state_name(enum hz_state state); /* "running", "holding", "waiting", "passed" */

/* In a timeline of a run; of a stream that has more, those are refused. */
#define HZ_TIMELINE_THREADS 64
#define HZ_TIMELINE_INTERVALS 4096

struct hz_interval {
    size_t thread; /* index in `threads` */
    double from, to;
    enum hz_state state;
    const char *lock;
    unsigned long times; /* holding: how often it took it then; passed: how often others did */
};

struct hz_timeline_thread {
    const char *id, *name; /* "T1", "pid 71 tid 73"; the thread's name or NULL */
};

struct hz_timeline {
    bool steps;    /* the unit is a step, the last one is after the last step; otherwise seconds */
    double length; /* from 0 */
    HZ_VEC(struct hz_timeline_thread) threads;
    HZ_VEC(struct hz_interval) intervals; /* of each thread in the order of time */
    unsigned long left_out;               /* threads and changes that found no room */
};

json_t *hz_timeline_to_json(const struct hz_timeline *timeline);
bool hz_timeline_from_json(struct hz_arena *arena, const json_t *object, struct hz_timeline *out,
                           struct hz_error *error);

/* ---- timeline_make.c ------------------------------------------------------------------ */

/*
 * Tells the part of each wait in which others got the lock from the part before. Waits are
 * waiting before, and passed over from the first time on that another thread took it.
 */
void hz_timeline_passes(struct hz_arena *arena, struct hz_timeline *timeline);

/*
 * Of a schedule, by the numbers of its steps: step k is done at moment k and takes the unit
 * before it; what stands between two steps takes no time. The unit after the last step is the
 * end, in which all stay as they are.
 */
void hz_timeline_of_steps(struct hz_arena *arena, const hz_steps *steps, struct hz_timeline *out);

/* When a step begins and is done, after one that was done at `before`: a stream's numbers may be
   any, but time never goes back. */
struct hz_moment {
    double begin, end;
};
struct hz_moment hz_timeline_moment(double before, const struct hz_step *step);

/* Of what anybody holds the lock that is waited for longest in all; NULL if there is none. */
const char *hz_timeline_contested(const struct hz_timeline *timeline);

/* What thread `i` had of `lock` (NULL: of any). */
struct hz_share {
    double held, waited; /* together */
    unsigned long taken, passed;
};
struct hz_share hz_timeline_share(const struct hz_timeline *timeline, size_t i, const char *lock);

#endif
