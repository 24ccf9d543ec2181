/*
 * WRC: write to read causality: a message passed on by a second thread.
 *
 * Weak: the third sees the message and not what it tells of.
 */
#include "litmus.h"

static _Atomic int x, y;
static int r0, r1, r2;

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
    W(y, 1);
    return NULL;
}

static void *t2(void *unused)
{
    (void)unused;
    r1 = R(y);
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
