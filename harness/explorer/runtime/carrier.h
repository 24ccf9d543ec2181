/*
 * What carries a thread of the explored program: a fiber (fiber.h), or a real thread
 * (baton.h). One goes on at a time, and hands the processor on by itself; which of the two
 * it is, nobody else needs to know. Both run on the same stacks, so that addresses are alike.
 *
 * |                        | fibers             | real threads                      |
 * |------------------------|--------------------|-----------------------------------|
 * | a switch               | 19 ns              | 2.7 µs, on one core               |
 * | ask of the machine     | wrfsbase           | nothing                           |
 * | ask of the C library   | _dl_allocate_tls   | nothing                           |
 * | in a debugger          | one thread is seen | `thread apply all bt`, and the    |
 * |                        |                    | thread-local variables of each    |
 * | after the schedule     | used again         | gone with their process           |
 */
#ifndef HZX_CARRIER_H
#define HZX_CARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hzx_carrier {
    void *stack_pointer; /* of a fiber that does not run; where a real thread begins */
    void *handle;        /* what pthread_self() gives in it */
    uint32_t turn;       /* of a real thread: 1: the baton is its own */
};

/* Once, in the process's first thread, which `own` becomes. False if it cannot be: `why` is set. */
bool hzx_carriers_open(bool threads, struct hzx_carrier *own, const char **why);

/* Makes the carrier of number `id` ready to call `start`, on a stack and thread-local storage
 * as new. False if the system gives no more of them. */
bool hzx_carrier_prepare(struct hzx_carrier *carrier, unsigned id, void (*start)(void));

/* Goes on in `to`; returns when somebody goes on in `from`. Only who runs may call it. */
static inline void hzx_carrier_switch(struct hzx_carrier *from, struct hzx_carrier *to);

/* The end of carrier `id`'s stack: the highest address, where it began. */
uintptr_t hzx_carrier_top(unsigned id);

/* ---- of the switch, which every step pays for ---- */

extern bool hzx_real_threads __attribute__((visibility("hidden")));
void hzx_baton_switch(struct hzx_carrier *from, struct hzx_carrier *to);
/* Changes stacks and FS. */
__attribute__((visibility("hidden"))) void hzx_swap(void **save, void *load, void *fs);

static inline void hzx_carrier_switch(struct hzx_carrier *from, struct hzx_carrier *to)
{
    if (__builtin_expect(hzx_real_threads, false))
        hzx_baton_switch(from, to);
    else
        hzx_swap(&from->stack_pointer, to->stack_pointer, to->handle);
}

#endif
