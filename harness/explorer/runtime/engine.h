/*
 * The engine: one schedule of the program, step by step.
 *
 * One thread runs at a time. What another thread could notice is an *operation*; before
 * each one the thread comes to a *point*, says what it is about to do, and a strategy
 * picks the agent that goes on. So at every point it is known of every thread what it
 * would do next, and whether it could. A new thread runs up to its first point within
 * its creator's step, for nothing that it does before can be noticed.
 *
 * A plain access is a point only where a schedule has shown that its word is *racy*: two
 * accesses to it were not ordered. That loses nothing: in a program without data races
 * every order of accesses is made by an order of its synchronisation (Musuvathi et al.,
 * OSDI 2008), and a race that is there shows in some order of the synchronisation. The
 * campaign learns racy words as it goes and never forgets (memory.h). A *tick* is counted
 * for each access and operation, point or not, so that a schedule told in ticks means the
 * same whatever has been learned.
 */
#ifndef HZX_ENGINE_H
#define HZX_ENGINE_H

#include "explorer/runtime/carrier.h"
#include "explorer/runtime/clock.h"
#include "explorer/shared.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HZX_AGENTS (2 * HZX_THREADS)
#define HZX_WORDS (HZX_AGENTS / 64)
#define HZX_CALLS 256 /* depth to which calls are remembered */
#define HZX_WINDOW 32 /* reads remembered of a loop that may be waiting */

struct hzx_thread;
struct hzx_object;

struct hzx_op {
    uint8_t kind, size, atomic;
    bool drains;            /* waits until the thread's store buffer is empty */
    bool cancels;           /* a cancellation point (cancel.h) */
    bool clock;             /* reads the clock, or moves it (now.h) */
    bool write;             /* conflicts with reads of the same bytes, not only with writes */
    uintptr_t address, pc;
    struct hzx_object *object, *second; /* of synchronisation: what it needs; or NULL */
    /* Whether it could go on now; NULL: always. Asked again when its object changes. */
    bool (*ready)(const struct hzx_thread *thread);
    /* Of one that is not ready: whether its timer could go off. NULL: yes. */
    bool (*expires)(const struct hzx_thread *thread);
    uint64_t value;
};

struct hzx_look { /* a read of a loop that may be waiting */
    uintptr_t pc, address;
    uint64_t value, state; /* state: of the stack and registers; 0: not taken */
    const struct hzx_object *lock; /* a lock taken, not a word read */
    uint64_t when; /* the latest of these, counted */
    unsigned size;
};

struct hzx_thread {
    unsigned id, parent; /* parent: who made it */
    bool fresh, done, detached, joined, parked, main;
    bool newest; /* its next load reads the newest store (views.h) */
    bool timer, timed_out; /* a timed wait, and that it is over */
    bool waiting, woken;   /* on a condition; by a broadcast */
    bool cancelled, cancel_off, cancel_async; /* asked to end; its state and type */
    uint32_t tick, steps, quiet /* accesses since a point */, early; /* early: timers that went off before they had to */
    uint16_t buffered;     /* stores in its buffer (store_buffer.h) */
    uint64_t deadline;     /* of `timer`, logical nanoseconds */
    uint64_t state;        /* at the last look (spin.h) */
    uint64_t blocked, signals; /* bit n - 1: signal n; signals: sent to it, not taken (signals.c) */
    uint64_t ticket;       /* place in a condition's queue */
    struct hzx_op pending;
    struct hzx_carrier carrier;
    void *(*start)(void *);
    void *argument, *result;
    void *cleanups; /* handlers, the latest first (cancel.c) */
    uintptr_t thrown; /* the exception made last, which the C++ library has the memory of, */
    size_t thrown_size;
    struct { uintptr_t address; uint64_t value; unsigned size; } written; /* hzx_spin_writes */
    struct hzx_op alone; /* what its timer would do: see hzx_next */
    hzx_clock order;     /* of all dependent operations (Mazurkiewicz), if exhaustive */
    hzx_clock clock, acquired, released; /* happens-before; of fences to come, of the last one */
    unsigned held_n;
    struct { struct hzx_object *object; uintptr_t pc; } held[HZX_HELD];
    unsigned calls_n;
    uintptr_t calls[HZX_CALLS];
    unsigned looks_n;
    struct hzx_look looks[HZX_WINDOW];
};

/* What a strategy is asked. `pick` gets at least one enabled agent. */
struct hzx_strategy {
    const char *name;
    bool exhaustive; /* when its end is false, all there is has been tried */
    bool fair;       /* a thread that sleeps or yields lets others go on: that is a point to it */
    void (*open)(void);  /* before the first schedule: takes its memory; or NULL */
    void (*begin)(void); /* of each schedule; or NULL */
    unsigned (*pick)(void);
    void (*did)(unsigned agent, const struct hzx_op *op); /* before it is done; or NULL */
    /* The thread that runs is about to know more than the operation it did last told it; or NULL. */
    void (*settle)(void);
    unsigned (*choose)(unsigned n); /* one of n >= 2, not of agents; NULL: 0 */
    bool (*end)(enum hzx_end end); /* false: nothing is left to try; or NULL: there always is */
};

struct hzx_engine {
    bool running;               /* a schedule is under way */
    bool every_access;          /* all accesses are points: a replay */
    bool exhaustive;            /* what no other thread can notice is no point */
    uint8_t memory;             /* enum hzx_memory */
    uint32_t known;             /* racy words, of shared->racy, when the schedule began */
    bool cancels;               /* pthread_cancel() was called in this campaign (cancel.h) */
    bool trace;                 /* events are written down */
    bool outside;               /* what is not controlled may yet end a wait in this schedule */
    struct hzx_thread *self;    /* who runs */
    struct hzx_thread *creator; /* who made the fresh thread that runs */
    unsigned threads_n, alive;
    uint32_t steps, passed;     /* points, and accesses that were none */
    uint32_t spurious, woken;   /* waits that may end for no reason, and have, in this schedule */
    uint32_t asked;             /* how often a clock was read since somebody slept */
    uint64_t enabled[HZX_WORDS];
    bool (*overdue)(void);      /* whether the campaign's time is over; or NULL */
    uint64_t now;               /* logical nanoseconds */
    const struct hzx_strategy *strategy;
    struct hzx_shared *shared;
    struct hzx_carrier campaign;
    unsigned long *handle;      /* where the thread that is being made is told; or NULL */
    unsigned parked_n;
    bool blocked;               /* the strategy has cut this schedule off */
    struct hzx_thread threads[HZX_THREADS];
};

extern struct hzx_engine hzx __attribute__((visibility("hidden")));

/* Starts a schedule with `start(argument)` as thread 0 and returns when it has ended. */
void hzx_run(void *(*start)(void *), void *argument);

/* Comes to a point; returns when this thread was picked and `op` is to be done. */
void hzx_point(const struct hzx_op *op);

/* A tick without a point. */
void hzx_pass(const struct hzx_op *op);

/* The schedule's choice, 0 to n - 1, of what the operation that is under way does; at most one
 * in an operation. 0 is what happens under sequential consistency. */
unsigned hzx_choose(unsigned n);

/* Before what a thread learns without a point goes into its `order`: a join that need not wait,
 * a drain. */
void hzx_settle(void);

/* `object` has changed: asks again whether those that need it are ready. */
void hzx_changed(const struct hzx_object *object);
void hzx_ready_again(struct hzx_thread *thread);

struct hzx_thread *hzx_thread_new(void *(*start)(void *), void *argument);
/* Whose pthread_t that is; NULL: no thread's. */
struct hzx_thread *hzx_thread_of(const void *handle);
/* The thread that runs is over. `hzx_leave` (sync.h) is what a thread calls. */
_Noreturn void hzx_thread_end(void *result);

/* The schedule ends here; does not return. `text` may be NULL. */
_Noreturn void hzx_end(enum hzx_end end, uintptr_t pc, const char *text);

static inline bool hzx_enabled(unsigned agent)
{
    return hzx.enabled[agent / 64] >> (agent % 64) & 1;
}

/* Whether the order of the two matters. */
bool hzx_dependent(unsigned a_agent, const struct hzx_op *a, unsigned b_agent,
                   const struct hzx_op *b);

/* What agent `agent` would do next. */
const struct hzx_op *hzx_next(unsigned agent);

/* A number from 0 to n-1 of the schedule's own generator, seeded for each schedule. */
uint64_t hzx_random(uint64_t n);
void hzx_seed(uint64_t seed);

#define HZX_EACH_ENABLED(agent)                                                                    \
    for (unsigned word_ = 0; word_ <= hzx.threads_n / 32 && word_ < HZX_WORDS; word_++)            \
        for (uint64_t bits_ = hzx.enabled[word_], agent = 0;                                       \
             bits_ != 0 && (agent = word_ * 64 + (unsigned)__builtin_ctzll(bits_), 1);             \
             bits_ &= bits_ - 1)

#endif
