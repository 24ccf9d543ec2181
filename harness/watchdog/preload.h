/*
 * Inside of the preloaded library: the real functions, the calling thread's slot,
 * and how a slot is written. Depends on libc alone.
 *
 * The rules of everything here: a thread writes its own slot and no other; nothing
 * allocates, locks or prints; errno is left alone; and the uncontended path makes
 * no system call. A hook first tries the variant of the real function that does
 * not block; only if that is refused does it say in its slot that it waits.
 *
 * A signal handler may interrupt any of this and call sem_post(), read() or
 * write(), which keep accounts too. What it interrupted may then lose one entry,
 * and nothing else: every index is checked where it is used.
 */
#ifndef HZ_WATCHDOG_PRELOAD_H
#define HZ_WATCHDOG_PRELOAD_H

#include "watchdog/shared.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <sys/types.h>
#include <threads.h>
#include <unistd.h>

#define HZW_EXPORT __attribute__((visibility("default")))
#define HZW_CALLER ((uint64_t)(uintptr_t)__builtin_return_address(0))
#define HZW_ADDRESS(object) ((uint64_t)(uintptr_t)(object))

/* ---- the real functions (preload.c) --------------------------------------------- */

struct hzw_real {
    __typeof__(pthread_mutex_lock) *mutex_lock;
    __typeof__(pthread_mutex_trylock) *mutex_trylock;
    __typeof__(pthread_mutex_timedlock) *mutex_timedlock;
    __typeof__(pthread_mutex_clocklock) *mutex_clocklock;
    __typeof__(pthread_mutex_unlock) *mutex_unlock;
    __typeof__(pthread_rwlock_rdlock) *rwlock_rdlock;
    __typeof__(pthread_rwlock_tryrdlock) *rwlock_tryrdlock;
    __typeof__(pthread_rwlock_timedrdlock) *rwlock_timedrdlock;
    __typeof__(pthread_rwlock_clockrdlock) *rwlock_clockrdlock;
    __typeof__(pthread_rwlock_wrlock) *rwlock_wrlock;
    __typeof__(pthread_rwlock_trywrlock) *rwlock_trywrlock;
    __typeof__(pthread_rwlock_timedwrlock) *rwlock_timedwrlock;
    __typeof__(pthread_rwlock_clockwrlock) *rwlock_clockwrlock;
    __typeof__(pthread_rwlock_unlock) *rwlock_unlock;
    __typeof__(pthread_spin_lock) *spin_lock;
    __typeof__(pthread_spin_trylock) *spin_trylock;
    __typeof__(pthread_spin_unlock) *spin_unlock;
    __typeof__(mtx_lock) *mtx_lock;
    __typeof__(mtx_trylock) *mtx_trylock;
    __typeof__(mtx_timedlock) *mtx_timedlock;
    __typeof__(mtx_unlock) *mtx_unlock;
    __typeof__(sem_wait) *sem_wait;
    __typeof__(sem_trywait) *sem_trywait;
    __typeof__(sem_timedwait) *sem_timedwait;
    __typeof__(sem_clockwait) *sem_clockwait;
    __typeof__(sem_post) *sem_post;
    __typeof__(pthread_cond_init) *cond_init;
    __typeof__(pthread_cond_destroy) *cond_destroy;
    __typeof__(pthread_cond_wait) *cond_wait;
    __typeof__(pthread_cond_timedwait) *cond_timedwait;
    __typeof__(pthread_cond_clockwait) *cond_clockwait;
    __typeof__(pthread_cond_signal) *cond_signal;
    __typeof__(pthread_cond_broadcast) *cond_broadcast;
    __typeof__(cnd_wait) *cnd_wait;
    __typeof__(cnd_timedwait) *cnd_timedwait;
    __typeof__(pthread_barrier_wait) *barrier_wait;
    __typeof__(pthread_create) *create;
    __typeof__(pthread_join) *join;
    __typeof__(pthread_tryjoin_np) *tryjoin;
    __typeof__(pthread_timedjoin_np) *timedjoin;
    __typeof__(pthread_clockjoin_np) *clockjoin;
    __typeof__(thrd_create) *thrd_create;
    __typeof__(thrd_join) *thrd_join;
    __typeof__(fork) *fork;
    __typeof__(read) *read;
    __typeof__(write) *write;
};
extern struct hzw_real hzw_real; /* filled once hzw_mine() was called */

/* ---- the thread's slot (preload.c) ---------------------------------------------- */

/* What a thread knows of itself that nobody else needs. */
struct hzw_self {
    struct hzw_slot *slot;
    uint32_t unnamed; /* of held_n, those that found no place in the list */
    uint32_t rounds;  /* of destructors that were run for this thread */
    bool unwatched;   /* it has no slot and gets none */
    bool woken;       /* the last wait of the open episode was ended by a wake-up */
};
extern _Thread_local struct hzw_self hzw_self __attribute__((tls_model("initial-exec")));

struct hzw_slot *hzw_adopt(void);

/* The calling thread's slot, or NULL if it is not watched. */
static inline struct hzw_slot *hzw_mine(void)
{
    struct hzw_slot *slot = hzw_self.slot;
    return __builtin_expect(slot != NULL, 1) ? slot : hzw_adopt();
}

/* The watched thread with that pthread_t in this process; 0 if it is not known. */
pid_t hzw_tid_of(pthread_t thread);

/* ---- accounts (preload_account.c; the common cases inline) ---------------------- */

static inline struct hzw_tally *hzw_find_tally(struct hzw_slot *slot, uint64_t object)
{
    for (uint32_t i = 0; i < HZW_PROBES; i++) {
        struct hzw_tally *tally = &slot->tally[hzw_place(object, i)];
        if (atomic_load_explicit(&tally->object, memory_order_relaxed) == object)
            return tally;
    }
    return NULL;
}

struct hzw_tally *hzw_new_tally(struct hzw_slot *slot, uint32_t kind, uint64_t object);

static inline struct hzw_tally *hzw_tally_of(struct hzw_slot *slot, uint32_t kind, uint64_t object)
{
    struct hzw_tally *tally = hzw_find_tally(slot, object);
    return __builtin_expect(tally != NULL, 1) ? tally : hzw_new_tally(slot, kind, object);
}

/* Adds one without a locked instruction: nobody else writes here. */
static inline void hzw_count(_Atomic uint64_t *counter)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

/* One more of it, taken by that call. True if it was not held before. */
bool hzw_hold(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller);
/* One less; gives the entry as it was before, with `object` 0 if there was none. */
struct hzw_held hzw_drop_named(struct hzw_slot *slot, uint64_t object);
/* One less of a lock. False if it is still held; true as well if it was not known to be. */
bool hzw_drop_any(struct hzw_slot *slot, uint64_t object);

/* The same; quick where it is the last that was taken. */
static inline bool hzw_drop(struct hzw_slot *slot, uint64_t object)
{
    uint32_t last = slot->held_n - 1;
    if (last >= HZW_HELD || slot->held[last].object != object || slot->held[last].depth != 1)
        return hzw_drop_any(slot, object);
    slot->held[last].object = 0;
    slot->held_n = last;
    return true;
}

/* The thread got it: the list of what it holds, and the account. */
void hzw_took(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller);
/* One more try in a row that was refused. */
void hzw_refused(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller);

/* ---- waits (preload_account.c) -------------------------------------------------- */

/* Publishes that the thread waits; `since` is filled here. */
void hzw_wait_begin(struct hzw_slot *slot, struct hzw_wait wait);
void hzw_wait_end(struct hzw_slot *slot);
/* hzw_wait_end() as a cleanup handler, for calls in which a thread may be cancelled. */
void hzw_wait_cancelled(void *unused);

/* A wait on a condition begins: opens the episode, or goes on with it in vain. */
void hzw_episode_wait(struct hzw_slot *slot, uint64_t condition, uint64_t mutex, uint64_t caller);
/* The mutex is let go: the episode that is open on it has come to its end. */
void hzw_episode_end(struct hzw_slot *slot);

static inline bool hzw_episode_open(struct hzw_slot *slot)
{
    return atomic_load_explicit(&slot->episode.seq, memory_order_relaxed) % 2 == 1;
}

#endif
