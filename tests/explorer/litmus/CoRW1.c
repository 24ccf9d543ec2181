/*
 * CoRW1: coherence of a read and a write after it.
 *
 * Forbidden by all: to read what one writes only later.
 */
#include "litmus.h"

static _Atomic int x;
static int r0;

static void *t0(void *unused)
{
    (void)unused;
    r0 = R(x);
    FENCE;
    W(x, 1);
    return NULL;
}

int main(void)
{
    run(1, (void *(*const[])(void *)){t0});
    printf("r0=%d\n", r0);
    return 0;
}
