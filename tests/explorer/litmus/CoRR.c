/*
 * CoRR: coherence of two reads of one place.
 *
 * Forbidden by all: the new value, and then the old one.
 */
#include "litmus.h"

static _Atomic int x;
static int r0, r1;

static void *t0(void *unused)
{
    (void)unused;
    W(x, 1);
    return NULL;
}

static void *t1(void *unused)
{
    (void)unused;
    r0 = R(x);
    FENCE;
    r1 = R(x);
    return NULL;
}

int main(void)
{
    run(2, (void *(*const[])(void *)){t0, t1});
    printf("r0=%d r1=%d\n", r0, r1);
    return 0;
}
