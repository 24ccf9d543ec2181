/*
 * S: a store that is ordered before what another has overwritten already.
 *
 * Weak: the flag is seen, and yet the seer's store to x loses to the older one.
 */
#include "litmus.h"

static _Atomic int x, y;
static int r0, r1;

static void *t0(void *unused)
{
    (void)unused;
    W(x, 2);
    FENCE;
    W(y, 1);
    return NULL;
}

static void *t1(void *unused)
{
    (void)unused;
    r0 = R(y);
    FENCE;
    W(x, 1);
    return NULL;
}

int main(void)
{
    run(2, (void *(*const[])(void *)){t0, t1});
    r1 = x; /* final */
    printf("r0=%d r1=%d\n", r0, r1);
    return 0;
}
