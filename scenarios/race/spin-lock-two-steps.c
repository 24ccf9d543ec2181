/*
 * A spin lock made by hand waits until the flag is clear and then sets it, in two
 * steps: two threads can both find it clear, and both go in.
 *
 * Each step is atomic, in the strongest order there is, and that is the trap: two
 * atomic steps are not one. Between the load that finds the shop free and the store
 * that takes it there is a gap of a few instructions. The user sees items sold that
 * were not in stock, or stock that is never sold, once in a great many sales.
 *
 * The twin tests and sets in one step, by atomic_exchange. pthread_spin_lock, or a
 * mutex, would be the better lock still. Helgrind and DRD do not know that C11 atomics
 * order memory, so they report every lock that is made of them, this and the right one.
 *
 * @hazard   race/spin-lock-two-steps
 * @concept  race, lock, atomics, thread
 * @expect   tsan=sometimes helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      tsan: sees it only where two clerks really meet in the gap: on two processors in
 *           31 of 32 runs, on one in 38 of 40
 * @why      watchdog: it watches waiting, not memory
 * @explore  STOCK=2L
 * @see      CWE-366, CWE-367
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define CLERKS 2
#define STOCK 200000L

static atomic_bool busy; /* the lock: guards stock and sold */
static long stock = STOCK;
static long sold;

/* Waits its turn: who is in there may need this processor. */
static void enter(void)
{
    while (atomic_load(&busy)) /* HAZARD: clear now, ... */
        sched_yield();
    atomic_store(&busy, true); /* HAZARD: ... but perhaps no longer */
}

static void leave(void)
{
    atomic_store(&busy, false);
}

static bool sell_one(void)
{
    bool available;

    enter();
    available = stock > 0; /* HAZARD: the other clerk may be in here too */
    if (available) {
        stock--; /* HAZARD: and sell the same item */
        sold++;  /* HAZARD: and count it over ours */
    }
    leave();
    return available;
}

static void *clerk(void *argument)
{
    long *sales = argument;

    while (sell_one())
        ++*sales;
    return NULL;
}

int main(void)
{
    pthread_t clerks[CLERKS];
    long sales[CLERKS] = {0}, total = 0;

    for (int i = 0; i < CLERKS; i++)
        pthread_create(&clerks[i], NULL, clerk, &sales[i]);
    for (int i = 0; i < CLERKS; i++) {
        pthread_join(clerks[i], NULL);
        total += sales[i];
    }

    if (total != STOCK || sold != STOCK) {
        fprintf(stderr, "%ld in stock, %ld sold, %ld counted\n", STOCK, total, sold);
        return 1;
    }
    return 0;
}
