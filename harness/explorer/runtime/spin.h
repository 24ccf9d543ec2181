/*
 * Loops that wait: `while (!flag) sched_yield();` reads the same value for ever, and an
 * exhaustive search would run it for ever. A thread that comes to the same read, with
 * the same stack and registers, having written nothing and found every value that it
 * read on the way unchanged, is in the same state as before: it will go round until
 * somebody writes one of the words it looked at. It is *parked* until then. That is a
 * proof and no guess, so parking loses no order; a loop that counts is never parked, for
 * its count is in its state. If all that are left are parked or blocked, it is a livelock.
 *
 * A loop may take locks and give them back: then it is in the same state where it is
 * about to take one, if nobody else has had any of them meanwhile and it has none of them; those
 * that it had before the loop it keeps, as it would going round.
 */
#ifndef HZX_SPIN_H
#define HZX_SPIN_H

#include "explorer/runtime/engine.h"

/* Registers that calls keep, as the program had them, and its stack pointer: rbx, rbp, r12
 * to r15, rsp. Taken at the entry of what may be a look (entry.h). */
extern uint64_t hzx_registers[7];

/*
 * Before this thread looks at `size` bytes (at most 8) at `address`, or takes `lock` (size
 * 0): whether it is going round. If so it is parked, and must come to a point.
 */
bool hzx_spin_round(uintptr_t pc, uintptr_t address, unsigned size,
                    const struct hzx_object *lock);

/* After it: `value` is what was read; of a lock anything. */
void hzx_spin_looked(uintptr_t pc, uintptr_t address, unsigned size, uint64_t value,
                     const struct hzx_object *lock);

/* This thread did something that others can notice: its loop, if it is one, does work. */
static inline void hzx_spin_forget(void)
{
    hzx.self->looks_n = 0;
}

/*
 * This thread is about to write a word that nobody races for. If it writes what is there
 * already, nobody can notice it, and its loop still does no work: that is looked at before
 * another thread goes on, by `hzx_spin_settle`.
 */
void hzx_spin_writes(uintptr_t address, unsigned size);

/* `size` bytes at `address` are written, or an object there changed, by another. */
void hzx_spin_wake(uintptr_t address, size_t size);

static inline uint64_t hzx_value(uintptr_t address, unsigned size)
{
    uint64_t value = 0;
    if (size <= sizeof value)
        __builtin_memcpy(&value, (const void *)address, size);
    return value;
}

static inline void hzx_spin_settle(struct hzx_thread *self)
{
    if (self->written.size == 0)
        return;
    if (hzx_value(self->written.address, self->written.size) != self->written.value)
        self->looks_n = 0;
    self->written.size = 0;
}

#endif
