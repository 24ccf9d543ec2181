/*
 * Timelines as a trace in the format of Chrome (the JSON Object Format of its "Trace Event
 * Format"), which Perfetto (https://ui.perfetto.dev), the Performance panel of Chromium's developer
 * tools, and speedscope show. A process of the trace is a process of a run that has a timeline, or
 * a schedule of the explorer; a step of that is a microsecond, and step k is done at microsecond k.
 * It stands within what its thread is at meanwhile: slices of a thread nest.
 */
#ifndef HZ_TRACE_H
#define HZ_TRACE_H

#include "report/events.h"

/* A new reference. Without any timeline its list of events is empty. */
json_t *hz_trace_to_json(const struct hz_stream *stream);

#endif
