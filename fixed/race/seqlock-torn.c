/*
 * The fields are atomic, so that to read them while they are written is allowed, and a
 * torn copy is what it was meant to be: seen by the second look, and thrown away. Stored
 * with release and loaded with acquire, they stay between the two looks.
 *
 * @repairs  race/seqlock-torn
 * @expect   helgrind=false-alarm drd=false-alarm
 * @why      helgrind,drd: neither knows C11 memory orders, and a seqlock's reader does read while
 *           the writer writes: to them that is a race
 * @explore  CHANGES=2 MINUTES=2
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
static atomic_uint hour, minute; /* FIX: may be read while they are written */
static atomic_bool stop;

static void set_clock(unsigned new_hour, unsigned new_minute)
{
    unsigned before = atomic_load_explicit(&sequence, memory_order_relaxed);

    atomic_store_explicit(&sequence, before + 1, memory_order_relaxed);
    atomic_store_explicit(&hour, new_hour, memory_order_release); /* FIX: after the odd number */
    atomic_store_explicit(&minute, new_minute, memory_order_release);
    atomic_store_explicit(&sequence, before + 2, memory_order_release);
}

static unsigned read_clock(void)
{
    unsigned before, seen_hour, seen_minute;

    while (true) {
        before = atomic_load_explicit(&sequence, memory_order_acquire);
        seen_hour = atomic_load_explicit(&hour, memory_order_acquire); /* FIX: before the check */
        seen_minute = atomic_load_explicit(&minute, memory_order_acquire);
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
