#include "watchdog/stats.h"

#include <math.h>
#include <stdlib.h>

/* ---- figures ------------------------------------------------------------------------ */

double hzw_quantile(const uint64_t count[HZW_BUCKETS], double part, double most)
{
    double n = 0, seen = 0;
    for (uint32_t i = 0; i < HZW_BUCKETS; i++)
        n += (double)count[i];
    for (uint32_t i = 0; i < HZW_BUCKETS; i++) {
        seen += (double)count[i];
        if (count[i] != 0 && seen >= part * n)
            return fmin(hzw_bucket_time(i) / 1e9, most);
    }
    return 0;
}

double hzw_fairness(const struct hzw_share *shares, size_t n)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)shares[i].taken;
        squares += (double)shares[i].taken * (double)shares[i].taken;
    }
    return squares > 0 ? sum * sum / ((double)n * squares) : 0;
}

/* ---- adding up ---------------------------------------------------------------------- */

/* Times of one lock, while they are added up. */
struct sum {
    uint64_t total, most;
    uint64_t count[HZW_BUCKETS];
};

static void add_times(struct sum *sum, const struct hzw_times *times)
{
    uint64_t most = atomic_load(&times->most);
    sum->total += atomic_load(&times->total);
    sum->most = most > sum->most ? most : sum->most;
    for (uint32_t i = 0; i < HZW_BUCKETS; i++)
        sum->count[i] += atomic_load_explicit(&times->count[i], memory_order_relaxed);
}

static void add_one(struct sum *sum, uint64_t nanoseconds)
{
    sum->total += nanoseconds;
    sum->most = nanoseconds > sum->most ? nanoseconds : sum->most;
    sum->count[hzw_bucket(nanoseconds)]++;
}

static struct hzw_spread spread_of(const struct sum *sum)
{
    struct hzw_spread spread = {.total = (double)sum->total / 1e9, .most = (double)sum->most / 1e9};
    for (uint32_t i = 0; i < HZW_BUCKETS; i++)
        spread.n += sum->count[i];
    spread.median = hzw_quantile(sum->count, 0.5, spread.most);
    spread.p99 = hzw_quantile(sum->count, 0.99, spread.most);
    return spread;
}

struct reading {
    struct hz_arena *arena;
    const struct hzw_region *region;
    const uint32_t *same;
    hzw_measures *out;
    uint32_t *index;  /* by place: index in `out` and 1 */
    struct sum *wait; /* by index */
};

static uint32_t first_place(const struct reading *reading, uint32_t place)
{
    return reading->same != NULL && reading->same[place] < HZW_STAT_LOCKS ? reading->same[place]
                                                                          : place;
}

/* NULL: there is none, or nothing that may be believed. */
static struct hzw_lock_measures *lock_at(const struct reading *reading, uint32_t place)
{
    if (place >= HZW_STAT_LOCKS || reading->index[first_place(reading, place)] == 0)
        return NULL;
    return &reading->out->at[reading->index[first_place(reading, place)] - 1];
}

static void add_share(const struct reading *reading, uint32_t place, struct hzw_share share)
{
    struct hzw_lock_measures *lock = lock_at(reading, place);
    if (lock == NULL)
        return;
    lock->taken += share.taken;
    for (size_t i = 0; i < lock->shares.n; i++)
        if (lock->shares.at[i].thread == share.thread) {
            lock->shares.at[i].taken += share.taken;
            return;
        }
    *hz_push(reading->arena, &lock->shares) = share;
}

/* ---- reading ------------------------------------------------------------------------ */

static void read_locks(struct reading *reading)
{
    const struct hzw_stats *stats = &reading->region->stats;
    for (uint32_t place = 0; place < HZW_STAT_LOCKS; place++) {
        if (atomic_load(&stats->key[place]) == 0 || atomic_load(&stats->lock[place].ready) == 0 ||
            first_place(reading, place) != place)
            continue;
        struct hzw_lock_measures *lock = hz_push(reading->arena, reading->out);
        lock->place = place;
        lock->kind = stats->lock[place].kind;
        lock->owner = stats->lock[place].owner;
        reading->index[place] = (uint32_t)reading->out->n;
    }
}

static void read_shares(struct reading *reading)
{
    const struct hzw_stats *stats = &reading->region->stats;
    for (uint32_t i = 0; i < HZW_STAT_SHARES; i++) {
        const struct hzw_stat_share *share = &stats->share[i];
        uint64_t key = atomic_load_explicit(&share->key, memory_order_relaxed);
        if (key != 0)
            add_share(reading, (uint32_t)(key >> 48) - 1,
                      (struct hzw_share){key & 0xffffffffffffull, atomic_load(&share->owner),
                                         atomic_load(&share->start), atomic_load(&share->taken)});
    }
}

/* A wait that goes on is one of those of its lock, as long as it is by now. */
static void read_wait(struct reading *reading, const struct hzw_slot *slot, uint64_t now)
{
    const struct hzw_wait wait = slot->wait;
    uint64_t object = HZW_STAT_OBJECT(wait.object, wait.kind);
    const struct hzw_stat_thread *thread = &reading->region->stats_of[slot - reading->region->slot];
    for (uint32_t i = 0; i < HZW_STAT_OWN; i++) {
        struct hzw_lock_measures *lock = lock_at(reading, thread->own[i].lock);
        if (atomic_load(&thread->own[i].object) != object || lock == NULL)
            continue;
        lock->waiting++;
        add_one(&reading->wait[lock - reading->out->at], now > wait.since ? now - wait.since : 0);
    }
}

static void read_threads(struct reading *reading, uint64_t now)
{
    const struct hzw_region *region = reading->region;
    uint32_t used = atomic_load(&region->next_slot);
    for (uint32_t s = 0; s < used && s < HZW_SLOTS; s++) {
        const struct hzw_slot *slot = &region->slot[s];
        uint64_t owner = atomic_load(&slot->owner);
        if (owner == 0)
            continue;
        for (uint32_t i = 0; i < HZW_STAT_OWN; i++) {
            const struct hzw_stat_own *own = &region->stats_of[s].own[i];
            if (atomic_load(&own->object) != 0)
                add_share(
                    reading, own->lock,
                    (struct hzw_share){slot->thread, owner, slot->start, atomic_load(&own->taken)});
        }
        if (atomic_load(&slot->wait_seq) % 2 == 1)
            read_wait(reading, slot, now);
    }
}

static int by_taken(const void *a, const void *b)
{
    const struct hzw_share *left = a, *right = b;
    if (left->taken != right->taken)
        return left->taken < right->taken ? 1 : -1;
    return (left->thread > right->thread) - (left->thread < right->thread);
}

static void read_times(struct reading *reading)
{
    const struct hzw_stats *stats = &reading->region->stats;
    struct sum *hold = hz_alloc(reading->arena, (reading->out->n + 1) * sizeof *hold);
    for (uint32_t place = 0; place < HZW_STAT_LOCKS; place++) {
        struct hzw_lock_measures *lock = lock_at(reading, place);
        if (lock == NULL || atomic_load(&stats->key[place]) == 0)
            continue;
        lock->refused += atomic_load(&stats->lock[place].refused);
        add_times(&reading->wait[lock - reading->out->at], &stats->lock[place].wait);
        add_times(&hold[lock - reading->out->at], &stats->lock[place].hold);
    }
    for (size_t i = 0; i < reading->out->n; i++) {
        struct hzw_lock_measures *lock = &reading->out->at[i];
        lock->wait = spread_of(&reading->wait[i]);
        lock->hold = spread_of(&hold[i]);
        if (lock->shares.n != 0)
            qsort(lock->shares.at, lock->shares.n, sizeof *lock->shares.at, by_taken);
        lock->fairness = hzw_fairness(lock->shares.at, lock->shares.n);
    }
}

void hzw_stats_read(struct hz_arena *arena, const struct hzw_region *region, const uint32_t *same,
                    uint64_t now, hzw_measures *out)
{
    struct reading reading = {.arena = arena, .region = region, .same = same, .out = out};
    reading.index = hz_alloc(arena, HZW_STAT_LOCKS * sizeof *reading.index);
    read_locks(&reading);
    reading.wait = hz_alloc(arena, (out->n + 1) * sizeof *reading.wait);
    read_shares(&reading);
    read_threads(&reading, now);
    read_times(&reading);
}
