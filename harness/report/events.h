/*
 * The event stream: JSON lines, the source of truth for every report. Its form is
 * documented in docs/events.md; HZ_EVENTS_VERSION stands in the first line.
 *
 *   {"type":"start", …}   one a stream: version, environment, detectors, command
 *   {"type":"finding", …} of `hazmat watch`: each finding at the moment when it is found
 *   {"type":"locks", …}   of `hazmat watch --stats`: what was measured of the locks
 *   {"type":"run", …}     one a run, whole, written and flushed when it ends
 *   {"type":"end", …}     when all is done; missing: it was cut off
 *
 * A line is written by a single write(2) to a file opened for appending, so a kill
 * at any moment leaves the lines before it readable; streams merge by
 * concatenation (several starts and ends may stand in one).
 */
#ifndef HZ_EVENTS_H
#define HZ_EVENTS_H

#include "base/base.h"
#include "catalog/catalog.h"
#include "detectors/detector.h"
#include "finding/search.h"
#include "finding/steps.h"
#include "finding/timeline.h"
#include "judge/judge.h"
#include "report/locks.h"

#include <jansson.h>

#define HZ_EVENTS_VERSION 1

/* What one line of type "run" says, typed. */
struct hz_run {
    const char *pair; /* "deadlock/transfer"; for `hazmat run` the program's name */
    enum hz_class class;
    bool judged; /* false for `hazmat run`: there is no truth to judge by */
    enum hz_variant variant;
    const char *detector;
    unsigned repetition; /* from 1 */
    enum hz_verdict verdict;
    int line;      /* marked line that was hit, 0 if none */
    int finding;   /* index of the finding that decided, -1 if none */
    struct hz_expectation expected;
    const char *source; /* digest of the pair's file (catalog.h), or NULL */
    const char *broken; /* why the run says nothing, or NULL */
    const char *hang;   /* what hung, or NULL */
    const char *explored; /* how far the explorer came, one line; NULL for other detectors */
    struct hz_search search; /* the same in figures */
    struct hz_outcome outcome;
    hz_findings findings;
    hz_steps steps;     /* of the explorer: the schedule that it keeps */
    struct hz_timeline timeline; /* of the watchdog: before what it found; no threads: none */
    const char *raw; /* folder of the raw output, relative to the stream's; NULL if none */
};

json_t *hz_run_to_json(const struct hz_run *run);
bool hz_run_from_json(struct hz_arena *arena, const json_t *object, struct hz_run *out,
                      struct hz_error *error);

/*
 * A line of type "finding", of a run that goes on: the finding, whose `number` is its index
 * in what will be the findings of that run. A second line of a number replaces the first.
 */
json_t *hz_early_to_json(const char *pair, const char *detector, size_t number,
                         const struct hz_finding *finding);

/* Appends one line. False if it could not be written whole (a full disk, say). */
bool hz_events_append(int fd, const json_t *object, struct hz_error *error);

/*
 * The first and the last line. `environment` is stolen: versions, processors, when, as
 * docs/events.md lists them.
 */
json_t *hz_start_to_json(const char *command, json_t *environment);
json_t *hz_end_to_json(bool complete, double seconds);

/* A whole stream, read. */
struct hz_stream {
    json_t *start; /* the last start line, or NULL; freed by hz_stream_free() */
    HZ_VEC(struct hz_run) runs;
    HZ_VEC(struct hz_locks) locks; /* measures */
    /*
     * Findings told early, of a run whose own line has not come. When all is read they are
     * a run of their own, `broken`, as whoever wrote them did not come to its end.
     */
    struct hz_run early;
    bool complete; /* an end line for every start line, none of them saying `complete: false` */
    double seconds; /* of all its end lines */
    HZ_VEC(struct hz_diagnostic) faults; /* lines that could not be read: file, line, why */
};
/* False only if the file cannot be read at all; a last line cut off is a fault, not an error. */
bool hz_stream_read(struct hz_arena *arena, const char *path, struct hz_stream *out,
                    struct hz_error *error);
void hz_stream_free(struct hz_stream *stream);

#endif
