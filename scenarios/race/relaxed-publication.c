/*
 * A weather station publishes each new reading through an atomic pointer, but with
 * memory_order_relaxed: the pointer itself is safe, what it points to is not.
 *
 * "Atomic" sounds like "safe", and relaxed like "fast". The pointer is indeed never
 * torn. But relaxed orders no other memory: the display may get the new pointer and
 * still see the reading as it was before it was filled in. On x86 the processor hides
 * it, so tests pass; on ARM the user now and then sees 0 degrees and 0 % humidity.
 *
 * The twin stores with release and loads with acquire, which is all that it takes.
 * Helgrind and DRD know no C11 memory orders, so they report the right program just
 * as they do this one: their catch here is no merit.
 *
 * @hazard   race/relaxed-publication
 * @concept  race, atomics, memory-order, thread
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  READINGS=2
 * @see      CWE-366
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#define READINGS 500

struct reading {
    int celsius, humidity; /* humidity is always 60 minus the degrees */
};

static struct reading readings[READINGS];
static _Atomic(struct reading *) latest;

static void *measure(void *unused)
{
    (void)unused;
    for (int i = 0; i < READINGS; i++) {
        readings[i].celsius = i % 40;       /* HAZARD: may arrive after the pointer to it */
        readings[i].humidity = 60 - i % 40; /* HAZARD: this too */
        atomic_store_explicit(&latest, &readings[i], memory_order_relaxed); /* HAZARD: no release */
    }
    return NULL;
}

int main(void)
{
    struct reading *now = NULL;
    pthread_t sensor;
    long wrong = 0;

    pthread_create(&sensor, NULL, measure, NULL);
    while (now != &readings[READINGS - 1]) {
        now = atomic_load_explicit(&latest, memory_order_relaxed); /* HAZARD: no acquire */
        if (now != NULL && now->celsius + now->humidity != 60)     /* HAZARD: perhaps not there */
            wrong++;
        sched_yield(); /* until the next look: the sensor may need this processor */
    }
    pthread_join(sensor, NULL);

    if (wrong > 0) {
        fprintf(stderr, "%ld readings were shown before they were complete\n", wrong);
        return 1;
    }
    return 0;
}
