/*
 * Atomic operations: each is a point. Happens-before as C11 has it: an acquire reads
 * from a release sequence, an RMW continues one, a relaxed store ends another thread's;
 * fences take part by what the thread reads before, and writes after, them.
 */
#include "explorer/runtime/access.h"
#include "explorer/runtime/entry.h"
#include "explorer/runtime/memory.h"
#include "explorer/runtime/objects.h"
#include "explorer/runtime/races.h"
#include "explorer/runtime/spin.h"
#include "explorer/runtime/store_buffer.h"
#include "explorer/runtime/views.h"

/* The compiler's numbers of memory_order. */
static bool acquires(int order)
{
    return order == __ATOMIC_CONSUME || order == __ATOMIC_ACQUIRE || order == __ATOMIC_ACQ_REL ||
           order == __ATOMIC_SEQ_CST;
}

static bool releases(int order)
{
    return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static void arrive(uintptr_t address, unsigned size, unsigned kind, int order, uintptr_t pc)
{
    struct hzx_op op = {.kind = (uint8_t)kind, .size = (uint8_t)size, .atomic = true,
                        .write = kind != HZX_READ, .address = address, .pc = pc,
                        .drains = kind == HZX_UPDATE ||
                                  (kind == HZX_WRITE && order == __ATOMIC_SEQ_CST)};
    struct hzx_cell *cell = hzx_cell(address);
    if (kind != HZX_WRITE && size <= 8)
        hzx_spin_round(pc, address, size, NULL);
    if (kind == HZX_WRITE && !op.drains && hzx_buffers(size))
        hzx_buffer_pass(&op);
    else
        hzx_point(&op);
    if (cell != NULL && cell->freed && cell->schedule == (uint32_t)hzx.shared->schedules)
        hzx_end(HZX_USE_AFTER_FREE, pc, NULL);
}

static void read_from(struct hzx_object *object, int order)
{
    hzx_clock_join(acquires(order) ? hzx.self->clock : hzx.self->acquired, hzx_object_clock(object));
}

static void did_read(uintptr_t address, unsigned size, int order, uintptr_t pc)
{
    if (hzx.self->buffered == 0 || !hzx_buffer_has(address, size))
        read_from(hzx_object((void *)address), order);
    hzx_access(address, size, false, true, pc);
    if (size <= 8)
        hzx_spin_looked(pc, address, size, hzx_value(address, size), NULL);
}

/* `silent`: the value stays what it was; a loop of such updates does no work. */
static void will_write(uintptr_t address, unsigned size, int order, bool update, bool silent,
                       uintptr_t pc)
{
    struct hzx_thread *self = hzx.self;
    struct hzx_object *object = hzx_object((void *)address);
    if (update)
        read_from(object, order);
    hzx_access(address, size, true, true, pc);
    if (!update && order != __ATOMIC_SEQ_CST && hzx_buffers(size)) {
        hzx_buffer_put(&(struct hzx_op){.address = address, .size = (uint8_t)size, .pc = pc}, order);
        return;
    }
    const uint32_t *clock = releases(order) ? self->clock : self->released;
    if (!update)
        hzx_object_stored(object, self->id, clock);
    else
        hzx_clock_join(hzx_object_clock(object), clock);
    if (releases(order)) {
        self->clock[self->id]++;
        object->last = (int)self->id;
    }
    if (!silent)
        hzx_wrote(address, size, hzx_cell(address));
    else if (update && size <= 8)
        hzx_spin_looked(pc, address, size, hzx_value(address, size), NULL);
}

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
    if (!hzx.running)
        return;
    struct hzx_thread *self = hzx.self;
    hzx_pass(&(struct hzx_op){.kind = HZX_FENCE, .pc = HZX_PC,
                              .drains = order == __ATOMIC_SEQ_CST});
    hzx_clock before;
    if (hzx.memory == HZX_C11)
        hzx_clock_copy(before, self->clock);
    if (acquires(order))
        hzx_clock_join(self->clock, self->acquired);
    if (order == __ATOMIC_SEQ_CST && hzx.memory == HZX_C11)
        hzx_views_fence(before);
    if (releases(order)) {
        hzx_clock_copy(self->released, self->clock);
        self->clock[self->id]++;
    }
}

void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
    (void)order;
}

#define ATOMIC(bits, type)                                                                         \
    __attribute__((used)) type hzx_load##bits(const type *p, int order)                            \
    {                                                                                              \
        if (!hzx.running)                                                                          \
            return __atomic_load_n(p, __ATOMIC_SEQ_CST);                                           \
        arrive((uintptr_t)p, bits / 8, HZX_READ, order, HZX_PC);                                          \
        if (hzx.memory == HZX_C11)                                                                 \
            return (type)hzx_views_load((uintptr_t)p, bits / 8, order, HZX_PC);                    \
        did_read((uintptr_t)p, bits / 8, order, HZX_PC);                                           \
        return *p;                                                                                 \
    }                                                                                              \
    HZX_ENTRY("__tsan_atomic" #bits "_load", "hzx_load" #bits)                                     \
    void __tsan_atomic##bits##_store(type *p, type value, int order);                              \
    void __tsan_atomic##bits##_store(type *p, type value, int order)                               \
    {                                                                                              \
        if (hzx.running) {                                                                         \
            arrive((uintptr_t)p, bits / 8, HZX_WRITE, order, HZX_PC);                                     \
            if (hzx.memory == HZX_C11) {                                                           \
                hzx_views_store((uintptr_t)p, bits / 8, value, order, HZX_PC);                     \
                return;                                                                            \
            }                                                                                      \
            will_write((uintptr_t)p, bits / 8, order, false, false, HZX_PC);                             \
        }                                                                                          \
        __atomic_store_n(p, value, __ATOMIC_SEQ_CST);                                              \
    }                                                                                              \
    UPDATE(bits, type, exchange, value)                                                            \
    UPDATE(bits, type, fetch_add, old + value)                                                     \
    UPDATE(bits, type, fetch_sub, old - value)                                                     \
    UPDATE(bits, type, fetch_and, old &value)                                                      \
    UPDATE(bits, type, fetch_or, old | value)                                                      \
    UPDATE(bits, type, fetch_xor, old ^ value)                                                     \
    UPDATE(bits, type, fetch_nand, ~(old & value))                                                 \
    __attribute__((used)) int hzx_cas##bits(type *p, type *expected, type value, int order,        \
                                            int failed)                                            \
    {                                                                                              \
        if (!hzx.running)                                                                          \
            return __atomic_compare_exchange_n(p, expected, value, 0, __ATOMIC_SEQ_CST,            \
                                               __ATOMIC_SEQ_CST);                                  \
        arrive((uintptr_t)p, bits / 8, HZX_UPDATE, order, HZX_PC);                                        \
        if (hzx.memory == HZX_C11) {                                                               \
            uint64_t found = *expected;                                                            \
            if (hzx_views_compare((uintptr_t)p, bits / 8, &found, order, failed, HZX_PC)) {        \
                hzx_views_update((uintptr_t)p, bits / 8, value, order, HZX_PC);                    \
                return 1;                                                                          \
            }                                                                                      \
            *expected = (type)found;                                                               \
            return 0;                                                                              \
        }                                                                                          \
        if (*p != *expected) {                                                                     \
            did_read((uintptr_t)p, bits / 8, failed, HZX_PC);                                      \
            *expected = *p;                                                                        \
            return 0;                                                                              \
        }                                                                                          \
        will_write((uintptr_t)p, bits / 8, order, true, false, HZX_PC);                            \
        *p = value;                                                                                \
        return 1;                                                                                  \
    }                                                                                              \
    HZX_ENTRY("__tsan_atomic" #bits "_compare_exchange_strong", "hzx_cas" #bits)                   \
    HZX_ENTRY("__tsan_atomic" #bits "_compare_exchange_weak", "hzx_cas" #bits)                     \
    __attribute__((used)) type hzx_cas_val##bits(type *p, type expected, type value, int order,    \
                                                 int failed)                                       \
    {                                                                                              \
        if (!hzx.running) {                                                                        \
            __atomic_compare_exchange_n(p, &expected, value, 0, __ATOMIC_SEQ_CST,                  \
                                        __ATOMIC_SEQ_CST);                                         \
            return expected;                                                                       \
        }                                                                                          \
        arrive((uintptr_t)p, bits / 8, HZX_UPDATE, order, HZX_PC);                                        \
        if (hzx.memory == HZX_C11) {                                                               \
            uint64_t found = expected;                                                             \
            if (hzx_views_compare((uintptr_t)p, bits / 8, &found, order, failed, HZX_PC))          \
                hzx_views_update((uintptr_t)p, bits / 8, value, order, HZX_PC);                    \
            return (type)found;                                                                    \
        }                                                                                          \
        type old = *p;                                                                             \
        if (old != expected) {                                                                     \
            did_read((uintptr_t)p, bits / 8, failed, HZX_PC);                                      \
            return old;                                                                            \
        }                                                                                          \
        will_write((uintptr_t)p, bits / 8, order, true, false, HZX_PC);                            \
        *p = value;                                                                                \
        return old;                                                                                \
    }                                                                                              \
    HZX_ENTRY("__tsan_atomic" #bits "_compare_exchange_val", "hzx_cas_val" #bits)

#define UPDATE(bits, type, name, expression)                                                       \
    __attribute__((used)) type hzx_##name##bits(type *p, type value, int order)                    \
    {                                                                                              \
        if (hzx.running)                                                                           \
            arrive((uintptr_t)p, bits / 8, HZX_UPDATE, order, HZX_PC);                                    \
        if (hzx.running && hzx.memory == HZX_C11) {                                                \
            type old = (type)hzx_views_before_update((uintptr_t)p, bits / 8, order);               \
            hzx_views_update((uintptr_t)p, bits / 8, (type)(expression), order, HZX_PC);           \
            return old;                                                                            \
        }                                                                                          \
        type old = *p, new = (type)(expression);                                                   \
        if (hzx.running)                                                                           \
            will_write((uintptr_t)p, bits / 8, order, true, new == old, HZX_PC);                   \
        *p = new;                                                                                  \
        return old;                                                                                \
    }                                                                                              \
    HZX_ENTRY("__tsan_atomic" #bits "_" #name, "hzx_" #name #bits)

ATOMIC(8, uint8_t)
ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)
