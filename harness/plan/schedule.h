/*
 * The schedule: many runs, a bounded number at a time, each in a process of its
 * own, handed over one by one as they end.
 */
#ifndef HZ_SCHEDULE_H
#define HZ_SCHEDULE_H

#include "plan/run.h"

/* What the receiver of a run wants next. */
enum hz_next { HZ_NEXT_GO_ON, HZ_NEXT_STOP };

struct hz_receiver {
    /*
     * One run ended. `event` is its line for the stream, `run` the same, typed; both
     * are gone after the call.
     */
    enum hz_next (*ended)(void *context, const struct hz_target *target, const struct hz_run *run,
                          const json_t *event);
    /* Called when a run starts and about once a second; may be NULL. */
    void (*progress)(void *context, size_t done, size_t running);
    void *context;
};

enum hz_scheduled {
    HZ_SCHEDULED_ALL,         /* every run ended */
    HZ_SCHEDULED_STOPPED,     /* the receiver said stop */
    HZ_SCHEDULED_INTERRUPTED, /* SIGINT or SIGTERM */
    HZ_SCHEDULED_FAILED       /* no process could be had: `error` */
};

/*
 * Runs `n` targets, at most `jobs` at a time, in order. However it ends, nothing that
 * it started is left. Blocks SIGINT and SIGTERM while it runs and puts the mask back.
 */
enum hz_scheduled hz_schedule(const struct hz_target *targets, size_t n, unsigned jobs,
                              const struct hz_receiver *receiver, struct hz_error *error);

#endif
