/*
 * LB: load buffering: each reads, then stores what the other reads.
 *
 * Weak: both read 1, from stores that come after: not on x86, and not under RC11.
 */
#include "litmus.h"

static _Atomic int x, y;
static int r0, r1;

static void *t0(void *unused)
{
    (void)unused;
    r0 = R(x);
    FENCE;
    W(y, 1);
    return NULL;
}

static void *t1(void *unused)
{
    (void)unused;
    r1 = R(y);
    FENCE;
    W(x, 1);
    return NULL;
}

int main(void)
{
    run(2, (void *(*const[])(void *)){t0, t1});
    printf("r0=%d r1=%d\n", r0, r1);
    return 0;
}
