/*
 * Starvation and livelock, by the accounts that the watched threads keep of
 * themselves in the shared memory (shared.h). Reads that memory and what the
 * kernel says of the threads; changes nothing. A test can fill a region by hand.
 *
 * What counts as starving is *bounded bypass* (Raynal, "Concurrent Programming",
 * 2013): how often others got what a waiter was waiting for, while it waited. A fair
 * lock lets each other thread pass once or twice however many there are and however
 * long it takes, so a program that is merely slow or merely contended stays silent.
 * A waiter is told of
 *   - if one other thread passed it `bypass` times, and the wait goes on for
 *     `bypass_seconds`; or
 *   - if at least half of those that passed it at all did so `bypass_each` times each,
 *     and the wait goes on for four times as long: readers that overlap, each of which
 *     passes a few times only.
 * In both cases others must have kept passing for so long: a burst of passes before one
 * long hold is none. Where more than four threads exclude each other the time is longer
 * in proportion: on an unfair lock each one's turn comes more rarely. A waiter for a spin
 * lock waits only while it is on a processor; one in another call is told of only if in the
 * second half of its wait it was ready to run, and got no processor, for less than a fifth
 * of the time (schedstat): else it is the machine that has too much to do. With more than
 * two ready to run for each processor (by the load average) all of it takes longer, too. The rules
 * are of times and counts, whatever the cadence of the looks; passes that no baseline was there for
 * are not counted.
 *
 * A wait is one call, or calls that time out one after the other, or a row of tries that
 * fail, or an episode on a condition with wake-ups in vain. What a condition stands for is
 * known only as far as that nobody else has to do with it than those who wait at the same
 * place: else somebody makes it true, and who waits for that is passed by nobody. The same
 * goes for semaphores, of which those passes count that are given back.
 *
 * Accounts go by address. Of memory that processes share (and of what a futex shows to be
 * shared, a spin lock or a row of tries) the places in all of them are the same object.
 *
 * Of one object no more than four waiters are told of. Compare-and-swap loops, and whatever
 * else does not go through a function of pthreads, cannot be seen.
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
    /*
     * "bypass"; "lock-hog": the same by one thread that has the lock nearly all of the time,
     * or one that holds it and polls; "stuck-holder": one that runs and does not give it back;
     * "priority-inversion", "livelock", "busy-wait", "zombies".
     */
    const char *kind;
    enum hz_sure sure;
    const char *summary;
    HZ_VEC(struct hzw_suspect) suspects; /* the one that starves first, then those that pass it */
};
typedef HZ_VEC(struct hzw_suspicion) hzw_suspicions;

struct hzw_starve; /* opaque: the baselines of the waits that go on */

/*
 * One look costs time and memory in proportion to threads and to accounts of what is waited
 * for: 5 to 15 ms and 1 to 54 MiB with 10,000 threads, 640,000 accounts and 100,000 locks, as
 * test_starve_scale measures it.
 */

struct hzw_starve *hzw_starve_open(const struct hzw_options *options,
                                   const struct hzw_region *region);
void hzw_starve_close(struct hzw_starve *starve);
/* pause(context) is called between any two steps of a look, which may take its time. */
void hzw_starve_pauses(struct hzw_starve *starve, void (*pause)(void *), void *context);

/*
 * One look at time `now` (CLOCK_MONOTONIC, nanoseconds) with the threads of the whole
 * tree as just read. Adds suspicions that are new: each waiter and object once.
 */
void hzw_starve_look(struct hzw_starve *starve, struct hz_arena *arena, const hzt_threads *threads,
                     uint64_t now, hzw_suspicions *out);

#endif
