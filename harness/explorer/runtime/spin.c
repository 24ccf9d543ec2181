#include "explorer/runtime/spin.h"

#include "explorer/runtime/memory.h"
#include "explorer/runtime/objects.h"

__attribute__((visibility("hidden"))) uint64_t hzx_registers[7];

#define STACK_MOST ((size_t)16 << 10) /* a deeper stack is not looked at: no loop waits there */

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

/* The thread's own state: registers that calls keep, and its stack from the program's
 * frame up; 0: not to be told. Without the address of the frame itself: it is in it. And the locks
 * that it has. */
static uint64_t state_of(const struct hzx_thread *thread)
{
    uintptr_t from = hzx_registers[6], top = hzx_carrier_top(thread->id);
    if (from > top || top - from > STACK_MOST)
        return 0;
    uint64_t hash = from;
    for (int i = 0; i < 6; i++)
        hash = mix(hash, hzx_registers[i]);
    for (const uint64_t *word = (const uint64_t *)(from & ~(uintptr_t)7);
         (uintptr_t)word < top; word++)
        hash = mix(hash, *word);
    for (unsigned i = 0; i < thread->held_n; i++)
        hash = mix(hash, thread->held[i].object->address);
    return hash | 1;
}

static struct hzx_look *look_at(struct hzx_thread *self, uintptr_t pc, uintptr_t address)
{
    for (unsigned i = 0; i < self->looks_n; i++)
        if (self->looks[i].pc == pc && self->looks[i].address == address)
            return &self->looks[i];
    return NULL;
}

/* Whether all that was looked at since `first` is as it was. */
static bool unchanged(const struct hzx_thread *self, const struct hzx_look *first)
{
    for (const struct hzx_look *look = self->looks; look < self->looks + self->looks_n; look++) {
        if (look->when < first->when)
            continue; /* before this loop, or not in this round of it */
        if (look->lock == NULL) {
            if (hzx_value(look->address, look->size) != look->value)
                return false;
        } else if (look->lock->last != (int)self->id || look->lock->owner == (int)self->id) {
            return false;
        }
    }
    return true;
}

bool hzx_spin_round(uintptr_t pc, uintptr_t address, unsigned size, const struct hzx_object *lock)
{
    struct hzx_thread *self = hzx.self;
    hzx_spin_settle(self);
    self->state = 0;
    if (self->held_n > HZX_HELD)
        return false;
    struct hzx_look *look = look_at(self, pc, address);
    if (look == NULL)
        return false;
    bool older = lock == NULL && hzx_value(address, size) != look->value;
    if (older && hzx.memory != HZX_C11)
        return false;
    self->state = state_of(self);
    if (self->state == 0 || look->state != self->state)
        return false;
    if (older || !unchanged(self, look)) {
        self->newest = hzx.memory == HZX_C11; /* round again with old values: no more of them */
        return false;
    }
    self->parked = true;
    hzx.parked_n++;
    return true;
}

void hzx_spin_looked(uintptr_t pc, uintptr_t address, unsigned size, uint64_t value,
                     const struct hzx_object *lock)
{
    struct hzx_thread *self = hzx.self;
    static uint64_t looks;
    struct hzx_look *look = look_at(self, pc, address);
    if (look != NULL && look->value == value) {
        look->state = self->state;
        look->when = ++looks;
        return;
    }
    if (look != NULL || self->looks_n == HZX_WINDOW)
        self->looks_n = 0;
    self->looks[self->looks_n++] = (struct hzx_look){pc, address, value, 0, lock, ++looks, size};
}

void hzx_spin_writes(uintptr_t address, unsigned size)
{
    struct hzx_thread *self = hzx.self;
    hzx_spin_settle(self);
    self->written.address = address;
    self->written.value = hzx_value(address, size);
    self->written.size = size;
}

static bool looks_at(const struct hzx_thread *thread, uintptr_t address, size_t size)
{
    for (unsigned i = 0; i < thread->looks_n; i++) {
        const struct hzx_look *look = &thread->looks[i];
        unsigned extent = look->size > 0 ? look->size : 1;
        if (look->address < address + size && address < look->address + extent)
            return true;
    }
    return false;
}

void hzx_spin_wake(uintptr_t address, size_t size)
{
    for (unsigned i = 0; i < hzx.threads_n; i++) {
        struct hzx_thread *thread = &hzx.threads[i];
        if (!thread->parked || thread == hzx.self || !looks_at(thread, address, size))
            continue;
        thread->parked = false;
        thread->looks_n = 0;
        hzx.parked_n--;
        hzx_ready_again(thread);
    }
}
