/*
 * What clang's -fsanitize=thread puts before each access that another thread might see.
 */
#include "explorer/runtime/access.h"

#include "explorer/runtime/entry.h"
#include "explorer/runtime/memory.h"
#include "explorer/runtime/races.h"
#include "explorer/runtime/spin.h"
#include "explorer/runtime/store_buffer.h"
#include "explorer/runtime/sync.h"

#include <string.h>

#define TLS_MOST (1u << 20) /* below the thread pointer, and more than there is above it */
#define QUIET 4096 /* accesses without a point after which a loop may be one that waits */

static void check_freed(const struct hzx_cell *cell, const struct hzx_op *op)
{
    if (cell->freed != 0 && cell->schedule == (uint32_t)hzx.shared->schedules)
        hzx_end(HZX_USE_AFTER_FREE, op->pc, NULL);
}

static bool on_own_stack(uintptr_t address)
{
    uintptr_t top = hzx_carrier_top(hzx.self->id);
    return address < top && top - address <= HZX_STACK_SIZE;
}

void hzx_wrote(uintptr_t address, size_t size, const struct hzx_cell *cell)
{
    if (cell == NULL || cell->racy || !on_own_stack(address))
        hzx_spin_forget();
    if (hzx.parked_n != 0)
        hzx_spin_wake(address, size);
}

static bool racy(uintptr_t address, size_t size)
{
    struct hzx_cell *last = hzx_cell(address + size - 1);
    return last != NULL && last->racy;
}

/* Whether plain stores there go through the store buffer: decided when the schedule begins, so
 * that a replay, which may know more racy words, does the same. */
static bool in_order(const struct hzx_cell *cell, uintptr_t address, size_t size)
{
    const struct hzx_cell *last = hzx_cell(address + size - 1);
    return cell->racy - 1 < hzx.known || (last != NULL && last->racy - 1 < hzx.known);
}

/* A thread's own variables are by its thread pointer, and an exception is its own while it is made;
 * all else that is not tracked others may see. */
static void name_unknown(uintptr_t address, uintptr_t pc)
{
    uintptr_t own = (uintptr_t)__builtin_thread_pointer();
    bool thrown = address - hzx.self->thrown < hzx.self->thrown_size;
    if (!thrown && address - (own - TLS_MOST) >= 2 * TLS_MOST)
        hzx_uncontrolled("memory that is not the program's own", pc);
}

void hzx_plain(uintptr_t address, size_t size, bool write, uintptr_t pc)
{
    if (!hzx.running || size == 0)
        return;
    struct hzx_op op = {.kind = write ? HZX_WRITE : HZX_READ, .write = write, .address = address,
                        .size = size < 255 ? (uint8_t)size : 255, .pc = pc};
    struct hzx_cell *cell = hzx_cell(address);
    if (cell == NULL) {
        if (write)
            name_unknown(address, pc);
        hzx_pass(&op);
        return;
    }
    check_freed(cell, &op);
    bool point = cell->racy || (address % 8 + size > 8 && racy(address, size));
    if (write && hzx.memory == HZX_TSO && in_order(cell, address, size)) {
        if (hzx_buffers(size)) {
            hzx_buffer_pass(&op);
            hzx_access(address, size, true, false, pc);
            hzx_buffer_put(&op, -1);
            return;
        }
        op.drains = true;
    }
    bool look = !write && size <= 8 && (point || ++hzx.self->quiet > QUIET);
    bool round = look && hzx_spin_round(pc, address, (unsigned)size, NULL);
    if (point || round || hzx.every_access) {
        hzx.self->quiet = look && !point ? hzx.self->quiet : 0;
        hzx_point(&op);
        check_freed(cell, &op);
    } else {
        hzx_pass(&op);
    }
    hzx_access(address, size, write, false, pc);
    if (write && size <= 8 && !point && !on_own_stack(address)) {
        hzx_spin_writes(address, (unsigned)size);
        if (hzx.parked_n != 0)
            hzx_spin_wake(address, size);
    } else if (write) {
        hzx_wrote(address, size, cell);
    } else if (look) {
        hzx_spin_looked(pc, address, (unsigned)size, hzx_value(address, (unsigned)size), NULL);
    }
}

#define READ(n)                                                                                    \
    __attribute__((used)) void hzx_read##n(uintptr_t address)                                      \
    {                                                                                              \
        hzx_plain(address, n, false, HZX_PC);                                                      \
    }                                                                                              \
    HZX_ENTRY("__tsan_read" #n, "hzx_read" #n)                                                     \
    HZX_ENTRY("__tsan_unaligned_read" #n, "hzx_read" #n)
#define WRITE(n)                                                                                   \
    void __tsan_write##n(uintptr_t address);                                                       \
    void __tsan_write##n(uintptr_t address)                                                        \
    {                                                                                              \
        hzx_plain(address, n, true, HZX_PC);                                                       \
    }                                                                                              \
    void __tsan_unaligned_write##n(uintptr_t address);                                             \
    void __tsan_unaligned_write##n(uintptr_t address)                                              \
    {                                                                                              \
        hzx_plain(address, n, true, HZX_PC);                                                       \
    }
#define BOTH(n)                                                                                    \
    __attribute__((used)) void hzx_read_write##n(uintptr_t address)                                \
    {                                                                                              \
        hzx_plain(address, n, false, HZX_PC);                                                      \
        hzx_plain(address, n, true, HZX_PC);                                                       \
    }                                                                                              \
    HZX_ENTRY("__tsan_read_write" #n, "hzx_read_write" #n)                                         \
    HZX_ENTRY("__tsan_unaligned_read_write" #n, "hzx_read_write" #n)

READ(1) READ(2) READ(4) READ(8) READ(16)
WRITE(1) WRITE(2) WRITE(4) WRITE(8) WRITE(16)
BOTH(1) BOTH(2) BOTH(4) BOTH(8) BOTH(16)

#define VOLATILE(n)                                                                                \
    HZX_ENTRY("__tsan_volatile_read" #n, "hzx_read" #n)                                            \
    HZX_ENTRY("__tsan_unaligned_volatile_read" #n, "hzx_read" #n)                                  \
    void __tsan_volatile_write##n(uintptr_t address);                                              \
    void __tsan_volatile_write##n(uintptr_t address)                                               \
    {                                                                                              \
        hzx_plain(address, n, true, HZX_PC);                                                       \
    }
VOLATILE(1) VOLATILE(2) VOLATILE(4) VOLATILE(8) VOLATILE(16)

HZX_ENTRY("__tsan_vptr_read", "hzx_read8")

void __tsan_vptr_update(uintptr_t address, void *value);
void __tsan_vptr_update(uintptr_t address, void *value)
{
    if (*(void **)address != value)
        hzx_plain(address, 8, true, HZX_PC);
}

void __tsan_read_range(uintptr_t address, size_t size);
void __tsan_read_range(uintptr_t address, size_t size)
{
    hzx_plain(address, size, false, HZX_PC);
}

void __tsan_write_range(uintptr_t address, size_t size);
void __tsan_write_range(uintptr_t address, size_t size)
{
    hzx_plain(address, size, true, HZX_PC);
}

void __tsan_func_entry(void *caller);
void __tsan_func_entry(void *caller)
{
    if (!hzx.running)
        return;
    struct hzx_thread *self = hzx.self;
    if (self->calls_n < HZX_CALLS)
        self->calls[self->calls_n] = (uintptr_t)caller;
    self->calls_n++;
}

void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
    if (hzx.running && hzx.self->calls_n > 0)
        hzx.self->calls_n--;
}

void __tsan_init(void);
void __tsan_init(void)
{
}
