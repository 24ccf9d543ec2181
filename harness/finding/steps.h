/*
 * A schedule step by step: the order in which the threads of a program ran until it went
 * wrong, as the explorer keeps it. In the event stream it is `steps` of a run
 * (docs/events.md). Text in it comes from the program: it is untrusted.
 */
#ifndef HZ_STEPS_H
#define HZ_STEPS_H

#include "base/base.h"

#include <jansson.h>

enum hz_act {
    HZ_ACT_STEP,    /* a read, a write, or whatever else the words say */
    HZ_ACT_TAKES,   /* takes `object`, a lock */
    HZ_ACT_LETS_GO, /* lets it go */
    HZ_ACT_WAITS,   /* cannot go on without `object` (NULL: the end of a thread) */
    HZ_ACT_OTHERS   /* could go on, and others do */
};
#define HZ_ACTS 5
const char *hz_act_name(enum hz_act act); /* "step", "takes", "lets-go", "waits", "others" */

/* Of a schedule that is longer, so many at its begin and so many at its end are kept. */
#define HZ_STEPS_KEPT 200

struct hz_step {
    unsigned number;      /* as `hazmat replay --print` counts; 0: no step, but what stands between */
    unsigned thread;      /* 0: the main thread */
    enum hz_act act;
    const char *what;     /* "write count = 1", "waits for m, which T1 holds" */
    const char *object;   /* the name of what it is done to, or NULL */
    const char *function; /* where; NULL or 0 where that is not known */
    const char *file;
    int line;
    const char *source;   /* that line, without the blanks around it, or NULL */
    bool wrong;           /* here it goes wrong */
    unsigned left_out;    /* so many between this one and the one before it */
};

typedef HZ_VEC(struct hz_step) hz_steps;

/* As a list of the event stream, a new reference; and back. False with what is wrong with it. */
json_t *hz_steps_to_json(const hz_steps *steps);
bool hz_steps_from_json(struct hz_arena *arena, const json_t *list, hz_steps *out,
                        struct hz_error *error);

#endif
