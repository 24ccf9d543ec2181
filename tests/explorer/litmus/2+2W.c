/*
 * 2+2W: two threads write the same two places in opposite orders.
 *
 * Weak: each place keeps the first store of a thread.
 */
#include "litmus.h"

static _Atomic int x, y;
static int r0, r1;

static void *t0(void *unused)
{
    (void)unused;
    W(x, 1);
    FENCE;
    W(y, 2);
    return NULL;
}

static void *t1(void *unused)
{
    (void)unused;
    W(y, 1);
    FENCE;
    W(x, 2);
    return NULL;
}

int main(void)
{
    run(2, (void *(*const[])(void *)){t0, t1});
    r0 = x; /* final */
    r1 = y; /* final */
    printf("r0=%d r1=%d\n", r0, r1);
    return 0;
}
