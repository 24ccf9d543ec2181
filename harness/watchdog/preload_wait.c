/* Waits for more than a lock: semaphores, conditions, barriers. */
#include "watchdog/preload.h"
#include "watchdog/preload_plain.h"

#include <errno.h>

/*
 * The blocking calls in which a thread may be cancelled stand in functions of their own:
 * pthread_cleanup_push() is a setjmp(), and what it returns to must not have changed.
 */

/* ---- semaphore ------------------------------------------------------------------ */

/* The end of a try or a wait, which may leave errno at EAGAIN where the caller shall not see it. */
static inline int decremented(struct hzw_slot *slot, sem_t *semaphore, uint64_t caller, int result)
{
    if (result == 0) {
        hzw_took(slot, HZW_SEM, HZW_ADDRESS(semaphore), caller, 0);
        hzw_stat_took(slot, HZW_SEM, HZW_ADDRESS(semaphore), caller);
    }
    return result;
}

/* The common case first, without a call: hzw_self.plain is the slot then. */
static inline bool quick_wait(sem_t *semaphore)
{
    return hzw_self.plain != NULL && hzw_plain_sem_wait(semaphore);
}

/* sem_trywait() that leaves errno alone: true if it was decremented. */
static bool try_silently(sem_t *semaphore)
{
    int before = errno;
    int result = hzw_real.sem_trywait(semaphore);
    errno = before;
    return result == 0;
}

static void begin_semaphore(struct hzw_slot *slot, sem_t *semaphore, uint64_t caller, bool timed)
{
    hzw_wait_begin(slot, (struct hzw_wait){.kind = HZW_SEM,
                                           .object = HZW_ADDRESS(semaphore),
                                           .caller = caller,
                                           .timed = timed});
}

static bool sane_time(const struct timespec *until)
{
    return until->tv_nsec >= 0 && until->tv_nsec < 1000000000;
}

static int wait_semaphore(sem_t *semaphore)
{
    int result;
    pthread_cleanup_push(hzw_wait_cancelled, NULL);
    result = hzw_real.sem_wait(semaphore);
    pthread_cleanup_pop(1);
    return result;
}

static int timedwait_semaphore(sem_t *semaphore, const struct timespec *until)
{
    int result;
    pthread_cleanup_push(hzw_wait_cancelled, NULL);
    result = hzw_real.sem_timedwait(semaphore, until);
    pthread_cleanup_pop(1);
    return result;
}

static int clockwait_semaphore(sem_t *semaphore, clockid_t clock, const struct timespec *until)
{
    int result;
    pthread_cleanup_push(hzw_wait_cancelled, NULL);
    result = hzw_real.sem_clockwait(semaphore, clock, until);
    pthread_cleanup_pop(1);
    return result;
}

static __attribute__((noinline)) int slow_wait(struct hzw_slot *slot, sem_t *semaphore,
                                               uint64_t caller)
{
    int result = 0;
    if (!try_silently(semaphore)) {
        begin_semaphore(slot, semaphore, caller, false);
        result = wait_semaphore(semaphore);
    }
    return decremented(slot, semaphore, caller, result);
}

HZW_EXPORT int sem_wait(sem_t *semaphore)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.sem_wait(semaphore);
    pthread_testcancel(); /* as the real one does before it looks */
    if (__builtin_expect(!quick_wait(semaphore), 0))
        return slow_wait(slot, semaphore, HZW_CALLER);
    return hzw_took(slot, HZW_SEM, HZW_ADDRESS(semaphore), HZW_CALLER, 0);
}

HZW_EXPORT int sem_trywait(sem_t *semaphore)
{
    struct hzw_slot *slot = hzw_mine();
    int result = hzw_real.sem_trywait(semaphore);
    if (slot != NULL && result != 0 && errno == EAGAIN)
        hzw_refused(slot, HZW_SEM, HZW_ADDRESS(semaphore), HZW_CALLER);
    return slot != NULL ? decremented(slot, semaphore, HZW_CALLER, result) : result;
}

HZW_EXPORT int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL || !sane_time(until))
        return hzw_real.sem_timedwait(semaphore, until);
    pthread_testcancel();
    int result = 0;
    if (!try_silently(semaphore)) {
        begin_semaphore(slot, semaphore, HZW_CALLER, true);
        result = timedwait_semaphore(semaphore, until);
    }
    return decremented(slot, semaphore, HZW_CALLER, result);
}

HZW_EXPORT int sem_clockwait(sem_t *restrict semaphore, clockid_t clock,
                             const struct timespec *restrict until)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL || !sane_time(until) || (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME))
        return hzw_real.sem_clockwait(semaphore, clock, until);
    pthread_testcancel();
    int result = 0;
    if (!try_silently(semaphore)) {
        begin_semaphore(slot, semaphore, HZW_CALLER, true);
        result = clockwait_semaphore(semaphore, clock, until);
    }
    return decremented(slot, semaphore, HZW_CALLER, result);
}

HZW_EXPORT int sem_init(sem_t *semaphore, int shared, unsigned value)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        hzw_made(slot, HZW_ADDRESS(semaphore));
    return hzw_real.sem_init(semaphore, shared, value);
}

HZW_EXPORT int sem_destroy(sem_t *semaphore)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        hzw_unmade(slot, HZW_ADDRESS(semaphore));
    return hzw_real.sem_destroy(semaphore);
}

/* May be called in a signal handler. */
HZW_EXPORT int sem_post(sem_t *semaphore)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL) {
        hzw_signals_it(slot, HZW_ADDRESS(semaphore));
        if (!hzw_drop_last(slot, HZW_ADDRESS(semaphore)))
            (void)hzw_drop_named(slot, HZW_ADDRESS(semaphore));
    }
    if (hzw_self.plain != NULL && hzw_plain_sem_post(semaphore))
        return 0;
    return hzw_real.sem_post(semaphore);
}

/* ---- condition ------------------------------------------------------------------ */

/* One call that waits on a condition, from the moment that the mutex is as good as let go. */
struct sleep {
    struct hzw_slot *slot;
    uint64_t mutex;
    struct hzw_held held; /* how the mutex was held; `object` 0 if it was not known to be */
};

static void fall_asleep(struct sleep *sleep, struct hzw_slot *slot, const pthread_cond_t *condition,
                        const pthread_mutex_t *mutex, uint64_t caller, bool timed)
{
    sleep->slot = slot;
    sleep->mutex = HZW_ADDRESS(mutex);
    hzw_waiting_with(slot, condition, mutex, caller);
    sleep->held = hzw_drop_named(slot, sleep->mutex);
    hzw_stat_dropped(slot, sleep->mutex);
    /* It takes the mutex again after the wait, however long the time-out makes that wait. */
    if (slot->held_n != 0)
        hzw_order(slot, HZW_MUTEX, sleep->mutex, caller);
    hzw_episode_wait(slot, HZW_ADDRESS(condition), sleep->mutex, caller);
    hzw_wait_begin(slot, (struct hzw_wait){.kind = HZW_COND,
                                           .object = HZW_ADDRESS(condition),
                                           .with = sleep->mutex,
                                           .caller = caller,
                                           .timed = timed,
                                           .need = hzw_signals(condition)});
    hzw_waiting_now(slot, condition, sleep->mutex, caller);
}

/* However the call ends, the mutex is held again: cleanup handlers run with it too. */
static void wake_up(void *argument)
{
    struct sleep *sleep = argument;
    hzw_wait_end(sleep->slot);
    if (sleep->held.object == 0)
        return;
    hzw_took(sleep->slot, sleep->held.kind, sleep->mutex, sleep->held.caller, 0);
    hzw_stat_took(sleep->slot, sleep->held.kind, sleep->mutex, sleep->held.caller);
}

HZW_EXPORT int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.cond_wait(condition, mutex);
    int result;
    struct sleep sleep;
    fall_asleep(&sleep, slot, condition, mutex, HZW_CALLER, false);
    pthread_cleanup_push(wake_up, &sleep);
    result = hzw_real.cond_wait(condition, mutex);
    pthread_cleanup_pop(1);
    hzw_self.woken = result == 0;
    return result;
}

HZW_EXPORT int pthread_cond_timedwait(pthread_cond_t *restrict condition,
                                      pthread_mutex_t *restrict mutex,
                                      const struct timespec *restrict until)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.cond_timedwait(condition, mutex, until);
    int result;
    struct sleep sleep;
    fall_asleep(&sleep, slot, condition, mutex, HZW_CALLER, true);
    pthread_cleanup_push(wake_up, &sleep);
    result = hzw_real.cond_timedwait(condition, mutex, until);
    pthread_cleanup_pop(1);
    hzw_self.woken = result == 0;
    return result;
}

HZW_EXPORT int pthread_cond_clockwait(pthread_cond_t *restrict condition,
                                      pthread_mutex_t *restrict mutex, clockid_t clock,
                                      const struct timespec *restrict until)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.cond_clockwait(condition, mutex, clock, until);
    int result;
    struct sleep sleep;
    fall_asleep(&sleep, slot, condition, mutex, HZW_CALLER, true);
    pthread_cleanup_push(wake_up, &sleep);
    result = hzw_real.cond_clockwait(condition, mutex, clock, until);
    pthread_cleanup_pop(1);
    hzw_self.woken = result == 0;
    return result;
}

/* In glibc a C11 condition is a pthread condition, in all but its functions. */
static pthread_cond_t *as_condition(cnd_t *condition)
{
    return (pthread_cond_t *)condition;
}

HZW_EXPORT int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.cnd_wait(condition, mutex);
    int result;
    struct sleep sleep;
    fall_asleep(&sleep, slot, as_condition(condition), (pthread_mutex_t *)mutex, HZW_CALLER, false);
    pthread_cleanup_push(wake_up, &sleep);
    result = hzw_real.cnd_wait(condition, mutex);
    pthread_cleanup_pop(1);
    hzw_self.woken = result == thrd_success;
    return result;
}

HZW_EXPORT int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex,
                             const struct timespec *restrict until)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.cnd_timedwait(condition, mutex, until);
    int result;
    struct sleep sleep;
    fall_asleep(&sleep, slot, as_condition(condition), (pthread_mutex_t *)mutex, HZW_CALLER, true);
    pthread_cleanup_push(wake_up, &sleep);
    result = hzw_real.cnd_timedwait(condition, mutex, until);
    pthread_cleanup_pop(1);
    hzw_self.woken = result == thrd_success;
    return result;
}

static void signals(pthread_cond_t *condition)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        hzw_signals_it(slot, HZW_ADDRESS(condition));
    hzw_signalling(condition);
}

HZW_EXPORT int cnd_init(cnd_t *condition)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        hzw_made(slot, HZW_ADDRESS(condition));
    return hzw_real.cnd_init(condition);
}

HZW_EXPORT void cnd_destroy(cnd_t *condition)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        hzw_unmade(slot, HZW_ADDRESS(condition));
    hzw_real.cnd_destroy(condition);
}

HZW_EXPORT int cnd_signal(cnd_t *condition)
{
    signals(as_condition(condition));
    return hzw_real.cnd_signal(condition);
}

HZW_EXPORT int cnd_broadcast(cnd_t *condition)
{
    signals(as_condition(condition));
    return hzw_real.cnd_broadcast(condition);
}

HZW_EXPORT int pthread_cond_init(pthread_cond_t *restrict condition,
                                 const pthread_condattr_t *restrict attributes)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        hzw_made(slot, HZW_ADDRESS(condition));
    return hzw_real.cond_init(condition, attributes);
}

HZW_EXPORT int pthread_cond_destroy(pthread_cond_t *condition)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        hzw_unmade(slot, HZW_ADDRESS(condition));
    return hzw_real.cond_destroy(condition);
}

HZW_EXPORT int pthread_cond_signal(pthread_cond_t *condition)
{
    signals(condition);
    return hzw_real.cond_signal(condition);
}

HZW_EXPORT int pthread_cond_broadcast(pthread_cond_t *condition)
{
    signals(condition);
    return hzw_real.cond_broadcast(condition);
}

/* ---- barrier -------------------------------------------------------------------- */

HZW_EXPORT int pthread_barrier_init(pthread_barrier_t *restrict barrier,
                                    const pthread_barrierattr_t *restrict attributes,
                                    unsigned count)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        hzw_made(slot, HZW_ADDRESS(barrier));
    return hzw_real.barrier_init(barrier, attributes, count);
}

HZW_EXPORT int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        hzw_unmade(slot, HZW_ADDRESS(barrier));
    return hzw_real.barrier_destroy(barrier);
}

HZW_EXPORT int pthread_barrier_wait(pthread_barrier_t *barrier)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.barrier_wait(barrier);
    /* glibc's layout: unsigned in, current_round, count, … There is no function that tells it. */
    unsigned count = ((const unsigned *)(const void *)barrier)[2];
    hzw_signals_it(slot, HZW_ADDRESS(barrier));
    hzw_wait_begin(slot, (struct hzw_wait){.kind = HZW_BARRIER,
                                           .object = HZW_ADDRESS(barrier),
                                           .caller = HZW_CALLER,
                                           .need = count});
    int result = hzw_real.barrier_wait(barrier);
    hzw_wait_end(slot);
    return result;
}
