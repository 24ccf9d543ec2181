/*
 * R: two stores against a store and a read.
 *
 * Weak: the second thread's store to y wins, and yet it does not see x.
 */
#include "litmus.h"

static _Atomic int x, y;
static int r0, r1;

static void *t0(void *unused)
{
    (void)unused;
    W(x, 1);
    FENCE;
    W(y, 1);
    return NULL;
}

static void *t1(void *unused)
{
    (void)unused;
    W(y, 2);
    FENCE;
    r0 = R(x);
    return NULL;
}

int main(void)
{
    run(2, (void *(*const[])(void *)){t0, t1});
    r1 = y; /* final */
    printf("r0=%d r1=%d\n", r0, r1);
    return 0;
}
