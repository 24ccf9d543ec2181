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
    uint64_t key = hzw_mix(object ^ hzw_mix(hzw_image())) | 1;
    for (uint32_t i = 0; i < MOST_PROBES; i++) {
        uint32_t place = (uint32_t)((key >> 32) + i) % HZW_STAT_LOCKS;
        uint64_t found = atomic_load_explicit(&hzw_stats->key[place], memory_order_relaxed);
        if (found == 0 && atomic_compare_exchange_strong(&hzw_stats->key[place], &found, key)) {
            introduce(place, slot, kind, object, caller);
            return place;
        }
        if (found == key)
            return place;
    }
    return NO_LOCK;
}

/* ---- a thread's own counts -------------------------------------------------------- */

/* From now on they are in the table for all; `thread` is the number of the one that counted. */
static void share(const struct hzw_slot *slot, const struct hzw_stat_own *own)
{
    uint64_t key = (uint64_t)(own->lock + 1) << 48 | (slot->thread & 0xffffffffffffull);
    uint64_t taken = atomic_load_explicit(&own->taken, memory_order_relaxed);
    for (uint32_t i = 0; i < MOST_PROBES; i++) {
        struct hzw_stat_share *entry =
            &hzw_stats->share[((hzw_mix(key) >> 32) + i) % HZW_STAT_SHARES];
        uint64_t found = atomic_load(&entry->key);
        if (found == 0 && atomic_compare_exchange_strong(&entry->key, &found, key)) {
            atomic_store_explicit(&entry->owner, atomic_load(&slot->owner), memory_order_relaxed);
            atomic_store_explicit(&entry->start, slot->start, memory_order_relaxed);
            atomic_fetch_add(&hzw_stats->shares, 1);
            found = key;
        }
        if (found != key)
            continue;
        add(&entry->taken, taken);
        return;
    }
    add(&hzw_stats->shares_lost, taken);
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

static void close_hold(struct hzw_stat_thread *thread, uint32_t i)
{
    thread->open[i] = thread->open[--thread->open_n % HZW_STAT_OPEN];
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
        close_hold(thread, 0);
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
