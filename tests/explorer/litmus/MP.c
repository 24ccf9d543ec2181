/*
 * MP: message passing: data, then a flag; the reader looks at the flag, then at the data.
 *
 * Weak: the flag is seen and the data is not.
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
    r0 = R(y);
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
