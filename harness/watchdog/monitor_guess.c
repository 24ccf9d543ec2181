#include "watchdog/monitor_parts.h"

#include <linux/futex.h>

/* The layouts are those of glibc 2.25 and later, on machines of 64 bits. */

#define PLAUSIBLE 100000 /* more waiters than this nobody has */

static bool is_count(uint32_t value)
{
    return value > 0 && value < PLAUSIBLE;
}

/* sem_t: value, number of waiters, whether it is shared between processes. */
static bool is_semaphore(const struct hzt_thread *thread, struct hzw_waiting *waiting)
{
    enum { SHARED = 128 };
    uint32_t words[4];
    if (thread->operation != FUTEX_WAIT_BITSET || thread->expected != 0 ||
        !hzt_memory(thread->tid, thread->address, words, sizeof words) || !is_count(words[1]) ||
        words[2] != (thread->shared ? SHARED : 0) || words[3] != 0)
        return false;
    waiting->what = HZW_WAITS_SEM;
    waiting->object = thread->address;
    return true;
}

/* A number of 64 bits, but for its lowest one, which says which group is which. */
static uint64_t half(const uint32_t *words, size_t at)
{
    return (words[at] | (uint64_t)words[at + 1] << 32) >> 1;
}

/*
 * pthread_cond_t: how many waits there were (at 0), and before the older group (at 8);
 * two groups of waiters, each with a futex (at 40 and 44), a count of
 * references (at 16 and 20), and the count of all waiters (at 36), in units of eight.
 */
static bool is_condition(const struct hzt_thread *thread, struct hzw_waiting *waiting)
{
    uint32_t words[12];
    for (unsigned group = 0; group < 2; group++) {
        uint64_t base = thread->address - 40 - 4 * group;
        if (thread->operation != FUTEX_WAIT_BITSET || base % 8 != 0 ||
            !hzt_memory(thread->tid, base, words, sizeof words))
            continue;
        uint64_t waits = half(words, 0), start = half(words, 2);
        if (is_count(words[9] >> 3) && is_count(words[4 + group] >> 1) && waits > start &&
            waits - start < PLAUSIBLE) {
            waiting->what = HZW_WAITS_COND;
            waiting->object = base;
            return true;
        }
    }
    return false;
}

/* pthread_barrier_t: arrivals, the round (the futex), the count, shared or not, departures. */
static bool is_barrier(const struct hzt_thread *thread, struct hzw_waiting *waiting)
{
    enum { SHARED = 128 };
    uint32_t words[5];
    if (thread->operation != FUTEX_WAIT ||
        !hzt_memory(thread->tid, thread->address - 4, words, sizeof words) || !is_count(words[2]) ||
        words[3] != (thread->shared ? SHARED : 0) || words[1] != thread->expected ||
        words[0] - words[1] == 0 || words[0] - words[1] > words[2])
        return false;
    waiting->what = HZW_WAITS_BARRIER;
    waiting->object = thread->address - 4;
    return true;
}

/*
 * pthread_rwlock_t: readers, writers, two futexes (at 8 and 12), two counts, who writes
 * (at 24), shared or not (28), and what kind it is (48).
 */
static bool is_rwlock(const struct hzt_thread *thread, struct hzw_waiting *waiting)
{
    enum { USED = 2, KINDS = 3 };
    uint32_t words[13];
    for (unsigned place = 8; place <= 12; place += 4) {
        uint64_t base = thread->address - place;
        if (thread->operation != FUTEX_WAIT_BITSET || (thread->expected & ~1u) != USED ||
            base % 8 != 0 || !hzt_memory(thread->tid, base, words, sizeof words))
            continue;
        if (words[6] < HZW_TIDS && words[7] <= 1 && words[12] < KINDS &&
            (words[0] != 0 || words[1] != 0)) {
            waiting->what = HZW_WAITS_RWLOCK;
            waiting->object = base;
            return true;
        }
    }
    return false;
}

void hzw_guess(const struct hzt_thread *thread, struct hzw_waiting *waiting)
{
    if (waiting->what != HZW_WAITS_FUTEX)
        return;
    (void)(is_barrier(thread, waiting) || is_rwlock(thread, waiting) ||
           is_condition(thread, waiting) || is_semaphore(thread, waiting));
}
