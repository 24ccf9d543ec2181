/*
 * Starvation and livelock, by the accounts that the watched threads keep of
 * themselves in the shared memory (shared.h). Reads that memory and what the
 * kernel says of the threads; touches nothing else, so a test can fill a region
 * by hand.
 *
 * What counts as starving is *bounded bypass* (Raynal, "Concurrent Programming",
 * 2013): how often one and the same other thread got what a waiter was waiting
 * for, while it waited. A fair lock lets each other thread pass once or twice
 * however many there are and however long it takes, so a program that is merely
 * slow or merely contended stays silent.
 *
 * A wait is one call, or an episode on a condition with wake-ups in vain, or a row of tries
 * that fail. Accounts go by address, so only threads of one process are compared: a waiter
 * that threads of another process pass over, at a lock in shared memory, is not found.
 */
#ifndef HZ_STARVE_H
#define HZ_STARVE_H

#include "base/base.h"
#include "finding/finding.h"
#include "watchdog/monitor.h"
#include "watchdog/shared.h"
#include "watchdog/threads.h"

/* A thread that takes part in a suspicion, before anybody read its stack. */
struct hzw_suspect {
    pid_t pid, tid;
    const char *role; /* "waits for mutex, passed over 812 times in 0.4 s", … */
    uint64_t caller;  /* where it called what it waits in or took; 0 if not known */
    uint64_t object;  /* what it waits for or holds; 0 if none */
    const char *what; /* "mutex", "rwlock", "semaphore", "condition", "descriptor", … */
    bool holds;       /* it holds the object rather than waits for it */
};

struct hzw_suspicion {
    const char *kind; /* "bypass", "stuck-holder", "livelock", "busy-wait", "zombies" */
    enum hz_sure sure;
    const char *summary;
    HZ_VEC(struct hzw_suspect) suspects; /* the one that starves first */
};
typedef HZ_VEC(struct hzw_suspicion) hzw_suspicions;

struct hzw_starve; /* opaque: the baselines of the waits that go on */

struct hzw_starve *hzw_starve_open(const struct hzw_options *options,
                                   const struct hzw_region *region);
void hzw_starve_close(struct hzw_starve *starve);

/*
 * One look at time `now` (CLOCK_MONOTONIC, nanoseconds) with the threads of the whole
 * tree as just read. Adds suspicions that are new: each waiter and object once.
 */
void hzw_starve_look(struct hzw_starve *starve, struct hz_arena *arena, const hzt_threads *threads,
                     uint64_t now, hzw_suspicions *out);

#endif
