/*
 * What was measured of locks (shared_stats.h), as figures that one can look at: how often each
 * was taken and waited for, how long the waits and the holds were, and whose share was what.
 * Pure: reads the shared memory, whoever filled it, and changes nothing.
 *
 * Fairness is Jain's index (Jain, Chiu, Hawe, "A quantitative measure of fairness and
 * discrimination", DEC-TR-301, 1984) of how often each thread took the lock: 1 if all did so
 * equally often, 1/n if one of n had it alone. A thread that waited for it in vain is one of
 * the n.
 */
#ifndef HZ_STATS_H
#define HZ_STATS_H

#include "base/base.h"
#include "watchdog/shared.h"

/* Times of one sort, in seconds; the median and the 99th percentile are right to 6 %. */
struct hzw_spread {
    uint64_t n; /* 0: nothing is known, and the rest is 0 */
    double total, median, p99, most;
};

struct hzw_share {
    uint64_t thread; /* its number */
    uint64_t owner;  /* tid << 32 | pid */
    uint64_t start;  /* its routine; 0: a main thread */
    uint64_t taken;
};

struct hzw_lock_measures {
    uint32_t place;               /* in hzw_stats.lock; of the first, if several were merged */
    uint32_t kind;                /* enum hzw_kind */
    uint64_t owner;               /* the thread that met it first */
    uint64_t taken;               /* of a condition: the waits that ended */
    uint64_t refused;             /* tries that failed, time-outs as well */
    uint32_t waiting;             /* threads that wait for it still; their times are among `wait` */
    struct hzw_spread wait, hold; /* holds are sampled: `n` is an estimate */
    HZ_VEC(struct hzw_share) shares; /* those with the most first */
    double fairness;                 /* 0: nobody took it */
};
typedef HZ_VEC(struct hzw_lock_measures) hzw_measures;

/*
 * The same lock in several processes: `same[place]` is the lowest of its places. NULL: each
 * is a lock by itself.
 */
void hzw_stats_read(struct hz_arena *arena, const struct hzw_region *region, const uint32_t *same,
                    uint64_t now, hzw_measures *out);

/* The time below which that part of all was, in seconds, and never more than the longest. */
double hzw_quantile(const uint64_t count[HZW_BUCKETS], double part, double most);
double hzw_fairness(const struct hzw_share *shares, size_t n);

#endif
