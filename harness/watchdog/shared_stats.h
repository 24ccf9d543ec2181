/*
 * What `hazmat watch --stats` measures of each lock: the part of the shared memory that is
 * written only if the monitor set `measure` before the program began. Without it none of
 * these pages is ever touched.
 *
 *   what            who writes it                          who reads it, and when
 *   key, lock       any thread, by atomic additions: at    the monitor
 *                   the end of a wait, of a hold that
 *                   is sampled, of a try that failed
 *   own             the slot's thread alone, at each lock  the monitor, at the end
 *   share           a thread whose `own` has no room, or   the monitor, at the end
 *                   ends, by atomic additions
 *   named           the monitor                            a process that exits: its locks
 *                                                          have names only while it lives
 *
 * How long a lock is held is measured for the first HZW_ALL_HOLDS times that a thread takes
 * it, and then for one in HZW_MEAN_GAP on the average, at random, each of which counts for
 * all of the gap before the next: so a program whose work comes in a rhythm is measured as
 * well as another, and reading the clock does not become the better part of each lock.
 * Waits are measured all: who waits has time.
 */
#ifndef HZ_WATCHDOG_SHARED_STATS_H
#define HZ_WATCHDOG_SHARED_STATS_H

#include <stdatomic.h>
#include <stdint.h>

#define HZW_STAT_LOCKS 8192   /* that are measured; a power of two. More are counted. */
#define HZW_STAT_SHARES 65536 /* threads' shares of locks; a power of two */
#define HZW_STAT_OWN 64       /* locks that a thread counts by itself; a power of two */
#define HZW_STAT_OPEN 8       /* holds of a thread that are being measured at once */
#define HZW_ALL_HOLDS 64
#define HZW_MEAN_GAP 64 /* a power of two */

/*
 * Buckets of times in nanoseconds: below 16 each by itself, then eight to each power of two,
 * up to some five hours. So what is read off is right to 6 %.
 */
#define HZW_BUCKETS 336

static inline uint32_t hzw_bucket(uint64_t nanoseconds)
{
    if (nanoseconds < 16)
        return (uint32_t)nanoseconds;
    uint32_t power = 63 - (uint32_t)__builtin_clzll(nanoseconds);
    uint32_t bucket = 16 + (power - 4) * 8 + (uint32_t)(nanoseconds >> (power - 3) & 7);
    return bucket < HZW_BUCKETS ? bucket : HZW_BUCKETS - 1;
}

/* The middle of a bucket. */
static inline double hzw_bucket_time(uint32_t bucket)
{
    if (bucket < 16)
        return bucket;
    uint32_t power = 4 + (bucket - 16) / 8, part = (bucket - 16) % 8;
    double width = (double)(1ull << (power - 3));
    return (8 + part + 0.5) * width;
}

struct hzw_times {
    _Atomic uint64_t total, most; /* nanoseconds */
    _Atomic uint64_t count[HZW_BUCKETS];
};

/* One lock of one process image, or one side of a read-write lock. */
struct hzw_stat_lock {
    _Atomic uint32_t ready; /* the next four are there */
    uint32_t kind;          /* enum hzw_kind */
    uint64_t object;
    uint64_t owner;  /* the thread that met it first */
    uint64_t caller; /* and where */
    _Atomic uint64_t refused;
    struct hzw_times wait, hold;
};

/* How often a thread took a lock, as far as it counts that by itself no more. */
struct hzw_stat_share {
    _Atomic uint64_t key; /* lock's place and 1, << 48 | the thread's number; 0: free */
    _Atomic uint64_t taken;
    _Atomic uint64_t owner, start; /* as in its slot */
};

/* A thread's own count of a lock. */
struct hzw_stat_own {
    _Atomic uint64_t object; /* see HZW_STAT_OBJECT; 0: free */
    _Atomic uint64_t taken;
    uint64_t next; /* the time that is measured next, counted by `taken` */
    uint32_t lock; /* its place in hzw_stats.lock */
    uint32_t pad;
};
/* The sides of a read-write lock are measured apart; no lock has an odd address. */
#define HZW_STAT_OBJECT(object, kind) ((object) | ((kind) == HZW_RWLOCK_READ))

/* A hold that is being measured. */
struct hzw_stat_open {
    uint64_t object, since;
    uint32_t lock, weight;
};

struct hzw_stat_thread {
    struct hzw_stat_own own[HZW_STAT_OWN];
    struct hzw_stat_open open[HZW_STAT_OPEN];
    uint32_t open_n, random;
};

struct hzw_stats {
    uint32_t measure;
    _Atomic uint32_t locks; /* places in use */
    _Atomic uint32_t named; /* of these, those that the monitor has looked up */
    _Atomic uint32_t shares;
    _Atomic uint64_t threads_named; /* threads with lower numbers have been looked up */
    _Atomic uint64_t lost;          /* events of locks that found no place */
    _Atomic uint64_t shares_lost;
    _Atomic uint64_t key[HZW_STAT_LOCKS]; /* hash of image and object; 0: free */
    struct hzw_stat_share share[HZW_STAT_SHARES];
    _Alignas(4096) struct hzw_stat_lock lock[HZW_STAT_LOCKS]; /* at the place of its key */
};

#endif
