/*
 * Potential deadlocks by the order in which threads take locks. Pure: the monitor puts
 * records in, cycles come out, each once.
 *
 * A *dependency* says: a thread, in one of its segments, holds some locks and takes one
 * more. A potential deadlock is a chain of dependencies D1 … Dk, k > 1, of different
 * threads, where
 *   - the lock that Di takes is held by Di+1 (and Dk's by D1), not read against read;
 *   - these locks are different ones (a chain that comes by one twice has a shorter one in it);
 *   - no two of them hold one lock in common, but for locks that both hold to read: such
 *     a *gate lock* keeps them from meeting;
 *   - none of them is over before another begins, by creation and join of threads.
 * This is Goodlock (Havelund, "Using runtime analysis to guide model checking of Java
 * programs", SPIN 2000) for any number of threads as in iGoodlock (Joshi, Park, Sen, Naik,
 * "A randomized dynamic program analysis technique for detecting real deadlocks", PLDI
 * 2009), with the segments of Agarwal, Wang, Stoller, "Detecting potential deadlocks with
 * static analysis and run-time monitoring", PADTAD 2005, kept as vector clocks here.
 *
 * How it stays cheap. Dependencies that differ in the thread alone share one *shape*. The
 * locks are kept in a topological order of their strongly connected components (Pearce and
 * Kelly, "A dynamic topological sort algorithm for directed acyclic graphs", JEA 2006): a
 * dependency that agrees with it closes no cycle, and nothing is searched. Else the search
 * starts at the new dependency and stays inside its component. A search that takes too many
 * steps is cut off, and counted.
 *
 * What it forgets, which may lose a cycle and never makes one up:
 *   - a lock with all that was known of it, once another is born in its place;
 *   - of dependencies alike of threads that have ended all but the last HZW_ORDER_ALIKE,
 *     and of those of one thread between its joins as well;
 *   - threads without dependencies, if there are more than HZW_ORDER_IDLE; should one go on
 *     nevertheless, it counts as having begun after all that is known then.
 *   - a dependency whose older locks are not known (see hzw_dependency.more).
 * Order of input: as the log has it (shared.h): what happens before comes before.
 *
 * Running out of memory ends the process, as for an arena.
 */
#ifndef HZ_LOCKORDER_H
#define HZ_LOCKORDER_H

#include "base/base.h"
#include "watchdog/shared.h"

#define HZW_ORDER_ALIKE 16
#define HZW_ORDER_IDLE 32768
#define HZW_ORDER_STEPS 100000 /* of the search for one dependency: about 1 ms */

/* Which lock: a newer birth is another lock, and the older one is no more. */
struct hzw_lock_name {
    uint64_t space; /* the process image, or the memory that several share */
    uint64_t offset;
    uint32_t birth;
};

/* A lock in the hands of a thread, or about to be. */
struct hzw_order_lock {
    struct hzw_lock_name name;
    /* HZW_MUTEX, HZW_RWLOCK_READ, HZW_RWLOCK_WRITE or HZW_SPIN; held only, as a gate: HZW_SEM */
    uint32_t kind;
    uint64_t caller;  /* where it is taken */
    uint64_t address; /* of the lock, in the thread's process */
};

struct hzw_dependency {
    uint64_t thread; /* its number: never 0, never given to another */
    uint64_t owner;  /* handed through */
    uint32_t segment;
    struct hzw_order_lock takes;
    uint64_t from[HZW_FROM];            /* who called the place where it is taken; handed through */
    const struct hzw_order_lock *holds; /* in the order in which they were taken */
    uint32_t n;
    uint32_t more; /* held before holds[0]: those of the dependency by which the thread took it */
};

/* One thread of a cycle: it takes what the next one holds, and holds what the last one takes. */
struct hzw_order_step {
    uint64_t thread, owner;
    struct hzw_order_lock holds, takes;
    const uint64_t *from; /* HZW_FROM of them; good as long as the record of it */
};
struct hzw_order_cycle {
    struct hzw_order_step *steps;
    size_t n;
};
typedef HZ_VEC(struct hzw_order_cycle) hzw_order_cycles;

struct hzw_order_counts {
    size_t locks, shapes, dependencies, threads; /* that are known now */
    unsigned long searches, searches_cut;
    unsigned long incomplete; /* dependencies left out as their older locks are not known */
    unsigned long refused;    /* that make no sense, or of a lock that is no more */
};

struct hzw_lockorder; /* opaque */

struct hzw_lockorder *hzw_lockorder_open(void);
void hzw_lockorder_close(struct hzw_lockorder *order);
/* Another limit than HZW_ORDER_STEPS. */
void hzw_lockorder_limit(struct hzw_lockorder *order, size_t steps);

/* `thread` of process image `image` begins; `creator` made it in `segment`; 0: nobody known. */
void hzw_lockorder_born(struct hzw_lockorder *order, uint64_t thread, uint64_t image,
                        uint64_t creator, uint32_t segment);
/* `joiner` is after all of `joined` from now on. */
void hzw_lockorder_joined(struct hzw_lockorder *order, uint64_t joiner, uint64_t joined);
void hzw_lockorder_gone(struct hzw_lockorder *order, uint64_t thread);
/* The process image has ended: forgets its threads and the locks of its space. */
void hzw_lockorder_image_over(struct hzw_lockorder *order, uint64_t image);
/*
 * Records were lost here, perhaps of births and joins: all that is known is taken to be
 * before all that comes, and threads that now are have no complete past any more.
 */
void hzw_lockorder_gap(struct hzw_lockorder *order);

/* Dependencies were lost here, and nothing else: see hzw_dependency.more. */
void hzw_lockorder_torn(struct hzw_lockorder *order);

/* Adds a dependency, and to `out`, in the arena, the cycles that it closes and that are new. */
void hzw_lockorder_add(struct hzw_lockorder *order, const struct hzw_dependency *dependency,
                       struct hz_arena *arena, hzw_order_cycles *out);

struct hzw_order_counts hzw_lockorder_counts(const struct hzw_lockorder *order);

#endif
