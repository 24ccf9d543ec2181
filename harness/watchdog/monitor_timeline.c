/*
 * What each of the first threads was at lately, as the quick looks see it: waiting for what,
 * holding what, or neither. A ring for each, so that memory is bounded; when something is
 * found it becomes a timeline, with names, while the program is still there.
 */
#include "watchdog/monitor_parts.h"
#include "watchdog/starve_parts.h"

#include <stdlib.h>
#include <string.h>

/* 64 threads with 512 changes of 40 bytes: 1.3 MiB at most, as far as they are used. */
#define SLOTS 64
#define CHANGES 512
/* What goes into the stream of them. */
#define MOST_THREADS 16
#define MOST_CHANGES 200

/* It is at that from `at` on. */
struct change {
    uint64_t owner;  /* tid << 32 | pid; 0: nobody */
    uint64_t object; /* what it holds or waits for */
    double at;
    enum hz_state state;
    uint32_t seq;   /* of a wait: another wait for the same is another one */
    uint32_t times; /* holding: how often it was taken */
    uint32_t kind;  /* of a wait: enum hzw_kind */
};

struct history {
    uint64_t n; /* changes so far; the last CHANGES of them are there */
    uint64_t object, taken; /* what it was seen to hold last, and its account of that */
    struct change ring[CHANGES];
};

struct hzw_history {
    struct history thread[SLOTS];
    bool made, starving; /* of `timeline`: it is there; it is that of a thread that starves */
    struct hz_timeline timeline;
};

void hzw_history_free(struct hzw_monitor *monitor)
{
    free(monitor->history);
}

const struct hz_timeline *hzw_timeline(const struct hzw_monitor *monitor)
{
    return monitor->history != NULL && monitor->history->made ? &monitor->history->timeline : NULL;
}

/* ---- looking ----------------------------------------------------------------------------- */

/* What it tries for in vain, twice in a row or more; 0: nothing. A descriptor is no lock. */
static uint64_t tried_in_vain(const struct hzw_slot *slot)
{
    for (uint32_t i = 0; i < HZW_TALLIES_NEAR; i++)
        if (atomic_load_explicit(&slot->tally[i].refused, memory_order_relaxed) > 1 &&
            slot->tally[i].kind != HZW_IO)
            return atomic_load_explicit(&slot->tally[i].object, memory_order_relaxed);
    return 0;
}

/* What the thread of the slot is at. A wait that ends at this moment counts as none. */
static struct change state_of(const struct hzw_slot *slot)
{
    struct change change = {.owner = atomic_load_explicit(&slot->owner, memory_order_acquire),
                            .state = HZ_STATE_RUNNING};
    uint32_t seq = atomic_load_explicit(&slot->wait_seq, memory_order_acquire);
    uint64_t object = slot->wait.object;
    uint32_t kind = slot->wait.kind;
    atomic_thread_fence(memory_order_acquire);
    if (change.owner >> 32 == 0)
        return (struct change){0};
    if (seq % 2 == 1 && atomic_load_explicit(&slot->wait_seq, memory_order_relaxed) == seq) {
        change.state = HZ_STATE_WAITING;
        change.object = object;
        change.kind = kind;
        change.seq = seq;
        return change;
    }
    uint32_t n = hzw_held_named(slot);
    object = n > 0 ? hzw_held_at(slot, n - 1)->object : 0;
    if (object != 0) { /* it may have been let go between the two readings */
        change.state = HZ_STATE_HOLDING;
        change.object = object;
        return change;
    }
    change.object = tried_in_vain(slot);
    change.state = change.object != 0 ? HZ_STATE_WAITING : HZ_STATE_RUNNING;
    return change;
}

static bool same(const struct change *one, const struct change *other)
{
    return one->owner == other->owner && one->state == other->state &&
           one->object == other->object && one->seq == other->seq;
}

/* How often it took what it holds since it was last seen to hold it; once, if never. */
static uint32_t taken_since(struct history *history, const struct hzw_slot *slot, uint64_t object)
{
    uint64_t taken = hzw_find_count(slot, object).taken;
    uint64_t since = history->object == object && taken >= history->taken ? taken - history->taken
                                                                          : 1;
    history->object = object;
    history->taken = taken;
    return (uint32_t)since;
}

static void look_at(struct history *history, const struct hzw_slot *slot, double now)
{
    struct change change = state_of(slot);
    struct change *last = history->n > 0 ? &history->ring[(history->n - 1) % CHANGES] : NULL;
    if (last == NULL && change.owner == 0)
        return;
    if (last != NULL && last->owner != change.owner)
        history->object = 0;
    if (change.state == HZ_STATE_HOLDING)
        change.times = taken_since(history, slot, change.object);
    if (last != NULL && same(last, &change)) {
        last->times += change.times;
        return;
    }
    change.at = now;
    history->ring[history->n++ % CHANGES] = change;
}

void hzw_history_look(struct hzw_monitor *monitor, double now)
{
    uint32_t used = atomic_load(&monitor->region->next_slot);
    if (used == 0)
        return;
    if (monitor->history == NULL)
        monitor->history = calloc(1, sizeof *monitor->history);
    for (uint32_t i = 0; monitor->history != NULL && i < used && i < SLOTS; i++)
        look_at(&monitor->history->thread[i], &monitor->region->slot[i], now);
}

/* ---- telling ----------------------------------------------------------------------------- */

/* A lock by its name: what processes share has one name for all of them. */
struct named {
    pid_t pid;
    uint64_t object;
    bool shared;
    struct hzw_lock_name place;
    const char *name;
};

struct telling {
    struct hzw_monitor *monitor;
    struct hz_arena *arena;
    struct hz_timeline *out;
    double begin, now;
    HZ_VEC(struct named) names;
};

static uint64_t oldest(const struct history *history)
{
    return history->n > MOST_CHANGES ? history->n - MOST_CHANGES : 0;
}

/* NULL: it is no thing, but the end of a thread, or nothing. */
static const char *name_of(struct telling *telling, const struct change *change)
{
    if (change->object == 0 || change->kind == HZW_JOIN)
        return NULL;
    struct hzw_monitor *monitor = telling->monitor;
    struct named named = {.pid = (pid_t)(uint32_t)change->owner, .object = change->object};
    for (size_t i = 0; i < telling->names.n; i++)
        if (telling->names.at[i].pid == named.pid && telling->names.at[i].object == named.object)
            return telling->names.at[i].name;
    named.shared = hzw_shared_name(monitor->orders, change->owner, change->object, telling->now,
                                   &named.place);
    for (size_t i = 0; named.shared && named.name == NULL && i < telling->names.n; i++)
        if (telling->names.at[i].shared && telling->names.at[i].place.space == named.place.space &&
            telling->names.at[i].place.offset == named.place.offset)
            named.name = telling->names.at[i].name;
    if (named.name == NULL)
        named.name = hzw_name_of(telling->arena, hzs_cache_get(monitor->names, named.pid),
                                 (pid_t)(change->owner >> 32), change->object);
    *hz_push(telling->arena, &telling->names) = named;
    return named.name;
}

/* Whether it has waited for or held something, of what the timeline shows. */
static bool takes_part(const struct history *history)
{
    for (uint64_t i = oldest(history); i < history->n; i++)
        if (history->ring[i % CHANGES].object != 0)
            return true;
    return false;
}

static void add_thread(struct telling *telling, uint64_t owner)
{
    struct hz_timeline_thread *thread = hz_push(telling->arena, &telling->out->threads);
    struct hzt_thread seen;
    pid_t pid = (pid_t)(uint32_t)owner, tid = (pid_t)(owner >> 32);
    thread->id = hz_printf(telling->arena, "pid %d tid %d", (int)pid, (int)tid);
    if (hzt_read(pid, tid, &seen))
        thread->name = hz_dup(telling->arena, seen.name);
}

/* Of the slot's latest owner; one that was there before it is another thread. */
static void tell_history(struct telling *telling, const struct history *history)
{
    uint64_t owner = history->ring[(history->n - 1) % CHANGES].owner;
    if (owner == 0)
        return;
    if (telling->out->threads.n == MOST_THREADS) {
        telling->out->left_out++;
        return;
    }
    add_thread(telling, owner);
    for (uint64_t i = oldest(history); i < history->n; i++) {
        const struct change *change = &history->ring[i % CHANGES];
        double to = i + 1 < history->n ? history->ring[(i + 1) % CHANGES].at : telling->now;
        if (change->owner != owner || to <= telling->begin)
            continue;
        double from = change->at > telling->begin ? change->at : telling->begin;
        *hz_push(telling->arena, &telling->out->intervals) = (struct hz_interval){
            telling->out->threads.n - 1, from - telling->begin, to - telling->begin, change->state,
            name_of(telling, change), change->times};
    }
}

/* From when on all that were at something are known to the end. */
static double begin_of(const struct hzw_history *all, double now)
{
    double first = now, known = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        const struct history *history = &all->thread[i];
        if (history->n == 0)
            continue;
        double at = history->ring[oldest(history) % CHANGES].at;
        first = at < first ? at : first;
        if (oldest(history) > 0 && at > known)
            known = at;
    }
    return known > first ? known : first;
}

/* Of who hangs in pipes or the like there is nothing to be seen here. */
static bool anybody(const struct hzw_history *all)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (takes_part(&all->thread[i]))
            return true;
    return false;
}

void hzw_history_tell(struct hzw_monitor *monitor, bool starving)
{
    struct hzw_history *all = monitor->history;
    if (all == NULL || (all->made && (all->starving || !starving)) || !anybody(all))
        return;
    all->made = true;
    all->starving = starving;
    all->timeline = (struct hz_timeline){0};
    double now = hz_now();
    struct telling telling = {.monitor = monitor, .arena = &monitor->kept, .out = &all->timeline,
                              .begin = begin_of(all, now), .now = now};
    all->timeline.length = now - telling.begin;
    for (int part = 1; part >= 0; part--) /* those that take part come first */
        for (size_t i = 0; i < SLOTS; i++)
            if (all->thread[i].n > 0 && takes_part(&all->thread[i]) == (part == 1))
                tell_history(&telling, &all->thread[i]);
    uint32_t used = atomic_load(&monitor->region->next_slot);
    all->timeline.left_out += used > SLOTS ? used - SLOTS : 0;
    hz_timeline_passes(&monitor->kept, &all->timeline);
}
