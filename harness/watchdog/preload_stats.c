/* What is measured of each lock: see shared_stats.h. */
#include "watchdog/preload.h"

#include <string.h>

struct hzw_stats *hzw_stats;
static struct hzw_region *region;

void hzw_stat_start(struct hzw_region *found)
{
    region = found;
    hzw_stats = found->stats.measure != 0 ? &found->stats : NULL;
}

static struct hzw_stat_thread *thread_of(const struct hzw_slot *slot)
{
    return &region->stats_of[slot - region->slot];
}

static void add(_Atomic uint64_t *counter, uint64_t more)
{
    atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

static void add_time(struct hzw_times *times, uint64_t nanoseconds, uint64_t weight)
{
    add(&times->count[hzw_bucket(nanoseconds)], weight);
    add(&times->total, nanoseconds * weight);
    uint64_t most = atomic_load_explicit(&times->most, memory_order_relaxed);
    while (nanoseconds > most &&
           !atomic_compare_exchange_weak_explicit(&times->most, &most, nanoseconds,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
}

/* ---- the lock ------------------------------------------------------------------- */

#define NO_LOCK UINT32_MAX
#define MOST_PROBES 64

static void introduce(uint32_t place, const struct hzw_slot *slot, uint32_t kind, uint64_t object,
                      uint64_t caller)
{
    struct hzw_stat_lock *lock = &hzw_stats->lock[place];
    lock->kind = kind;
    lock->object = object & ~(uint64_t)1;
    lock->owner = atomic_load_explicit(&slot->owner, memory_order_relaxed);
    lock->caller = caller;
    atomic_store_explicit(&lock->ready, 1, memory_order_release);
    atomic_fetch_add_explicit(&hzw_stats->locks, 1, memory_order_release);
}

/* The place of a lock of this image, which is entered if it is new. */
static uint32_t place_of(const struct hzw_slot *slot, uint32_t kind, uint64_t object,
                         uint64_t caller)
{
    bool added = false;
    uint64_t key = hzw_mix(object ^ hzw_mix(hzw_image())) | 1;
    const struct hzw_keys keys = {hzw_stats->key, sizeof hzw_stats->key[0], HZW_STAT_LOCKS,
                                  MOST_PROBES};
    uint64_t place = hzw_find_key(keys, key >> 32, key, &added);
    if (added)
        introduce((uint32_t)place, slot, kind, object, caller);
    return place != HZW_NOWHERE ? (uint32_t)place : NO_LOCK;
}

/* ---- a thread's own counts -------------------------------------------------------- */

/* NULL: there is no place for that share any more. */
static struct hzw_stat_share *share_of(const struct hzw_slot *slot, uint64_t key)
{
    bool added = false;
    const struct hzw_keys keys = {&hzw_stats->share[0].key, sizeof hzw_stats->share[0],
                                  HZW_STAT_SHARES, MOST_PROBES};
    uint64_t place = hzw_find_key(keys, hzw_mix(key) >> 32, key, &added);
    if (place == HZW_NOWHERE)
        return NULL;
    struct hzw_stat_share *entry = &hzw_stats->share[place];
    if (added) {
        atomic_store_explicit(&entry->owner, atomic_load(&slot->owner), memory_order_relaxed);
        atomic_store_explicit(&entry->start, slot->start, memory_order_relaxed);
        atomic_fetch_add(&hzw_stats->shares, 1);
    }
    return entry;
}

/* From now on they are in the table for all; `thread` is the number of the one that counted. */
static void share(const struct hzw_slot *slot, const struct hzw_stat_own *own)
{
    uint64_t key = (uint64_t)(own->lock + 1) << 48 | (slot->thread & 0xffffffffffffull);
    uint64_t taken = atomic_load_explicit(&own->taken, memory_order_relaxed);
    struct hzw_stat_share *entry = share_of(slot, key);
    add(entry != NULL ? &entry->taken : &hzw_stats->shares_lost, taken);
}

void hzw_stat_end(const struct hzw_slot *slot)
{
    if (hzw_stats == NULL)
        return;
    struct hzw_stat_thread *thread = thread_of(slot);
    for (uint32_t i = 0; i < HZW_STAT_OWN; i++)
        if (atomic_load_explicit(&thread->own[i].object, memory_order_relaxed) != 0)
            share(slot, &thread->own[i]);
    memset(thread, 0, sizeof *thread);
}

/* NULL: there is no place for that lock any more. */
static struct hzw_stat_own *own_of(const struct hzw_slot *slot, uint32_t kind, uint64_t address,
                                   uint64_t caller)
{
    uint64_t object = HZW_STAT_OBJECT(address, kind);
    struct hzw_stat_own *own = &thread_of(slot)->own[(hzw_mix(object) >> 32) & (HZW_STAT_OWN - 1)];
    uint64_t before = atomic_load_explicit(&own->object, memory_order_relaxed);
    if (before == object)
        return own;
    uint32_t place = place_of(slot, kind, object, caller);
    if (place == NO_LOCK) {
        add(&hzw_stats->lost, 1);
        return NULL;
    }
    if (before != 0)
        share(slot, own);
    atomic_store_explicit(&own->object, 0, memory_order_relaxed);
    atomic_store_explicit(&own->taken, 0, memory_order_relaxed);
    own->next = 1;
    own->lock = place;
    atomic_store_explicit(&own->object, object, memory_order_release);
    return own;
}

/* ---- holds ------------------------------------------------------------------------ */

/* Numerical Recipes' generator: good enough for gaps. */
static uint32_t gap(struct hzw_stat_thread *thread)
{
    thread->random = thread->random * 1664525u + 1013904223u;
    return 1 + (thread->random >> 16) % (2 * HZW_MEAN_GAP - 1);
}

/* They stay in the order in which they were opened. */
static void close_hold(struct hzw_stat_thread *thread, uint32_t i)
{
    uint32_t left = --thread->open_n % HZW_STAT_OPEN;
    if (i < left)
        memmove(&thread->open[i], &thread->open[i + 1], (left - i) * sizeof thread->open[0]);
}

static void open_hold(struct hzw_stat_thread *thread, struct hzw_stat_own *own, uint64_t object,
                      uint64_t taken)
{
    uint32_t weight = taken < HZW_ALL_HOLDS ? 1 : gap(thread);
    own->next = taken + weight;
    /* One that is open still was let go by another thread, or with its memory. */
    for (uint32_t i = 0; i < thread->open_n && i < HZW_STAT_OPEN; i++)
        if (thread->open[i].object == object)
            close_hold(thread, i);
    if (thread->open_n >= HZW_STAT_OPEN)
        close_hold(thread, 0); /* the oldest: it may have been let go by nobody that tells */
    thread->open[thread->open_n++] = (struct hzw_stat_open){object, hzw_now(), own->lock, weight};
}

static bool is_held(uint32_t kind)
{
    return kind == HZW_MUTEX || kind == HZW_RWLOCK_READ || kind == HZW_RWLOCK_WRITE ||
           kind == HZW_SPIN;
}

void hzw_stat_take(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller)
{
    const struct hzw_held *held = is_held(kind) ? hzw_held_by(slot, object) : NULL;
    if (held != NULL && held->depth > 1)
        return;
    struct hzw_stat_own *own = own_of(slot, kind, object, caller);
    if (own == NULL)
        return;
    hzw_count(&own->taken);
    uint64_t taken = atomic_load_explicit(&own->taken, memory_order_relaxed);
    if (is_held(kind) && taken >= own->next)
        open_hold(thread_of(slot), own, object, taken);
}

void hzw_stat_drop(struct hzw_slot *slot, uint64_t object)
{
    struct hzw_stat_thread *thread = thread_of(slot);
    for (uint32_t i = 0; i < thread->open_n && i < HZW_STAT_OPEN; i++) {
        struct hzw_stat_open open = thread->open[i];
        if (open.object != object || open.lock >= HZW_STAT_LOCKS)
            continue;
        close_hold(thread, i);
        add_time(&hzw_stats->lock[open.lock].hold, hzw_now() - open.since, open.weight);
        return;
    }
}

/* ---- waits, tries ------------------------------------------------------------------ */

static bool is_measured(uint32_t kind)
{
    return is_held(kind) || kind == HZW_SEM || kind == HZW_COND;
}

/* So that a thread which never gets it is one of those that wanted it. */
void hzw_stat_wait(struct hzw_slot *slot)
{
    if (is_measured(slot->wait.kind))
        own_of(slot, slot->wait.kind, slot->wait.object, slot->wait.caller);
}

void hzw_stat_waited(struct hzw_slot *slot)
{
    const struct hzw_wait *wait = &slot->wait;
    struct hzw_stat_own *own =
        is_measured(wait->kind) ? own_of(slot, wait->kind, wait->object, wait->caller) : NULL;
    if (own == NULL)
        return;
    add_time(&hzw_stats->lock[own->lock].wait, hzw_now() - wait->since, 1);
    if (wait->kind == HZW_COND)
        hzw_count(&own->taken);
}

void hzw_stat_refuse(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller)
{
    struct hzw_stat_own *own = is_measured(kind) ? own_of(slot, kind, object, caller) : NULL;
    if (own != NULL)
        add(&hzw_stats->lock[own->lock].refused, 1);
}

/* ---- the end of a process ----------------------------------------------------------- */

bool hzw_stat_named(void)
{
    return hzw_stats == NULL ||
           (atomic_load(&hzw_stats->named) >= atomic_load(&hzw_stats->locks) &&
            atomic_load(&hzw_stats->threads_named) >= atomic_load(&region->next_thread));
}
