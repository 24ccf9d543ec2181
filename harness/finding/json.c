#include "finding/finding.h"
#include "finding/utf8.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

json_t *hz_json_text(const char *text)
{
    if (text == NULL)
        return json_null();
    json_t *whole = json_string(text);
    if (whole != NULL)
        return whole;
    size_t n = strlen(text), used = 0;
    char *clean = malloc(n * (sizeof replacement - 1) + 1);
    if (clean == NULL)
        return NULL;
    for (size_t i = 0; i < n;) {
        size_t size = hz_utf8_size(text + i, n - i);
        const char *from = size != 0 ? text + i : replacement;
        size_t length = size != 0 ? size : sizeof replacement - 1;
        memcpy(clean + used, from, length);
        used += length;
        i += size != 0 ? size : 1;
    }
    json_t *string = json_stringn(clean, used);
    free(clean);
    return string;
}

/* ---- writing ---- */

static void put_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new(object, key, hz_json_text(text));
}

json_t *hz_frame_to_json(const struct hz_frame *frame)
{
    json_t *object = json_object();
    put_text(object, "function", frame->function);
    put_text(object, "file", frame->file);
    if (frame->line > 0)
        json_object_set_new(object, "line", json_integer(frame->line));
    put_text(object, "module", frame->module);
    if (frame->address != 0) {
        char address[sizeof "0x" + 16];
        snprintf(address, sizeof address, "0x%" PRIx64, frame->address);
        json_object_set_new(object, "address", json_string(address));
    }
    return object;
}

static json_t *thing_to_json(const struct hz_thing *thing)
{
    json_t *object = json_object();
    put_text(object, "kind", thing->kind);
    put_text(object, "name", thing->name);
    json_t *taken_at = hz_frame_to_json(&thing->taken_at);
    if (json_object_size(taken_at) != 0)
        json_object_set(object, "taken_at", taken_at);
    json_decref(taken_at);
    return object;
}

static void put_seconds(json_t *object, const char *key, double seconds)
{
    if (seconds > 0)
        json_object_set_new(object, key, json_real(seconds));
}

static json_t *party_to_json(const struct hz_party *party)
{
    json_t *object = json_object();
    put_text(object, "id", party->id);
    put_text(object, "name", party->name);
    put_text(object, "role", party->role);
    json_t *stack = json_array();
    for (size_t i = 0; i < party->stack.n; i++)
        json_array_append_new(stack, hz_frame_to_json(&party->stack.at[i]));
    json_object_set_new(object, "stack", stack);
    json_t *holds = json_array();
    for (size_t i = 0; i < party->holds.n; i++)
        json_array_append_new(holds, thing_to_json(&party->holds.at[i]));
    json_object_set_new(object, "holds", holds);
    if (party->waits_for.kind != NULL)
        json_object_set_new(object, "waits_for", thing_to_json(&party->waits_for));
    put_seconds(object, "waited", party->waited);
    if (party->waits_on.n == 0)
        return object;
    json_t *waits_on = json_array();
    for (size_t i = 0; i < party->waits_on.n; i++)
        json_array_append_new(waits_on, json_integer((json_int_t)party->waits_on.at[i]));
    json_object_set_new(object, "waits_on", waits_on);
    return object;
}

/* What a reader of the stream needs is there even if nobody filled it. */
static void put_required(json_t *object, const char *key, const char *text)
{
    put_text(object, key, text != NULL ? text : "");
}

json_t *hz_finding_to_json(const struct hz_finding *finding)
{
    json_t *object = json_object();
    put_required(object, "detector", finding->detector);
    put_required(object, "class", hz_class_name(finding->class));
    put_required(object, "kind", finding->kind);
    put_required(object, "sure", finding->sure == HZ_CERTAIN ? "certain" : "probable");
    put_required(object, "summary", finding->summary);
    json_object_set_new(object, "times", json_integer((json_int_t)finding->times));
    put_seconds(object, "at", finding->at);
    if (finding->schedule != NULL)
        put_text(object, "schedule", finding->schedule);
    json_t *threads = json_array();
    for (size_t i = 0; i < finding->parties.n; i++)
        json_array_append_new(threads, party_to_json(&finding->parties.at[i]));
    json_object_set_new(object, "threads", threads);
    return object;
}

/* ---- reading ---- */

/* Where the reading is, so that each getter is one line; the first failure stays in `error`. */
struct reader {
    struct hz_arena *arena;
    struct hz_error *error;
};

enum need { OPTIONAL, REQUIRED };

/* A value of that type; NULL in `out` where an optional one is absent. */
static bool get(struct reader *reader, const json_t *object, const char *key, json_type type,
                enum need need, const json_t **out)
{
    static const char *const type_names[] = {
        [JSON_OBJECT] = "an object",
        [JSON_ARRAY] = "a list",
        [JSON_STRING] = "a string",
        [JSON_INTEGER] = "a whole number",
    };
    const json_t *value = json_object_get(object, key);
    *out = NULL;
    if (value == NULL && need == OPTIONAL)
        return true;
    if (value == NULL)
        return hz_fail(reader->error, "a finding without \"%s\"", key);
    if (json_typeof(value) != type)
        return hz_fail(reader->error, "a finding whose \"%s\" is not %s", key, type_names[type]);
    *out = value;
    return true;
}

static bool get_text(struct reader *reader, const json_t *object, const char *key, enum need need,
                     const char **out)
{
    const json_t *value;
    if (!get(reader, object, key, JSON_STRING, need, &value))
        return false;
    *out = value != NULL ? hz_dup(reader->arena, json_string_value(value)) : NULL;
    return true;
}

/* 0 where it is absent. */
static bool get_seconds(struct reader *reader, const json_t *object, const char *key, double *out)
{
    const json_t *value = json_object_get(object, key);
    *out = json_number_value(value);
    if (value != NULL && (!json_is_number(value) || *out < 0))
        return hz_fail(reader->error, "a finding whose \"%s\" is not a number of seconds", key);
    return true;
}

/* Indices of the finding's threads, which are `threads` in number. */
static bool get_waits_on(struct reader *reader, const json_t *object, size_t threads,
                         struct hz_party *out)
{
    const json_t *list;
    if (!get(reader, object, "waits_on", JSON_ARRAY, OPTIONAL, &list))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *index = json_array_get(list, i);
        json_int_t value = json_integer_value(index);
        if (!json_is_integer(index) || value < 0 || (size_t)value >= threads)
            return hz_fail(reader->error, "a finding whose \"waits_on\" names no thread of it");
        *hz_push(reader->arena, &out->waits_on) = (size_t)value;
    }
    return true;
}

static bool get_line(struct reader *reader, const json_t *object, int *out)
{
    const json_t *value;
    if (!get(reader, object, "line", JSON_INTEGER, OPTIONAL, &value))
        return false;
    json_int_t line = value != NULL ? json_integer_value(value) : 0;
    if (line < 0 || line > INT_MAX)
        return hz_fail(reader->error, "a finding with line %" JSON_INTEGER_FORMAT, line);
    *out = (int)line;
    return true;
}

static bool get_address(struct reader *reader, const json_t *object, uint64_t *out)
{
    const json_t *value;
    if (!get(reader, object, "address", JSON_STRING, OPTIONAL, &value))
        return false;
    if (value == NULL)
        return true;
    const char *text = json_string_value(value);
    const char *digits = text + 2;
    size_t n = strncmp(text, "0x", 2) == 0 ? strspn(digits, "0123456789abcdefABCDEF") : 0;
    if (n == 0 || n > 16 || digits[n] != '\0')
        return hz_fail(reader->error, "a finding whose \"address\" is not 0x and up to 16 digits");
    *out = strtoull(digits, NULL, 16);
    return true;
}

static bool read_frame(struct reader *reader, const json_t *object, struct hz_frame *out)
{
    if (!json_is_object(object))
        return hz_fail(reader->error, "a finding with a frame that is not an object");
    return get_text(reader, object, "function", OPTIONAL, &out->function) &&
           get_text(reader, object, "file", OPTIONAL, &out->file) &&
           get_line(reader, object, &out->line) &&
           get_text(reader, object, "module", OPTIONAL, &out->module) &&
           get_address(reader, object, &out->address);
}

static bool read_thing(struct reader *reader, const json_t *object, struct hz_thing *out)
{
    const json_t *taken_at;
    if (!json_is_object(object))
        return hz_fail(reader->error, "a finding that holds what is not an object");
    return get_text(reader, object, "kind", OPTIONAL, &out->kind) &&
           get_text(reader, object, "name", OPTIONAL, &out->name) &&
           get(reader, object, "taken_at", JSON_OBJECT, OPTIONAL, &taken_at) &&
           (taken_at == NULL || read_frame(reader, taken_at, &out->taken_at));
}

static bool read_party(struct reader *reader, const json_t *object, size_t threads,
                       struct hz_party *out)
{
    const json_t *stack, *holds, *waits_for;
    if (!json_is_object(object))
        return hz_fail(reader->error, "a finding with a thread that is not an object");
    if (!get_text(reader, object, "id", OPTIONAL, &out->id) ||
        !get_text(reader, object, "name", OPTIONAL, &out->name) ||
        !get_text(reader, object, "role", OPTIONAL, &out->role) ||
        !get(reader, object, "stack", JSON_ARRAY, REQUIRED, &stack) ||
        !get(reader, object, "holds", JSON_ARRAY, OPTIONAL, &holds) ||
        !get(reader, object, "waits_for", JSON_OBJECT, OPTIONAL, &waits_for) ||
        !get_seconds(reader, object, "waited", &out->waited) ||
        !get_waits_on(reader, object, threads, out))
        return false;
    for (size_t i = 0; i < json_array_size(stack); i++)
        if (!read_frame(reader, json_array_get(stack, i), hz_push(reader->arena, &out->stack)))
            return false;
    for (size_t i = 0; i < json_array_size(holds); i++)
        if (!read_thing(reader, json_array_get(holds, i), hz_push(reader->arena, &out->holds)))
            return false;
    return waits_for == NULL || read_thing(reader, waits_for, &out->waits_for);
}

/* What is a word in JSON and something narrower here: class, sureness, times. */
static bool read_head(struct reader *reader, const json_t *object, struct hz_finding *out)
{
    const char *class, *sure;
    const json_t *times;
    if (!get_text(reader, object, "detector", REQUIRED, &out->detector) ||
        !get_text(reader, object, "class", REQUIRED, &class) ||
        !get_text(reader, object, "kind", REQUIRED, &out->kind) ||
        !get_text(reader, object, "sure", REQUIRED, &sure) ||
        !get_text(reader, object, "summary", REQUIRED, &out->summary) ||
        !get(reader, object, "times", JSON_INTEGER, REQUIRED, &times) ||
        !get_seconds(reader, object, "at", &out->at) ||
        !get_text(reader, object, "schedule", OPTIONAL, &out->schedule))
        return false;
    if (!hz_class_parse(class, &out->class))
        return hz_fail(reader->error, "a finding of unknown class \"%s\"", class);
    if (strcmp(sure, "certain") != 0 && strcmp(sure, "probable") != 0)
        return hz_fail(reader->error, "a finding that is \"%s\", not certain or probable", sure);
    out->sure = strcmp(sure, "certain") == 0 ? HZ_CERTAIN : HZ_PROBABLE;
    if (json_integer_value(times) < 1)
        return hz_fail(reader->error, "a finding that was said less than once");
    out->times = (unsigned long)json_integer_value(times);
    return true;
}

bool hz_finding_from_json(struct hz_arena *arena, const json_t *object, struct hz_finding *out,
                          struct hz_error *error)
{
    struct reader reader = {arena, error};
    const json_t *threads;
    *out = (struct hz_finding){0};
    if (!json_is_object(object))
        return hz_fail(error, "a finding that is not an object");
    if (!read_head(&reader, object, out) ||
        !get(&reader, object, "threads", JSON_ARRAY, REQUIRED, &threads))
        return false;
    size_t n = json_array_size(threads);
    for (size_t i = 0; i < n; i++)
        if (!read_party(&reader, json_array_get(threads, i), n, hz_push(arena, &out->parties)))
            return false;
    return true;
}
