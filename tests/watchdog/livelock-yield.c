/*
 * Two threads take their flag by compare-and-swap, find the other's taken, give theirs back and
 * yield; as they are equally fast, nobody ever has both.
 * says: starvation/livelock
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int flag[2];
static atomic_ulong arrived;

static void in_step(void)
{
    unsigned long all = (atomic_fetch_add(&arrived, 1) / 2 + 1) * 2;
    while (atomic_load(&arrived) < all)
        ;
}

static int take(atomic_int *one)
{
    int unset = 0;
    return atomic_compare_exchange_strong(one, &unset, 1);
}

static void *work(void *number)
{
    uintptr_t i = (uintptr_t)number;
    for (;;) {
        take(&flag[i]);
        in_step();
        if (take(&flag[1 - i]))
            exit(1);
        in_step();
        atomic_store(&flag[i], 0);
        sched_yield(); /* HERE */
    }
    return NULL;
}

int main(void)
{
    pthread_t thread[2];
    for (uintptr_t i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, work, (void *)i);
    usleep(1500000);
    exit(0);
}
