/*
 * Fibers: threads that hand the processor on by themselves. Each has its own stack and
 * its own thread-local storage, so that errno, pthread_self() and __thread variables
 * are its own. A switch costs tens of nanoseconds: registers that calls keep, the
 * stack pointer, and the FS base by `wrfsbase` (which the kernel allows where
 * AT_HWCAP2 has bit 1).
 */
#ifndef HZX_FIBER_H
#define HZX_FIBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hzx_fiber {
    void *stack_pointer;
    void *tls; /* what FS points to */
};

/* Once, in the process's first thread. False if this processor cannot: `why` is set. */
bool hzx_fibers_open(const char **why);

/* Makes the fiber of number `id` ready to call `start`, on a stack and TLS as new. */
void hzx_fiber_prepare(struct hzx_fiber *fiber, unsigned id, void (*start)(void));

/* Goes on in `to`; returns when somebody goes on in `from`. */
void hzx_fiber_switch(struct hzx_fiber *from, const struct hzx_fiber *to);

/* The end of fiber `id`'s stack: the highest address, where it began. */
uintptr_t hzx_fiber_top(unsigned id);

#endif
