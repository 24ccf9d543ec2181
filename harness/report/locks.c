#include "report/locks.h"

#include <stdlib.h>

#define UNPACK(object, why, ...) json_unpack_ex((json_t *)(object), why, 0, __VA_ARGS__)

static bool spread_of(const json_t *object, struct hz_spread *out, json_error_t *why)
{
    json_int_t n;
    if (UNPACK(object, why, "{s:I, s:F, s:F, s:F, s:F}", "n", &n, "seconds", &out->seconds,
               "median", &out->median, "p99", &out->p99, "longest", &out->longest) != 0)
        return false;
    out->n = n > 0 ? (unsigned long)n : 0;
    return true;
}

static bool user_of(struct hz_arena *arena, const json_t *object, struct hz_lock_user *out,
                    json_error_t *why)
{
    json_int_t pid, tid, taken;
    const char *routine;
    if (UNPACK(object, why, "{s:I, s:I, s:s, s:I}", "pid", &pid, "tid", &tid, "routine", &routine,
               "taken", &taken) != 0)
        return false;
    *out = (struct hz_lock_user){(long)pid, (long)tid, hz_dup(arena, routine),
                                 taken > 0 ? (unsigned long)taken : 0};
    return true;
}

static bool lock_of(struct hz_arena *arena, const json_t *object, struct hz_lock *out,
                    json_error_t *why)
{
    json_int_t taken, refused, waiting;
    const char *kind, *name;
    json_t *waits, *holds, *threads;
    if (UNPACK(object, why, "{s:s, s:s, s:I, s:I, s:I, s:F, s:o, s:o, s:o}", "kind", &kind, "name",
               &name, "taken", &taken, "refused", &refused, "waiting", &waiting, "fairness",
               &out->fairness, "waits", &waits, "holds", &holds, "threads", &threads) != 0 ||
        !spread_of(waits, &out->waits, why) || !spread_of(holds, &out->holds, why))
        return false;
    out->kind = hz_dup(arena, kind);
    out->name = hz_dup(arena, name);
    out->taken = taken > 0 ? (unsigned long)taken : 0;
    out->refused = refused > 0 ? (unsigned long)refused : 0;
    out->waiting = waiting > 0 ? (unsigned long)waiting : 0;
    for (size_t i = 0; i < json_array_size(threads); i++)
        if (!user_of(arena, json_array_get(threads, i), hz_push(arena, &out->threads), why))
            return false;
    return true;
}

bool hz_locks_from_json(struct hz_arena *arena, const json_t *object, struct hz_locks *out,
                        struct hz_error *error)
{
    json_error_t why;
    const char *pair;
    json_t *locks;
    *out = (struct hz_locks){0};
    if (UNPACK(object, &why, "{s:s, s:o}", "pair", &pair, "locks", &locks) != 0)
        return hz_fail(error, "\"locks\" that are none: %s", why.text);
    out->pair = hz_dup(arena, pair);
    for (size_t i = 0; i < json_array_size(locks); i++)
        if (!lock_of(arena, json_array_get(locks, i), hz_push(arena, &out->locks), &why))
            return hz_fail(error, "a measured lock that is none: %s", why.text);
    char *event = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
    out->event = hz_dup(arena, event);
    free(event);
    return true;
}
