/*
 * atomic_exchange sets the flag and tells what it was before in one step: of two threads
 * that come at once, one is told that it was clear, and only one.
 *
 * @repairs  race/spin-lock-two-steps
 * @expect   helgrind=false-alarm drd=false-alarm
 * @why      helgrind,drd: neither knows that C11 atomics order memory, so that what this lock
 *           guards looks unguarded
 * @explore  STOCK=2L
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
    while (atomic_exchange(&busy, true)) /* FIX: tests and sets in one step */
        sched_yield();
}

static void leave(void)
{
    atomic_store(&busy, false);
}

static bool sell_one(void)
{
    bool available;

    enter();
    available = stock > 0;
    if (available) {
        stock--;
        sold++;
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
