#include "report/trace.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What is being written: the trace numbers processes by itself, as those of runs may be alike. */
struct trace {
    struct hz_arena arena;
    json_t *events;
    long processes;
};

/* The tracks of one run: of each thread of its timeline the process and thread in the trace. */
struct track {
    long process, thread;
};

static void put_name(struct trace *trace, const char *what, long process, long thread,
                     const char *name)
{
    json_array_append_new(trace->events,
                          json_pack("{s:s, s:s, s:I, s:I, s:{s:o}}", "ph", "M", "name", what,
                                    "pid", (json_int_t)process, "tid", (json_int_t)thread, "args",
                                    "name", hz_json_text(name)));
}

static const char *run_name(struct trace *trace, const struct hz_run *run, long pid)
{
    const char *text = hz_printf(&trace->arena, "%s%s%s, %s, run %u", run->pair,
                                 run->judged ? " " : "",
                                 run->judged ? hz_variant_name(run->variant) : "", run->detector,
                                 run->repetition);
    return pid >= 0 ? hz_printf(&trace->arena, "%s (pid %ld)", text, pid) : text;
}

/* The process of the thread before it that is of the same process; else a new one. */
static long process_of(struct trace *trace, const struct hz_run *run, const long *pids,
                       const struct track *tracks, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (pids[k] == pids[i])
            return tracks[k].process;
    put_name(trace, "process_name", ++trace->processes, 0, run_name(trace, run, pids[i]));
    return trace->processes;
}

static struct track *put_threads(struct trace *trace, const struct hz_run *run,
                                 const struct hz_timeline *timeline)
{
    size_t n = timeline->threads.n;
    struct track *tracks = hz_alloc(&trace->arena, n * sizeof *tracks);
    long *pids = hz_alloc(&trace->arena, n * sizeof *pids);
    for (size_t i = 0; i < n; i++) {
        const struct hz_timeline_thread *thread = &timeline->threads.at[i];
        if (sscanf(thread->id, "pid %ld tid %ld", &pids[i], &tracks[i].thread) != 2) {
            pids[i] = -1;
            tracks[i].thread = (long)i + 1;
        }
        tracks[i].process = process_of(trace, run, pids, tracks, i);
        put_name(trace, "thread_name", tracks[i].process, tracks[i].thread,
                 thread->name != NULL
                     ? hz_printf(&trace->arena, "%s (%s)", thread->name, thread->id) : thread->id);
    }
    return tracks;
}

/* "holds m", "waits for m, passed over". */
static const char *what_text(struct trace *trace, const struct hz_interval *interval)
{
    const char *lock = interval->lock != NULL ? interval->lock : "a thread";
    switch (interval->state) {
    case HZ_STATE_HOLDING:
        return hz_printf(&trace->arena, "holds %s", lock);
    case HZ_STATE_WAITING:
        return hz_printf(&trace->arena, "waits for %s", lock);
    case HZ_STATE_PASSED:
        return hz_printf(&trace->arena, "waits for %s, passed over", lock);
    case HZ_STATE_RUNNING:
        break;
    }
    return "not at a lock";
}

static void put_interval(struct trace *trace, const struct track *track,
                         const struct hz_timeline *timeline, const struct hz_interval *interval)
{
    double grain = timeline->steps ? 1 : 1e6;
    json_int_t from = llround(interval->from * grain), to = llround(interval->to * grain);
    json_t *event = json_pack(
        "{s:s, s:s, s:o, s:I, s:I, s:I, s:I}", "ph", "X", "cat", hz_state_name(interval->state),
        "name", hz_json_text(what_text(trace, interval)), "pid", (json_int_t)track->process, "tid",
        (json_int_t)track->thread, "ts", from, "dur", to - from);
    if (interval->times > 1) /* viewers show it beside the name */
        json_object_set_new(event, "args",
                            json_pack("{s:I}", "times", (json_int_t)interval->times));
    json_array_append_new(trace->events, event);
}

static struct track *put_timeline(struct trace *trace, const struct hz_run *run,
                                  const struct hz_timeline *timeline)
{
    struct track *tracks = put_threads(trace, run, timeline);
    for (size_t i = 0; i < timeline->intervals.n; i++)
        put_interval(trace, &tracks[timeline->intervals.at[i].thread], timeline,
                     &timeline->intervals.at[i]);
    return tracks;
}

/* The thread of a step, or none. */
static size_t thread_of(struct trace *trace, const struct hz_timeline *timeline, unsigned number)
{
    const char *id = hz_printf(&trace->arena, "T%u", number);
    size_t i = 0;
    while (i < timeline->threads.n && strcmp(timeline->threads.at[i].id, id) != 0)
        i++;
    return i;
}

/* What a step does, within what its thread is at meanwhile; what has no time is a moment. */
static void put_step(struct trace *trace, const struct hz_step *step, const struct track *track,
                     struct hz_moment at)
{
    const char *place = step->file != NULL
                            ? hz_printf(&trace->arena, "%s:%d", step->file, step->line) : "";
    json_t *args = json_pack("{s:o, s:b}", "at", hz_json_text(place), "wrong", (int)step->wrong);
    if (step->number > 0)
        json_object_set_new(args, "step", json_integer(step->number));
    bool lasts = at.begin < at.end;
    json_t *event = json_pack("{s:s, s:s, s:o, s:I, s:I, s:I, s:o}", "ph", lasts ? "X" : "i", "cat",
                              hz_act_name(step->act), "name", hz_json_text(step->what), "pid",
                              (json_int_t)track->process, "tid", (json_int_t)track->thread, "ts",
                              (json_int_t)at.begin, "args", args);
    if (lasts)
        json_object_set_new(event, "dur", json_integer((json_int_t)(at.end - at.begin)));
    else
        json_object_set_new(event, "s", json_string("t"));
    json_array_append_new(trace->events, event);
}

static void put_schedule(struct trace *trace, const struct hz_run *run)
{
    struct hz_timeline timeline;
    hz_timeline_of_steps(&trace->arena, &run->steps, &timeline);
    struct track *tracks = put_timeline(trace, run, &timeline);
    struct hz_moment at = {0, 0};
    for (size_t i = 0; i < run->steps.n; i++) {
        const struct hz_step *step = &run->steps.at[i];
        size_t thread = thread_of(trace, &timeline, step->thread);
        at = hz_timeline_moment(at.end, step);
        if (thread < timeline.threads.n)
            put_step(trace, step, &tracks[thread], at);
    }
}

json_t *hz_trace_to_json(const struct hz_stream *stream)
{
    struct trace trace = {.events = json_array()};
    hz_arena_init(&trace.arena);
    for (size_t i = 0; i < stream->runs.n; i++) {
        if (stream->runs.at[i].timeline.threads.n != 0)
            put_timeline(&trace, &stream->runs.at[i], &stream->runs.at[i].timeline);
        if (stream->runs.at[i].steps.n != 0)
            put_schedule(&trace, &stream->runs.at[i]);
    }
    hz_arena_free(&trace.arena);
    return json_pack("{s:s, s:o}", "displayTimeUnit", "ms", "traceEvents", trace.events);
}
