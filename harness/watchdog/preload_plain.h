/*
 * What most programs use, taken and let go without a call into glibc: the mutex of the
 * default kind or PTHREAD_MUTEX_NORMAL, and the recursive one, of one process, neither
 * robust nor with priorities, its lock not elided; the spin lock; the semaphore. This is what
 * glibc's own functions do to their fields (nptl/pthread_mutex_lock.c and _unlock.c,
 * sysdeps/nptl/lowlevellock.h: 0 is free, 1 taken, 2 taken with waiters; sysdeps/x86_64/nptl/
 * pthread_spin_trylock.S; nptl/sem_waitcommon.c and sem_post.c), and where they leave out the
 * atomic instructions as long as there is one thread, so does this.
 *
 * hzw_test_words() compares the two at the start. If anything differs, if a mutex is not
 * of this kind, if the lock is not to be had or somebody sleeps on the semaphore, glibc's
 * functions are called instead.
 */
#ifndef HZ_WATCHDOG_PRELOAD_PLAIN_H
#define HZ_WATCHDOG_PRELOAD_PLAIN_H

#include "watchdog/preload.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>

/* PTHREAD_MUTEX_NO_ELISION_NP: what PTHREAD_MUTEX_NORMAL has beyond the default kind. */
#define HZW_PLAIN_BITS 0x200

static inline bool hzw_plain(const pthread_mutex_t *mutex)
{
    return (mutex->__data.__kind | HZW_PLAIN_BITS) == HZW_PLAIN_BITS;
}

/* Of a mutex of these kinds. */
static inline bool hzw_plain_take(pthread_mutex_t *mutex, pid_t tid)
{
    int free = 0;
    if (__libc_single_threaded) {
        if (mutex->__data.__lock != 0)
            return false;
        mutex->__data.__lock = 1;
    } else if (!__atomic_compare_exchange_n(&mutex->__data.__lock, &free, 1, false,
                                            __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        return false;
    }
    mutex->__data.__owner = tid;
    mutex->__data.__nusers++;
    return true;
}

static inline bool hzw_plain_lock(pthread_mutex_t *mutex, pid_t tid)
{
    return hzw_plain(mutex) && hzw_plain_take(mutex, tid);
}

static inline bool hzw_plain_mine(const pthread_mutex_t *mutex, pid_t tid)
{
    return hzw_plain(mutex) && mutex->__data.__owner == tid;
}

/* Wakes one that waits for that word. Gives 0. */
int hzw_plain_wake(int *word);

/* As glibc's, this looks at the mutex no more once it is free: it may be gone by then. */
static inline int hzw_plain_unlock(pthread_mutex_t *mutex)
{
    mutex->__data.__owner = 0;
    mutex->__data.__nusers--;
    if (__libc_single_threaded)
        mutex->__data.__lock = 0;
    else if (__builtin_expect(__atomic_exchange_n(&mutex->__data.__lock, 0, __ATOMIC_RELEASE) > 1,
                              0))
        return hzw_plain_wake(&mutex->__data.__lock);
    return 0;
}

/* ---- the recursive mutex --------------------------------------------------------- */

static inline bool hzw_recursive(const pthread_mutex_t *mutex)
{
    return mutex->__data.__kind == PTHREAD_MUTEX_RECURSIVE;
}

/* How often it is held now, or 0: it was not to be had. */
static inline unsigned hzw_recursive_lock(pthread_mutex_t *mutex, pid_t tid)
{
    if (!hzw_recursive(mutex))
        return 0;
    if (mutex->__data.__owner == tid)
        return mutex->__data.__count < UINT32_MAX ? ++mutex->__data.__count : 0;
    if (!hzw_plain_take(mutex, tid))
        return 0;
    return mutex->__data.__count = 1;
}

static inline bool hzw_recursive_mine(const pthread_mutex_t *mutex, pid_t tid)
{
    return hzw_recursive(mutex) && mutex->__data.__owner == tid;
}

static inline int hzw_recursive_unlock(pthread_mutex_t *mutex)
{
    return --mutex->__data.__count != 0 ? 0 : hzw_plain_unlock(mutex);
}

/* ---- the spin lock: above 0 it is free ------------------------------------------- */

static inline bool hzw_plain_spin_lock(pthread_spinlock_t *lock)
{
    return __atomic_exchange_n(lock, 0, __ATOMIC_ACQUIRE) > 0;
}

static inline int hzw_plain_spin_unlock(pthread_spinlock_t *lock)
{
    __atomic_store_n(lock, 1, __ATOMIC_RELEASE);
    return 0;
}

/* ---- the semaphore: its value in the lower half, the number of sleepers in the upper -- */

static inline uint64_t *hzw_sem_word(sem_t *semaphore)
{
    return (uint64_t *)(void *)semaphore;
}

/* One try; false as well if another thread changed it meanwhile. */
static inline bool hzw_plain_sem_wait(sem_t *semaphore)
{
    uint64_t now = __atomic_load_n(hzw_sem_word(semaphore), __ATOMIC_RELAXED);
    return (uint32_t)now != 0 &&
           __atomic_compare_exchange_n(hzw_sem_word(semaphore), &now, now - 1, false,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* False if somebody sleeps, it would overflow, or another thread changed it meanwhile. */
static inline bool hzw_plain_sem_post(sem_t *semaphore)
{
    uint64_t now = __atomic_load_n(hzw_sem_word(semaphore), __ATOMIC_RELAXED);
    return now < SEM_VALUE_MAX &&
           __atomic_compare_exchange_n(hzw_sem_word(semaphore), &now, now + 1, false,
                                       __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

#endif
