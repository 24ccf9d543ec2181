/*
 * What a campaign came to, in words and as findings (finding.h).
 *
 * Of a wrong result, an assertion or a crash the parties are the thread where it showed,
 * with its stack, and each place where a thread was kept from going on: in a schedule made
 * as short as it goes, these are the places between which nobody should have come.
 */
#ifndef HZ_EXPLORE_TELL_H
#define HZ_EXPLORE_TELL_H

#include "explorer/lines.h"
#include "explorer/shared.h"
#include "finding/finding.h"
#include "finding/search.h"

const char *hzx_strategy_text(enum hzx_strategy_name name); /* "pos" */
bool hzx_strategy_parse(const char *text, uint32_t *out);
const char *hzx_memory_text(enum hzx_memory memory);        /* "tso" */
bool hzx_memory_parse(const char *text, uint32_t *out);
bool hzx_mode_parse(const char *text, uint32_t *out);       /* "fibers", enum hzx_mode */
const char *hzx_kind_text(enum hzx_kind kind);              /* "unlock", "read" */
const char *hzx_end_text(enum hzx_end end);                 /* "assertion", "deadlock" */
/* "lock m"; "create thread" of what has no name (NULL or ""). */
const char *hzx_operation_text(struct hz_arena *arena, enum hzx_kind kind, const char *name);

/* What it is done to: "counter"; of a join or cancellation the thread, "T1"; or "". */
const char *hzx_event_name(struct hz_arena *arena, struct hzx_lines *lines,
                           const struct hzx_event *event);

/* One line: "exhausted: 120 schedules", "deadlock in schedule 3", "nothing in 10000
 * schedules, bound 1 (all schedules with at most 1 preemption among them)". */
const char *hzx_result_text(struct hz_arena *arena, const struct hzx_shared *shared);

/* The same in figures. A bounded search that came to its end has exhausted its bound, not all. */
struct hz_search hzx_search(const struct hzx_shared *shared);

/* "read counter = 0", "lock m". */
const char *hzx_event_text(struct hz_arena *arena, struct hzx_lines *lines,
                           const struct hzx_event *event);

/* Of a deadlock, say: it is the end of no thread in particular. */
bool hzx_end_of_all(enum hzx_end end);
/* "assertion in T2: x == 2"; NULL if nothing failed. */
const char *hzx_ending_text(struct hz_arena *arena, const struct hzx_outcome *outcome);

/* The failure, and each data race that showed on the way. Nothing if nothing failed. */
void hzx_findings(struct hz_arena *arena, const struct hzx_shared *shared,
                  struct hzx_lines *lines, hz_findings *out);

#endif
