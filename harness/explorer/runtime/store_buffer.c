#include "explorer/runtime/store_buffer.h"

#include "explorer/runtime/objects.h"
#include "explorer/runtime/spin.h"

#include <string.h>

struct entry {
    uintptr_t address, pc;
    uint8_t size;
    bool atomic, release;
    unsigned char bytes[HZX_BUFFER_BYTES], under[HZX_BUFFER_BYTES]; /* under: true memory */
    hzx_clock clock; /* what a reader acquires */
    hzx_clock order; /* of the thread, where it stored */
};

static struct buffer {
    unsigned first; /* of a ring of thread->buffered entries */
    bool unread;    /* the newest entry's bytes are in memory, and not yet here */
    hzx_clock order;
    struct entry entries[HZX_BUFFER];
} buffers[HZX_THREADS / 2];

static struct entry *entry_at(struct buffer *buffer, unsigned i)
{
    return &buffer->entries[(buffer->first + i) % HZX_BUFFER];
}

void hzx_buffer_new(unsigned thread)
{
    struct buffer *buffer = &buffers[thread];
    buffer->first = 0;
    buffer->unread = false;
    hzx_clock_clear(buffer->order);
}

static void read_newest(struct hzx_thread *thread)
{
    struct buffer *buffer = &buffers[thread->id];
    if (!buffer->unread)
        return;
    struct entry *newest = entry_at(buffer, thread->buffered - 1u);
    memcpy(newest->bytes, (void *)newest->address, newest->size);
    buffer->unread = false;
}

void hzx_buffer_pass(struct hzx_op *op)
{
    if (hzx.self->buffered == HZX_BUFFER)
        op->drains = true;
    hzx_pass(op);
}

static bool releases(int order)
{
    return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

void hzx_buffer_put(const struct hzx_op *op, int order)
{
    struct hzx_thread *self = hzx.self;
    read_newest(self);
    struct buffer *buffer = &buffers[self->id];
    struct entry *entry = entry_at(buffer, self->buffered++);
    entry->address = op->address;
    entry->pc = op->pc;
    entry->size = op->size;
    entry->atomic = order >= 0;
    entry->release = releases(order);
    memcpy(entry->under, (void *)op->address, op->size);
    buffer->unread = true;
    if (entry->atomic) {
        hzx_clock_copy(entry->clock, entry->release ? self->clock : self->released);
        if (entry->release)
            self->clock[self->id]++;
    }
    if (hzx.exhaustive)
        hzx_clock_copy(entry->order, self->order);
    hzx_spin_forget();
}

bool hzx_buffer_has(uintptr_t address, unsigned size)
{
    struct buffer *buffer = &buffers[hzx.self->id];
    for (unsigned i = 0; i < hzx.self->buffered; i++) {
        const struct entry *entry = entry_at(buffer, i);
        if (entry->address < address + size && address < entry->address + entry->size)
            return true;
    }
    return false;
}

void hzx_buffer_hide(struct hzx_thread *thread)
{
    struct buffer *buffer = &buffers[thread->id];
    read_newest(thread);
    for (unsigned i = thread->buffered; i-- > 0;) {
        struct entry *entry = entry_at(buffer, i);
        memcpy((void *)entry->address, entry->under, entry->size);
    }
}

void hzx_buffer_show(struct hzx_thread *thread)
{
    struct buffer *buffer = &buffers[thread->id];
    for (unsigned i = 0; i < thread->buffered; i++) {
        struct entry *entry = entry_at(buffer, i);
        memcpy(entry->under, (void *)entry->address, entry->size);
        memcpy((void *)entry->address, entry->bytes, entry->size);
    }
}

void hzx_buffer_oldest(const struct hzx_thread *thread, struct hzx_op *op)
{
    const struct entry *oldest = entry_at(&buffers[thread->id], 0);
    *op = (struct hzx_op){.kind = HZX_FLUSH, .size = oldest->size, .atomic = oldest->atomic,
                          .write = true, .address = oldest->address, .pc = oldest->pc};
}

void hzx_buffer_flush(struct hzx_thread *thread)
{
    struct buffer *buffer = &buffers[thread->id];
    const struct entry *oldest = entry_at(buffer, 0);
    memcpy((void *)oldest->address, oldest->bytes, oldest->size);
    if (oldest->atomic)
        hzx_object_stored(hzx_object((void *)oldest->address), thread->id, oldest->clock);
    buffer->first = (buffer->first + 1) % HZX_BUFFER;
    thread->buffered--;
    struct hzx_thread *self = hzx.self;
    hzx.self = thread; /* whose store it is: the one that runs may wait for it too */
    if (hzx.parked_n != 0)
        hzx_spin_wake(oldest->address, oldest->size);
    hzx.self = self;
}

uint32_t *hzx_buffer_order(unsigned thread)
{
    return buffers[thread].order;
}

void hzx_buffer_caused(unsigned agent, const struct hzx_op *op)
{
    unsigned thread = agent / 2;
    if (op->kind == HZX_FLUSH)
        hzx_clock_join(buffers[thread].order, entry_at(&buffers[thread], 0)->order);
    else if (hzx_drains(op))
        hzx_clock_join(hzx.threads[thread].order, buffers[thread].order);
}
