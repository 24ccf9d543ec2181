/*
 * The live monitor: looks at a process tree from outside, as often as it is
 * asked to, and says what hangs and who starves.
 *
 * It reads /proc and the memory of the watched processes, and, where the
 * preloaded library runs in them, the shared memory of shared.h. It never stops
 * a thread until it has something to report; then it stops those of the finding
 * for as long as it takes to read their stacks.
 *
 * A hang is *confirmed* when two looks, at least `confirm` seconds apart, show
 * the same stuck threads in the same calls with none of them having run between
 * (context switches and processor time unchanged). A deadlock is stable, so a
 * confirmed one is no guess. A cycle of locks and joins whose holders are known needs
 * no time: two readings of its threads in one look, with the owners read between them.
 *
 * There are two sorts of looks. The quick one asks only the shared memory for such
 * cycles, and may come every millisecond; the full one reads all threads. Each rests
 * after it in proportion to what it cost, so that with many threads it comes less often.
 *
 * Kinds of deadlocks: "lock-cycle", "self-lock", "owner-gone", "join-cycle", "pipe-cycle",
 * "wait-cycle" (of several sorts of waits), and waits that nobody is left to end:
 * "lost-signal" (a condition), "semaphore", "barrier", "pipe", "child" (parent and child,
 * by a pipe), "fifo-open", "file-lock", "lost-wake" (the futex changed without a wake-up
 * for this waiter; reading its stack may well wake it) and "no-waker" (another futex).
 * Those of starvation are in starve.h.
 *
 * While others work, a wait for a condition, semaphore or barrier that none of those may end
 * any more who seem to have to do with it is told of as probable: see monitor_strand.c.
 *
 * What it cannot see: waits for sockets, terminals, poll() and the like end from outside
 * for all it knows; so does a wait in a process that handles signals, but for mutexes,
 * rwlocks, spin locks and joins, as a handler may post, write, or interrupt the call.
 * Without the preloaded library it takes a rwlock, condition, semaphore or barrier for
 * something that every thread of the process may release, and spin locks for running.
 */
#ifndef HZ_MONITOR_H
#define HZ_MONITOR_H

#include "base/base.h"
#include "finding/finding.h"
#include "finding/timeline.h"
#include "watchdog/stats.h"

#include <sys/types.h>

struct hzw_options {
    double confirm;       /* seconds between the two looks that confirm a hang */
    double share;         /* of one processor that each sort of look may take; 1: no limit */
    bool runtime_threads; /* leave out threads of a tool's own (all signals blocked, in a sleep) */
    bool findings;        /* read stacks and make findings; otherwise only tell hang from no hang */
    /* Thresholds of starvation; see monitor_open.c for why the defaults are what they are. */
    unsigned long bypass;      /* times that one other thread passed the waiter */
    unsigned long bypass_each; /* or each of at least half of those that passed, and for longer */
    double bypass_seconds;     /* and the waiter has waited at least so long */
    double hold_seconds;       /* a lock not given back so long by a thread that runs */
    double hold_long;          /* the same by one that sleeps and wakes by turns */
    unsigned long retries;     /* failed tries in a row */
    double livelock_seconds;   /* or so long with a tenth of that */
    double inversion_seconds; /* that a thread of real-time priority waits for one that gets none */
    unsigned zombies;         /* dead children that their parent does not collect */
    bool measure;             /* how often and how long each lock is held and waited for */
    double stranded_seconds;  /* of a wait that only those could end who have ended or are stuck */
};
struct hzw_options hzw_defaults(void);

struct hzw_monitor; /* opaque */

/* NULL with a message if the shared memory could not be made. */
struct hzw_monitor *hzw_open(const struct hzw_options *options, struct hz_error *error);
void hzw_close(struct hzw_monitor *monitor);

/*
 * "HAZMAT_WATCH=/proc/PID/fd/N": what the watched program needs in its environment,
 * besides LD_PRELOAD. The arena's.
 */
char *hzw_environment(struct hz_arena *arena, const struct hzw_monitor *monitor);

/*
 * One look, or none if both sorts still rest, at all descendants of `root`, and with
 * `root_too` at itself. True when the whole tree hangs: every thread of every live process
 * is stuck, and that is confirmed. Findings (of a part of the tree too) collect in the
 * monitor.
 */
bool hzw_look(struct hzw_monitor *monitor, pid_t root, bool root_too);

/* After the program has ended: deals with what it had told by then. */
void hzw_finish(struct hzw_monitor *monitor);

/* What was found so far, each thing once; the monitor's, good until hzw_close(). */
const hz_findings *hzw_findings(const struct hzw_monitor *monitor);

/*
 * What the threads were at before the first finding of starvation or, if there is none, of a
 * deadlock, as the quick looks saw it; NULL if nothing was found. The monitor's.
 */
const struct hz_timeline *hzw_timeline(const struct hzw_monitor *monitor);

/* ---- with options.measure ---------------------------------------------------------- */

struct hzw_lock_label {
    const char *kind, *name; /* "mutex", "accounts[3].lock" */
    struct hz_frame first;   /* where it was first taken or waited for */
};
struct hzw_lock_report {
    struct hzw_lock_label label;
    struct hzw_lock_measures measures;
    HZ_VEC(const char *) routines; /* of measures.shares: what each thread runs */
};
typedef HZ_VEC(struct hzw_lock_report) hzw_lock_reports;

/* Adds what was measured so far of each lock; nothing without options.measure. */
void hzw_measured(struct hzw_monitor *monitor, struct hz_arena *arena, hzw_lock_reports *out);
/* How many events were of locks for which there was no room. */
uint64_t hzw_unmeasured(const struct hzw_monitor *monitor);

/* What was left out as there was no room or no time for it: all that is counted of that. */
struct hzw_left_out {
    const char *key;  /* short and stable */
    const char *text; /* "records of the log that found no room" */
    uint64_t n;       /* not 0 */
};
#define HZW_LEFT_OUT 8
/* Fills `out`; gives how many there are. */
size_t hzw_left_out(const struct hzw_monitor *monitor, struct hzw_left_out out[HZW_LEFT_OUT]);

/* One line on what hangs ("2 threads: mutex, mutex"), or NULL; the monitor's. */
const char *hzw_hang(const struct hzw_monitor *monitor);

#endif
