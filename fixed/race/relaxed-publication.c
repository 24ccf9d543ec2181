/*
 * The pointer is stored with release and loaded with acquire: who gets the pointer also
 * sees all that was written before it was stored.
 *
 * @repairs  race/relaxed-publication
 * @expect   helgrind=false-alarm drd=false-alarm
 * @why      helgrind,drd: neither knows C11 memory orders: to them the pointer is plain memory
 *           that two threads use without a lock, and so is what it points to
 * @explore  READINGS=2
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
        readings[i].celsius = i % 40;
        readings[i].humidity = 60 - i % 40;
        atomic_store_explicit(&latest, &readings[i], memory_order_release); /* FIX: release */
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
        now = atomic_load_explicit(&latest, memory_order_acquire); /* FIX: before the fields */
        if (now != NULL && now->celsius + now->humidity != 60)
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
