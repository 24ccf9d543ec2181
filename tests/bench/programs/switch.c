/*
 * Two fibers of the explorer's runtime that hand the processor to each other, ten million times:
 * prints the processor's nanoseconds for one switch. Each counts its turns in thread-local
 * storage: where they share it, there is no figure.
 */
#include "explorer/runtime/carrier.h"
#include "explorer/runtime/engine.h"
#include "explorer/runtime/memory.h"
#include "explorer/runtime/sync.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SWITCHES = 10000000, TURNS = SWITCHES / 2 };

struct hzx_engine hzx; /* the rest of the engine is not needed */
static struct hzx_shared shared;

/* What the runtime's memory would say, if there were too little of it. */
void hzx_uncontrolled(const char *name, uintptr_t pc)
{
    fprintf(stderr, "%s (%#lx)\n", name, (unsigned long)pc);
}

_Noreturn void hzx_no_room(const char *what, uintptr_t pc)
{
    hzx_uncontrolled(what, pc);
    abort();
}

static struct hzx_carrier own, fibers[2];
static __thread unsigned turns;
static unsigned seconds; /* the turns of `second` */

static void first(void)
{
    while (++turns <= TURNS)
        hzx_carrier_switch(&fibers[0], &fibers[1]);
    hzx_carrier_switch(&fibers[0], &own);
}

static void second(void)
{
    for (;;) {
        seconds = ++turns;
        hzx_carrier_switch(&fibers[1], &fibers[0]);
    }
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int fails(const char *why)
{
    fprintf(stderr, "no fibers: %s\n", why);
    return 3;
}

int main(void)
{
    const char *why;
    hzx.shared = &shared;
    if (!hzx_memory_open(NULL, &why) || !hzx_carriers_open(false, &own, &why))
        return fails(why);
    if (!hzx_carrier_prepare(&fibers[0], 0, first) || !hzx_carrier_prepare(&fibers[1], 1, second))
        return fails("they could not be made");
    double begun = now();
    hzx_carrier_switch(&own, &fibers[0]);
    double took = now() - begun;
    if (turns != 0 || seconds != TURNS)
        return fails("they share thread-local storage");
    printf("%.1f\n", took / SWITCHES);
    return 0;
}
