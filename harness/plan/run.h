/*
 * One run: a program under a detector, from the command line to the judged run
 * that goes into the event stream.
 */
#ifndef HZ_RUN_H
#define HZ_RUN_H

#include "catalog/catalog.h"
#include "detectors/detector.h"
#include "report/events.h"

#include <sched.h>

/* What is to be run, and how. */
struct hz_target {
    const struct hz_pair *pair; /* NULL for a program of the user's: nothing to judge by */
    enum hz_variant variant;
    const struct hz_detector *detector;
    const char *missing; /* why the detector cannot run here: the run is broken; or NULL */
    unsigned repetition; /* from 1 */
    const char *name;    /* of the pair or the program, for the stream */
    char *const *argv;   /* the program and its arguments, ended by NULL */
    const char *results; /* folder of the stream */
    const char *raw;     /* folder for the raw output, below `results` */
    const struct hz_home *home;
    const cpu_set_t *cpus; /* NULL: all */
    double seconds;        /* deadline for the bare program; detectors multiply it */
    bool instrumented;     /* the program carries TSan itself, whatever the detector */
    const char *input;     /* a file for standard input, or NULL */
};

/*
 * Runs it. To be called in a process of its own (process/job.h): it becomes the
 * subreaper of the program. Always fills `out`; a tool that fails makes a broken run.
 */
void hz_run_target(struct hz_arena *arena, const struct hz_target *target, struct hz_run *out);

/* A run that did not come about: broken, for `reason`. */
void hz_run_broken(struct hz_arena *arena, const struct hz_target *target, const char *reason,
                   struct hz_run *out);

#endif
