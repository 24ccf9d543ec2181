/*
 * A clock is read without a lock by means of a sequence number: odd while it is being
 * set, and a reader that finds it changed reads again. All is checked as it should be,
 * but the fields themselves are plain.
 *
 * The idea is that a torn copy does no harm since it is thrown away. C does not allow
 * even to make it: reading a plain field while it is written is a data race, and the
 * compiler may move such a read past the second look at the number, which is then a look
 * at nothing. The user sees a minute that jumps by an hour, after a compiler update.
 *
 * The twin makes the fields atomic, stored with release and loaded with acquire so that
 * neither leaves its place between the two looks. A mutex is the simple way. Helgrind
 * and DRD know no C11 memory orders: they report the right program as well.
 *
 * @hazard   race/seqlock-torn
 * @concept  race, atomics, memory-order, thread
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  CHANGES=2 MINUTES=2
 * @see      CWE-366
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define CHANGES 20
#define MINUTES 60

/* Odd while hour and minute are being set. */
static atomic_uint sequence;
static unsigned hour, minute;
static atomic_bool stop;

static void set_clock(unsigned new_hour, unsigned new_minute)
{
    unsigned before = atomic_load_explicit(&sequence, memory_order_relaxed);

    atomic_store_explicit(&sequence, before + 1, memory_order_relaxed);
    hour = new_hour;     /* HAZARD: plain: a reader may read at this very moment */
    minute = new_minute; /* HAZARD: this too */
    atomic_store_explicit(&sequence, before + 2, memory_order_release);
}

static unsigned read_clock(void)
{
    unsigned before, seen_hour, seen_minute;

    while (true) {
        before = atomic_load_explicit(&sequence, memory_order_acquire);
        seen_hour = hour;     /* HAZARD: plain: may be moved past the check below */
        seen_minute = minute; /* HAZARD: this too */
        if (before % 2 == 0 && before == atomic_load_explicit(&sequence, memory_order_relaxed))
            return seen_hour * MINUTES + seen_minute;
        sched_yield(); /* being set: the writer may need this processor */
    }
}

static void *tick(void *unused)
{
    unsigned now = 0;

    (void)unused;
    do {
        now++;
        set_clock(now / MINUTES, now % MINUTES);
        sched_yield(); /* between two minutes others have their turn */
    } while (!atomic_load(&stop));
    return NULL;
}

int main(void)
{
    unsigned last = 0, changes = 0, back = 0;
    pthread_t clock;

    pthread_create(&clock, NULL, tick, NULL);
    while (changes < CHANGES) {
        unsigned now = read_clock();
        if (now < last)
            back++;
        if (now != last)
            changes++;
        last = now;
        sched_yield(); /* until the next look */
    }
    atomic_store(&stop, true);
    pthread_join(clock, NULL);

    if (back > 0) {
        fprintf(stderr, "the clock went back %u times\n", back);
        return 1;
    }
    return 0;
}
