/*
 * CoRR2: coherence of two readers of two writers to one place.
 *
 * Forbidden by all: the readers disagree on which write came first.
 */
#include "litmus.h"

static _Atomic int x;
static int r0, r1, r2, r3;

static void *t0(void *unused)
{
    (void)unused;
    W(x, 1);
    return NULL;
}

static void *t1(void *unused)
{
    (void)unused;
    W(x, 2);
    return NULL;
}

static void *t2(void *unused)
{
    (void)unused;
    r0 = R(x);
    FENCE;
    r1 = R(x);
    return NULL;
}

static void *t3(void *unused)
{
    (void)unused;
    r2 = R(x);
    FENCE;
    r3 = R(x);
    return NULL;
}

int main(void)
{
    run(4, (void *(*const[])(void *)){t0, t1, t2, t3});
    printf("r0=%d r1=%d r2=%d r3=%d\n", r0, r1, r2, r3);
    return 0;
}
