/*
 * Locks used wrongly. Each check asks the lock itself first, and then what the threads
 * say that they hold: only what both agree on is told. So a lock that was taken where
 * this library does not look, or before a fork, or whose memory was not a lock before,
 * raises nothing.
 */
#include "watchdog/preload.h"

/* ---- handed over ---------------------------------------------------------------- */

/* Hashes of the locks without an owner that one thread took and another one let go. */
static _Atomic uint64_t handed[64];

static uint64_t handed_bit(uint64_t lock)
{
    return (uint64_t)1 << (hzw_mix(lock) >> 58);
}

static _Atomic uint64_t *handed_word(uint64_t lock)
{
    return &handed[hzw_mix(lock) >> 52 & 63];
}

bool hzw_handed_over(uint64_t lock)
{
    return (atomic_load_explicit(handed_word(lock), memory_order_relaxed) & handed_bit(lock)) != 0;
}

static void hand_over(uint64_t lock)
{
    if (!hzw_handed_over(lock))
        atomic_fetch_or(handed_word(lock), handed_bit(lock));
}

/* ---- who else ------------------------------------------------------------------- */

/* That thread lives and is watched: a tid that a parent left in the lock does not. */
static struct hzw_slot *slot_of(struct hzw_holder holder, bool shared)
{
    return holder.who == HZW_OTHER ? hzw_slot_of(holder.tid, shared) : NULL;
}

static bool names(const struct hzw_slot *slot, uint64_t object)
{
    for (uint32_t i = 0; slot != NULL && i < hzw_held_most(slot); i++)
        if (hzw_held_at(slot, i)->object == object)
            return true;
    return false;
}

#define MUTEX_SHARED 0x80 /* of __kind */
#define MUTEX_TYPE 3

static bool is_shared(const pthread_mutex_t *mutex)
{
    return (mutex->__data.__kind & MUTEX_SHARED) != 0;
}

/* ---- unlock --------------------------------------------------------------------- */

/* A mutex of the error-checking kind may be asked: that is what it is for. */
void hzw_unlocking_mutex(struct hzw_slot *slot, const pthread_mutex_t *mutex, uint64_t caller)
{
    struct hzw_holder holder = hzw_mutex_holder(mutex);
    uint64_t object = HZW_ADDRESS(mutex);
    if (holder.who == HZW_ME || holder.who == HZW_UNKNOWN ||
        (mutex->__data.__kind & MUTEX_TYPE) == PTHREAD_MUTEX_ERRORCHECK)
        return;
    if (holder.who == HZW_NOBODY)
        hzw_misuse(slot, HZW_UNLOCK_FREE, HZW_MUTEX, object, caller, 0);
    else if (hzw_held_by(slot, object) == NULL && slot_of(holder, is_shared(mutex)) != NULL)
        hzw_misuse(slot, HZW_UNLOCK_STRANGER, HZW_MUTEX, object, caller, (uint64_t)holder.tid);
}

void hzw_unlocking_rwlock(struct hzw_slot *slot, const pthread_rwlock_t *lock, uint64_t caller)
{
    struct hzw_holder holder = hzw_rwlock_holder(lock);
    uint64_t object = HZW_ADDRESS(lock);
    const struct hzw_held *held = hzw_held_by(slot, object);
    if (holder.who == HZW_NOBODY)
        hzw_misuse(slot, HZW_UNLOCK_FREE, HZW_RWLOCK_WRITE, object, caller, 0);
    else if (holder.who == HZW_UNKNOWN && held == NULL)
        hand_over(object);
    else if (held == NULL && slot_of(holder, lock->__data.__shared != 0) != NULL)
        hzw_misuse(slot, HZW_UNLOCK_STRANGER, HZW_RWLOCK_WRITE, object, caller,
                   (uint64_t)holder.tid);
}

void hzw_unlocking_spin(struct hzw_slot *slot, const volatile void *lock)
{
    if (hzw_held_by(slot, HZW_ADDRESS(lock)) == NULL)
        hand_over(HZW_ADDRESS(lock));
}

/* ---- init, destroy -------------------------------------------------------------- */

void hzw_remaking_mutex(struct hzw_slot *slot, enum hzw_misuse what, const pthread_mutex_t *mutex,
                        uint64_t caller)
{
    struct hzw_holder holder = hzw_mutex_holder(mutex);
    uint64_t object = HZW_ADDRESS(mutex);
    if ((holder.who == HZW_ME && hzw_held_by(slot, object) != NULL) ||
        names(slot_of(holder, is_shared(mutex)), object))
        hzw_misuse(slot, what, HZW_MUTEX, object, caller, (uint64_t)holder.tid);
}

void hzw_remaking_rwlock(struct hzw_slot *slot, enum hzw_misuse what, const pthread_rwlock_t *lock,
                         uint64_t caller)
{
    struct hzw_holder holder = hzw_rwlock_holder(lock);
    uint64_t object = HZW_ADDRESS(lock);
    const struct hzw_held *held = hzw_held_by(slot, object);
    if (held != NULL && hzw_still_held(held))
        hzw_misuse(slot, what, held->kind, object, caller, (uint64_t)hzw_self.tid);
    else if (names(slot_of(holder, lock->__data.__shared != 0), object))
        hzw_misuse(slot, what, HZW_RWLOCK_WRITE, object, caller, (uint64_t)holder.tid);
}

/* What is no lock yet looks like one that is taken: only this thread's own list can tell. */
void hzw_remaking_spin(struct hzw_slot *slot, enum hzw_misuse what, const volatile void *lock,
                       uint64_t caller)
{
    const struct hzw_held *held = hzw_held_by(slot, HZW_ADDRESS(lock));
    if (held != NULL && hzw_still_held(held))
        hzw_misuse(slot, what, HZW_SPIN, held->object, caller, (uint64_t)hzw_self.tid);
}

/* ---- free ----------------------------------------------------------------------- */

struct block {
    uint64_t from, bytes;
    struct hzw_held found;
};

static bool is_outside(const struct hzw_held *held, void *argument)
{
    struct block *block = argument;
    if (held->kind == HZW_SEM || held->object - block->from >= block->bytes)
        return true;
    block->found = *held;
    return false;
}

void hzw_freeing(struct hzw_slot *slot, uint64_t from, uint64_t bytes, uint64_t caller)
{
    struct block block = {from, bytes, {0}};
    for (;;) {
        block.found.object = 0;
        hzw_each_held(slot, is_outside, &block);
        if (block.found.object == 0)
            return;
        if (hzw_still_held(&block.found))
            hzw_misuse(slot, HZW_FREE_HELD, block.found.kind, block.found.object, caller,
                       block.found.caller);
        hzw_forget(slot, block.found.object);
    }
}

/* ---- the end of a thread -------------------------------------------------------- */

/* For robust mutexes there is one who takes over. */
static bool may_be_left(const struct hzw_held *held)
{
    const pthread_mutex_t *mutex = (const pthread_mutex_t *)(uintptr_t)held->object;
    return held->kind == HZW_MUTEX && (mutex->__data.__kind & 0x10) != 0;
}

struct leaving {
    struct hzw_slot *slot;
    bool holds;
};

static bool leave_one(const struct hzw_held *held, void *argument)
{
    struct leaving *leaving = argument;
    if (held->kind == HZW_SEM)
        return true;
    leaving->holds = true;
    if (hzw_is_there(held->object) && hzw_still_held(held) && !may_be_left(held))
        hzw_misuse(leaving->slot, HZW_EXIT_HOLDING, held->kind, held->object, held->caller, 0);
    return true;
}

bool hzw_leaving(struct hzw_slot *slot)
{
    struct leaving leaving = {slot, false};
    hzw_each_held(slot, leave_one, &leaving);
    return leaving.holds;
}

/* ---- conditions ----------------------------------------------------------------- */

void hzw_waiting_with(struct hzw_slot *slot, const pthread_cond_t *condition,
                      const pthread_mutex_t *mutex, uint64_t caller)
{
    struct hzw_holder holder = hzw_mutex_holder(mutex);
    uint64_t object = HZW_ADDRESS(mutex);
    if (holder.who == HZW_NOBODY || (holder.who == HZW_OTHER && hzw_held_by(slot, object) == NULL &&
                                     slot_of(holder, is_shared(mutex)) != NULL))
        hzw_misuse(slot, HZW_WAIT_UNLOCKED, HZW_COND, HZW_ADDRESS(condition), caller, object);
}

/*
 * A thread that was signalled waits no more, though its wait may not have ended yet: then
 * another mutex is legal. So signals that find a waiter are counted, each waiter notes
 * the count at which it began, and one with the present count waits for certain.
 * Conditions of one place only hide something from each other.
 */
#define CONDITIONS 256
static _Atomic uint64_t signals[CONDITIONS];
/* The condition and mutex of the last wait, in one word: what repeats is not looked into. */
static _Atomic uint64_t bound[CONDITIONS];

#define WAITERS_SHIFT 3 /* of __wrefs; the first bit tells that processes share it */

static uint64_t place_of(const pthread_cond_t *condition)
{
    return hzw_mix(HZW_ADDRESS(condition)) >> 56;
}

uint64_t hzw_signals(const pthread_cond_t *condition)
{
    return atomic_load_explicit(&signals[place_of(condition)], memory_order_relaxed);
}

void hzw_signalling(const pthread_cond_t *condition)
{
    if (__atomic_load_n(&condition->__data.__wrefs, __ATOMIC_RELAXED) >> WAITERS_SHIFT != 0)
        atomic_fetch_add(&signals[place_of(condition)], 1);
}

static bool waits_with_another(struct hzw_slot *slot, uint64_t condition, uint64_t mutex,
                               uint64_t count)
{
    uint32_t seq = atomic_load_explicit(&slot->wait_seq, memory_order_acquire);
    struct hzw_wait wait = slot->wait;
    atomic_thread_fence(memory_order_acquire);
    return seq % 2 == 1 && seq == atomic_load_explicit(&slot->wait_seq, memory_order_relaxed) &&
           wait.kind == HZW_COND && wait.object == condition && wait.with != mutex && !wait.timed &&
           wait.need == count;
}

void hzw_waiting_now(struct hzw_slot *slot, const pthread_cond_t *condition, uint64_t mutex,
                     uint64_t caller)
{
    uint64_t object = HZW_ADDRESS(condition), pair = hzw_mix(object ^ hzw_mix(mutex));
    _Atomic uint64_t *last = &bound[place_of(condition)];
    if (atomic_load_explicit(last, memory_order_relaxed) == pair ||
        (condition->__data.__wrefs & 1) != 0)
        return;
    atomic_store(last, pair); /* after this wait was published, and before others are looked at */
    struct hzw_region *shared = hzw_shared();
    uint32_t used = atomic_load(&shared->next_slot), pid = (uint32_t)atomic_load(&slot->owner);
    for (uint32_t i = 0; i < used && i < HZW_SLOTS; i++) {
        struct hzw_slot *other = &shared->slot[i];
        if (other != slot && (uint32_t)atomic_load(&other->owner) == pid &&
            waits_with_another(other, object, mutex, hzw_signals(condition)))
            hzw_misuse(slot, HZW_TWO_MUTEXES, HZW_COND, object, caller, mutex);
    }
}
