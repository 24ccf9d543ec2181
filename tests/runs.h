/*
 * Runs and findings made by hand, in `arena`, for the tests of what is made of a stream.
 */
#ifndef HZ_TEST_RUNS_H
#define HZ_TEST_RUNS_H

#include "report/events.h"

static struct hz_arena arena;

/* A run that was judged and ended well; of it nothing was expected. */
static inline struct hz_run *make_run(struct hz_stream *stream, const char *pair,
                                      enum hz_class class, enum hz_variant variant,
                                      const char *detector, enum hz_verdict verdict)
{
    struct hz_run *run = hz_push(&arena, &stream->runs);
    *run = (struct hz_run){.pair = pair,
                           .class = class,
                           .judged = true,
                           .variant = variant,
                           .detector = detector,
                           .repetition = 1,
                           .verdict = verdict,
                           .finding = -1,
                           .expected = {detector, HZ_EXPECT_NONE, NULL},
                           .outcome = {.end = HZ_END_EXITED, .seconds = 0.1, .peak_kib = 2048}};
    return run;
}

/* What the run's detector says of a hazard of the run's class; nobody takes part in it yet. */
static inline struct hz_finding *make_finding(struct hz_run *run, const char *kind,
                                              const char *summary)
{
    struct hz_finding *finding = hz_push(&arena, &run->findings);
    *finding = (struct hz_finding){.detector = run->detector,
                                   .class = run->class,
                                   .kind = kind,
                                   .summary = summary,
                                   .times = 1};
    return finding;
}

static inline void add_frame(struct hz_party *party, const char *function, const char *file,
                             int line)
{
    *hz_push(&arena, &party->stack) =
        (struct hz_frame){.function = function, .file = file, .line = line};
}

#endif
