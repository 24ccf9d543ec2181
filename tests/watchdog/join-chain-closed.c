/*
 * Each C11 thread starts the next one and joins it; the last one joins the first, as if that were a
 * stranger. The main thread has gone.
 * says: deadlock/join-cycle
 */
#include <stdint.h>
#include <threads.h>

#define LENGTH 5

static thrd_t first;
static mtx_t started;

static int stage(void *number)
{
    uintptr_t i = (uintptr_t)number;
    thrd_t next;
    mtx_lock(&started); /* until `first` is written */
    mtx_unlock(&started);
    if (i == LENGTH)
        return thrd_join(first, NULL); /* HERE */
    thrd_create(&next, stage, (void *)(i + 1));
    return thrd_join(next, NULL); /* HERE */
}

int main(void)
{
    mtx_init(&started, mtx_plain);
    mtx_lock(&started);
    thrd_create(&first, stage, (void *)1);
    mtx_unlock(&started);
    thrd_exit(0);
}
