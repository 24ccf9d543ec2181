/* Locks: mutex, read-write lock, spin lock, and C11's mutex. */
#include "watchdog/preload.h"

#include <errno.h>

static bool got(int result)
{
    return result == 0 || result == EOWNERDEAD;
}

/* The end of a call that waits if it must; gives `result` back. */
static inline int ended(struct hzw_slot *slot, uint32_t kind, const volatile void *lock,
                        uint64_t caller, int result)
{
    if (got(result))
        hzw_took(slot, kind, HZW_ADDRESS(lock), caller);
    return result;
}

/* The end of a call that does not wait. */
static inline int tried(struct hzw_slot *slot, uint32_t kind, const volatile void *lock,
                        uint64_t caller, int result)
{
    if (result == EBUSY)
        hzw_refused(slot, kind, HZW_ADDRESS(lock), caller);
    return ended(slot, kind, lock, caller, result);
}

static void begin(struct hzw_slot *slot, uint32_t kind, const volatile void *lock, uint64_t caller,
                  bool timed)
{
    hzw_wait_begin(
        slot, (struct hzw_wait){
                  .kind = kind, .object = HZW_ADDRESS(lock), .caller = caller, .timed = timed});
}

/* Some calls refuse a time that makes no sense even if they need not wait: so no try first. */
static bool sane(clockid_t clock, const struct timespec *until)
{
    return (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC) && until->tv_nsec >= 0 &&
           until->tv_nsec < 1000000000;
}

/* Before the lock is given back: after that it may be somebody else's, or no more. */
static void let_go(struct hzw_slot *slot, const volatile void *lock)
{
    bool free = hzw_drop(slot, HZW_ADDRESS(lock));
    if (free && hzw_episode_open(slot) && slot->episode.with == HZW_ADDRESS(lock))
        hzw_episode_end(slot);
}

/* ---- mutex ---------------------------------------------------------------------- */

HZW_EXPORT int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.mutex_lock(mutex);
    int result = hzw_real.mutex_trylock(mutex);
    if (result == EBUSY) {
        begin(slot, HZW_MUTEX, mutex, HZW_CALLER, false);
        result = hzw_real.mutex_lock(mutex);
        hzw_wait_end(slot);
    }
    return ended(slot, HZW_MUTEX, mutex, HZW_CALLER, result);
}

HZW_EXPORT int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    struct hzw_slot *slot = hzw_mine();
    int result = hzw_real.mutex_trylock(mutex);
    return slot != NULL ? tried(slot, HZW_MUTEX, mutex, HZW_CALLER, result) : result;
}

HZW_EXPORT int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.mutex_timedlock(mutex, until);
    int result = hzw_real.mutex_trylock(mutex);
    if (result == EBUSY) {
        begin(slot, HZW_MUTEX, mutex, HZW_CALLER, true);
        result = hzw_real.mutex_timedlock(mutex, until);
        hzw_wait_end(slot);
    }
    return ended(slot, HZW_MUTEX, mutex, HZW_CALLER, result);
}

HZW_EXPORT int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                                       const struct timespec *until)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL || !sane(clock, until))
        return hzw_real.mutex_clocklock(mutex, clock, until);
    int result = hzw_real.mutex_trylock(mutex);
    if (result == EBUSY) {
        begin(slot, HZW_MUTEX, mutex, HZW_CALLER, true);
        result = hzw_real.mutex_clocklock(mutex, clock, until);
        hzw_wait_end(slot);
    }
    return ended(slot, HZW_MUTEX, mutex, HZW_CALLER, result);
}

HZW_EXPORT int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        let_go(slot, mutex);
    return hzw_real.mutex_unlock(mutex);
}

/* ---- read-write lock ------------------------------------------------------------ */

HZW_EXPORT int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.rwlock_rdlock(lock);
    int result = hzw_real.rwlock_tryrdlock(lock);
    if (result == EBUSY) {
        begin(slot, HZW_RWLOCK_READ, lock, HZW_CALLER, false);
        result = hzw_real.rwlock_rdlock(lock);
        hzw_wait_end(slot);
    }
    return ended(slot, HZW_RWLOCK_READ, lock, HZW_CALLER, result);
}

HZW_EXPORT int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
    struct hzw_slot *slot = hzw_mine();
    int result = hzw_real.rwlock_tryrdlock(lock);
    return slot != NULL ? tried(slot, HZW_RWLOCK_READ, lock, HZW_CALLER, result) : result;
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
    return ended(slot, HZW_RWLOCK_READ, lock, HZW_CALLER, result);
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
    return ended(slot, HZW_RWLOCK_READ, lock, HZW_CALLER, result);
}

HZW_EXPORT int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.rwlock_wrlock(lock);
    int result = hzw_real.rwlock_trywrlock(lock);
    if (result == EBUSY) {
        begin(slot, HZW_RWLOCK_WRITE, lock, HZW_CALLER, false);
        result = hzw_real.rwlock_wrlock(lock);
        hzw_wait_end(slot);
    }
    return ended(slot, HZW_RWLOCK_WRITE, lock, HZW_CALLER, result);
}

HZW_EXPORT int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
    struct hzw_slot *slot = hzw_mine();
    int result = hzw_real.rwlock_trywrlock(lock);
    return slot != NULL ? tried(slot, HZW_RWLOCK_WRITE, lock, HZW_CALLER, result) : result;
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
    return ended(slot, HZW_RWLOCK_WRITE, lock, HZW_CALLER, result);
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
    return ended(slot, HZW_RWLOCK_WRITE, lock, HZW_CALLER, result);
}

HZW_EXPORT int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        let_go(slot, lock);
    return hzw_real.rwlock_unlock(lock);
}

/* ---- spin lock ------------------------------------------------------------------ */

HZW_EXPORT int pthread_spin_lock(pthread_spinlock_t *lock)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.spin_lock(lock);
    int result = hzw_real.spin_trylock(lock);
    if (result == EBUSY) {
        begin(slot, HZW_SPIN, lock, HZW_CALLER, false);
        result = hzw_real.spin_lock(lock);
        hzw_wait_end(slot);
    }
    return ended(slot, HZW_SPIN, lock, HZW_CALLER, result);
}

HZW_EXPORT int pthread_spin_trylock(pthread_spinlock_t *lock)
{
    struct hzw_slot *slot = hzw_mine();
    int result = hzw_real.spin_trylock(lock);
    return slot != NULL ? tried(slot, HZW_SPIN, lock, HZW_CALLER, result) : result;
}

HZW_EXPORT int pthread_spin_unlock(pthread_spinlock_t *lock)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        let_go(slot, lock);
    return hzw_real.spin_unlock(lock);
}

/* ---- C11 ------------------------------------------------------------------------ */

/* Their functions do not go through the pthread symbols, and have results of their own. */
static int errno_of(int result)
{
    if (result == thrd_success)
        return 0;
    return result == thrd_busy ? EBUSY : EINVAL;
}

HZW_EXPORT int mtx_lock(mtx_t *mutex)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.mtx_lock(mutex);
    int result = hzw_real.mtx_trylock(mutex);
    if (result == thrd_busy) {
        begin(slot, HZW_MUTEX, mutex, HZW_CALLER, false);
        result = hzw_real.mtx_lock(mutex);
        hzw_wait_end(slot);
    }
    ended(slot, HZW_MUTEX, mutex, HZW_CALLER, errno_of(result));
    return result;
}

HZW_EXPORT int mtx_trylock(mtx_t *mutex)
{
    struct hzw_slot *slot = hzw_mine();
    int result = hzw_real.mtx_trylock(mutex);
    if (slot != NULL)
        tried(slot, HZW_MUTEX, mutex, HZW_CALLER, errno_of(result));
    return result;
}

HZW_EXPORT int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict until)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.mtx_timedlock(mutex, until);
    int result = hzw_real.mtx_trylock(mutex);
    if (result == thrd_busy) {
        begin(slot, HZW_MUTEX, mutex, HZW_CALLER, true);
        result = hzw_real.mtx_timedlock(mutex, until);
        hzw_wait_end(slot);
    }
    ended(slot, HZW_MUTEX, mutex, HZW_CALLER, errno_of(result));
    return result;
}

HZW_EXPORT int mtx_unlock(mtx_t *mutex)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        let_go(slot, mutex);
    return hzw_real.mtx_unlock(mutex);
}
