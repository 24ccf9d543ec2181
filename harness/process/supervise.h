/*
 * Runs one hostile program and survives it. With job.h and alone.h the only place that forks.
 *
 * hz_supervise() is called in a process of its own (see job.h): it makes that
 * process the subreaper of everything that the program starts, so that nothing
 * of the program's can leave the tree, and it may therefore be called once at a
 * time per process, from a process with no other children.
 *
 * The program gets its own session and process group, /dev/null (or a file) as
 * standard input, pipes for output and error that are drained at all times and
 * kept in part (head and tail, with the count of what was dropped between them),
 * default signal dispositions and an empty signal mask, no inherited descriptor
 * but 0, 1, 2 and those named. It gets SIGKILL when the supervising process dies.
 *
 * How it ends, whichever comes first:
 *  - it exits by itself, and what is still there HZ_LINGER seconds later is named
 *    and killed;
 *  - the observer says stop (a confirmed hang);
 *  - the deadline; the caller's own SIGTERM or SIGINT (an interrupt);
 *  - the parent of this process dies: an interrupt too, if PR_SET_PDEATHSIG is set
 *    (by job.h), for the tree can only be killed by a supervisor that lives.
 * Stopping goes in this order: SIGTERM and SIGCONT to the tree, a grace period,
 * SIGKILL to the whole tree again and again until nothing is left, reaping all.
 * `kill_at_once` leaves out the first two: for tools that talk when asked to end.
 *
 * A command with `foreground` set is the user's own program, which we only watch; all of
 * the above that would come between the two is left out. See struct hz_foreground.
 *
 * A call changes the signal mask, SIGCHLD's disposition, the subreaper bit and the
 * parent-death signal of its process, and puts all of them back.
 *
 * What it cannot do: a supervising process that is itself killed by SIGKILL takes the
 * program with it, but not the program's own children; and a process that SIGKILL cannot
 * end (blocked in the kernel, or another user's) is waited for as long as it lives.
 */
#ifndef HZ_SUPERVISE_H
#define HZ_SUPERVISE_H

#include "base/base.h"

#include <sched.h>
#include <signal.h>
#include <sys/types.h>

/*
 * Seconds in which children that are just ending may do so before they count as leaks:
 * whether they are a moment earlier or later than their parent says nothing.
 */
#define HZ_LINGER 0.2

struct hz_limits {
    double seconds;         /* deadline on the wall clock; 0: none */
    double grace;           /* between SIGTERM and SIGKILL */
    size_t head, tail;      /* bytes of each output stream that are kept; the tail is held whole */
    uint64_t file_size;     /* RLIMIT_FSIZE in bytes; 0: as inherited */
    uint64_t address_space; /* RLIMIT_AS in bytes; 0: as inherited. Never for TSan. */
    bool core;              /* core dumps stay allowed (otherwise RLIMIT_CORE is 0) */
};

struct hz_outcome;

/* What the observer wants after a look at the tree. */
enum hz_look { HZ_LOOK_GO_ON, HZ_LOOK_STOP };

/*
 * Called every `every` seconds while the program runs, from the supervising
 * process, with the id of the process whose descendants are the tree. It must
 * not block for long: output is not drained meanwhile.
 */
struct hz_observer {
    double every; /* above 0 */
    enum hz_look (*look)(void *context, pid_t supervisor);
    void *context;
};

/* What happens to a program in the foreground, told at the observer's pace. */
enum hz_news {
    HZ_NEWS_STARTED, /* it runs; `pid` of the outcome is its own */
    HZ_NEWS_ASKED,   /* the user asked it to end HZ_PATIENCE ago, and it goes on */
    HZ_NEWS_LEFT     /* it has ended, `leaks` of the outcome go on, and so does the watching */
};
#define HZ_PATIENCE 1.0

/*
 * A program that stays in the user's hands. Its standard streams are the caller's, and so
 * is every other descriptor that the caller inherited; its session, process group and
 * terminal are the caller's, its signals have the caller's dispositions, and the signals of
 * `mask` are blocked in it. Nothing is captured; `input` and `keep` do not count. It lives
 * on if the supervising process is killed.
 *
 * SIGINT, SIGQUIT and SIGHUP (unless the caller ignores them) are what a terminal sends to
 * the program as well: it may end by itself then. The second one, or SIGTERM, ends the tree.
 * What the program leaves running is supervised like itself until it has ended too, and
 * then one signal of any of these is enough.
 */
struct hz_foreground {
    sigset_t mask;
    void (*tell)(void *context, enum hz_news news, const struct hz_outcome *outcome);
    void *context;
};

struct hz_command {
    /* argv[0] is looked up in PATH where it has no slash; a relative one is taken from `folder`. */
    char *const *argv;
    char *const *set;      /* "NAME=value" added to the environment, ended by NULL; may be NULL */
    const char *folder;    /* working folder, or NULL */
    const char *input;     /* a file for standard input, or NULL for /dev/null; not from `folder` */
    const int *keep;       /* descriptors that the program inherits, ended by -1; may be NULL */
    const cpu_set_t *cpus; /* may be NULL */
    bool fixed_addresses;  /* personality ADDR_NO_RANDOMIZE: TSan needs it */
    bool kill_at_once;
    const struct hz_foreground *foreground; /* NULL: alone, in a session of its own */
    struct hz_limits limits;
    struct hz_observer observer; /* look NULL: nobody looks */
};

enum hz_end {
    HZ_END_EXITED,      /* `status` is the exit status */
    HZ_END_SIGNALED,    /* `signal` killed it, and not we */
    HZ_END_STOPPED,     /* the observer had it stopped */
    HZ_END_DEADLINE,    /* the deadline passed */
    HZ_END_INTERRUPTED, /* SIGINT or SIGTERM came to us */
    HZ_END_NOT_STARTED  /* it could not be started: `reason` */
};
const char *hz_end_name(enum hz_end end);

/* What one stream printed: `head`, then `dropped` bytes that were not kept, then `tail`. */
struct hz_capture {
    struct hz_bytes head, tail;
    uint64_t dropped;
};

struct hz_leak {
    pid_t pid;
    const char *name; /* its command name, at most 15 bytes; untrusted */
};

struct hz_outcome {
    enum hz_end end;
    pid_t pid; /* the program's; 0 if there never was a process for it */
    /* How the program ended, whoever ended it: its exit status, or the signal that killed it. */
    int status, signal;
    bool core;
    bool interrupted;   /* SIGINT or SIGTERM came, be it after the end: start no other run */
    const char *reason; /* for NOT_STARTED, NULL otherwise */
    double seconds;     /* wall clock, start to end of the program */
    double cpu_seconds; /* user and system, of the whole tree but children that nobody waited for */
    /*
     * Largest resident set of any process of the tree. The kernel counts from the
     * fork on: it is never less than what the supervising process held by then.
     */
    long peak_kib;
    struct hz_capture out, err;
    HZ_VEC(struct hz_leak) leaks; /* processes that outlived the program that ended by itself */
};

/* Runs `command` to its end. Always fills `out`; everything in it is the arena's. */
void hz_supervise(struct hz_arena *arena, const struct hz_command *command, struct hz_outcome *out);

/*
 * The live descendants of `root`, root itself aside, by /proc. Zombies are left out, but
 * not a process of which only the main thread has ended. One look may miss a process
 * that starts, or whose parent ends, at that moment.
 */
typedef HZ_VEC(pid_t) hz_pids;
void hz_tree(struct hz_arena *arena, pid_t root, hz_pids *out);

#endif
