/*
 * Between the files that implement starve.h.
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
};

/* How often a thread had got an object when the wait for it was first seen. */
struct hzw_passer {
    uint64_t owner, got;
};

/* How a thread waits: in one call, in an episode of a condition, or by trying again and again. */
enum hzw_how { HZW_IN_CALL, HZW_IN_EPISODE, HZW_BY_TRIES };

struct hzw_waiter {
    uint64_t owner;
    enum hzw_how how;
    uint64_t seq;                    /* another number means another wait */
    struct hzw_wait wait;            /* of an episode or tries: as if it were one call */
    HZ_VEC(struct hzw_passer) known; /* those that had got the object before */
};

/* A lock that was not given back since. */
struct hzw_hold {
    uint64_t owner, object, taken, since;
    uint64_t ticks; /* the holder's, then */
};

/* Tries in a row that fail. */
struct hzw_row {
    uint64_t owner, object, refused, caller;
    uint64_t taken; /* by itself: it ends the row */
    uint32_t kind;
    bool grows;            /* since the look before */
    bool mutual;           /* against one who tries for what this one has */
    uint64_t since, first; /* when it was first seen, and how many there were then */
    uint64_t others;       /* and how often other threads had got the object by then */
};

struct hzw_said {
    const char *kind;
    uint64_t owner, object;
};

struct hzw_starve {
    struct hzw_options options;
    const struct hzw_region *region;
    struct hz_arena kept, looks[2];
    unsigned turn;
    HZ_VEC(struct hzw_waiter) waiters;
    HZ_VEC(struct hzw_hold) holds;
    HZ_VEC(struct hzw_row) rows;
    HZ_VEC(struct hzw_said) reported;
};

/* One look; `then` holds what the one before remembered. */
struct hzw_glance {
    struct hzw_starve *starve;
    struct hz_arena *arena;  /* the caller's: of what is handed out */
    struct hz_arena *memory; /* of what is remembered */
    const hzt_threads *threads;
    uint64_t now;
    HZ_VEC(struct hzw_actor) actors;
    struct hzw_starve then;
    hzw_suspicions *out;
};

/* A copy of a tally; `object` 0 if there is none. */
struct hzw_count {
    uint64_t object, taken, refused, caller;
    uint32_t kind;
};

/* ---- starve.c: reading slots ---------------------------------------------------- */

/* The one with that slot.owner; NULL if it is not among them. */
const struct hzw_actor *hzw_find_actor(const struct hzw_glance *look, uint64_t owner);
bool hzw_same_process(const struct hzw_actor *a, const struct hzw_actor *b);
struct hzw_count hzw_read_count(const struct hzw_tally *tally);
struct hzw_count hzw_find_count(const struct hzw_slot *slot, uint64_t object);
/* The entry in the list of what the thread holds; `object` 0 if it does not hold it. */
struct hzw_held hzw_find_held(const struct hzw_slot *slot, uint64_t object);

/* ---- starve.c: words ------------------------------------------------------------ */

const char *hzw_kind_word(uint32_t kind);
double hzw_seconds(uint64_t since, uint64_t now);
/* True the first time that it is asked for that thread and object. */
bool hzw_is_new(struct hzw_glance *look, const char *kind, uint64_t owner, uint64_t object);
struct hzw_suspicion *hzw_add_suspicion(struct hzw_glance *look, const char *kind,
                                        enum hz_sure sure, const char *summary);
struct hzw_suspect *hzw_add_suspect(struct hzw_glance *look, struct hzw_suspicion *suspicion,
                                    const struct hzt_thread *thread, const char *role);

/* ---- starve_wait.c -------------------------------------------------------------- */

void hzw_look_for_bypass(struct hzw_glance *look);
void hzw_look_for_stuck_holders(struct hzw_glance *look);

/* ---- starve_retry.c ------------------------------------------------------------- */

/* Who tries less often than that in a row goes without it, rather than waits for it. */
#define HZW_FEWEST_TRIES 20

/* Livelock and busy waiting. Fills the rows: before hzw_look_for_bypass(), which reads them. */
void hzw_look_for_retries(struct hzw_glance *look);
void hzw_look_for_zombies(struct hzw_glance *look);

#endif
