#include "report/sarif_parts.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define SCHEMA                                                                                     \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/* What one detector said. */
struct told {
    const char *detector;
    json_t *rules, *rule_index;     /* by the rule's id */
    json_t *results, *result_index; /* by hz_sarif_key() */
    json_t *notifications;
    bool broken;
};

static const json_t *environment_of(const struct hz_sarif *sarif)
{
    return json_object_get(sarif->stream->start, "environment");
}

/* A reference of its own to the text, if it is one. */
static void put_text(json_t *object, const char *key, const json_t *text)
{
    if (json_is_string(text))
        json_object_set(object, key, (json_t *)text);
}

/* ---- rules -------------------------------------------------------------------------- */

static json_t *rule(struct hz_arena *arena, const char *id, const struct hz_finding *finding)
{
    struct hz_rule rule = hz_rule_of(finding->class, finding->kind);
    return json_pack("{s:o, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:[s, s]}}", "id", hz_json_text(id),
                     "shortDescription", "text", rule.what, "fullDescription", "text",
                     hz_printf(arena, "%s.", rule.what), "help", "text", rule.help, "properties",
                     "tags", "concurrency", hz_class_name(finding->class));
}

/* Its number among the rules, where it is put if it is new; names it in the result. */
static void put_rule(struct hz_sarif *sarif, struct told *told, const struct hz_finding *finding,
                     json_t *result)
{
    json_t *id = hz_json_text(
        hz_printf(sarif->arena, "%s/%s", hz_class_name(finding->class), finding->kind));
    json_t *index = json_object_get(told->rule_index, json_string_value(id));
    if (index == NULL) {
        index = json_integer((json_int_t)json_array_size(told->rules));
        json_object_set_new(told->rule_index, json_string_value(id), index);
        json_array_append_new(told->rules, rule(sarif->arena, json_string_value(id), finding));
    }
    json_object_set_new(result, "ruleId", id);
    json_object_set(result, "ruleIndex", index);
}

/* ---- results ------------------------------------------------------------------------ */

static json_t *properties(const struct hz_run *run)
{
    json_t *object = json_pack("{s:o}", "program", hz_json_text(run->pair));
    if (run->judged)
        json_object_set_new(object, "variant", json_string(hz_variant_name(run->variant)));
    return object;
}

static json_t *new_result(struct hz_sarif *sarif, struct told *told,
                          const struct hz_sarif_case *shown, const char *key)
{
    json_t *result = hz_sarif_result(shown);
    put_rule(sarif, told, shown->finding, result);
    json_object_set_new(result, "occurrenceCount", json_integer(0));
    json_object_set_new(result, "properties", properties(shown->run));
    json_object_set(told->result_index, key, result);
    json_array_append_new(told->results, result);
    return result;
}

/* As often as a result was found, what is known of it grows. */
static void put_result(struct hz_sarif *sarif, struct told *told, const struct hz_run *run,
                       const struct hz_finding *finding)
{
    struct hz_sarif_case shown;
    hz_sarif_case(sarif, run, finding, &shown);
    json_t *key = hz_json_text(hz_sarif_key(&shown));
    json_t *result = json_object_get(told->result_index, json_string_value(key));
    if (result == NULL)
        result = new_result(sarif, told, &shown, json_string_value(key));
    json_int_t times = json_integer_value(json_object_get(result, "occurrenceCount"));
    json_object_set_new(result, "occurrenceCount",
                        json_integer(times + (json_int_t)finding->times));
    hz_sarif_seed(sarif, run, finding, result);
    json_decref(key);
}

/* ---- runs --------------------------------------------------------------------------- */

static void notify(struct hz_sarif *sarif, struct told *told, const char *level, const char *text)
{
    json_array_append_new(told->notifications, json_pack("{s:s, s:o}", "level", level, "message",
                                                         hz_sarif_message(sarif->arena, text)));
}

static void put_run(struct hz_sarif *sarif, struct told *told, const struct hz_run *run)
{
    if (run->broken != NULL) {
        told->broken = true;
        notify(sarif, told, "error",
               hz_printf(sarif->arena, "%s%s%s, run %u: %s", run->pair, run->judged ? " " : "",
                         run->judged ? hz_variant_name(run->variant) : "", run->repetition,
                         run->broken));
    }
    for (size_t i = 0; i < run->findings.n; i++)
        put_result(sarif, told, run, &run->findings.at[i]);
}

/* Only a time that is one: the stream may say anything. */
static void put_time(const struct hz_sarif *sarif, json_t *invocation)
{
    const json_t *when = json_object_get(environment_of(sarif), "when");
    struct tm time;
    const char *end = json_is_string(when)
                          ? strptime(json_string_value(when), "%Y-%m-%dT%H:%M:%SZ", &time)
                          : NULL;
    if (end != NULL && *end == '\0')
        put_text(invocation, "startTimeUtc", when);
}

static json_t *invocation(struct hz_sarif *sarif, struct told *told)
{
    if (!sarif->stream->complete)
        notify(sarif, told, "warning", "The stream was cut short: not all that was to be run was.");
    unsigned unseeded = hz_sarif_unseeded(told->results);
    if (unseeded != 0)
        notify(sarif, told, "note",
               hz_printf(sarif->arena,
                         "Results in buggy programs of the corpus that are not suppressed: %u. "
                         "Neither they nor another finding of their class in the same run are at "
                         "a marked line.",
                         unseeded));
    json_t *object =
        json_pack("{s:b, s:O}", "executionSuccessful", !told->broken && sarif->stream->complete,
                  "toolExecutionNotifications", told->notifications);
    put_time(sarif, object);
    return object;
}

static json_t *driver(const struct hz_sarif *sarif, const struct told *told)
{
    json_t *name = hz_json_text(told->detector);
    const json_t *tool = json_object_get(json_object_get(environment_of(sarif), "detectors"),
                                         json_string_value(name));
    json_t *object = json_pack("{s:o, s:O}", "name", name, "rules", told->rules);
    put_text(object, "version", json_object_get(tool, "version"));
    return object;
}

/* Hazmat put what the detector wrote into this form. */
static json_t *conversion(const struct hz_sarif *sarif)
{
    json_t *hazmat = json_pack("{s:s}", "name", "hazmat");
    put_text(hazmat, "version", json_object_get(environment_of(sarif), "hazmat"));
    return json_pack("{s:{s:o}}", "tool", "driver", hazmat);
}

static json_t *run_of(struct hz_sarif *sarif, const char *detector)
{
    struct told told = {detector,      json_array(), json_object(), json_array(),
                        json_object(), json_array(), false};
    for (size_t i = 0; i < sarif->stream->runs.n; i++)
        if (strcmp(sarif->stream->runs.at[i].detector, detector) == 0)
            put_run(sarif, &told, &sarif->stream->runs.at[i]);
    json_t *object = json_pack("{s:{s:o}, s:o, s:[o], s:O}", "tool", "driver", driver(sarif, &told),
                               "conversion", conversion(sarif), "invocations",
                               invocation(sarif, &told), "results", told.results);
    if (sarif->root != NULL)
        json_object_set_new(
            object, "originalUriBaseIds",
            json_pack("{s:{s:s}}", "SRCROOT", "uri",
                      hz_sarif_uri(sarif->arena, *sarif->root != '\0' ? sarif->root : "/")));
    json_decref(told.rules);
    json_decref(told.rule_index);
    json_decref(told.results);
    json_decref(told.result_index);
    json_decref(told.notifications);
    return object;
}

static json_t *log_of(struct hz_sarif *sarif)
{
    json_t *runs = json_array(), *seen = json_object();
    for (size_t i = 0; i < sarif->stream->runs.n; i++) {
        json_t *detector = hz_json_text(sarif->stream->runs.at[i].detector);
        if (json_object_get(seen, json_string_value(detector)) == NULL) {
            json_object_set_new(seen, json_string_value(detector), json_true());
            json_array_append_new(runs, run_of(sarif, sarif->stream->runs.at[i].detector));
        }
        json_decref(detector);
    }
    json_decref(seen);
    return json_pack("{s:s, s:s, s:o}", "$schema", SCHEMA, "version", "2.1.0", "runs", runs);
}

bool hz_sarif_write(FILE *out, const struct hz_stream *stream, const char *root,
                    const struct hz_catalog *catalog, struct hz_error *error)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    struct hz_sarif sarif = {
        .arena = &arena, .stream = stream, .catalog = catalog, .snippets = {.arena = &arena}};
    if (root != NULL)
        sarif.root = strcmp(root, "/") == 0 ? "" : hz_sarif_plain(&arena, root);
    json_t *log = log_of(&sarif);
    bool fine = log != NULL && json_dumpf(log, out, JSON_INDENT(1) | JSON_ENSURE_ASCII) == 0 &&
                fputc('\n', out) != EOF && fflush(out) == 0;
    int why = errno;
    json_decref(log);
    hz_arena_free(&arena);
    return fine || hz_fail(error, "writing SARIF: %s",
                           log == NULL ? "it could not be put into JSON" : strerror(why));
}
