/*
 * Fibers: threads that hand the processor on by themselves. Each has its own stack and
 * its own thread-local storage, so that errno, pthread_self() and __thread variables
 * are its own. A switch costs tens of nanoseconds: registers that calls keep, the
 * stack pointer, and the FS base by `wrfsbase` (which the kernel allows where
 * AT_HWCAP2 has bit 1). `handle` is what FS points to.
 */
#ifndef HZX_FIBER_H
#define HZX_FIBER_H

#include "explorer/runtime/carrier.h"

/* Once, in the process's first thread, which `own` becomes. False if this processor cannot: `why` is set. */
bool hzx_fibers_open(struct hzx_carrier *own, const char **why);

/* The thread-local storage of fiber `id`, as new. */
void *hzx_fiber_tls(unsigned id);

#endif
