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
 *   header.next_slot        every thread, once, when it starts   the monitor
 *   slot.owner              the thread's creator claims a slot   the monitor
 *                           for it (with thread id 0), or it
 *                           does so itself; it gives it up
 *   slot.held, slot.tally   the slot's thread alone              the monitor, at any time: single
 *                                                                words are whole, a list as such
 *                                                                may be caught half-way and is
 *                                                                looked at twice
 *   slot.wait               the slot's thread alone, between two the monitor: a copy is good if
 *                           increments of wait_seq (odd while    wait_seq was the same and odd
 *                           it is inside a wait)                 before and after it
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

#include <stdatomic.h>
#include <stdint.h>

#define HZW_ENV "HAZMAT_WATCH"
#define HZW_MAGIC 0x315744475a4148ull /* "HAZGDW1" */
#define HZW_VERSION 1
#define HZW_SLOTS 16384
#define HZW_HELD 32    /* locks held at once that are named; more are counted */
#define HZW_TALLIES 64 /* objects that a thread keeps account of; the busiest, if more */

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
    uint32_t pad;
    _Atomic uint64_t taken;
    _Atomic uint64_t refused; /* tries in a row that failed: trylock, EAGAIN, end of file, EPIPE */
    _Atomic uint64_t caller;  /* where it was last taken or refused */
};

/* An object's tally is in one of a few places: the `probe`th of HZW_PROBES. */
#define HZW_PROBES 8
static inline uint32_t hzw_place(uint64_t object, uint32_t probe)
{
    return ((uint32_t)(object * 0x9e3779b97f4a7c15ull >> 58) + probe) % HZW_TALLIES;
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

struct hzw_slot {
    _Atomic uint64_t owner;     /* tid << 32 | pid; tid 0: of a thread about to start; 0: free */
    uint64_t pthread;           /* pthread_self(); of a thread about to start, its argument */
    uint64_t start;             /* start routine, 0 for a main thread */
    _Atomic uint64_t last_fork; /* caller of the last fork(), 0 if none */
    _Atomic uint32_t wait_seq;
    uint32_t held_n; /* may be more than are named: the list ends at the first object 0 */
    struct hzw_wait wait;
    struct hzw_episode episode;
    struct hzw_held held[HZW_HELD];
    struct hzw_tally tally[HZW_TALLIES];
    _Atomic uint64_t tallies_full; /* tallies that had to make room for another object's */
} __attribute__((aligned(64)));

struct hzw_region {
    uint64_t magic;
    uint32_t version, slots;
    _Atomic uint32_t next_slot; /* slots from here on were never used */
    _Atomic uint32_t lost;      /* threads that found no slot */
    _Alignas(4096) struct hzw_slot slot[HZW_SLOTS];
};

#endif
