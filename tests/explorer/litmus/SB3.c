/*
 * SB3: store buffering round a ring of three.
 *
 * Weak: all read 0.
 */
#include "litmus.h"

static _Atomic int x, y, z;
static int r0, r1, r2;

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
    r1 = R(z);
    return NULL;
}

static void *t2(void *unused)
{
    (void)unused;
    W(z, 1);
    FENCE;
    r2 = R(x);
    return NULL;
}

int main(void)
{
    run(3, (void *(*const[])(void *)){t0, t1, t2});
    printf("r0=%d r1=%d r2=%d\n", r0, r1, r2);
    return 0;
}
