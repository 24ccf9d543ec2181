#include "watchdog/starve_parts.h"

#include <inttypes.h>
#include <string.h>

const char *hzw_kind_word(uint32_t kind)
{
    switch (kind) {
    case HZW_MUTEX:
        return "mutex";
    case HZW_RWLOCK_READ:
    case HZW_RWLOCK_WRITE:
        return "rwlock";
    case HZW_SPIN:
        return "spin lock";
    case HZW_SEM:
        return "semaphore";
    case HZW_COND:
        return "condition";
    default:
        return "lock";
    }
}

double hzw_seconds(uint64_t since, uint64_t now)
{
    return now > since ? (double)(now - since) / 1e9 : 0;
}

const char *hzw_number(struct hz_arena *arena, uint64_t number)
{
    const char *text = "";
    for (; number >= 1000; number /= 1000)
        text = hz_printf(arena, ",%03" PRIu64 "%s", number % 1000, text);
    return hz_printf(arena, "%" PRIu64 "%s", number, text);
}

bool hzw_is_new(struct hzw_glance *look, const char *kind, uint64_t owner, uint64_t object)
{
    struct hzw_starve *starve = look->starve;
    unsigned of_object = 0;
    for (size_t i = 0; i < starve->reported.n; i++) {
        const struct hzw_said *one = &starve->reported.at[i];
        if (one->object != object || hzw_pid_of(one->owner) != hzw_pid_of(owner) ||
            strcmp(one->kind, kind) != 0)
            continue;
        of_object += object != 0;
        if (one->owner == owner)
            return false;
    }
    if (of_object >= HZW_MOST_OF_OBJECT || starve->reported.n >= HZW_MOST_SAID)
        return false;
    *hz_push(&starve->kept, &starve->reported) = (struct hzw_said){kind, owner, object};
    return true;
}

struct hzw_suspicion *hzw_add_suspicion(struct hzw_glance *look, const char *kind,
                                        enum hz_sure sure, const char *summary)
{
    struct hzw_suspicion *suspicion = hz_push(look->arena, look->out);
    suspicion->kind = kind;
    suspicion->sure = sure;
    suspicion->summary = summary;
    return suspicion;
}

struct hzw_suspect *hzw_add_suspect(struct hzw_glance *look, struct hzw_suspicion *suspicion,
                                    const struct hzt_thread *thread, const char *role)
{
    struct hzw_suspect *suspect = hz_push(look->arena, &suspicion->suspects);
    suspect->pid = thread->pid;
    suspect->tid = thread->tid;
    suspect->role = role;
    return suspect;
}
