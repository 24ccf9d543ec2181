/*
 * ISA2: message passing over two flags and three threads.
 *
 * Weak: both flags are seen and the data is not.
 */
#include "litmus.h"

static _Atomic int x, y, z;
static int r0, r1, r2;

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
    r0 = R(y);
    FENCE;
    W(z, 1);
    return NULL;
}

static void *t2(void *unused)
{
    (void)unused;
    r1 = R(z);
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
