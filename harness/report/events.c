#include "report/events.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

json_t *hz_start_to_json(const char *command, json_t *environment)
{
    return json_pack("{s:s, s:i, s:o, s:o}", "type", "start", "version", HZ_EVENTS_VERSION,
                     "command", hz_json_text(command), "environment", environment);
}

json_t *hz_end_to_json(bool complete, double seconds)
{
    return json_pack("{s:s, s:b, s:f}", "type", "end", "complete", complete, "seconds", seconds);
}

/* ---- writing a run ---- */

static json_t *capture_to_json(struct hz_arena *arena, const struct hz_capture *capture)
{
    return json_pack("{s:o, s:o, s:I}", "head",
                     hz_json_text(hz_copy(arena, capture->head.at, capture->head.n)), "tail",
                     hz_json_text(hz_copy(arena, capture->tail.at, capture->tail.n)), "dropped",
                     (json_int_t)capture->dropped);
}

static json_t *outcome_to_json(const struct hz_outcome *outcome)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    json_t *leaks = json_array();
    for (size_t i = 0; i < outcome->leaks.n; ++i)
        json_array_append_new(leaks, json_pack("{s:i, s:o}", "pid", (int)outcome->leaks.at[i].pid,
                                               "name", hz_json_text(outcome->leaks.at[i].name)));
    json_t *object = json_pack(
        "{s:s, s:i, s:i, s:b, s:f, s:f, s:I, s:o, s:o, s:o}", "end", hz_end_name(outcome->end),
        "status", outcome->status, "signal", outcome->signal, "core", outcome->core, "seconds",
        outcome->seconds, "cpu_seconds", outcome->cpu_seconds, "peak_kib",
        (json_int_t)outcome->peak_kib, "out", capture_to_json(&arena, &outcome->out), "err",
        capture_to_json(&arena, &outcome->err), "leaks", leaks);
    if (outcome->reason != NULL)
        json_object_set_new(object, "reason", hz_json_text(outcome->reason));
    hz_arena_free(&arena);
    return object;
}

static void judgement_to_json(json_t *object, const struct hz_run *run)
{
    json_object_set_new(object, "class", json_string(hz_class_name(run->class)));
    json_object_set_new(object, "variant", json_string(hz_variant_name(run->variant)));
    json_object_set_new(object, "verdict", json_string(hz_verdict_name(run->verdict)));
    if (run->finding >= 0)
        json_object_set_new(object, "decided_by", json_integer(run->finding));
    if (run->line > 0)
        json_object_set_new(object, "line", json_integer(run->line));
    if (run->expected.word != HZ_EXPECT_NONE)
        json_object_set_new(object, "expected", json_string(hz_word_name(run->expected.word)));
    if (run->expected.why != NULL)
        json_object_set_new(object, "why", hz_json_text(run->expected.why));
    if (run->source != NULL)
        json_object_set_new(object, "source", hz_json_text(run->source));
}

json_t *hz_run_to_json(const struct hz_run *run)
{
    json_t *findings = json_array();
    for (size_t i = 0; i < run->findings.n; ++i)
        json_array_append_new(findings, hz_finding_to_json(&run->findings.at[i]));
    json_t *object = json_pack("{s:s, s:o, s:s, s:i, s:b}", "type", "run", "pair",
                               hz_json_text(run->pair), "detector", run->detector, "repetition",
                               (int)run->repetition, "judged", run->judged);
    if (run->judged)
        judgement_to_json(object, run);
    if (run->broken != NULL)
        json_object_set_new(object, "broken", hz_json_text(run->broken));
    if (run->hang != NULL)
        json_object_set_new(object, "hang", hz_json_text(run->hang));
    if (run->explored != NULL)
        json_object_set_new(object, "explored", hz_json_text(run->explored));
    if (run->search.schedules != 0)
        json_object_set_new(object, "search", hz_search_to_json(&run->search));
    if (run->raw != NULL)
        json_object_set_new(object, "raw", hz_json_text(run->raw));
    json_object_set_new(object, "outcome", outcome_to_json(&run->outcome));
    json_object_set_new(object, "findings", findings);
    if (run->timeline.threads.n != 0)
        json_object_set_new(object, "timeline", hz_timeline_to_json(&run->timeline));
    if (run->steps.n != 0)
        json_object_set_new(object, "steps", hz_steps_to_json(&run->steps));
    return object;
}

json_t *hz_early_to_json(const char *pair, const char *detector, size_t number,
                         const struct hz_finding *finding)
{
    json_t *object = json_pack("{s:s, s:o, s:I}", "type", "finding", "pair", hz_json_text(pair),
                               "number", (json_int_t)number);
    json_t *said = hz_finding_to_json(finding);
    json_object_update(object, said);
    json_object_set_new(object, "detector", json_string(detector));
    json_decref(said);
    return object;
}

bool hz_events_append(int fd, const json_t *object, struct hz_error *error)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
    if (text == NULL)
        return hz_fail(error, "an event could not be put into JSON");
    size_t length = strlen(text);
    text[length] = '\n'; /* in place of the closing zero, so that one write(2) does it */
    ssize_t written;
    do
        written = write(fd, text, length + 1);
    while (written < 0 && errno == EINTR);
    int why = errno;
    free(text);
    if (written < 0)
        return hz_fail(error, "writing the event stream: %s", strerror(why));
    if ((size_t)written != length + 1)
        return hz_fail(error, "writing the event stream: only %zd of %zu bytes went out (is the "
                              "disk full?)", written, length + 1);
    return true;
}

/* ---- reading ---- */

static const char *text_of(struct hz_arena *arena, const json_t *object, const char *key)
{
    return hz_dup(arena, json_string_value(json_object_get(object, key)));
}

static double number_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static long integer_of(const json_t *object, const char *key)
{
    return (long)json_integer_value(json_object_get(object, key));
}

static struct hz_bytes bytes_of(struct hz_arena *arena, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    size_t n = json_string_length(value);
    return (struct hz_bytes){n != 0 ? hz_copy(arena, json_string_value(value), n) : "", n};
}

static struct hz_capture capture_of(struct hz_arena *arena, const json_t *object)
{
    return (struct hz_capture){bytes_of(arena, object, "head"), bytes_of(arena, object, "tail"),
                               (uint64_t)integer_of(object, "dropped")};
}

static bool end_of(const char *name, enum hz_end *out)
{
    for (int i = HZ_END_EXITED; name != NULL && i <= HZ_END_NOT_STARTED; ++i) {
        if (strcmp(name, hz_end_name((enum hz_end)i)) == 0) {
            *out = (enum hz_end)i;
            return true;
        }
    }
    return false;
}

static bool outcome_of(struct hz_arena *arena, const json_t *object, struct hz_outcome *out,
                       struct hz_error *error)
{
    if (!json_is_object(object) ||
        !end_of(json_string_value(json_object_get(object, "end")), &out->end))
        return hz_fail(error, "the run has no outcome, or an unknown \"end\"");
    out->status = (int)integer_of(object, "status");
    out->signal = (int)integer_of(object, "signal");
    out->core = json_is_true(json_object_get(object, "core"));
    out->reason = text_of(arena, object, "reason");
    out->seconds = number_of(object, "seconds");
    out->cpu_seconds = number_of(object, "cpu_seconds");
    out->peak_kib = integer_of(object, "peak_kib");
    out->out = capture_of(arena, json_object_get(object, "out"));
    out->err = capture_of(arena, json_object_get(object, "err"));
    size_t i;
    json_t *leak;
    json_array_foreach(json_object_get(object, "leaks"), i, leak)
    {
        *hz_push(arena, &out->leaks) =
            (struct hz_leak){(pid_t)integer_of(leak, "pid"), text_of(arena, leak, "name")};
    }
    return true;
}

static bool judgement_of(struct hz_arena *arena, const json_t *object, struct hz_run *out,
                         struct hz_error *error)
{
    const char *class = json_string_value(json_object_get(object, "class"));
    const char *variant = json_string_value(json_object_get(object, "variant"));
    const char *verdict = json_string_value(json_object_get(object, "verdict"));
    const char *expected = json_string_value(json_object_get(object, "expected"));
    if (class == NULL || !hz_class_parse(class, &out->class))
        return hz_fail(error, "unknown class \"%s\"", class != NULL ? class : "");
    if (variant == NULL || (strcmp(variant, "buggy") != 0 && strcmp(variant, "fixed") != 0))
        return hz_fail(error, "unknown variant \"%s\"", variant != NULL ? variant : "");
    if (verdict == NULL || !hz_verdict_parse(verdict, &out->verdict))
        return hz_fail(error, "unknown verdict \"%s\"", verdict != NULL ? verdict : "");
    if (expected != NULL && !hz_word_parse(expected, &out->expected.word))
        return hz_fail(error, "unknown expectation \"%s\"", expected);
    out->variant = strcmp(variant, "fixed") == 0 ? HZ_FIXED : HZ_BUGGY;
    out->expected.detector = out->detector;
    out->expected.why = text_of(arena, object, "why");
    out->source = text_of(arena, object, "source");
    out->line = (int)integer_of(object, "line");
    const json_t *decided = json_object_get(object, "decided_by");
    out->finding = decided != NULL ? (int)json_integer_value(decided) : -1;
    return true;
}

bool hz_run_from_json(struct hz_arena *arena, const json_t *object, struct hz_run *out,
                      struct hz_error *error)
{
    *out = (struct hz_run){.finding = -1};
    out->pair = text_of(arena, object, "pair");
    out->detector = text_of(arena, object, "detector");
    if (out->pair == NULL || out->detector == NULL)
        return hz_fail(error, "a run needs \"pair\" and \"detector\"");
    out->repetition = (unsigned)integer_of(object, "repetition");
    out->judged = json_is_true(json_object_get(object, "judged"));
    if (out->judged && !judgement_of(arena, object, out, error))
        return false;
    out->broken = text_of(arena, object, "broken");
    out->hang = text_of(arena, object, "hang");
    out->explored = text_of(arena, object, "explored");
    out->raw = text_of(arena, object, "raw");
    if (!outcome_of(arena, json_object_get(object, "outcome"), &out->outcome, error))
        return false;
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(object, "findings"), i, finding)
    {
        if (!hz_finding_from_json(arena, finding, hz_push(arena, &out->findings), error))
            return false;
    }
    if (!hz_search_from_json(json_object_get(object, "search"), &out->search, error) ||
        !hz_steps_from_json(arena, json_object_get(object, "steps"), &out->steps, error) ||
        !hz_timeline_from_json(arena, json_object_get(object, "timeline"), &out->timeline, error))
        return false;
    if (out->finding >= (int)out->findings.n)
        return hz_fail(error, "\"decided_by\" names a finding that is not there");
    return true;
}

struct stream_reading {
    struct hz_arena *arena;
    struct hz_stream *out;
    const char *path;
    unsigned starts, ends;
};

/* A finding of a run that goes on; with its number known already it replaces that one. */
static bool take_early(struct stream_reading *reading, const json_t *object, struct hz_error *error)
{
    struct hz_run *early = &reading->out->early;
    struct hz_finding finding;
    const json_t *number = json_object_get(object, "number");
    json_int_t index = json_integer_value(number);
    if (!json_is_integer(number) || index < 0 || (size_t)index > early->findings.n)
        return hz_fail(error, "a finding whose \"number\" does not follow the one before it");
    if (!hz_finding_from_json(reading->arena, object, &finding, error))
        return false;
    const char *pair = text_of(reading->arena, object, "pair");
    early->pair = pair != NULL ? pair : "";
    early->detector = finding.detector;
    if ((size_t)index == early->findings.n)
        *hz_push(reading->arena, &early->findings) = finding;
    early->findings.at[index] = finding;
    return true;
}

static void drop_early(struct hz_run *early)
{
    *early = (struct hz_run){0};
}

/* What was told early is all that there is of that run. */
static void keep_early(struct stream_reading *reading)
{
    struct hz_run *early = &reading->out->early;
    if (early->findings.n == 0)
        return;
    early->repetition = 1;
    early->finding = -1;
    early->broken = "the stream ends before the run does";
    early->outcome.end = HZ_END_INTERRUPTED;
    *hz_push(reading->arena, &reading->out->runs) = *early;
    drop_early(early);
}

static void take_start(struct stream_reading *reading, json_t *object, struct hz_error *error)
{
    json_int_t version = json_integer_value(json_object_get(object, "version"));
    if (version != HZ_EVENTS_VERSION) {
        hz_fail(error, "version %lld of the event stream; this hazmat reads version %d",
                (long long)version, HZ_EVENTS_VERSION);
        return;
    }
    ++reading->starts;
    keep_early(reading);
    json_decref(reading->out->start);
    reading->out->start = json_incref(object);
}

static void take_line(struct stream_reading *reading, const char *line, size_t length, int number)
{
    struct hz_error error = {""};
    json_error_t parse;
    json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &parse);
    const char *type = json_string_value(json_object_get(object, "type"));
    if (object == NULL) {
        hz_fail(&error, "not JSON: %s", parse.text);
    } else if (type == NULL) {
        hz_fail(&error, "an event needs a \"type\"");
    } else if (strcmp(type, "start") == 0) {
        take_start(reading, object, &error);
    } else if (strcmp(type, "end") == 0) {
        ++reading->ends;
        reading->out->seconds += json_number_value(json_object_get(object, "seconds"));
        if (json_is_false(json_object_get(object, "complete")))
            reading->out->complete = false;
    } else if (strcmp(type, "run") == 0) {
        struct hz_run run;
        if (hz_run_from_json(reading->arena, object, &run, &error)) {
            *hz_push(reading->arena, &reading->out->runs) = run;
            drop_early(&reading->out->early); /* it has all of them */
        }
    } else if (strcmp(type, "finding") == 0) {
        take_early(reading, object, &error);
    } else if (strcmp(type, "locks") == 0) {
        struct hz_locks locks;
        if (hz_locks_from_json(reading->arena, object, &locks, &error))
            *hz_push(reading->arena, &reading->out->locks) = locks;
    } else {
        hz_fail(&error, "unknown type of event \"%s\"", type);
    }
    if (error.text[0] != '\0')
        *hz_push(reading->arena, &reading->out->faults) = (struct hz_diagnostic){
            reading->path, number, hz_dup(reading->arena, error.text)};
    json_decref(object);
}

bool hz_stream_read(struct hz_arena *arena, const char *path, struct hz_stream *out,
                    struct hz_error *error)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return hz_fail(error, "%s: %s", path, strerror(errno));
    out->complete = true;
    struct stream_reading reading = {arena, out, hz_dup(arena, path), 0, 0};
    char *line = NULL;
    size_t room = 0;
    int number = 0;
    ssize_t length;
    errno = 0;
    while ((length = getline(&line, &room, file)) >= 0) {
        ++number;
        if (line[length - 1] != '\n') {
            *hz_push(arena, &out->faults) = (struct hz_diagnostic){
                reading.path, number, "the line is cut off; what stands before it is kept"};
            break;
        }
        take_line(&reading, line, (size_t)length, number);
    }
    int why = ferror(file) ? errno : 0;
    keep_early(&reading);
    free(line);
    fclose(file);
    if (why != 0)
        return hz_fail(error, "%s: %s", path, strerror(why));
    if (reading.ends < reading.starts || reading.starts == 0)
        out->complete = false;
    return true;
}

void hz_stream_free(struct hz_stream *stream)
{
    json_decref(stream->start);
    stream->start = NULL;
}
