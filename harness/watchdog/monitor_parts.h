/*
 * Between the files that implement monitor.h.
 *
 * monitor_open.c has the options and the shared memory, monitor_stats.c the measures of
 * --stats. A look goes through the others in this order:
 *   monitor_quick.c    suspects cycles of locks, by the shared memory alone
 *   monitor_view.c     reads the tree: processes, threads, what the preload says of them
 *   monitor_waits.c, monitor_mutex.c, monitor_signals.c
 *                      say of each blocked thread what it waits for and who may end that
 *   monitor_strand.c   who may still end a wait, where others work that have nothing to do with it
 *   waitgraph.c        who is stuck
 *   monitor.c          since when, and whether that is confirmed
 *   monitor_slice.c    leaves a look that takes long, to go on at the next call
 *   monitor_outside.c  whether somebody outside of the tree may end a wait after all
 *   monitor_order.c    what the log says of lock order and misuse
 *   monitor_report.c, monitor_order_report.c
 *                      findings
 *   monitor_timeline.c what threads were at before them
 * A view and all in it live in the arena of their look.
 */
#ifndef HZ_MONITOR_PARTS_H
#define HZ_MONITOR_PARTS_H

#include "watchdog/lockorder.h"
#include "watchdog/log.h"
#include "watchdog/monitor.h"
#include "watchdog/shared.h"
#include "watchdog/stacks.h"
#include "watchdog/starve.h"
#include "watchdog/threads.h"
#include "watchdog/waitgraph.h"

/* ---- a look ------------------------------------------------------------------ */

enum hzw_what {
    HZW_WAITS_NOT,
    HZW_WAITS_MUTEX,
    HZW_WAITS_RWLOCK,
    HZW_WAITS_SPIN,
    HZW_WAITS_JOIN,
    HZW_WAITS_COND,
    HZW_WAITS_SEM,
    HZW_WAITS_BARRIER,
    HZW_WAITS_ONCE,
    HZW_WAITS_FUTEX, /* a futex, and that is all that is known */
    HZW_WAITS_PIPE_READ,
    HZW_WAITS_PIPE_WRITE,
    HZW_WAITS_FIFO,
    HZW_WAITS_CHILD,
    HZW_WAITS_FILE_LOCK
};

/* What one thread waits for. */
struct hzw_waiting {
    enum hzw_what what;
    uint64_t object; /* address of the lock and the like; inode of a pipe or file; pid of a child */
    pid_t owner;     /* tid of the one thread that can end it; 0 if there is no such one */
    bool definite;   /* it is known who may end it, rather than who might */
    bool gone;       /* its owner is gone: nobody can end it */
    bool moved;      /* the futex changed, and yet the waiter was not woken */
};

/* What the preload says of one thread: a copy, as far as it has to be consistent. */
struct hzw_account {
    const struct hzw_slot *slot; /* NULL: the thread is not watched from inside */
    bool waits;                  /* `wait` is good */
    uint32_t wait_seq;
    struct hzw_wait wait;
};

/* A process; its threads are `n` in a row from `first` on. Numbers of nodes in the graph. */
struct hzw_process {
    pid_t pid, parent;
    pid_t alive; /* a thread of it that is not dead: by that its memory and files can be read */
    size_t first, n;
    size_t threads; /* any of its threads acts; HZW_NO_NODE if all are dead */
    size_t signals; /* a handler of its own runs; HZW_NO_NODE if it has none */
    size_t acts;    /* either; HZW_NO_NODE if all are dead */
    bool unseen;    /* has threads that were not read */
    bool hidden;    /* its descriptors may not be read */
};
#define HZW_NO_NODE ((size_t)-1)

/* A slot in use, and its owner as it was then. */
struct hzw_owned {
    uint64_t owner;
    const struct hzw_slot *slot;
};

/*
 * Waits in one process for one condition, semaphore or barrier that only a few can still
 * end, of those that might: `may`. See monitor_strand.c.
 */
struct hzw_stranded {
    pid_t pid;
    uint64_t object, with;
    double since;              /* the longest of them */
    uint64_t image;            /* of the process */
    uint64_t waiters, parents; /* hzw_thread_bit() of those that wait, and of their creators */
    HZ_VEC(size_t) may;
    size_t node; /* in the graph that is being built */
};

struct hzw_view {
    struct hz_arena *arena;
    pid_t root;
    bool root_too; /* it is watched itself, and not only what is below it */
    bool partial;  /* not all threads were read: only what is known for sure counts */
    double now;
    HZ_VEC(struct hzw_owned) slots; /* by owner */
    size_t left_out;                /* threads of a runtime, in the process that is being read */
    hzt_threads threads; /* by pid, then tid; thread i is node i of the graph */
    struct hzw_account *accounts;
    bool *moved; /* of each thread: it was blocked, and has gone on since; NULL: none has */
    struct hzw_waiting *waits;
    struct hzw_mutex_copy *mutexes; /* of threads that say what mutex they wait for; or NULL */
    HZ_VEC(struct hzw_process) processes; /* by pid */
    struct hzw_graph graph;
    size_t tree; /* node: anybody in the tree acts */
    size_t live; /* node: somebody who is not stuck */
    bool pipes_read;
    hzt_pipe_ends pipes;
    HZ_VEC(struct hzw_stranded) stranded; /* none but when it is asked for them */
};

/* ---- the monitor ------------------------------------------------------------- */

/* A thread that was stuck at the last look. */
struct hzw_stuck {
    struct hzt_thread thread;
    uint32_t wait_seq; /* of a thread that spins */
    double since;      /* first look of those without a break that saw it so */
};

/* What a thread has been seen to do while others waited too long. */
struct hzw_worked {
    pid_t pid, tid;
    uint64_t started;
    double seen;       /* at the last look */
    uint64_t switches; /* then */
    uint64_t taken;    /* locks and the like; then */
    unsigned rounds;   /* times that it took something anew, or woke from a sleep */
    bool outside;      /* it waited for somebody outside, once */
};

/* A thread of a sanitizer's runtime: it counts for nothing. */
struct hzw_runtime {
    pid_t pid, tid;
    uint64_t started;
};

/* A deadlock that is among the findings. */
struct hzw_reported {
    const char *key; /* its threads and what they wait for */
    size_t finding;
};

/* How far the debug information of a process has been read. */
struct hzw_warmth {
    pid_t pid;
    uint64_t started;
    double seen; /* first */
    bool done;
};

/* A thread that takes a lock there. */
struct hzw_taking {
    uint64_t owner, object;
};

/*
 * A potential deadlock that is not among the findings yet: while a thread of it waits, the
 * actual one may be about to be found, and that says more.
 */
struct hzw_potential_step {
    struct hzw_order_step step;
    uint64_t from[HZW_FROM]; /* what step.from was */
};
struct hzw_potential {
    const char *key;
    double at;
    HZ_VEC(struct hzw_potential_step) steps;
};

/*
 * Whether somebody outside has to do with a pipe or file or, for HZW_WAITS_NOT, a handler
 * with a process (whose id is `inode`); good until `until`.
 */
struct hzw_answer {
    enum hzw_what what;
    uint64_t device, inode;
    bool outside;
    double until;
};
#define HZW_ANSWERS 64
#define HZW_TIDS (1 << 22) /* the kernel's limit for thread ids */

struct hzw_monitor {
    struct hzw_options options;
    int memory;
    struct hzw_region *region;
    struct hzw_starve *starve;
    struct hzw_orders *orders;
    struct hz_arena kept; /* what lives as long as the monitor */
    struct hzs_cache *names;
    hz_findings findings;
    HZ_VEC(struct hzw_reported) reported;
    const char *hang;
    struct hz_arena looks[2]; /* of this look and of the one before, by turns */
    unsigned turn;
    struct hzw_slices *slices;
    double slice;         /* seconds: HZW_SLICE */
    struct hzw_view view; /* of the full look; in its arena */
    pid_t root;           /* what it looks at */
    bool root_too;
    bool whole;           /* in this slice it found that all are stuck */
    double cost, resumed; /* processor time: what its slices before took, and when this one began */
    bool put_off;         /* a slice that was due at the last call, for what the log had */
    HZ_VEC(struct hzw_stuck) stuck; /* by pid, then tid; in the last look's arena */
    struct hz_arena works[2];         /* of the last list of who worked, and of the one before */
    unsigned work_turn;
    HZ_VEC(struct hzw_worked) worked; /* by pid, then tid */
    double next_stranded;             /* when stranded waits are looked for again */
    HZ_VEC(struct hzw_runtime) runtime;
    uint8_t *seen; /* a bit for each thread id that ever was one of the tree */
    struct hzw_answer answers[HZW_ANSWERS];
    unsigned next_answer;
    double next_quick, next_full; /* when these looks are due again */
    uint32_t *last_seq;           /* of each slot, wait_seq at the last quick look */
    unsigned long turns;          /* full looks */
    HZ_VEC(struct hzw_warmth) warmths;
    size_t next_warmth;
    HZ_VEC(struct hzw_potential) potential;
    HZ_VEC(struct hzw_taking) deadlocked; /* threads of actual ones, and what they wait for */
    unsigned fresh; /* quick looks in a row that saw somebody wait who did not before */
    struct hzw_naming *naming;    /* of measured locks; NULL: none so far */
    struct hzw_history *history;  /* what threads were at lately; NULL: none so far */
    uint64_t settled;             /* the waits in which the quick look found nothing more to do */
};

/* ---- monitor_quick.c --------------------------------------------------------- */

struct hzw_thread_id {
    pid_t pid, tid;
};
typedef HZ_VEC(struct hzw_thread_id) hzw_suspected;

/*
 * Adds the threads of cycles that show in the shared memory, unless the waits are those
 * of the last call. Setting `monitor->settled` to 0 makes the next call look again.
 */
void hzw_quick(struct hzw_monitor *monitor, struct hz_arena *arena, hzw_suspected *out);

/* ---- monitor.c --------------------------------------------------------------- */

/*
 * Seconds. What is left of a look then comes at the next call, after whatever else is due, so
 * that a deadlock need not wait for its end. Nothing is believed for being seen at once: who
 * is stuck is read again before that is told.
 */
#define HZW_SLICE 0.002

/* ---- monitor_slice.c --------------------------------------------------------- */

struct hzw_slices; /* opaque */

struct hzw_slices *hzw_slices_new(void);
/* A look that is under way is not gone on with. */
void hzw_slices_free(struct hzw_slices *slices);
/*
 * Begins run(monitor), or goes on with it where it was left, for so many seconds. True if it
 * has come to its end. Not to be called within a look.
 */
bool hzw_slice(struct hzw_monitor *monitor, void (*run)(struct hzw_monitor *), double seconds);
bool hzw_under_way(const struct hzw_monitor *monitor);
/*
 * For whatever takes long, now and then: leaves the look until the next slice if the time of
 * this one is over. Does nothing outside of a full look, as in the quick one.
 */
void hzw_pause(struct hzw_monitor *monitor);

/* ---- monitor_view.c ---------------------------------------------------------- */

/* Reads the processes of the tree and their threads. */
void hzw_view_read(struct hzw_monitor *monitor, struct hzw_view *view);
/*
 * Reads from the kernel those threads that are stuck and were taken at their word. True if
 * there were any: then waits and graph have to be built anew.
 */
bool hzw_view_verify(struct hzw_monitor *monitor, struct hzw_view *view);
/* Forgets waits and graph, to be built anew. */
void hzw_view_forget(struct hzw_view *view);
/* Reads some threads of the tree: a partial view. */
void hzw_view_read_some(struct hzw_monitor *monitor, struct hzw_view *view,
                        hzw_suspected *suspected);
/* Index of a thread of the view, or -1. pid 0: of whatever process. */
ssize_t hzw_view_thread(const struct hzw_view *view, pid_t pid, pid_t tid);
const struct hzw_process *hzw_view_process(const struct hzw_view *view, pid_t pid);
/* Whether the preload says of this thread that it spins for a lock. */
bool hzw_spins(const struct hzw_account *account);
/* Whether the tree still has the processes of the view and no others. */
bool hzw_view_complete(const struct hzw_view *view);

/* ---- monitor_waits.c --------------------------------------------------------- */

/* Fills waits and graph of a view whose threads are read. */
void hzw_waits_build(struct hzw_monitor *monitor, struct hzw_view *view);
/* Any thread of `process`, or a handler in it, may end the wait of thread `i`. */
void hzw_waits_for_process(struct hzw_view *view, size_t i, const struct hzw_process *process);
/* Whoever can reach the futex that thread `i` waits for may end the wait. */
void hzw_waits_for_any(struct hzw_view *view, size_t i);

/* ---- monitor_strand.c -------------------------------------------------------- */

/*
 * Looks for waits that have lasted `stranded_seconds` and that everybody else seems to have
 * nothing to do with. True if the graph is to be built anew, with view->stranded.
 */
bool hzw_strand_find(struct hzw_monitor *monitor, struct hzw_view *view);
/* Those who may end the wait of thread `i`, as a node; HZW_NO_NODE if it is no such wait. */
size_t hzw_strand_node(struct hzw_view *view, size_t i);
/* Whether one of these threads is in such a wait. */
bool hzw_strand_in(const struct hzw_view *view, const size_t *members, size_t n);

/* ---- monitor_signals.c ------------------------------------------------------- */

/* The signals (bit n - 1) for which a handler may run in the process, as far as can be told. */
uint64_t hzw_signals(const struct hzw_view *view, const struct hzw_process *process);
/* Whether this is Valgrind with a guest that may have handlers which do not show. Slow. */
bool hzw_guest_signals(const struct hzw_process *process);

/* ---- monitor_mutex.c --------------------------------------------------------- */

/* Reads the mutexes of all threads that say what they wait for, where they are many. */
void hzw_mutexes_read(struct hzw_monitor *monitor, struct hzw_view *view);
/*
 * Whether thread `i`, blocked on a futex, waits for a mutex, and for whose. Takes the
 * preload's word for what it waits for, or else tells a mutex by what stands there.
 */
bool hzw_mutex(const struct hzw_view *view, size_t i, struct hzw_waiting *out);
/* Who may end the wait for the mutex that hzw_mutex() found for thread `i`. */
void hzw_mutex_wakers(const struct hzw_monitor *monitor, struct hzw_view *view, size_t i);
/* The tid that the mutex at `address` names as its owner, in the memory of `tid`; 0 if none. */
pid_t hzw_mutex_owner(pid_t tid, uint64_t address);
/* Of many, at once. How many of them: those from the first that cannot be read on are left out. */
size_t hzw_mutex_owners(pid_t tid, const uint64_t *addresses, pid_t *owners, size_t n);
/* Whether the process has that thread, at this moment. */
bool hzw_alive_in(pid_t pid, pid_t tid);

/* ---- monitor_guess.c --------------------------------------------------------- */

/*
 * What glibc's object around a futex most likely is, by what stands there. Only for the
 * words of a report: no verdict depends on it.
 */
void hzw_guess(const struct hzt_thread *thread, struct hzw_waiting *waiting);

/* ---- monitor_outside.c ------------------------------------------------------- */

/*
 * Whether a process outside of the tree, or a signal that could not be foreseen, may end
 * the wait of thread `i`. Slow.
 */
bool hzw_outside(struct hzw_monitor *monitor, struct hzw_view *view, size_t i, double now);

/* ---- monitor_words.c --------------------------------------------------------- */

/* "mutex", "pipe", …: what a thread waits for, in one word. */
const char *hzw_what_name(enum hzw_what what);
/* "mutex", "rwlock", …: a lock that the preload says is held. */
const char *hzw_kind_name(uint32_t kind);
/* The kind of a deadlock by the waits of its threads. */
const char *hzw_deadlock_kind(const struct hzw_view *view, const size_t *members, size_t n);
/* How telling a wait is: in a finding the lowest comes first. */
int hzw_rank(const struct hzw_waiting *waiting);
/* "waits for mutex NAME held by tid 71". */
const char *hzw_role(struct hz_arena *arena, const struct hzw_view *view, size_t i,
                     const char *name);
/* One line on a finding; `first` is the name of what its first thread waits for. */
const char *hzw_summary(struct hz_arena *arena, const struct hzw_view *view, const char *kind,
                        const size_t *members, size_t n, const char *first);

/* ---- monitor_report.c -------------------------------------------------------- */

/*
 * Adds the finding for one root component, unless it is there. `whole`: all of the tree
 * is stuck, which makes sure what was likely.
 */
void hzw_report_stuck(struct hzw_monitor *monitor, struct hzw_view *view, const size_t *members,
                      size_t n, bool whole);
/* Whether that component was reported; if so and `whole`, its finding is certain from now on. */
bool hzw_reported(struct hzw_monitor *monitor, const struct hzw_view *view, const size_t *members,
                  size_t n, bool whole);
void hzw_report_starving(struct hzw_monitor *monitor, const hzw_suspicions *suspicions);
/* The frame of a return address, and the name of what stands at an address; 0: nothing is
   known. Both without a process, too. */
struct hz_frame hzw_frame_at(struct hz_arena *arena, struct hzs_process *process, uint64_t address);
/* `tid`: the thread whose variables may lead there, or 0. */
const char *hzw_name_of(struct hz_arena *arena, struct hzs_process *process, pid_t tid,
                        uint64_t address);

/* ---- monitor_timeline.c ------------------------------------------------------- */

/* What each thread is at, for later. Part of a quick look: reads the shared memory alone. */
void hzw_history_look(struct hzw_monitor *monitor, double now);
/*
 * Something was found: makes the timeline of it, unless there is one. That of a thread that
 * starves takes the place of one of a deadlock.
 */
void hzw_history_tell(struct hzw_monitor *monitor, bool starving);
void hzw_history_free(struct hzw_monitor *monitor);

/* ---- monitor_warm.c ---------------------------------------------------------- */

/* Reads on in the debug information of one process, for a few milliseconds. */
void hzw_warm(struct hzw_monitor *monitor, const struct hzw_view *view);

/* ---- monitor_stats.c --------------------------------------------------------- */

/* Looks up the names of measured locks, for a few milliseconds. */
void hzw_naming_look(struct hzw_monitor *monitor);
void hzw_naming_close(struct hzw_monitor *monitor);

/* ---- monitor_order.c, monitor_order_report.c ---------------------------------- */

/* Reads the log of the region: potential deadlocks by lock order, and misuse. */
struct hzw_orders *hzw_order_open(struct hzw_region *region);
void hzw_order_close(struct hzw_orders *orders);
/* What was counted so far. */
const struct hzw_log *hzw_orders_log(const struct hzw_orders *orders);
struct hzw_order_counts hzw_orders_counts(const struct hzw_orders *orders);
/*
 * Reads what is in the log, for a few milliseconds at most, and adds findings. True if there
 * is nothing more to read now. To be called again, after the program has ended, until it is.
 */
bool hzw_order_look(struct hzw_monitor *monitor, double now);
/* Whether so much is in the log that it may come to be full. */
bool hzw_order_behind(const struct hzw_monitor *monitor);

/* A process image that has logged something. */
struct hzw_image {
    pid_t pid;
    uint64_t number;
    struct hzs_process *names;        /* NULL: it cannot be read */
    bool wanted, tried;               /* places in it were logged; it was opened for that */
    HZ_VEC(struct hzt_mapping) cache; /* what is mapped in it, as far as it was asked for */
    double cached;                    /* since when */
    struct hz_arena arena;            /* of the cache */
};
struct hzw_image *hzw_image_of(struct hzw_orders *orders, pid_t pid);
/* Where a lock is in memory that processes share; false if it is not. */
bool hzw_shared_name(struct hzw_orders *orders, uint64_t owner, uint64_t address, double now,
                     struct hzw_lock_name *out);
/*
 * The process of that thread as it is now or, if it has ended, as it was kept; NULL if
 * neither is there. Good until the next of these calls.
 */
struct hzs_process *hzw_image_names(struct hzw_monitor *monitor, uint64_t owner);
/* Keeps one process whose orders were logged open, for its names when it has ended. */
void hzw_keep_image(struct hzw_orders *orders);

/*
 * Turns potential deadlocks into findings, but for those that have become actual ones. True
 * if none is left that may yet do so; `over`: the program is, so none may.
 */
bool hzw_settle_potential(struct hzw_monitor *monitor, double now, bool over);
void hzw_report_cycle(struct hzw_monitor *monitor, const struct hzw_order_cycle *cycle);
void hzw_report_misuse(struct hzw_monitor *monitor, const struct hzw_record *record);

#endif
