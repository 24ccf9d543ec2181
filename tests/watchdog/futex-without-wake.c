/*
 * A home-made lock whose unlock forgets to wake: the word says free, and the waiter sleeps on.
 * says: deadlock/lost-wake
 */
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic uint32_t word; /* 0 free, 2 taken, with or without waiters */
static atomic_int comes;

static void take(void)
{
    while (atomic_exchange(&word, 2) != 0)
        syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0); /* HERE */
}

static void *other(void *unused)
{
    atomic_store(&comes, gettid());
    take();
    return unused;
}

int main(void)
{
    pthread_t thread;
    take();
    pthread_create(&thread, NULL, other, NULL);
    /* A requeue to nowhere tells how many sleep there, and wakes nobody. */
    uint32_t elsewhere;
    while (syscall(SYS_futex, &word, FUTEX_REQUEUE_PRIVATE, 0, 1L, &elsewhere, 0) == 0 &&
           atomic_load(&comes) == 0)
        usleep(1000);
    usleep(50000);
    atomic_store(&word, 0);
    return pthread_join(thread, NULL);
}
