/*
 * SB: store buffering: two threads each store, then read what the other stores.
 *
 * Weak: both read 0, as each store is still on its way. The one thing x86 does.
 */
#include "litmus.h"

static _Atomic int x, y;
static int r0, r1;

static void *t0(void *unused)
{
    (void)unused;
    W(x, 1);
    FENCE;
    r0 = R(y);
    return NULL;
}

static void *t1(void *unused)
{
    (void)unused;
    W(y, 1);
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
