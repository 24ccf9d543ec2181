/*
 * CoRW2: coherence of a read of another's write and a write.
 *
 * Forbidden by all: one reads the other's write, and one's own, which is later, is lost to it.
 */
#include "litmus.h"

static _Atomic int x;
static int r0, r1;

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
    W(x, 2);
    return NULL;
}

int main(void)
{
    run(2, (void *(*const[])(void *)){t0, t1});
    r1 = x; /* final */
    printf("r0=%d r1=%d\n", r0, r1);
    return 0;
}
