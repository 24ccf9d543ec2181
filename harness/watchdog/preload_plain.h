/*
 * The mutex that most programs use, taken and let go without a call into glibc: of the
 * default kind or PTHREAD_MUTEX_NORMAL, of one process, neither robust nor with priorities,
 * its lock not elided. This is what glibc's own functions do to its fields (nptl/
 * pthread_mutex_lock.c and _unlock.c, sysdeps/nptl/lowlevellock.h: 0 is free, 1 taken,
 * 2 taken with waiters), and where they leave out the atomic instructions as long as
 * there is one thread, so does this.
 *
 * hzw_test_words() compares the two at the start. If anything differs, if a mutex is not
 * of this kind, or if the lock is not to be had, glibc's functions are called instead.
 */
#ifndef HZ_WATCHDOG_PRELOAD_PLAIN_H
#define HZ_WATCHDOG_PRELOAD_PLAIN_H

#include "watchdog/preload.h"

#include <linux/futex.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>

/* PTHREAD_MUTEX_NO_ELISION_NP: what PTHREAD_MUTEX_NORMAL has beyond the default kind. */
#define HZW_PLAIN_BITS 0x200

static inline bool hzw_plain(const pthread_mutex_t *mutex)
{
    return (mutex->__data.__kind | HZW_PLAIN_BITS) == HZW_PLAIN_BITS;
}

static inline bool hzw_plain_lock(pthread_mutex_t *mutex, pid_t tid)
{
    if (!hzw_plain(mutex))
        return false;
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

#endif
