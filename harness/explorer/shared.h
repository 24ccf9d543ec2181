/*
 * What the explorer's runtime, inside the explored program, and `hazmat explore`,
 * outside, say to each other: one mapping, made by the driver before the program
 * starts, whose file descriptor the environment names (HAZMAT_EXPLORE).
 *
 * The driver writes `config` before the start and nothing after it. The runtime writes
 * all the rest; the driver reads it while the program runs (the counts) and when it has
 * ended (all). Whatever kills the program, the segments of the schedule that ran are
 * here. Numbers are the program's and untrusted: the driver checks every count against
 * its room before it uses it.
 */
#ifndef HZX_SHARED_H
#define HZX_SHARED_H

#include <stdint.h>

#define HZX_ENVIRONMENT "HAZMAT_EXPLORE" /* the mapping's file descriptor, in decimals */
#define HZX_STOP_AT_FAILURE UINT32_MAX
#define HZX_MAGIC 0x485a580au            /* changes with this file */

enum {
    HZX_THREADS = 256,        /* in one schedule; agents are twice as many */
    HZX_SEGMENTS = 1 << 18,   /* context switches of one schedule */
    HZX_EVENTS = 1 << 18,     /* steps shown of one schedule */
    HZX_RACES = 64,           /* different ones kept */
    HZX_FRAMES = 24,          /* of a stack */
    HZX_HELD = 8,             /* locks shown of a thread */
    HZX_RACY = 1024,          /* words known to be racy that are told */
    HZX_OUTCOMES = 4096,      /* different ones counted */
    HZX_CHOICE = 1 << 16,     /* of a segment: see there */
    HZX_CHOICES = 64,         /* most of one choice */
    HZX_UNCONTROLLED = 16,    /* different calls named */
    HZX_SORTS = 16,           /* of failures kept by a campaign that goes on */
    HZX_LIBRARIES = 31,
    HZX_TEXT = 240,
    HZX_GIVEN_UP = 4 /* exit status: this program cannot be explored, and `text` says why */
};

enum hzx_strategy_name {
    HZX_PORTFOLIO, HZX_RANDOM, HZX_PCT, HZX_POS, HZX_SURW, HZX_RFF, HZX_BOUND, HZX_DPOR,
    HZX_BRUTE,  /* every order, equal or not: the tests' yardstick for DPOR */
    HZX_REPLAY,
    HZX_SWEEP,  /* one delay at each place in the code that could matter */
    HZX_STRATEGIES
};

enum hzx_memory { HZX_SC, HZX_TSO, HZX_C11 };
/* Threads as fibers in one process; the same, each schedule in a fork; real threads, each schedule
 * in a fork. The choices are the same in all. */
enum hzx_mode { HZX_IN_PROCESS, HZX_FORK, HZX_THREADS_MODE, HZX_MODES };

struct hzx_config {
    uint32_t strategy, memory, mode;
    uint32_t depth;       /* PCT's d */
    uint32_t preemptions; /* for the bounded search: the largest bound */
    uint32_t max_steps;   /* a schedule longer than this is cut */
    uint64_t seed;
    uint64_t schedules;   /* budget; 0: none */
    double seconds;       /* budget; 0: none */
    uint32_t keep_going;  /* count failures instead of ending with the first */
    uint32_t keep_sorts;  /* of those, keep a schedule of each sort */
    uint32_t spurious;    /* wake-ups of conditions that nobody asked for, at most, a schedule */
    uint32_t no_races;    /* data races are not looked for */
    uint32_t no_shrink;   /* leave the schedule as it was found */
    uint32_t times;       /* of a replay */
    uint32_t show;        /* of a replay: let the program's output through, once */
    uint32_t sought;      /* of a replay: enum hzx_end; it ends with the first race if it is that */
    uint32_t stop;        /* of a replay in a debugger: SIGTRAP before the step of this number,
                             from 1; HZX_STOP_AT_FAILURE; 0: never */
};

/* How a schedule ended. All but FINE and CUT are failures. */
enum hzx_end {
    HZX_FINE, HZX_CUT, /* longer than max_steps */
    HZX_ASSERTION, HZX_STATUS, HZX_ABORTED, HZX_CRASH, HZX_USE_AFTER_FREE, HZX_DOUBLE_FREE,
    HZX_DEADLOCK, HZX_STUCK, HZX_LIVELOCK, HZX_LOCK_LEAK, HZX_MISUSE, HZX_RACE,
    HZX_ENDS
};

enum hzx_kind {
    HZX_NONE, HZX_READ, HZX_WRITE, HZX_UPDATE, HZX_FENCE, HZX_FREE,
    HZX_LOCK, HZX_TRYLOCK, HZX_UNLOCK, HZX_RDLOCK, HZX_WRLOCK, HZX_RWUNLOCK,
    HZX_WAIT, HZX_WAKE, HZX_SIGNAL, HZX_BROADCAST,
    HZX_SEM_WAIT, HZX_SEM_TRY, HZX_SEM_POST, HZX_BARRIER, HZX_ONCE,
    HZX_CREATE, HZX_JOIN, HZX_EXIT, HZX_YIELD, HZX_PROCESS_EXIT,
    HZX_RECEIVE, HZX_SEND, /* a pipe or socket */
    HZX_TIMEOUT, HZX_FLUSH, HZX_CANCEL, HZX_TESTCANCEL, HZX_SPURIOUS, HZX_CLOCK,
    HZX_KINDS
};

/*
 * Agent 2t is thread t; 2t+1 is what acts for it by itself: a timer, a store buffer.
 * HZX_CHOICE + c, c > 0, is no agent: in the operation at tick `until` of the thread whose segment
 * comes next, choice c was made (an older store read, C11; a wait that ends for no reason).
 * Choice 0 is not written.
 */
struct hzx_segment {
    uint32_t agent;
    uint32_t until; /* the thread's tick at which it did not go on */
};

struct hzx_event {
    uint64_t pc, address, value; /* value: of a wait on a condition and its end, the mutex */
    uint32_t tick;
    uint16_t thread;
    uint8_t kind, size, atomic, old; /* old: the value read or written is not the newest, C11 */
};

struct hzx_side {
    uint64_t pc;
    uint32_t thread;
    uint8_t write, atomic, size;
};

struct hzx_race {
    uint64_t address;
    struct hzx_side sides[2]; /* the earlier first */
};

struct hzx_stand { /* where a thread stood when the schedule ended */
    uint32_t kind, done, ticks;
    int32_t waits_for;     /* thread, or -1 */
    uint64_t pc, address;
    uint32_t frames_n, held_n;
    uint64_t frames[HZX_FRAMES]; /* of calls, the innermost last */
    struct { uint64_t address, pc; } held[HZX_HELD];
};

struct hzx_outcome {
    uint32_t end, thread;
    uint64_t pc, address, other_pc;
    int32_t status;
    char text[HZX_TEXT];
};

/* Failures of one kind at one place in the program, and the first schedule that had one. */
struct hzx_sort {
    struct hzx_outcome outcome;
    uint64_t key, times, schedule;
    uint32_t preemptions, racy_n, segments_n;
    struct hzx_segment segments[HZX_SEGMENTS];
};

enum {
    HZX_LEFT_DEEP = 1,   /* choices beyond the depth that is remembered */
    HZX_LEFT_TIMERS = 2, /* a thread's timers going off early more than once */
    HZX_LEFT_STORES = 4, /* C11: older stores that could be read, beyond those that are kept */
    HZX_LEFT_ROOM = 32,    /* what needs more threads, keys or memory than there are */
    HZX_LEFT_OUTSIDE = 16, /* what comes after a wait that only something not controlled ends */
    HZX_LEFT_UNFAIR = 8  /* bound: schedules in which who yields keeps others waiting for ever */
};

enum hzx_state { HZX_STARTED = 1, HZX_RUNNING, HZX_FOUND, HZX_EXHAUSTED, HZX_SPENT, HZX_BROKEN };

struct hzx_shared {
    uint32_t magic, state;
    struct hzx_config config;

    /* progress */
    uint64_t schedules, first_failure; /* counted from 1; 0: none yet */
    uint64_t failures[HZX_ENDS];
    uint64_t blocked; /* executions that sleep sets cut off */
    uint64_t classes; /* of equivalent schedules: run by HZX_DPOR, counted by HZX_BRUTE */
    uint32_t left_out; /* HZX_LEFT_…: what an exhaustive search has not tried */
    uint64_t steps;   /* of all schedules */
    uint64_t hash;    /* of all choices of all schedules: equal seeds, equal hash */
    uint32_t longest, threads, phase; /* of a portfolio: whose schedule runs */
    uint32_t bounds; /* that are complete: all schedules with under so many preemptions were run */
    char text[HZX_TEXT];        /* of HZX_BROKEN; or why a search is not exhaustive */
    uint32_t uncontrolled_n;
    struct { char name[96]; uint64_t pc; } uncontrolled[HZX_UNCONTROLLED]; /* its first call */
    uint64_t load; /* what the program's addresses are more than in its file */
    uint32_t libraries_n; /* that `hazmat cc` has built, and the program is linked with */
    struct { char path[HZX_TEXT]; uint64_t load; } libraries[HZX_LIBRARIES];

    /* the schedule that was found, or the one that ran last */
    struct hzx_outcome outcome;
    uint32_t preemptions, segments_n, events_n, races_n, stands_n, shrunk;
    uint64_t trace_hash;
    struct hzx_segment segments[HZX_SEGMENTS];
    struct hzx_event events[HZX_EVENTS];
    struct hzx_race races[HZX_RACES];
    struct hzx_stand stands[HZX_THREADS];

    /* Words (their addresses) that races were seen on before this schedule. A replay under TSO
     * needs them: plain stores to these are buffered. The driver may fill them for it. */
    uint32_t racy_n;
    uint64_t racy[HZX_RACY];

    /*
     * A program that calls `void hazmat_outcome(unsigned long)` tells what this schedule came
     * to: how often each value was told in the whole campaign. Of a litmus test, say.
     */
    uint32_t outcomes_n;
    struct { uint64_t value, times; } outcomes[HZX_OUTCOMES];

    uint32_t sorts_n;
    uint64_t sorts_left_out; /* failures of further sorts */
    struct hzx_sort sorts[HZX_SORTS];
};

#endif
