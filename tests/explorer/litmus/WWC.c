/*
 * WWC: write to write causality.
 *
 * Weak: the last store of the chain loses to the first.
 */
#include "litmus.h"

static _Atomic int x, y;
static int r0, r1, r2;

static void *t0(void *unused)
{
    (void)unused;
    W(x, 2);
    return NULL;
}

static void *t1(void *unused)
{
    (void)unused;
    r0 = R(x);
    FENCE;
    W(y, 1);
    return NULL;
}

static void *t2(void *unused)
{
    (void)unused;
    r1 = R(y);
    FENCE;
    W(x, 1);
    return NULL;
}

int main(void)
{
    run(3, (void *(*const[])(void *)){t0, t1, t2});
    r2 = x; /* final */
    printf("r0=%d r1=%d r2=%d\n", r0, r1, r2);
    return 0;
}
