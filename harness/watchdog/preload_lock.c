/* Locks: mutex, read-write lock, spin lock, and C11's mutex. */
#include "watchdog/preload.h"
#include "watchdog/preload_plain.h"

#include <errno.h>

static bool got(int result)
{
    return result == 0 || result == EOWNERDEAD;
}

/* A lock of that kind that is got was not held: there is no such thing as a second time. */
static inline int fresh(uint32_t kind)
{
    return kind == HZW_RWLOCK_READ ? 0 : HZW_FRESH;
}

/* The end of a call that got it or not; gives `result` back. */
static inline int ended(struct hzw_slot *slot, uint32_t kind, const volatile void *lock,
                        uint64_t caller, int how, int result)
{
    if (got(result)) {
        hzw_took(slot, kind, HZW_ADDRESS(lock), caller, how);
        hzw_stat_took(slot, kind, HZW_ADDRESS(lock), caller);
    } else if (result == ETIMEDOUT) { /* a try that took longer */
        hzw_refused(slot, kind, HZW_ADDRESS(lock), caller);
    }
    return result;
}

/* The end of a call that does not wait. */
static inline int tried(struct hzw_slot *slot, uint32_t kind, const volatile void *lock,
                        uint64_t caller, int how, int result)
{
    if (result == EBUSY)
        hzw_refused(slot, kind, HZW_ADDRESS(lock), caller);
    return ended(slot, kind, lock, caller, how, result);
}

static void begin(struct hzw_slot *slot, uint32_t kind, const volatile void *lock, uint64_t caller,
                  bool timed)
{
    hzw_wait_begin(
        slot, (struct hzw_wait){
                  .kind = kind, .object = HZW_ADDRESS(lock), .caller = caller, .timed = timed});
}

/*
 * It was refused, and the call will wait without end: the order is told before, or it
 * would never be if this is the deadlock.
 */
static void begin_blocking(struct hzw_slot *slot, uint32_t kind, const volatile void *lock,
                           uint64_t caller)
{
    if (slot->held_n != 0)
        hzw_order(slot, kind, HZW_ADDRESS(lock), caller);
    begin(slot, kind, lock, caller, false);
}

/* Some calls refuse a time that makes no sense even if they need not wait: so no try first. */
static bool sane(clockid_t clock, const struct timespec *until)
{
    return (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC) && until->tv_nsec >= 0 &&
           until->tv_nsec < 1000000000;
}

/* Before the lock is given back: after that it may be somebody else's, or no more. */
static inline void let_go(struct hzw_slot *slot, const volatile void *lock)
{
    bool free = hzw_drop(slot, HZW_ADDRESS(lock));
    if (free)
        hzw_stat_dropped(slot, HZW_ADDRESS(lock));
    if (__builtin_expect(hzw_self.episode_with == HZW_ADDRESS(lock), 0) && free)
        hzw_episode_end(slot);
}

/* ---- mutex ---------------------------------------------------------------------- */

/* For an entry of the list: a recursive mutex may be got again. */
static inline int fresh_mutex(const pthread_mutex_t *mutex)
{
    return (mutex->__data.__kind & 3) == PTHREAD_MUTEX_RECURSIVE ? 0 : HZW_FRESH;
}

static __attribute__((noinline)) int lock_mutex(pthread_mutex_t *mutex, uint64_t caller)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.mutex_lock(mutex);
    int how = fresh_mutex(mutex) | HZW_BLOCKING;
    int result = hzw_self.plain != NULL && hzw_plain(mutex) ? EBUSY : hzw_real.mutex_trylock(mutex);
    if (result == EBUSY) {
        begin_blocking(slot, HZW_MUTEX, mutex, caller);
        result = hzw_real.mutex_lock(mutex);
        hzw_wait_end(slot);
        how &= ~HZW_BLOCKING;
    }
    return ended(slot, HZW_MUTEX, mutex, caller, how, result);
}

static __attribute__((noinline)) int lock_recursive(pthread_mutex_t *mutex, uint64_t caller)
{
    struct hzw_slot *slot = hzw_self.plain;
    unsigned times = slot != NULL ? hzw_recursive_lock(mutex, hzw_self.tid) : 0;
    if (times == 1)
        return hzw_took(slot, HZW_MUTEX, HZW_ADDRESS(mutex), caller, HZW_FRESH | HZW_BLOCKING);
    if (times > 1)
        return hzw_took_again(slot, HZW_MUTEX, HZW_ADDRESS(mutex), caller);
    return lock_mutex(mutex, hzw_caller(caller));
}

HZW_EXPORT int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    struct hzw_slot *slot = hzw_self.plain;
    if (__builtin_expect(slot == NULL || !hzw_plain_lock(mutex, hzw_self.tid), 0))
        return lock_recursive(mutex, HZW_RETURN);
    return hzw_took(slot, HZW_MUTEX, HZW_ADDRESS(mutex), HZW_RETURN, HZW_FRESH | HZW_BLOCKING);
}

HZW_EXPORT int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    struct hzw_slot *slot = hzw_mine();
    int how = fresh_mutex(mutex), result = hzw_real.mutex_trylock(mutex);
    return slot != NULL ? tried(slot, HZW_MUTEX, mutex, HZW_CALLER, how, result) : result;
}

HZW_EXPORT int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.mutex_timedlock(mutex, until);
    int how = fresh_mutex(mutex), result = hzw_real.mutex_trylock(mutex);
    if (result == EBUSY) {
        begin(slot, HZW_MUTEX, mutex, HZW_CALLER, true);
        result = hzw_real.mutex_timedlock(mutex, until);
        hzw_wait_end(slot);
    }
    return ended(slot, HZW_MUTEX, mutex, HZW_CALLER, how, result);
}

HZW_EXPORT int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                                       const struct timespec *until)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL || !sane(clock, until))
        return hzw_real.mutex_clocklock(mutex, clock, until);
    int how = fresh_mutex(mutex), result = hzw_real.mutex_trylock(mutex);
    if (result == EBUSY) {
        begin(slot, HZW_MUTEX, mutex, HZW_CALLER, true);
        result = hzw_real.mutex_clocklock(mutex, clock, until);
        hzw_wait_end(slot);
    }
    return ended(slot, HZW_MUTEX, mutex, HZW_CALLER, how, result);
}

static __attribute__((noinline)) int unlock_mutex(pthread_mutex_t *mutex, uint64_t caller)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL) {
        hzw_unlocking_mutex(slot, mutex, caller);
        let_go(slot, mutex);
    }
    return hzw_real.mutex_unlock(mutex);
}

static __attribute__((noinline)) int unlock_plain(struct hzw_slot *slot, pthread_mutex_t *mutex)
{
    let_go(slot, mutex);
    return hzw_plain_unlock(mutex);
}

static __attribute__((noinline)) int unlock_recursive(pthread_mutex_t *mutex, uint64_t caller)
{
    struct hzw_slot *slot = hzw_self.plain;
    if (slot == NULL || !hzw_recursive_mine(mutex, hzw_self.tid))
        return unlock_mutex(mutex, hzw_caller(caller));
    let_go(slot, mutex);
    return hzw_recursive_unlock(mutex);
}

HZW_EXPORT int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    struct hzw_slot *slot = hzw_self.plain;
    if (__builtin_expect(slot == NULL || !hzw_plain_mine(mutex, hzw_self.tid), 0))
        return unlock_recursive(mutex, HZW_RETURN);
    if (__builtin_expect(hzw_self.episode_with == HZW_ADDRESS(mutex) ||
                             !hzw_drop_last(slot, HZW_ADDRESS(mutex)),
                         0))
        return unlock_plain(slot, mutex);
    return hzw_plain_unlock(mutex);
}

/* ---- read-write lock ------------------------------------------------------------ */

HZW_EXPORT int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.rwlock_rdlock(lock);
    int how = fresh(HZW_RWLOCK_READ) | HZW_BLOCKING, result = hzw_real.rwlock_tryrdlock(lock);
    if (result == EBUSY) {
        begin_blocking(slot, HZW_RWLOCK_READ, lock, HZW_CALLER);
        result = hzw_real.rwlock_rdlock(lock);
        hzw_wait_end(slot);
        how &= ~HZW_BLOCKING;
    }
    return ended(slot, HZW_RWLOCK_READ, lock, HZW_CALLER, how, result);
}

HZW_EXPORT int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
    struct hzw_slot *slot = hzw_mine();
    int result = hzw_real.rwlock_tryrdlock(lock);
    return slot != NULL
               ? tried(slot, HZW_RWLOCK_READ, lock, HZW_CALLER, fresh(HZW_RWLOCK_READ), result)
               : result;
}

HZW_EXPORT int pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *until)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL || !sane(CLOCK_REALTIME, until))
        return hzw_real.rwlock_timedrdlock(lock, until);
    int result = hzw_real.rwlock_tryrdlock(lock);
    if (result == EBUSY) {
        begin(slot, HZW_RWLOCK_READ, lock, HZW_CALLER, true);
        result = hzw_real.rwlock_timedrdlock(lock, until);
        hzw_wait_end(slot);
    }
    return ended(slot, HZW_RWLOCK_READ, lock, HZW_CALLER, fresh(HZW_RWLOCK_READ), result);
}

HZW_EXPORT int pthread_rwlock_clockrdlock(pthread_rwlock_t *lock, clockid_t clock,
                                          const struct timespec *until)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL || !sane(clock, until))
        return hzw_real.rwlock_clockrdlock(lock, clock, until);
    int result = hzw_real.rwlock_tryrdlock(lock);
    if (result == EBUSY) {
        begin(slot, HZW_RWLOCK_READ, lock, HZW_CALLER, true);
        result = hzw_real.rwlock_clockrdlock(lock, clock, until);
        hzw_wait_end(slot);
    }
    return ended(slot, HZW_RWLOCK_READ, lock, HZW_CALLER, fresh(HZW_RWLOCK_READ), result);
}

HZW_EXPORT int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.rwlock_wrlock(lock);
    int how = fresh(HZW_RWLOCK_WRITE) | HZW_BLOCKING, result = hzw_real.rwlock_trywrlock(lock);
    if (result == EBUSY) {
        begin_blocking(slot, HZW_RWLOCK_WRITE, lock, HZW_CALLER);
        result = hzw_real.rwlock_wrlock(lock);
        hzw_wait_end(slot);
        how &= ~HZW_BLOCKING;
    }
    return ended(slot, HZW_RWLOCK_WRITE, lock, HZW_CALLER, how, result);
}

HZW_EXPORT int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
    struct hzw_slot *slot = hzw_mine();
    int result = hzw_real.rwlock_trywrlock(lock);
    return slot != NULL
               ? tried(slot, HZW_RWLOCK_WRITE, lock, HZW_CALLER, fresh(HZW_RWLOCK_WRITE), result)
               : result;
}

HZW_EXPORT int pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *until)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL || !sane(CLOCK_REALTIME, until))
        return hzw_real.rwlock_timedwrlock(lock, until);
    int result = hzw_real.rwlock_trywrlock(lock);
    if (result == EBUSY) {
        begin(slot, HZW_RWLOCK_WRITE, lock, HZW_CALLER, true);
        result = hzw_real.rwlock_timedwrlock(lock, until);
        hzw_wait_end(slot);
    }
    return ended(slot, HZW_RWLOCK_WRITE, lock, HZW_CALLER, fresh(HZW_RWLOCK_WRITE), result);
}

HZW_EXPORT int pthread_rwlock_clockwrlock(pthread_rwlock_t *lock, clockid_t clock,
                                          const struct timespec *until)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL || !sane(clock, until))
        return hzw_real.rwlock_clockwrlock(lock, clock, until);
    int result = hzw_real.rwlock_trywrlock(lock);
    if (result == EBUSY) {
        begin(slot, HZW_RWLOCK_WRITE, lock, HZW_CALLER, true);
        result = hzw_real.rwlock_clockwrlock(lock, clock, until);
        hzw_wait_end(slot);
    }
    return ended(slot, HZW_RWLOCK_WRITE, lock, HZW_CALLER, fresh(HZW_RWLOCK_WRITE), result);
}

HZW_EXPORT int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL) {
        hzw_unlocking_rwlock(slot, lock, HZW_CALLER);
        let_go(slot, lock);
    }
    return hzw_real.rwlock_unlock(lock);
}

/* ---- spin lock ------------------------------------------------------------------ */

static __attribute__((noinline)) int lock_spin(pthread_spinlock_t *lock, uint64_t caller)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.spin_lock(lock);
    int how = fresh(HZW_SPIN) | HZW_BLOCKING, result = hzw_real.spin_trylock(lock);
    if (result == EBUSY) {
        begin_blocking(slot, HZW_SPIN, lock, caller);
        result = hzw_real.spin_lock(lock);
        hzw_wait_end(slot);
        how &= ~HZW_BLOCKING;
    }
    return ended(slot, HZW_SPIN, lock, caller, how, result);
}

HZW_EXPORT int pthread_spin_lock(pthread_spinlock_t *lock)
{
    struct hzw_slot *slot = hzw_self.plain;
    if (__builtin_expect(slot == NULL || !hzw_plain_spin_lock(lock), 0))
        return lock_spin(lock, HZW_CALLER);
    return hzw_took(slot, HZW_SPIN, HZW_ADDRESS(lock), HZW_RETURN, HZW_FRESH | HZW_BLOCKING);
}

HZW_EXPORT int pthread_spin_trylock(pthread_spinlock_t *lock)
{
    struct hzw_slot *slot = hzw_mine();
    int result = hzw_real.spin_trylock(lock);
    return slot != NULL ? tried(slot, HZW_SPIN, lock, HZW_CALLER, fresh(HZW_SPIN), result) : result;
}

static __attribute__((noinline)) int unlock_spin(pthread_spinlock_t *lock)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL) {
        hzw_unlocking_spin(slot, lock);
        let_go(slot, lock);
    }
    return hzw_real.spin_unlock(lock);
}

HZW_EXPORT int pthread_spin_unlock(pthread_spinlock_t *lock)
{
    struct hzw_slot *slot = hzw_self.plain;
    if (__builtin_expect(slot == NULL || !hzw_drop_last(slot, HZW_ADDRESS(lock)), 0))
        return unlock_spin(lock);
    return hzw_plain_spin_unlock(lock);
}

/* ---- C11 ------------------------------------------------------------------------ */

/*
 * Their functions do not go through the pthread symbols, and have results of their own.
 * In glibc the mutex itself is a pthread mutex.
 */
static int errno_of(int result)
{
    if (result == thrd_success)
        return 0;
    return result == thrd_busy ? EBUSY : EINVAL;
}

static pthread_mutex_t *as_mutex(mtx_t *mutex)
{
    return (pthread_mutex_t *)mutex;
}

HZW_EXPORT int mtx_lock(mtx_t *mutex)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.mtx_lock(mutex);
    int how = fresh_mutex(as_mutex(mutex)) | HZW_BLOCKING;
    int result = hzw_real.mtx_trylock(mutex);
    if (result == thrd_busy) {
        begin_blocking(slot, HZW_MUTEX, mutex, HZW_CALLER);
        result = hzw_real.mtx_lock(mutex);
        hzw_wait_end(slot);
        how &= ~HZW_BLOCKING;
    }
    ended(slot, HZW_MUTEX, mutex, HZW_CALLER, how, errno_of(result));
    return result;
}

HZW_EXPORT int mtx_trylock(mtx_t *mutex)
{
    struct hzw_slot *slot = hzw_mine();
    int how = fresh_mutex(as_mutex(mutex)), result = hzw_real.mtx_trylock(mutex);
    if (slot != NULL)
        tried(slot, HZW_MUTEX, mutex, HZW_CALLER, how, errno_of(result));
    return result;
}

HZW_EXPORT int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict until)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.mtx_timedlock(mutex, until);
    int how = fresh_mutex(as_mutex(mutex)), result = hzw_real.mtx_trylock(mutex);
    if (result == thrd_busy) {
        begin(slot, HZW_MUTEX, mutex, HZW_CALLER, true);
        result = hzw_real.mtx_timedlock(mutex, until);
        hzw_wait_end(slot);
    }
    ended(slot, HZW_MUTEX, mutex, HZW_CALLER, how, errno_of(result));
    return result;
}

HZW_EXPORT int mtx_unlock(mtx_t *mutex)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL) {
        hzw_unlocking_mutex(slot, as_mutex(mutex), HZW_CALLER);
        let_go(slot, mutex);
    }
    return hzw_real.mtx_unlock(mutex);
}
