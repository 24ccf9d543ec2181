/*
 * CoWR: coherence of a write and a read after it, beside another's write.
 *
 * Forbidden by all: to read the other's write, and one's own lasts.
 */
#include "litmus.h"

static _Atomic int x;
static int r0, r1;

static void *t0(void *unused)
{
    (void)unused;
    W(x, 1);
    FENCE;
    r0 = R(x);
    return NULL;
}

static void *t1(void *unused)
{
    (void)unused;
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
