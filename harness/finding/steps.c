#include "finding/steps.h"

#include "finding/finding.h"

#include <limits.h>
#include <string.h>

#define MOST_THREADS 65536 /* far more than the explorer has; a column each is made of them */

static const char *const acts[HZ_ACTS] = {"step", "takes", "lets-go", "waits", "others"};

const char *hz_act_name(enum hz_act act)
{
    return acts[act];
}

static bool act_parse(const char *name, enum hz_act *out)
{
    for (int i = 0; i < HZ_ACTS; i++) {
        if (strcmp(name, acts[i]) == 0) {
            *out = (enum hz_act)i;
            return true;
        }
    }
    return false;
}

static void put_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new(object, key, hz_json_text(text));
}

static void put_number(json_t *object, const char *key, long long number)
{
    if (number > 0)
        json_object_set_new(object, key, json_integer(number));
}

static json_t *step_to_json(const struct hz_step *step)
{
    json_t *object = json_object();
    put_number(object, "number", step->number);
    json_object_set_new(object, "thread", json_integer(step->thread));
    put_text(object, "act", hz_act_name(step->act));
    put_text(object, "what", step->what != NULL ? step->what : "");
    put_text(object, "object", step->object);
    put_text(object, "function", step->function);
    put_text(object, "file", step->file);
    put_number(object, "line", step->line);
    put_text(object, "source", step->source);
    if (step->wrong)
        json_object_set_new(object, "wrong", json_true());
    put_number(object, "left_out", step->left_out);
    return object;
}

json_t *hz_steps_to_json(const hz_steps *steps)
{
    json_t *list = json_array();
    for (size_t i = 0; i < steps->n; i++)
        json_array_append_new(list, step_to_json(&steps->at[i]));
    return list;
}

static bool step_from_json(struct hz_arena *arena, json_t *object, struct hz_step *out,
                           struct hz_error *error)
{
    json_int_t number = 0, thread, line = 0, left_out = 0;
    const char *act, *what, *thing = NULL, *function = NULL, *file = NULL, *source = NULL;
    int wrong = 0;
    json_error_t why;
    if (json_unpack_ex(object, &why, 0,
                       "{s?I, s:I, s:s, s:s, s?s, s?s, s?s, s?I, s?s, s?b, s?I}", "number", &number,
                       "thread", &thread, "act", &act, "what", &what, "object", &thing, "function",
                       &function, "file", &file, "line", &line, "source", &source, "wrong", &wrong,
                       "left_out", &left_out) != 0)
        return hz_fail(error, "a step of a schedule that is none: %s", why.text);
    *out = (struct hz_step){.what = hz_dup(arena, what), .object = hz_dup(arena, thing),
                            .function = hz_dup(arena, function), .file = hz_dup(arena, file),
                            .source = hz_dup(arena, source), .wrong = wrong != 0};
    if (!act_parse(act, &out->act))
        return hz_fail(error, "a step of a schedule with the unknown \"act\" \"%s\"", act);
    if (thread < 0 || thread >= MOST_THREADS || number < 0 || number > UINT_MAX || line < 0 ||
        line > INT_MAX || left_out < 0 || left_out > UINT_MAX)
        return hz_fail(error, "a step of a schedule with a number that cannot be");
    out->number = (unsigned)number;
    out->thread = (unsigned)thread;
    out->line = (int)line;
    out->left_out = (unsigned)left_out;
    return true;
}

bool hz_steps_from_json(struct hz_arena *arena, const json_t *list, hz_steps *out,
                        struct hz_error *error)
{
    size_t n = json_array_size(list);
    if (list != NULL && !json_is_array(list))
        return hz_fail(error, "the \"steps\" of a run are not a list");
    for (size_t i = 0; i < n; i++)
        if (!step_from_json(arena, json_array_get(list, i), hz_push(arena, out), error))
            return false;
    return true;
}
