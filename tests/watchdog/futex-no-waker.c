/*
 * A home-made event that is waited for by all, and set by nobody.
 * says: deadlock/no-waker
 */
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
    char name[32];
    _Atomic uint32_t set;
    char rest[32];
} event = {.name = "configured"};

static void *await(void *unused)
{
    while (atomic_load(&event.set) == 0)
        syscall(SYS_futex, &event.set, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0); /* HERE */
    return unused;
}

int main(void)
{
    pthread_t one, two;
    pthread_create(&one, NULL, await, NULL);
    pthread_create(&two, NULL, await, NULL);
    pthread_join(one, NULL);
    return pthread_join(two, NULL);
}
