/*
 * The shared memory between the preloaded library, which runs inside every
 * watched process, and the monitor, which runs outside of them.
 *
 * It is one memfd of the monitor's; watched processes open it by the path in the
 * environment variable HZW_ENV (/proc/MONITOR/fd/N), so nothing is left behind
 * whoever dies. Pages that no thread uses are never touched and cost nothing.
 *
 *   what                    who writes it                        who reads it, and when
 *   header                  the monitor, before the program runs everyone, always
 *   header.next_*           every thread, once, when it starts   the monitor
 *   log, log_tail           a thread that does something new     the monitor
 *   log_head                the monitor                          a thread that writes to the log
 *   log_done                the monitor                          a process that exits: see there
 *   slot.owner              the thread's creator claims a slot   the monitor
 *                           for it (with thread id 0), or it
 *                           does so itself; it gives it up
 *   slot.held, slot.tally   the slot's thread alone              the monitor, at any time: single
 *                                                                words are whole, a list as such
 *                                                                may be caught half-way and is
 *                                                                looked at twice
 *   far.held, far.tally     the same, beyond what the slot has   the same, if slot.far says that
 *   slot.far                room for: slot.far first, once       there may be any
 *   slot.reach              the slot's thread alone              the monitor, at any time: bits
 *                                                                are only ever set
 *   told                    a thread that signals something for  the monitor
 *                           the first time or the second, or
 *                           makes it
 *   slot.wait               the slot's thread alone, between two the monitor: a copy is good if
 *                           increments of wait_seq (odd while    wait_seq was the same and odd
 *                           it is inside a wait)                 before and after it
 *   stats                   see shared_stats.h
 *
 * No thread ever writes another's slot, and no thread waits for anything here:
 * the library can neither deadlock with what it watches nor slow one thread down
 * because of another. A thread that finds no slot is not watched, and counted.
 *
 * A thread that ends with a lock held keeps its slot, whose owner is then a thread
 * that is no more: so it is known what it held. So does one that is killed.
 *
 * Addresses are those of the watched process. After a fork the child's thread
 * claims a slot of its own, with the held locks of its parent's copied.
 */
#ifndef HZ_WATCHDOG_SHARED_H
#define HZ_WATCHDOG_SHARED_H

#include "watchdog/shared_stats.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define HZW_ENV "HAZMAT_WATCH"
#define HZW_MAGIC 0x315744475a4148ull /* "HAZGDW1" */
#define HZW_VERSION 5
#define HZW_SLOTS 16384
#define HZW_HELD 32    /* locks held at once that are named; more are counted */
#define HZW_TALLIES 64 /* objects that a thread keeps account of; the busiest, if more */
/*
 * Few threads need so many: the slot has room for those of most, and the rest lies far from
 * it, in pages that exist once they are used. So ten thousand threads cost a third.
 */
#define HZW_HELD_NEAR 12
#define HZW_TALLIES_NEAR 16
#define HZW_TALLIES_FAR 24
#define HZW_LANES 2

enum hzw_kind {
    HZW_NONE,
    HZW_MUTEX,
    HZW_RWLOCK_READ,
    HZW_RWLOCK_WRITE,
    HZW_SPIN,
    HZW_SEM,
    HZW_COND, /* object: the condition; with: its mutex */
    HZW_BARRIER,
    HZW_JOIN, /* object: the pthread_t; target: its tid, or 0 if it is not known */
    HZW_ONCE,
    HZW_IO /* a descriptor that gives nothing again and again; object: HZW_IO_OBJECT() */
};
/* A descriptor as an object: 0 would be none. */
#define HZW_IO_OBJECT(descriptor) ((uint64_t)(descriptor) + 1)

/* What a thread waits for in a call that could not be granted at once. */
struct hzw_wait {
    uint32_t kind;  /* enum hzw_kind */
    uint32_t timed; /* it ends by itself */
    uint64_t object;
    uint64_t with;   /* the condition's mutex, or 0 */
    uint64_t caller; /* return address of the call, in the program */
    uint64_t since;  /* CLOCK_MONOTONIC, nanoseconds */
    uint64_t need;   /* barrier: its count */
    int32_t target;  /* join: the tid waited for */
    int32_t pad;
};

struct hzw_held {
    uint64_t object;
    uint64_t caller; /* where it was taken */
    uint32_t kind;   /* HZW_MUTEX, HZW_RWLOCK_READ, …, HZW_SEM (decremented and not yet posted) */
    uint32_t depth;  /* recursive locks, repeated read locks */
};

/*
 * A thread's own account of one object. `taken` counts the times that it got it:
 * locks taken, semaphores decremented, and for a condition the waits that ended
 * (the mutex was let go after the wait came back, instead of waiting again) by a
 * wake-up and not by a time-out. Taking again what is held is not counted.
 * The monitor adds up over threads; a waiter was passed over as often as the
 * others' `taken` grew while its own wait went on.
 */
struct hzw_tally {
    _Atomic uint64_t object; /* 0: free */
    uint32_t kind;
    _Atomic uint32_t refused; /* tries in a row that failed: trylock, a time-out, EAGAIN, end of
                                 file, EPIPE; no more are counted than fit */
    _Atomic uint64_t taken;
    _Atomic uint64_t caller; /* where it was last taken or refused */
};

/*
 * An object's tally is in one of a few places: the `probe`th of HZW_PROBES, or, as long as
 * the slot has none that is far, of HZW_PROBES_NEAR.
 */
#define HZW_PROBES_NEAR 8
#define HZW_PROBES 16
static inline uint32_t hzw_place(uint64_t object, uint32_t probe)
{
    uint32_t hash = (uint32_t)(object * 0x9e3779b97f4a7c15ull >> 52);
    if (probe < HZW_PROBES_NEAR)
        return ((hash >> 8) + probe) % HZW_TALLIES_NEAR;
    return HZW_TALLIES_NEAR + (hash + probe) % (HZW_TALLIES - HZW_TALLIES_NEAR);
}

/*
 * A wait on a condition goes on, for starvation, from the first pthread_cond_wait
 * until the mutex is let go without waiting again: a thread that is woken, finds
 * its predicate false and waits again has been passed over.
 */
struct hzw_episode {
    _Atomic uint64_t seq;  /* odd while an episode is open */
    uint64_t object, with; /* the condition and its mutex */
    uint64_t caller, since;
    _Atomic uint64_t vain; /* wake-ups within this episode */
};

/*
 * What a thread has ever had to do with, as Bloom filters: never too little. `touched`:
 * locks, semaphores, conditions and barriers that it took, tried, posted, signalled, came
 * to or made. `signalled`: those that it signalled (posted, came to) at least once, and
 * `again` at least twice: so the table below is written to when that is new, and not always.
 */
#define HZW_TOUCHED 16 /* words */
#define HZW_SIGNALLED 8
struct hzw_reach {
    _Atomic uint64_t touched[HZW_TOUCHED];
    _Atomic uint64_t signalled[HZW_SIGNALLED], again[HZW_SIGNALLED];
};

/* Of a number whose bits are much alike one whose bits are not, for tables and filters. */
static inline uint64_t hzw_mix(uint64_t value)
{
    value *= 0x9e3779b97f4a7c15ull;
    return (value ^ value >> 32) * 0xd6e8feb86659fd93ull;
}

/* `words`: a power of two. */
static inline int hzw_in(const _Atomic uint64_t *filter, uint32_t words, uint64_t object)
{
    uint64_t hash = hzw_mix(object), bits = words * 64u;
    uint64_t one = hash >> 8 & (bits - 1), other = hash >> 40 & (bits - 1);
    return (atomic_load_explicit(&filter[one / 64], memory_order_relaxed) >> one % 64 &
            atomic_load_explicit(&filter[other / 64], memory_order_relaxed) >> other % 64 & 1) != 0;
}

/*
 * What is known of a condition, semaphore or barrier beyond the end of those who signalled
 * it. Threads stand in it as a bit by number modulo 64.
 */
#define HZW_STARTS 4
struct hzw_told {
    _Atomic uint64_t key;     /* hzw_told_key(); 0: free */
    _Atomic uint64_t again;   /* threads that signalled it at least twice */
    _Atomic uint64_t parents; /* of all who signalled it: they gave it to them */
    _Atomic uint64_t made;    /* not 0: it was initialised by a call, by one that touched it */
    /* Routines of those who signalled it, as others of the sort may follow; the last one: more. */
    _Atomic uint64_t starts[HZW_STARTS];
};
#define HZW_TOLD (1 << 16) /* places; nothing is taken out, and what finds no place is not told */
#define HZW_TOLD_PROBES 64

static inline uint64_t hzw_told_key(uint64_t object, uint64_t image)
{
    return hzw_mix(object ^ hzw_mix(image)) | 1;
}

static inline uint64_t hzw_thread_bit(uint64_t thread)
{
    return (uint64_t)1 << thread % 64;
}

struct hzw_slot {
    _Atomic uint64_t owner;     /* tid << 32 | pid; tid 0: of a thread about to start; 0: free */
    uint64_t thread;            /* its number, never given to another: see hzw_record */
    uint32_t segment;           /* how often it has created or joined a thread, or forked */
    _Atomic uint32_t far;       /* HZW_FAR_HELD, HZW_FAR_TALLY; never taken back */
    uint64_t pthread;           /* pthread_self(); of a thread about to start, its argument */
    uint64_t start;             /* start routine, 0 for a main thread */
    uint64_t stack;             /* size of its stack */
    _Atomic uint64_t last_fork; /* caller of the last fork(), 0 if none */
    _Atomic uint32_t wait_seq;
    uint32_t held_n; /* may be more than are named: the list ends at the first object 0 */
    struct hzw_wait wait;
    struct hzw_episode episode;
    struct hzw_held held[HZW_HELD_NEAR];      /* see hzw_held_at() */
    struct hzw_tally tally[HZW_TALLIES_NEAR]; /* see hzw_tally_at() */
    struct hzw_reach reach;
    uint64_t image;   /* of its process; 0: it was not filled yet */
    uint64_t creator; /* number of the thread that made it, 0 if that is not known */
    uint64_t born;    /* when it was made: CLOCK_MONOTONIC, nanoseconds */
    _Atomic uint64_t tallies_full; /* tallies that had to make room for another object's */
} __attribute__((aligned(64)));

/* What a thread has beyond its slot's room, or may have: see hzw_slot.far. */
#define HZW_FAR_HELD 1
#define HZW_FAR_TALLY 2
struct hzw_far {
    struct hzw_held held[HZW_HELD - HZW_HELD_NEAR]; /* of the first lane */
    struct hzw_tally tally[HZW_TALLIES_FAR];
} __attribute__((aligned(64)));
_Static_assert(sizeof(struct hzw_far) == sizeof(struct hzw_slot), "see hzw_far_of()");
_Static_assert(HZW_TALLIES == HZW_TALLIES_NEAR + HZW_LANES * HZW_TALLIES_FAR, "all have a place");

/* Lanes are as long as the slots and come after them: so each slot's is as far away from it. */
static inline const struct hzw_far *hzw_far_of(const struct hzw_slot *slot, uint32_t lane)
{
    return (const struct hzw_far *)(const void *)((const char *)slot +
                                                  (uint64_t)(lane + 1) * HZW_SLOTS * sizeof *slot);
}

/* How many of `held` and `tally` may be in use: those from there on must not be read. */
static inline uint32_t hzw_held_most(const struct hzw_slot *slot)
{
    uint32_t far = atomic_load_explicit(&slot->far, memory_order_acquire);
    return (far & HZW_FAR_HELD) != 0 ? HZW_HELD : HZW_HELD_NEAR;
}

static inline uint32_t hzw_tallies_most(const struct hzw_slot *slot)
{
    uint32_t far = atomic_load_explicit(&slot->far, memory_order_acquire);
    return (far & HZW_FAR_TALLY) != 0 ? HZW_TALLIES : HZW_TALLIES_NEAR;
}

static inline uint32_t hzw_probes(const struct hzw_slot *slot)
{
    uint32_t far = atomic_load_explicit(&slot->far, memory_order_acquire);
    return (far & HZW_FAR_TALLY) != 0 ? HZW_PROBES : HZW_PROBES_NEAR;
}

/* `i`: below HZW_HELD. */
static inline const struct hzw_held *hzw_held_at(const struct hzw_slot *slot, uint32_t i)
{
    return i < HZW_HELD_NEAR ? &slot->held[i] : &hzw_far_of(slot, 0)->held[i - HZW_HELD_NEAR];
}

/* `i`: below HZW_TALLIES. */
static inline const struct hzw_tally *hzw_tally_at(const struct hzw_slot *slot, uint32_t i)
{
    if (i < HZW_TALLIES_NEAR)
        return &slot->tally[i];
    uint32_t far = i - HZW_TALLIES_NEAR;
    return &hzw_far_of(slot, far / HZW_TALLIES_FAR)->tally[far % HZW_TALLIES_FAR];
}

/* How many locks are named, the first in use to the last: as seen by another thread. */
static inline uint32_t hzw_held_named(const struct hzw_slot *slot)
{
    uint32_t n = 0, most = hzw_held_most(slot);
    while (n < most && hzw_held_at(slot, n)->object != 0)
        n++;
    return n;
}

/*
 * The log: what cannot be read off the slots because it is over by then. It is one ring
 * for all threads of all processes, and new things only go into it: a thread remembers
 * the orders that it has logged, so that one that repeats itself writes nothing.
 *
 * A writer reserves its bytes by adding to log_tail (if they fit: log_tail - log_head is
 * never more than HZW_LOG; else the record is dropped, counted, and not remembered, so
 * that it comes again), writes the record's words from the second on, each modulo the
 * ring, and then the first one with release order: a first word that is not 0 is a whole
 * record. The monitor, the only reader, puts the words back to 0, piece by piece
 * (log.h), and then moves log_head. A writer that is killed between the two leaves a hole, which the monitor
 * leaps over once it has stood for a while.
 *
 * Of the ring only what is yet to be read costs memory. It has room for what a hundred
 * thousand locks bring at once: on a busy machine the monitor gets to read it late.
 *
 * A process that exits in order waits a little until the monitor has dealt with the orders
 * and misuses that it logged: their places have names only while it lives.
 *
 * The records of one thread come in its own order; those of a thread come after the
 * HZW_BORN that its creator wrote, and HZW_JOINED after all of those of the joined one.
 * So what the order of creation and join says of two records is known when they are read.
 */
#define HZW_LOG ((uint64_t)32 << 20) /* bytes; a power of two */
#define HZW_LISTED 16               /* held locks that one record lists: those taken last */
#define HZW_FROM 4                  /* frames that it tells outside of its place */

enum hzw_record_kind {
    HZW_BORN = 1, /* `thread` begins; made by thread `other` (0: nobody that is watched) in its
                     segment `value`; `object`: number of its process image */
    HZW_JOINED,   /* `thread` knows that `other` has ended; its segment is `segment` from now on */
    HZW_GONE,     /* `thread` ends */
    HZW_ORDER,    /* `thread` is about to take `object`, and would block; it holds `entry`s */
    HZW_MISUSE    /* `value`: enum hzw_misuse of `object`; `other`: see there */
};

enum hzw_misuse {
    HZW_UNLOCK_STRANGER = 1, /* unlocked by one that does not hold it; other: owner's tid, or 0 */
    HZW_UNLOCK_FREE,         /* unlocked though nobody holds it */
    HZW_EXIT_HOLDING,        /* the thread ended with it held; caller: where it was taken */
    HZW_DESTROY_HELD,        /* other: owner's tid, or 0 */
    HZW_INIT_HELD,           /* initialised again while held; other: owner's tid, or 0 */
    HZW_FREE_HELD,           /* its memory was given back while this thread held it;
                                other: where it was taken */
    HZW_WAIT_UNLOCKED,       /* waited on condition `object` with its mutex `other` not held */
    HZW_TWO_MUTEXES          /* condition `object` is waited on with the mutex `other`, and by
                                somebody else, at the same time, with another one */
};

/*
 * A lock is named by its image, its address and its `birth`: how often what is there was
 * initialised, destroyed or freed since locks of that place are in the log. So a new lock
 * in old memory is another lock.
 */
struct hzw_entry {
    uint64_t object, caller; /* where it was taken */
    uint32_t birth;
    uint32_t kind; /* HZW_MUTEX, HZW_RWLOCK_READ, HZW_RWLOCK_WRITE, HZW_SPIN; HZW_SEM: as a gate */
};

struct hzw_record {
    uint32_t kind;  /* enum hzw_record_kind: never 0 */
    uint32_t words; /* length of the record, with its entries, in units of eight bytes */
    uint64_t thread;
    uint64_t owner; /* tid << 32 | pid of the thread that writes this */
    uint32_t segment;
    uint32_t as; /* ORDER: enum hzw_kind of the lock it takes; MISUSE: of `object` */
    uint64_t object, caller;
    uint32_t birth;
    uint32_t value;
    uint64_t other;
    /* Who called `caller`, and so on outwards, as far as frame pointers tell; 0: not known. */
    uint64_t from[HZW_FROM];
    uint32_t n;    /* entries */
    uint32_t more; /* locks held before them, which are not listed: see the record by which
                      the same thread took entry[0] */
    struct hzw_entry entry[]; /* in the order in which they were taken */
};

struct hzw_region {
    uint64_t magic;
    uint32_t version, slots;
    _Atomic uint32_t next_slot; /* slots from here on were never used */
    _Atomic uint32_t lost;      /* threads that found no slot */
    _Atomic uint64_t next_thread, next_image; /* numbers given out; the first is 1 */
    _Alignas(64) _Atomic uint64_t log_tail;
    _Atomic uint64_t log_lost; /* records that found no room */
    _Alignas(64) _Atomic uint64_t log_head;
    _Atomic uint64_t log_done; /* what was read before here is dealt with, down to its names */
    _Alignas(4096) _Atomic uint64_t log[HZW_LOG / 8];
    _Alignas(4096) struct hzw_told told[HZW_TOLD];
    _Alignas(4096) struct hzw_slot slot[HZW_SLOTS];
    struct hzw_far far[HZW_LANES][HZW_SLOTS];
    _Alignas(4096) struct hzw_stats stats;
    struct hzw_stat_thread stats_of[HZW_SLOTS]; /* what the thread of that slot counts */
};
_Static_assert(offsetof(struct hzw_region, far) ==
                   offsetof(struct hzw_region, slot) + HZW_SLOTS * sizeof(struct hzw_slot),
               "see hzw_far_of()");

#endif
