#include "watchdog/starve_parts.h"

#include <stdlib.h>
#include <string.h>

/* ---- opening -------------------------------------------------------------------- */

struct hzw_starve *hzw_starve_open(const struct hzw_options *options,
                                   const struct hzw_region *region)
{
    struct hzw_starve *starve = calloc(1, sizeof *starve);
    if (starve == NULL)
        return NULL;
    starve->options = *options;
    starve->region = region;
    hz_arena_init(&starve->kept);
    hz_arena_init(&starve->looks[0]);
    hz_arena_init(&starve->looks[1]);
    return starve;
}

void hzw_starve_close(struct hzw_starve *starve)
{
    if (starve == NULL)
        return;
    hz_arena_free(&starve->kept);
    hz_arena_free(&starve->looks[0]);
    hz_arena_free(&starve->looks[1]);
    free(starve);
}

/* ---- reading slots -------------------------------------------------------------- */

static const struct hzt_thread *find_thread(const hzt_threads *threads, uint64_t owner)
{
    for (size_t i = 0; i < threads->n; i++) {
        const struct hzt_thread *thread = &threads->at[i];
        if ((uint32_t)thread->tid == owner >> 32 && (uint32_t)thread->pid == (uint32_t)owner)
            return thread->state != HZT_ZOMBIE ? thread : NULL;
    }
    return NULL;
}

static void find_actors(struct hzw_glance *look)
{
    const struct hzw_region *region = look->starve->region;
    for (uint32_t i = 0; i < atomic_load(&region->next_slot) && i < HZW_SLOTS; i++) {
        const struct hzw_slot *slot = &region->slot[i];
        uint64_t owner = atomic_load(&slot->owner);
        const struct hzt_thread *thread =
            owner >> 32 != 0 ? find_thread(look->threads, owner) : NULL;
        if (thread != NULL)
            *hz_push(look->arena, &look->actors) = (struct hzw_actor){slot, thread, owner};
    }
}

bool hzw_same_process(const struct hzw_actor *a, const struct hzw_actor *b)
{
    return (uint32_t)a->owner == (uint32_t)b->owner;
}

const struct hzw_actor *hzw_find_actor(const struct hzw_glance *look, uint64_t owner)
{
    for (size_t i = 0; i < look->actors.n; i++)
        if (look->actors.at[i].owner == owner)
            return &look->actors.at[i];
    return NULL;
}

struct hzw_count hzw_read_count(const struct hzw_tally *tally)
{
    struct hzw_count count = {.object = atomic_load(&tally->object)};
    count.kind = tally->kind;
    count.taken = atomic_load(&tally->taken);
    count.refused = atomic_load(&tally->refused);
    count.caller = atomic_load(&tally->caller);
    if (atomic_load(&tally->object) != count.object)
        return (struct hzw_count){0};
    return count;
}

struct hzw_count hzw_find_count(const struct hzw_slot *slot, uint64_t object)
{
    for (uint32_t i = 0; i < HZW_PROBES; i++) {
        const struct hzw_tally *tally = &slot->tally[hzw_place(object, i)];
        if (atomic_load(&tally->object) == object)
            return hzw_read_count(tally);
    }
    return (struct hzw_count){0};
}

/* The entry in the list of what it holds; `object` 0 if it does not hold it. */
struct hzw_held hzw_find_held(const struct hzw_slot *slot, uint64_t object)
{
    for (uint32_t i = 0; i < HZW_HELD && slot->held[i].object != 0; i++) {
        struct hzw_held held = slot->held[i];
        if (held.object == object)
            return held;
    }
    return (struct hzw_held){0};
}

/* ---- words ---------------------------------------------------------------------- */

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

/* True the first time that it is asked for that thread and object. */
bool hzw_is_new(struct hzw_glance *look, const char *kind, uint64_t owner, uint64_t object)
{
    struct hzw_starve *starve = look->starve;
    for (size_t i = 0; i < starve->reported.n; i++) {
        const struct hzw_said *one = &starve->reported.at[i];
        if (one->owner == owner && one->object == object && strcmp(one->kind, kind) == 0)
            return false;
    }
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

/* ---- the look ------------------------------------------------------------------- */

void hzw_starve_look(struct hzw_starve *starve, struct hz_arena *arena, const hzt_threads *threads,
                     uint64_t now, hzw_suspicions *out)
{
    struct hz_arena *memory = &starve->looks[starve->turn];
    hz_arena_free(memory);
    hz_arena_init(memory);
    struct hzw_glance look = {.starve = starve,
                              .arena = arena,
                              .memory = memory,
                              .threads = threads,
                              .now = now,
                              .then = *starve,
                              .out = out};
    memset(&starve->waiters, 0, sizeof starve->waiters);
    memset(&starve->holds, 0, sizeof starve->holds);
    memset(&starve->rows, 0, sizeof starve->rows);
    find_actors(&look);
    hzw_look_for_retries(&look);
    hzw_look_for_bypass(&look);
    hzw_look_for_stuck_holders(&look);
    hzw_look_for_zombies(&look);
    starve->turn = 1 - starve->turn;
}
