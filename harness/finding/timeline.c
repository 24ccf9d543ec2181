#include "finding/timeline.h"

#include "finding/finding.h"

#include <math.h>
#include <string.h>

static const char *const states[HZ_STATES] = {"running", "holding", "waiting", "passed"};

const char *hz_state_name(enum hz_state state)
{
    return states[state];
}

static bool state_parse(const char *name, enum hz_state *out)
{
    for (int i = 0; i < HZ_STATES; i++) {
        if (strcmp(name, states[i]) == 0) {
            *out = (enum hz_state)i;
            return true;
        }
    }
    return false;
}

/* In the stream: whole steps, or microseconds, which are short to write. */
static double grain(const struct hz_timeline *timeline)
{
    return timeline->steps ? 1 : 1e6;
}

/* ---- writing --------------------------------------------------------------------------- */

static json_t *interval_to_json(const struct hz_interval *interval, double grain)
{
    json_t *object = json_pack("{s:I, s:I, s:I, s:s}", "thread", (json_int_t)interval->thread,
                               "from", (json_int_t)llround(interval->from * grain), "to",
                               (json_int_t)llround(interval->to * grain), "state",
                               hz_state_name(interval->state));
    if (interval->lock != NULL)
        json_object_set_new(object, "lock", hz_json_text(interval->lock));
    if (interval->times != 0)
        json_object_set_new(object, "times", json_integer((json_int_t)interval->times));
    return object;
}

json_t *hz_timeline_to_json(const struct hz_timeline *timeline)
{
    json_t *threads = json_array(), *intervals = json_array();
    for (size_t i = 0; i < timeline->threads.n; i++) {
        const struct hz_timeline_thread *thread = &timeline->threads.at[i];
        json_t *object = json_pack("{s:o}", "id", hz_json_text(thread->id));
        if (thread->name != NULL)
            json_object_set_new(object, "name", hz_json_text(thread->name));
        json_array_append_new(threads, object);
    }
    for (size_t i = 0; i < timeline->intervals.n; i++)
        json_array_append_new(intervals, interval_to_json(&timeline->intervals.at[i],
                                                          grain(timeline)));
    json_t *object = json_pack("{s:s, s:I, s:o, s:o}", "unit", timeline->steps ? "step" : "us",
                               "length", (json_int_t)llround(timeline->length * grain(timeline)),
                               "threads", threads, "intervals",
                               intervals);
    if (timeline->left_out != 0)
        json_object_set_new(object, "left_out", json_integer((json_int_t)timeline->left_out));
    return object;
}

/* ---- reading --------------------------------------------------------------------------- */

static bool thread_of(struct hz_arena *arena, json_t *object, struct hz_timeline *out,
                      struct hz_error *error)
{
    const char *id, *name = NULL;
    if (out->threads.n == HZ_TIMELINE_THREADS)
        return hz_fail(error, "a timeline with more than %d threads", HZ_TIMELINE_THREADS);
    if (json_unpack(object, "{s:s, s?s}", "id", &id, "name", &name) != 0)
        return hz_fail(error, "a timeline with a thread that has no \"id\"");
    *hz_push(arena, &out->threads) =
        (struct hz_timeline_thread){hz_dup(arena, id), hz_dup(arena, name)};
    return true;
}

static bool interval_of(struct hz_arena *arena, json_t *object, struct hz_timeline *out,
                        struct hz_error *error)
{
    json_int_t thread, from, to, times = 0;
    double size = grain(out);
    const char *state, *lock = NULL;
    json_error_t why;
    enum hz_state which;
    if (out->intervals.n == HZ_TIMELINE_INTERVALS)
        return hz_fail(error, "a timeline with more than %d intervals", HZ_TIMELINE_INTERVALS);
    if (json_unpack_ex(object, &why, 0, "{s:I, s:I, s:I, s:s, s?s, s?I}", "thread", &thread,
                       "from", &from, "to", &to, "state", &state, "lock", &lock, "times",
                       &times) != 0)
        return hz_fail(error, "an interval of a timeline that is none: %s", why.text);
    if (thread < 0 || (size_t)thread >= out->threads.n || from < 0 || to < from ||
        (double)to / size > out->length || times < 0)
        return hz_fail(error, "an interval of a timeline that is not within it");
    if (!state_parse(state, &which))
        return hz_fail(error, "an interval of a timeline with the unknown \"state\" \"%s\"", state);
    *hz_push(arena, &out->intervals) =
        (struct hz_interval){(size_t)thread, (double)from / size, (double)to / size, which,
                             hz_dup(arena, lock), (unsigned long)times};
    return true;
}

bool hz_timeline_from_json(struct hz_arena *arena, const json_t *object, struct hz_timeline *out,
                           struct hz_error *error)
{
    const char *unit;
    json_t *threads, *intervals;
    json_int_t length, left_out = 0;
    json_error_t why;
    *out = (struct hz_timeline){0};
    if (object == NULL)
        return true;
    if (json_unpack_ex((json_t *)object, &why, 0, "{s:s, s:I, s:o, s:o, s?I}", "unit", &unit,
                       "length", &length, "threads", &threads, "intervals", &intervals,
                       "left_out", &left_out) != 0)
        return hz_fail(error, "a \"timeline\" that is none: %s", why.text);
    if (strcmp(unit, "step") != 0 && strcmp(unit, "us") != 0)
        return hz_fail(error, "a timeline in the unknown \"unit\" \"%s\"", unit);
    if (!json_is_array(threads) || !json_is_array(intervals) || left_out < 0 ||
        length < 0)
        return hz_fail(error, "a timeline without a list of its threads and intervals");
    out->steps = strcmp(unit, "step") == 0;
    out->length = (double)length / grain(out);
    out->left_out = (unsigned long)left_out;
    for (size_t i = 0; i < json_array_size(threads); i++)
        if (!thread_of(arena, json_array_get(threads, i), out, error))
            return false;
    for (size_t i = 0; i < json_array_size(intervals); i++)
        if (!interval_of(arena, json_array_get(intervals, i), out, error))
            return false;
    return true;
}
