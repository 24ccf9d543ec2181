#include "explorer/runtime/carrier.h"

#include "explorer/runtime/baton.h"
#include "explorer/runtime/fiber.h"
#include "explorer/runtime/memory.h"

#include <string.h>

bool hzx_real_threads;

bool hzx_carriers_open(bool threads, struct hzx_carrier *own, const char **why)
{
    hzx_real_threads = threads;
    return threads || hzx_fibers_open(own, why);
}

uintptr_t hzx_carrier_top(unsigned id)
{
    return hzx_stacks() + (id + 1) * (HZX_STACK_SIZE + HZX_STACK_GUARD);
}

bool hzx_carrier_prepare(struct hzx_carrier *carrier, unsigned id, void (*start)(void))
{
    /* The stack as the first switch finds it: six registers, where to go, and 8 bytes
     * that a call would have pushed, so that the alignment is a function's. */
    void **sp = (void **)hzx_carrier_top(id) - 8;
    memset(sp, 0, 8 * sizeof *sp);
    sp[6] = (void *)start;
    carrier->stack_pointer = sp;
    if (hzx_real_threads)
        return hzx_baton_prepare(carrier);
    carrier->handle = hzx_fiber_tls(id);
    return true;
}
