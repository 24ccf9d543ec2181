/*
 * Between the files that implement starve.h.
 *
 * A look goes through them in this order, and each step is linear in what it reads:
 *   starve.c         pairs the slots with the threads that the kernel knows
 *   starve_wait.c    reads who waits, for what: each of these things gets a *key*
 *   starve_shared.c  where else the memory of a key is mapped
 *   starve_table.c   reads all accounts once: who got what has a key, how often since when
 *   starve_retry.c   rows of tries, livelock, busy waits, dead children
 *   starve_judge.c   bypass
 *   starve_hold.c    holders that do not give back
 *   starve_rank.c    priority inversion
 *
 * What is remembered from one look to the next lives in two arenas by turns: each look
 * copies what still goes on, and the rest is forgotten with the arena of the look before.
 */
#ifndef HZ_STARVE_PARTS_H
#define HZ_STARVE_PARTS_H

#include "watchdog/starve.h"

/* A thread that is alive and watched. */
struct hzw_actor {
    const struct hzw_slot *slot;
    const struct hzt_thread *thread;
    uint64_t owner;
    uint32_t place;  /* its slot's number */
    uint32_t waiter; /* its wait in a call: index in `waiters` and 1; 0 if it is in none */
};

/* ---- what is waited for --------------------------------------------------------- */

/*
 * Waiters of one thing share their baselines. An *epoch* is a moment from which on passes
 * are counted; each waiter belongs to the first one that began after it was first seen. Of
 * more than so many, two neighbours become one, the younger: its waiters' counts get lower,
 * and none gets higher.
 */
#define HZW_EPOCHS 3

struct hzw_epoch {
    uint64_t begin, last; /* when it began, and when a pass was seen last */
    uint64_t passing;     /* for how long they were passing: see hzw_read_accounts() */
    uint32_t looks;       /* how many there were, for the share of those that saw a holder */
    /* As of this look: */
    uint64_t total, most; /* passes by all, and by the one thread that has most */
    uint32_t n, each;     /* threads that passed at all, and so often as `bypass_each` */
    uint32_t alone;       /* of the n, those that do not take it as readers */
    uint32_t most_by;     /* the record of that one */
};

/* A lock that was not given back since. */
struct hzw_hold {
    uint64_t owner, taken, caller, since;
    uint64_t ticks, switches; /* the holder's, then */
    uint64_t rested;          /* when it was last seen not to run; 0: never */
};

/* The same memory in a process. */
struct hzw_alias {
    pid_t pid;
    uint64_t object; /* 0: it has none */
    bool fresh;      /* found in this look */
};

/* Where in which file memory stands that several processes may share; inode 0: it is not. */
struct hzw_file_place {
    uint64_t device, inode, offset;
};

struct hzw_key {
    pid_t pid;
    uint64_t object;
    uint64_t caller;    /* of a condition: only those count that wait at the same place; else 0 */
    bool old;           /* it was there at the look before */
    uint32_t successor; /* of a key of the look before: index in this one and 1; 0: none */
    bool outside;       /* a waiter is in a call that another process may end */
    bool asked;         /* `file` is known */
    struct hzw_file_place file;
    HZ_VEC(struct hzw_alias) aliases; /* in other processes */
    struct hzw_epoch epoch[HZW_EPOCHS];
    uint32_t epochs;
    uint32_t used[HZW_EPOCHS]; /* waiters of each, while they are collected */
    uint32_t pending;          /* waiters without any */
    int8_t now[HZW_EPOCHS];    /* what an epoch of the look before is in this one; -1: gone */
    int8_t fresh;              /* the one that begins now; -1: none */
    bool grew;                 /* somebody got it since the look before */
    uint32_t holders, holder;  /* how many hold it; one of them: index of the actor */
    uint32_t rivals;           /* see starve_retry.c */
    struct hzw_hold hold;
};

/* How a key is found: each has one of these for every process in which it is known. */
struct hzw_door {
    pid_t pid;
    uint64_t object, caller;
    uint32_t key;
    uint32_t next; /* another one of the same hash: index and 1 */
    bool fresh;
};

struct hzw_table {
    HZ_VEC(struct hzw_key) keys;
    HZ_VEC(struct hzw_door) doors;
    uint32_t *heads;
    size_t room; /* of `heads`; a power of two */
};

/* What a waiter follows. */
struct hzw_follow {
    uint32_t key;
    int8_t epoch; /* -1: none yet */
};

/*
 * One thread's account of one key, as of the last look. They are in the order in which
 * slots and tallies are read, so that two looks' are merged without a search.
 */
struct hzw_count_of {
    uint32_t place; /* slot * HZW_TALLIES + tally */
    uint32_t key;
    uint32_t actor;
    uint32_t got; /* its lower half: only differences count */
    uint32_t since[HZW_EPOCHS];
    uint16_t held[HZW_EPOCHS]; /* looks that saw it hold */
};
struct hzw_counts {
    struct hzw_count_of *at;
    size_t n, room;
};

/* ---- who waits ------------------------------------------------------------------- */

/* How a thread waits: in one call, or in an episode of a condition. */
enum hzw_how { HZW_IN_CALL, HZW_IN_EPISODE };

struct hzw_waiter {
    uint32_t place, actor;
    uint64_t owner;
    enum hzw_how how;
    bool mutual; /* as in a row */
    bool absent; /* between two calls that timed out */
    uint64_t seq;
    struct hzw_wait wait; /* of an episode: as if it were one call */
    uint64_t since, seen; /* of calls that time out again and again: of the first; the last look */
    uint32_t calls;       /* those that were seen */
    uint64_t taken, evicted; /* its own account then: it has not got it since */
    uint64_t vain;           /* of an episode */
    uint64_t ticks;          /* the thread's, when it was first seen */
    uint64_t halfway, late;  /* when half of the bound was reached, and the thread's delay then */
    struct hzw_follow what, mutex; /* `mutex`: of an episode */
    int rank;                      /* real-time priority; -1: not asked yet */
    struct hzw_inversion *inversion;
};

/* Tries in a row that fail. */
struct hzw_row {
    uint32_t place; /* slot * HZW_TALLIES + tally */
    uint32_t actor;
    uint64_t owner, object, refused, caller;
    uint64_t taken; /* by itself: it ends the row */
    uint32_t kind;
    bool grows;            /* since the look before */
    uint64_t mutual_at;    /* when it was last one against another that tries for what this has */
    uint64_t since, first; /* when it was first seen, and how many there were then */
    bool followed;
    struct hzw_follow what;
    struct hzw_waiter *waiter; /* that waits in timed calls instead, for the while of a look */
};

/* A waiter of high priority, the one at the end of its chain, and one that runs meanwhile. */
struct hzw_inversion {
    uint64_t end, between; /* owners */
    uint64_t since, end_ticks, between_ticks;
};

struct hzw_said {
    const char *kind;
    uint64_t owner, object;
};
/* Findings are for people: of each sort so many of one object, and so many in all. */
#define HZW_MOST_OF_OBJECT 4
#define HZW_MOST_SAID 1024

/* A parent with dead children that has collected none for a while. */
#define HZW_PARENTS 16
struct hzw_neglect {
    pid_t parent; /* 0: none */
    unsigned dead;
    uint64_t since;
};

struct hzw_starve {
    int (*load)(double average[], int n); /* getloadavg() */
    struct hzw_options options;
    const struct hzw_region *region;
    struct hz_arena kept, looks[2];
    unsigned turn;
    void (*pause)(void *context); /* NULL: none */
    void *paused;                 /* its context */
    uint64_t steps;   /* slots, tallies, waiters and so on that were visited: what a look costs */
    uint64_t *owners; /* of each slot, at the last look */
    struct hzw_counts counts[2]; /* by turns */
    struct hzw_table table;
    HZ_VEC(struct hzw_waiter) waiters; /* by slot */
    HZ_VEC(struct hzw_row) rows;       /* by slot and tally */
    HZ_VEC(struct hzw_said) reported;
    struct hzw_neglect neglect[HZW_PARENTS];
};

/* One look; `then` holds what the one before remembered. */
struct hzw_glance {
    struct hzw_starve *starve;
    struct hz_arena *arena;  /* the caller's: of what is handed out */
    struct hz_arena *memory; /* of what is remembered */
    const hzt_threads *threads;
    uint64_t now;
    HZ_VEC(struct hzw_actor) actors; /* by slot */
    bool several;                    /* they are of several processes */
    struct hzw_counts *counts;       /* this look's */
    struct hzw_starve then;
    double crowd;   /* see hzw_look_for_bypass(); 0: not asked yet */
    unsigned asked; /* how many threads' delays were read */
    hzw_suspicions *out;
};

/* A copy of a tally; `object` 0 if there is none. */
struct hzw_count {
    uint64_t object, taken, refused, caller;
    uint32_t kind;
};

/* ---- starve.c: reading slots ---------------------------------------------------- */

struct hzw_count hzw_read_count(const struct hzw_tally *tally);
struct hzw_count hzw_find_count(const struct hzw_slot *slot, uint64_t object);
/* The entry in the list of what the thread holds; `object` 0 if it does not hold it. */
struct hzw_held hzw_find_held(const struct hzw_slot *slot, uint64_t object);
pid_t hzw_pid_of(uint64_t owner);

/* One step of what takes long: a good place to leave the look for a while. */
static inline void hzw_step(struct hzw_starve *starve)
{
    if (starve->pause != NULL)
        starve->pause(starve->paused);
}

/* ---- starve_words.c ------------------------------------------------------------- */

const char *hzw_kind_word(uint32_t kind);
double hzw_seconds(uint64_t since, uint64_t now);
/* "4,100" */
const char *hzw_number(struct hz_arena *arena, uint64_t number);
/* Whether that was not said yet, of that thread and object, nor too much of that object. */
bool hzw_is_new(struct hzw_glance *look, const char *kind, uint64_t owner, uint64_t object);
struct hzw_suspicion *hzw_add_suspicion(struct hzw_glance *look, const char *kind,
                                        enum hz_sure sure, const char *summary);
struct hzw_suspect *hzw_add_suspect(struct hzw_glance *look, struct hzw_suspicion *suspicion,
                                    const struct hzt_thread *thread, const char *role);

/* ---- starve_wait.c -------------------------------------------------------------- */

bool hzw_can_be_passed(uint32_t kind);
/* Fills waiters and keys, for the rows of the look before as well. */
void hzw_collect_waiters(struct hzw_glance *look);

/* ---- starve_table.c ------------------------------------------------------------- */

struct hzw_key *hzw_key_at(const struct hzw_glance *look, uint32_t key);
/* The door of exactly that, from `from` on (0: from the first); NULL if there is none. */
const struct hzw_door *hzw_next_door(const struct hzw_table *table, const struct hzw_door *from,
                                     pid_t pid, uint64_t object, uint64_t caller);
/* The waiter follows that thing from now on, or still: then `what` says since when. */
void hzw_follow(struct hzw_glance *look, struct hzw_follow *what, pid_t pid, uint64_t object,
                uint64_t caller);
void hzw_add_door(struct hzw_glance *look, struct hzw_door door);
/* Once all are collected: gives each an epoch. */
void hzw_settle_epochs(struct hzw_glance *look);
/*
 * Reads all accounts. What is between two looks at which passes were seen counts as
 * `passing` for at most a quarter of `bypass_seconds`: nobody can tell whether they came
 * one by one or all at once, and the rest of the time somebody just held it.
 */
void hzw_read_accounts(struct hzw_glance *look);

/* ---- starve_shared.c ------------------------------------------------------------ */

/* Finds the keys that are in shared memory in the other processes. */
void hzw_find_aliases(struct hzw_glance *look);
/* Its address in that process; 0 if it is not known there. */
uint64_t hzw_object_in(const struct hzw_key *key, pid_t pid);

/* ---- starve_retry.c ------------------------------------------------------------- */

/* Who tries less often than that in a row goes without it, rather than waits for it. */
#define HZW_FEWEST_TRIES 20

/* What was refused: adds a row. */
void hzw_follow_row(struct hzw_glance *look, uint32_t place, uint32_t actor,
                    const struct hzw_count *count, size_t *from);
/* Livelock and busy waiting. Marks who is mutual, which hzw_look_for_bypass() reads. */
void hzw_look_for_retries(struct hzw_glance *look);
void hzw_look_for_zombies(struct hzw_glance *look);

/* ---- starve_judge.c, starve_hold.c, starve_rank.c ------------------------------- */

void hzw_look_for_bypass(struct hzw_glance *look);
void hzw_look_for_stuck_holders(struct hzw_glance *look);
void hzw_look_for_inversions(struct hzw_glance *look);

#endif
