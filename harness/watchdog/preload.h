/*
 * Inside of the preloaded library: the real functions, the calling thread's slot,
 * and how a slot and the log are written. Depends on libc alone.
 *
 * The rules of everything here: a thread writes its own slot and the log, and no
 * other slot; nothing allocates, locks or prints; errno is left alone; and the
 * uncontended path makes no system call. A hook first tries the variant of the real
 * function that does not block; only if that is refused does it say in its slot that
 * it waits. The one thing that is asked of the kernel is a map for the list of a
 * thread that holds more than HZW_HELD locks.
 *
 *   preload.c          the real functions, the shared memory, slots
 *   preload_thread.c   birth, join, fork: which thread is which
 *   preload_lock.c     locks; preload_plain.h: what most programs use, without glibc's calls
 *   preload_wait.c     semaphores, conditions, barriers
 *   preload_io.c       read() and write()
 *   preload_life.c     where a lock begins and ends: init, destroy, free()
 *   preload_held.c     what is held, in order
 *   preload_account.c  tallies, waits, episodes
 *   preload_reach.c    who has to do with what, for when it ends
 *   preload_log.c      the log
 *   preload_misuse.c   locks used wrongly; preload_words.c: who holds a lock
 *   preload_stats.c    what is measured of each lock, if that was asked for
 *
 * A signal handler may interrupt any of this and call sem_post(), read() or
 * write(), which keep accounts too. What it interrupted may then lose one entry,
 * and nothing else: every index is checked where it is used.
 */
#ifndef HZ_WATCHDOG_PRELOAD_H
#define HZ_WATCHDOG_PRELOAD_H

#include "watchdog/preload_real.h"
#include "watchdog/shared.h"

#include <stdbool.h>
#include <sys/types.h>

#define HZW_EXPORT __attribute__((visibility("default")))
#define HZW_ADDRESS(object) ((uint64_t)(uintptr_t)(object))

/* The line of the program's that called the exported function in which this stands; and, where
 * every nanosecond counts, that line or an interceptor's, for hzw_caller(). */
#define HZW_CALLER hzw_caller(HZW_RETURN)
#define HZW_RETURN HZW_ADDRESS(__builtin_return_address(0))

/* ---- a sanitizer's interceptors before us (preload_interceptor.c) ---------------- */

/* Whether the program has some; false until all are found. */
extern bool hzw_intercepted;

/* Notes who stands before our function of this name, if anybody; then, once, that these are all. */
void hzw_find_interceptor(const char *function);
void hzw_found_interceptors(void);

/* Where an interceptor was called from that `pc` is in; any other `pc` as it is. */
uint64_t hzw_caller_behind(uint64_t pc);

static inline uint64_t hzw_caller(uint64_t pc)
{
    return __builtin_expect(hzw_intercepted, false) ? hzw_caller_behind(pc) : pc;
}

/* ---- the thread's slot (preload.c) ---------------------------------------------- */

struct hzw_more;

/*
 * The last order under one lock that was told before: most programs nest two deep, and
 * need no more than to look here.
 */
struct hzw_last_order {
    uint64_t outer, inner, kinds, when;
    uint32_t ends;
};

/* Accounts that are at hand, one for each depth of nesting: the locks there take turns. */
#define HZW_LEVELS 4

/* What a thread knows of itself that nobody else needs; what every call needs comes first. */
struct hzw_self {
    struct hzw_slot *slot;
    /* The slot too, if preload_plain.h may be used, and nobody stands before us; else NULL. */
    struct hzw_slot *plain;
    struct hzw_tally *tally[HZW_LEVELS]; /* that were used last; in `slot` */
    uint64_t signalled;                  /* in reach.again for certain; or 0 */
    uint64_t episode_with;               /* mutex of the open episode, or 0 */
    uint64_t stack, top; /* where its frames are: from `stack` up to `top`; 0: not known */
    pid_t tid;
    struct hzw_last_order order;
    uint32_t unnamed;      /* of held_n, those that found no place anywhere */
    struct hzw_more *more; /* held beyond HZW_HELD; NULL if there never were any */
    uint32_t rounds;       /* of destructors that were run for this thread */
    bool unwatched;        /* it has no slot and gets none */
    bool woken;            /* the last wait of the open episode was ended by a wake-up */
};
extern _Thread_local struct hzw_self hzw_self __attribute__((tls_model("initial-exec")));

struct hzw_slot *hzw_adopt(void);

/* Seen when the library starts: as large are stacks that nobody asked another size for. */
extern uint64_t hzw_stack_size;

/* The calling thread's slot, or NULL if it is not watched. */
static inline struct hzw_slot *hzw_mine(void)
{
    struct hzw_slot *slot = hzw_self.slot;
    return __builtin_expect(slot != NULL, 1) ? slot : hzw_adopt();
}

/* NULL: nothing is watched. Never for a thread that has a slot. */
struct hzw_region *hzw_shared(void);
/* The number of this process image. */
uint64_t hzw_image(void);
/* The real functions are there, whether anything is watched or not. */
void hzw_resolve(void);

uint64_t hzw_owner_word(pid_t tid);
/* A slot for a thread of this process; NULL if all are taken. Given back wiped. */
struct hzw_slot *hzw_claim(uint64_t owner);
void hzw_give_up(struct hzw_slot *slot);
/* From now on the calling thread is watched, in that slot. */
void hzw_own(struct hzw_slot *slot, pid_t tid);
/*
 * The calling thread gets a slot and a number, and tells it: it comes from thread
 * `other`, 0 for none, in its segment `segment`. NULL: it is not watched.
 */
struct hzw_slot *hzw_come_from(uint64_t other, uint32_t segment);
/* In the child of a fork: another image, and no slot yet. */
void hzw_new_image(void);

/* ---- threads (preload_thread.c) ------------------------------------------------- */

void hzw_before_fork(void);
void hzw_in_child(void);
/* Remembers which thread has that pthread_t, beyond its end, and that it has ended. */
void hzw_number(pthread_t thread, uint64_t number);
void hzw_number_ended(pthread_t thread, uint64_t number);
/* The slot of the live thread `tid`, of this process or, if `anywhere`, of any; or NULL. */
struct hzw_slot *hzw_slot_of(pid_t tid, bool anywhere);

/* ---- tables that only grow ------------------------------------------------------ */

/*
 * The keys of a table: `size` (a power of two) of them, `apart` bytes from each other; 0 is
 * a free place. Nothing is ever taken out, so all threads find the same place for a key.
 */
struct hzw_keys {
    _Atomic uint64_t *key;
    uint64_t apart, size;
    uint64_t farthest; /* places that are looked at */
};

#define HZW_NOWHERE UINT64_MAX

/*
 * The place of `key`, looked for from place `from` on. If it is not there it is entered, where
 * `added` is not NULL, which is set then. HZW_NOWHERE: it is not there, or there is no room
 * near that place. Any number of threads at once.
 */
static inline uint64_t hzw_find_key(struct hzw_keys keys, uint64_t from, uint64_t key, bool *added)
{
    for (uint64_t i = 0; i < keys.farthest; i++) {
        uint64_t place = (from + i) & (keys.size - 1);
        _Atomic uint64_t *at = (_Atomic uint64_t *)(void *)((char *)keys.key + place * keys.apart);
        uint64_t now = atomic_load_explicit(at, memory_order_acquire);
        if (now == 0 && added == NULL)
            return HZW_NOWHERE;
        if (now == 0 && atomic_compare_exchange_strong(at, &now, key)) {
            *added = true;
            return place;
        }
        if (now == key)
            return place;
    }
    return HZW_NOWHERE;
}

struct hzw_place {
    _Atomic uint64_t key, value;
};

/* The value of `key`, which is entered as 0 if it is new and `add`; or NULL. */
_Atomic uint64_t *hzw_table(struct hzw_place *table, uint64_t size, uint64_t from, uint64_t key,
                            bool add);

/* ---- the births of locks (preload_life.c) --------------------------------------- */

/* See struct hzw_entry. 0 for what was never named. */
uint32_t hzw_birth(uint64_t lock);
/* How often any birth has changed. */
extern _Atomic uint32_t hzw_ends;
/* It is about to be in the log: from now on its births count. False if there is no room. */
bool hzw_name(uint64_t lock);

/* ---- what is held (preload_held.c) ---------------------------------------------- */

/* How a lock was got. */
enum hzw_how {
    HZW_BLOCKING = 1, /* the call would have waited without end: it makes an order */
    HZW_FRESH = 2     /* it cannot be had twice: if the list has it, the list is wrong */
};

/* One more of it, taken by that call. True if it was not held before. */
bool hzw_hold(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller, int how);
/* One less; gives the entry as it was before, with `object` 0 if there was none. */
struct hzw_held hzw_drop_named(struct hzw_slot *slot, uint64_t object);
/* One less of a lock. False if it is still held; true as well if it was not known to be. */
bool hzw_drop_any(struct hzw_slot *slot, uint64_t object);
/* None at all of it any more. */
void hzw_forget(struct hzw_slot *slot, uint64_t object);
/* The entry, or NULL. */
const struct hzw_held *hzw_held_by(struct hzw_slot *slot, uint64_t object);

static inline bool hzw_drop_from(struct hzw_slot *slot, uint32_t last, uint64_t object)
{
    if (slot->held[last].object != object || slot->held[last].depth != 1)
        return false;
    slot->held[last].object = 0;
    slot->held_n = last;
    return true;
}

/*
 * Lets it go if it is the last that was taken, in the slot, and taken once. One and two
 * have ways of their own: so each store has a constant, and the next call need not wait for
 * the one before to have loaded, added and stored.
 */
static inline bool hzw_drop_last(struct hzw_slot *slot, uint64_t object)
{
    uint32_t n = slot->held_n;
    if (__builtin_expect(n == 1, 1))
        return hzw_drop_from(slot, 0, object);
    if (n == 2)
        return hzw_drop_from(slot, 1, object);
    return n - 1 < HZW_HELD_NEAR && hzw_drop_from(slot, n - 1, object);
}

/* The same as hzw_drop_any(); quick where it is the last. */
static inline bool hzw_drop(struct hzw_slot *slot, uint64_t object)
{
    return hzw_drop_last(slot, object) || hzw_drop_any(slot, object);
}

/* What a thread holds besides `object`. */
struct hzw_holding {
    uint64_t hash; /* of the set of objects, kinds and births */
    uint32_t locks;
    uint32_t gates; /* semaphores that may guard the order of locks */
    bool has;       /* it holds `object` already */
};
struct hzw_holding hzw_holding(struct hzw_slot *slot, uint64_t object);
static inline uint64_t hzw_hash_lock(uint64_t object, uint32_t kind, uint32_t birth)
{
    return hzw_mix(object ^ hzw_mix((uint64_t)birth << 8 | kind));
}
/* The locks taken last, at most HZW_LISTED, in order; gives their number. */
uint32_t hzw_list(struct hzw_slot *slot, struct hzw_entry *entries);

/* Calls `visit` for all that is held, the oldest first, until it says false. */
void hzw_each_held(struct hzw_slot *slot, bool (*visit)(const struct hzw_held *, void *),
                   void *argument);

/* The list of a thread that forks, kept until the child takes it over. */
void hzw_keep_held(const struct hzw_slot *slot);
void hzw_take_held(struct hzw_slot *slot);
/* Gives back what lies outside of the slot. */
void hzw_end_held(void);

/* ---- accounts (preload_account.c; the common cases inline) ---------------------- */

/* What hzw_tally_at() and hzw_held_at() give, for the thread itself, which writes it. */
static inline struct hzw_tally *hzw_my_tally(struct hzw_slot *slot, uint32_t i)
{
    return (struct hzw_tally *)hzw_tally_at(slot, i);
}
static inline struct hzw_held *hzw_my_held(struct hzw_slot *slot, uint32_t i)
{
    return (struct hzw_held *)hzw_held_at(slot, i);
}
/* Before the first of those is written that are far. */
static inline void hzw_go_far(struct hzw_slot *slot, uint32_t what)
{
    uint32_t far = atomic_load_explicit(&slot->far, memory_order_relaxed);
    atomic_store_explicit(&slot->far, far | what, memory_order_release);
}

static inline struct hzw_tally *hzw_find_tally(struct hzw_slot *slot, uint64_t object)
{
    uint32_t probes = hzw_probes(slot);
    for (uint32_t i = 0; i < probes; i++) {
        struct hzw_tally *tally = hzw_my_tally(slot, hzw_place(object, i));
        if (atomic_load_explicit(&tally->object, memory_order_relaxed) == object)
            return tally;
    }
    return NULL;
}

struct hzw_tally *hzw_new_tally(struct hzw_slot *slot, uint32_t kind, uint64_t object);

/* `depth`: how many locks it holds, with or without this one. */
static inline struct hzw_tally *hzw_tally_deep(struct hzw_slot *slot, uint32_t depth, uint32_t kind,
                                               uint64_t object)
{
    struct hzw_tally **last = &hzw_self.tally[depth % HZW_LEVELS];
    if (__builtin_expect(atomic_load_explicit(&(*last)->object, memory_order_relaxed) == object, 1))
        return *last;
    struct hzw_tally *tally = hzw_find_tally(slot, object);
    return *last = tally != NULL ? tally : hzw_new_tally(slot, kind, object);
}

static inline struct hzw_tally *hzw_tally_of(struct hzw_slot *slot, uint32_t kind, uint64_t object)
{
    return hzw_tally_deep(slot, slot->held_n, kind, object);
}

/* Adds one without a locked instruction: nobody else writes here. */
static inline void hzw_count(_Atomic uint64_t *counter)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

/*
 * hzw_took() where the thread holds something, in general and where it is a mutex or the like
 * of which the call knows that it was held before; and where the account is not at hand.
 */
int hzw_took_more(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller, int how);
int hzw_took_again(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller);
int hzw_took_other(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller);

/*
 * The thread got it: the list of what it holds, the order, and the account. Gives 0, as
 * the other two do, so that they are the last thing that a hook calls: then the common
 * case needs no frame.
 */
static inline int hzw_took(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller,
                           int how)
{
    if (__builtin_expect(slot->held_n != 0, 0))
        return hzw_took_more(slot, kind, object, caller, how);
    slot->held[0] = (struct hzw_held){object, caller, kind, 1};
    slot->held_n = 1;
    struct hzw_tally *tally = hzw_self.tally[1];
    if (__builtin_expect(atomic_load_explicit(&tally->object, memory_order_relaxed) != object, 0))
        return hzw_took_other(slot, kind, object, caller);
    hzw_count(&tally->taken);
    atomic_store_explicit(&tally->refused, 0, memory_order_relaxed);
    atomic_store_explicit(&tally->caller, caller, memory_order_relaxed);
    return 0;
}

/* One more try in a row that was refused. */
void hzw_refused(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller);

/* ---- measures (preload_stats.c) -------------------------------------------------- */

/* NULL: nothing is measured; if it is, preload_plain.h is not used. */
extern struct hzw_stats *hzw_stats;

/* Before any slot is given out. */
void hzw_stat_start(struct hzw_region *found);
void hzw_stat_take(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller);
void hzw_stat_drop(struct hzw_slot *slot, uint64_t object);
void hzw_stat_refuse(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller);
/* As the slot says: a wait has begun, or has ended. */
void hzw_stat_wait(struct hzw_slot *slot);
void hzw_stat_waited(struct hzw_slot *slot);
/* The slot's thread is over: what it counted is kept. Also if nothing is measured. */
void hzw_stat_end(const struct hzw_slot *slot);
/* The monitor knows the names of all that was measured. Also if nothing is. */
bool hzw_stat_named(void);

/* The thread got it, or let it go so that it is not held any more. */
static inline void hzw_stat_took(struct hzw_slot *slot, uint32_t kind, uint64_t object,
                                 uint64_t caller)
{
    if (__builtin_expect(hzw_stats != NULL, 0))
        hzw_stat_take(slot, kind, object, caller);
}
static inline void hzw_stat_dropped(struct hzw_slot *slot, uint64_t object)
{
    if (__builtin_expect(hzw_stats != NULL, 0))
        hzw_stat_drop(slot, object);
}

/* ---- who has to do with what (preload_reach.c) ---------------------------------- */

/* The thread has to do with it. */
void hzw_touch(struct hzw_slot *slot, uint64_t object);
/* It was made by a call, or is no more: what was known of that place is over. */
void hzw_made(struct hzw_slot *slot, uint64_t object);
void hzw_unmade(const struct hzw_slot *slot, uint64_t object);
void hzw_signals_more(struct hzw_slot *slot, uint64_t object);

/* It signals, posts or comes to it. */
static inline void hzw_signals_it(struct hzw_slot *slot, uint64_t object)
{
    if (hzw_self.signalled == object)
        return;
    if (__builtin_expect(!hzw_in(slot->reach.again, HZW_SIGNALLED, object), 0))
        hzw_signals_more(slot, object);
    else
        hzw_self.signalled = object;
}

/* ---- waits (preload_account.c) -------------------------------------------------- */

/* CLOCK_MONOTONIC, nanoseconds. */
uint64_t hzw_now(void);
/* Publishes that the thread waits; `since` is filled here. */
void hzw_wait_begin(struct hzw_slot *slot, struct hzw_wait wait);
void hzw_wait_end(struct hzw_slot *slot);
/* hzw_wait_end() as a cleanup handler, for calls in which a thread may be cancelled. */
void hzw_wait_cancelled(void *unused);

/* A wait on a condition begins: opens the episode, or goes on with it in vain. */
void hzw_episode_wait(struct hzw_slot *slot, uint64_t condition, uint64_t mutex, uint64_t caller);
/* The mutex is let go: the episode that is open on it has come to its end. */
void hzw_episode_end(struct hzw_slot *slot);

/* ---- the log (preload_log.c) ---------------------------------------------------- */

/* The fields that every record of this thread has alike are filled here. False: no room. */
bool hzw_log(const struct hzw_slot *slot, struct hzw_record *record);
/*
 * Thread `thread` begins, made by `other` in its segment `segment`; `slot` is that of the
 * thread that writes this.
 */
void hzw_log_born(const struct hzw_slot *slot, uint64_t thread, uint64_t other, uint32_t segment);
void hzw_log_gone(const struct hzw_slot *slot, uint64_t thread);
/* Nothing but hzw_self.order's outer lock is held, and that order was told. */
static inline bool hzw_is_last_order(const struct hzw_slot *slot, uint32_t kind, uint64_t object)
{
    const struct hzw_last_order *last = &hzw_self.order;
    return slot->held_n == 1 && last->inner == object && last->outer == slot->held[0].object &&
           last->kinds == ((uint64_t)slot->held[0].kind << 32 | kind) &&
           last->when == (slot->thread << 32 ^ slot->segment) &&
           last->ends == atomic_load_explicit(&hzw_ends, memory_order_relaxed);
}

/* The order that the call makes of `object` and what is held, if it is new. */
void hzw_order(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller);
/* One misuse, if this thread has told of none of this kind by that call. */
void hzw_misuse(struct hzw_slot *slot, enum hzw_misuse what, uint32_t as, uint64_t object,
                uint64_t caller, uint64_t other);

/* ---- who holds a lock (preload_words.c) ----------------------------------------- */

struct hzw_holder {
    enum { HZW_UNKNOWN, HZW_NOBODY, HZW_ME, HZW_OTHER } who;
    pid_t tid; /* of HZW_OTHER */
};

/*
 * By glibc's own fields, which a self-test at the start knows or not; UNKNOWN if not,
 * and where the kind of lock does not tell. Readers are nobody in particular: UNKNOWN.
 */
struct hzw_holder hzw_mutex_holder(const pthread_mutex_t *mutex);
struct hzw_holder hzw_rwlock_holder(const pthread_rwlock_t *lock);
/* What the entry says is still so, as far as the lock's memory (which must be there) tells. */
bool hzw_still_held(const struct hzw_held *held);
/* That memory is there. */
bool hzw_is_there(uint64_t object);
/* The self-test. True if the functions of preload_plain.h may stand for glibc's. */
bool hzw_test_words(void);

/* ---- misuse (preload_misuse.c) -------------------------------------------------- */

/* What is about to be done with a lock, before the list of what is held knows of it. */
void hzw_unlocking_mutex(struct hzw_slot *slot, const pthread_mutex_t *mutex, uint64_t caller);
void hzw_unlocking_rwlock(struct hzw_slot *slot, const pthread_rwlock_t *lock, uint64_t caller);
void hzw_unlocking_spin(struct hzw_slot *slot, const volatile void *lock);
/* `what`: HZW_DESTROY_HELD or HZW_INIT_HELD. The list has it no more after that. */
void hzw_remaking_mutex(struct hzw_slot *slot, enum hzw_misuse what, const pthread_mutex_t *mutex,
                        uint64_t caller);
void hzw_remaking_rwlock(struct hzw_slot *slot, enum hzw_misuse what, const pthread_rwlock_t *lock,
                         uint64_t caller);
void hzw_remaking_spin(struct hzw_slot *slot, enum hzw_misuse what, const volatile void *lock,
                       uint64_t caller);
void hzw_freeing(struct hzw_slot *slot, uint64_t from, uint64_t bytes, uint64_t caller);
/* True if it ends with a lock held. */
bool hzw_leaving(struct hzw_slot *slot);
void hzw_waiting_with(struct hzw_slot *slot, const pthread_cond_t *condition,
                      const pthread_mutex_t *mutex, uint64_t caller);
/* The wait is published; its `need` is hzw_signals(). */
void hzw_waiting_now(struct hzw_slot *slot, const pthread_cond_t *condition, uint64_t mutex,
                     uint64_t caller);
uint64_t hzw_signals(const pthread_cond_t *condition);
/* Somebody who waits may be woken. */
void hzw_signalling(const pthread_cond_t *condition);
/* Spin locks and read locks have no owner: one that is unlocked by another is handed over. */
bool hzw_handed_over(uint64_t lock);

#endif
