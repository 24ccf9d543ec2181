/*
 * CoWW: coherence of two writes of one thread to one place.
 *
 * Forbidden by all: the first one lasts.
 */
#include "litmus.h"

static _Atomic int x;
static int r0;

static void *t0(void *unused)
{
    (void)unused;
    W(x, 1);
    FENCE;
    W(x, 2);
    return NULL;
}

int main(void)
{
    run(1, (void *(*const[])(void *)){t0});
    r0 = x; /* final */
    printf("r0=%d\n", r0);
    return 0;
}
