/*
 * SARIF 2.1.0 (OASIS), which code review tools read: a run for each detector; a rule for each
 * kind of finding; a result for each finding, however many repetitions had it, with the stack
 * of every thread as a thread flow, and the graph of who waits for whom. What hits a line of
 * the corpus that is marked as a hazard is there on purpose, and suppressed. Runs that broke
 * are notifications, and the detector's run is then no success.
 */
#ifndef HZ_SARIF_H
#define HZ_SARIF_H

#include "report/events.h"

#include <stdio.h>

/*
 * `root`: files below it are named from there, by the base SRCROOT; absolute, or NULL. `catalog`
 * has the marked lines; NULL: what is suppressed is not known, and not told. False if it could
 * not be written whole.
 */
bool hz_sarif_write(FILE *out, const struct hz_stream *stream, const char *root,
                    const struct hz_catalog *catalog, struct hz_error *error);

/* What a kind of finding is, in a few words, and what to do about it. */
struct hz_rule {
    const char *kind, *what, *help;
};
/* The rule of that kind; of a kind that it does not know, what holds for the whole class. */
struct hz_rule hz_rule_of(enum hz_class class, const char *kind);

#endif
