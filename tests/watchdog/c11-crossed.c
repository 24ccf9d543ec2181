/*
 * Two mutexes of C11's <threads.h>, one of them recursive, in two orders.
 * says: deadlock/lock-cycle
 */
#include <stdatomic.h>
#include <threads.h>

static mtx_t screen, keys;
static atomic_int holding;

/* C11 has no barrier. */
static void meet(void)
{
    atomic_fetch_add(&holding, 1);
    while (atomic_load(&holding) < 2)
        thrd_yield();
}

static int press(void *unused)
{
    (void)unused;
    mtx_lock(&keys);
    meet();
    mtx_lock(&screen); /* HERE */
    return 0;
}

int main(void)
{
    thrd_t other;
    mtx_init(&screen, mtx_plain);
    mtx_init(&keys, mtx_recursive);
    thrd_create(&other, press, NULL);
    mtx_lock(&screen);
    meet();
    mtx_lock(&keys); /* HERE */
    return thrd_join(other, NULL);
}
