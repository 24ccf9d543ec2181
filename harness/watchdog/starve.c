#include "watchdog/starve_parts.h"

#include <stdlib.h>
#include <string.h>

/* ---- opening -------------------------------------------------------------------- */

struct hzw_starve *hzw_starve_open(const struct hzw_options *options,
                                   const struct hzw_region *region)
{
    struct hzw_starve *starve = calloc(1, sizeof *starve);
    uint64_t *owners = calloc(HZW_SLOTS, sizeof *owners);
    if (starve == NULL || owners == NULL) {
        free(starve);
        free(owners);
        return NULL;
    }
    starve->options = *options;
    starve->region = region;
    starve->owners = owners;
    starve->load = getloadavg;
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
    free(starve->counts[0].at);
    free(starve->counts[1].at);
    free(starve->owners);
    free(starve);
}

void hzw_starve_pauses(struct hzw_starve *starve, void (*pause)(void *), void *context)
{
    starve->pause = pause;
    starve->paused = context;
}

/* ---- the threads ---------------------------------------------------------------- */

/* The threads by their ids: a table of indices and 1, twice as long as it must be. */
struct by_owner {
    uint32_t *at;
    size_t room; /* a power of two */
};

static uint64_t owner_of(const struct hzt_thread *thread)
{
    return (uint64_t)(uint32_t)thread->tid << 32 | (uint32_t)thread->pid;
}

static size_t hash_of(uint64_t owner, size_t room)
{
    return (size_t)(owner * 0x9e3779b97f4a7c15ull >> 32) & (room - 1);
}

static struct by_owner index_threads(struct hzw_glance *look)
{
    struct by_owner table = {.room = 64};
    while (table.room < 2 * look->threads->n)
        table.room *= 2;
    table.at = hz_alloc(look->memory, table.room * sizeof *table.at);
    for (size_t i = 0; i < look->threads->n; i++) {
        hzw_step(look->starve);
        size_t at = hash_of(owner_of(&look->threads->at[i]), table.room);
        while (table.at[at] != 0)
            at = (at + 1) & (table.room - 1);
        table.at[at] = (uint32_t)i + 1;
    }
    look->starve->steps += look->threads->n;
    return table;
}

/* Index of the thread and 1; 0 if there is none. */
static uint32_t find_thread(const struct hzw_glance *look, const struct by_owner *table,
                            uint64_t owner)
{
    for (size_t at = hash_of(owner, table->room); table->at[at] != 0;
         at = (at + 1) & (table->room - 1))
        if (owner_of(&look->threads->at[table->at[at] - 1]) == owner)
            return table->at[at];
    return 0;
}

pid_t hzw_pid_of(uint64_t owner)
{
    return (pid_t)(uint32_t)owner;
}

/* A program that is replaced by exec leaves its slot behind: of two slots the later counts. */
static void find_actors(struct hzw_glance *look)
{
    const struct hzw_region *region = look->starve->region;
    struct by_owner table = index_threads(look);
    uint32_t used = atomic_load(&region->next_slot);
    uint32_t *slot_of = hz_alloc(look->memory, look->threads->n * sizeof *slot_of);
    for (uint32_t i = 0; i < used && i < HZW_SLOTS; i++) {
        uint32_t thread = find_thread(look, &table, atomic_load(&region->slot[i].owner));
        if (thread != 0)
            slot_of[thread - 1] = i + 1;
        look->starve->steps++;
        hzw_step(look->starve);
    }
    for (uint32_t i = 0; i < used && i < HZW_SLOTS; i++) {
        hzw_step(look->starve);
        const struct hzw_slot *slot = &region->slot[i];
        uint64_t owner = atomic_load(&slot->owner);
        uint32_t thread = owner >> 32 != 0 ? find_thread(look, &table, owner) : 0;
        if (thread == 0 || slot_of[thread - 1] != i + 1 ||
            look->threads->at[thread - 1].state == HZT_ZOMBIE)
            continue;
        *hz_push(look->memory, &look->actors) =
            (struct hzw_actor){slot, &look->threads->at[thread - 1], owner, i, 0};
        look->several |= hzw_pid_of(owner) != hzw_pid_of(look->actors.at[0].owner);
    }
}

/* ---- reading slots -------------------------------------------------------------- */

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
    uint32_t probes = hzw_probes(slot);
    for (uint32_t i = 0; i < probes; i++) {
        const struct hzw_tally *tally = hzw_tally_at(slot, hzw_place(object, i));
        if (atomic_load(&tally->object) == object)
            return hzw_read_count(tally);
    }
    return (struct hzw_count){0};
}

struct hzw_held hzw_find_held(const struct hzw_slot *slot, uint64_t object)
{
    for (uint32_t i = 0, n = hzw_held_named(slot); i < n; i++) {
        struct hzw_held held = *hzw_held_at(slot, i);
        if (held.object == object)
            return held;
    }
    return (struct hzw_held){0};
}

/* ---- the look ------------------------------------------------------------------- */

/* The next look knows the threads by their slots. */
static void remember_owners(struct hzw_glance *look)
{
    memset(look->starve->owners, 0, HZW_SLOTS * sizeof *look->starve->owners);
    for (size_t i = 0; i < look->actors.n; i++)
        look->starve->owners[look->actors.at[i].place] = look->actors.at[i].owner;
}

/* Room for as many as there were at the look before: to grow leaves the old room unused. */
#define RESERVE(memory, vec, count)                                                                \
    do {                                                                                           \
        (vec)->capacity = (count) + (count) / 8 + 16;                                              \
        (vec)->at = obstack_alloc(&(memory)->stack, (vec)->capacity * sizeof *(vec)->at);          \
        (vec)->n = 0;                                                                              \
    } while (0)

static void make_room(struct hzw_glance *look)
{
    struct hzw_starve *starve = look->starve;
    const struct hzw_starve *then = &look->then;
    memset(&starve->table, 0, sizeof starve->table);
    RESERVE(look->memory, &starve->waiters, then->waiters.n);
    RESERVE(look->memory, &starve->rows, then->rows.n);
    RESERVE(look->memory, &starve->table.keys, then->table.keys.n);
    RESERVE(look->memory, &starve->table.doors, then->table.doors.n);
    RESERVE(look->memory, &look->actors, look->threads->n);
    look->counts->n = 0;
}

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
                              .counts = &starve->counts[starve->turn],
                              .then = *starve,
                              .out = out};
    make_room(&look);
    find_actors(&look);
    hzw_collect_waiters(&look);
    hzw_find_aliases(&look);
    hzw_settle_epochs(&look);
    hzw_read_accounts(&look);
    hzw_look_for_retries(&look);
    hzw_look_for_bypass(&look);
    hzw_look_for_stuck_holders(&look);
    hzw_look_for_inversions(&look);
    hzw_look_for_zombies(&look);
    remember_owners(&look);
    starve->turn = 1 - starve->turn;
    /* What the look before remembered is of no use any more. */
    hz_arena_free(&starve->looks[starve->turn]);
    hz_arena_init(&starve->looks[starve->turn]);
}
