#include "explorer/runtime/notes.h"

#include "explorer/runtime/spin.h"
#include "explorer/runtime/sync.h"

#include <signal.h>

void hzx_note_agent(unsigned agent, uint32_t until)
{
    static struct hzx_segment told; /* of a thread, the latest: it may still stand there */
    struct hzx_shared *shared = hzx.shared;
    if (agent < HZX_AGENTS && agent % 2 == 0) {
        if (shared->segments_n > 0 && told.agent == agent && told.until == until)
            return;
        told = (struct hzx_segment){agent, until};
    }
    if (shared->segments_n < HZX_SEGMENTS)
        shared->segments[shared->segments_n++] = (struct hzx_segment){agent, until};
}

void hzx_note_segment(void)
{
    if (hzx_enabled(2 * hzx.self->id))
        hzx.shared->preemptions++;
    hzx_note_agent(2 * hzx.self->id, hzx.self->tick);
}

/* A value as it is told: of a pthread_t the thread's number, for what a handle looks like depends
 * on the mode. */
static uint64_t told(uint64_t value, unsigned size)
{
    for (unsigned i = 0; size == sizeof value && i < hzx.threads_n; i++)
        if (value == (uintptr_t)hzx.threads[i].carrier.handle)
            return i;
    return value;
}

/* A write tells its value when it is done: by the time of the next event it is. */
static void fill_written(void)
{
    struct hzx_shared *shared = hzx.shared;
    struct hzx_event *last = &shared->events[shared->events_n - 1];
    if (shared->events_n > 0 && shared->events_n < HZX_EVENTS && last->size <= 8 && !last->old &&
        (last->kind == HZX_WRITE || last->kind == HZX_UPDATE))
        last->value = told(hzx_value(last->address, last->size), last->size);
}

void hzx_note_old(uint64_t value)
{
    struct hzx_shared *shared = hzx.shared;
    if (!hzx.trace || shared->events_n == 0 || shared->events_n == HZX_EVENTS)
        return;
    struct hzx_event *event = &shared->events[shared->events_n - 1];
    event->value = told(value, event->size);
    event->old = true;
}

/* Of a wait on a condition it is the mutex. */
static uint64_t value_of(const struct hzx_op *op)
{
    if (op->kind == HZX_READ && op->size <= 8)
        return told(hzx_value(op->address, op->size), op->size);
    return op->second != NULL ? op->second->address : op->value;
}

void hzx_note_event(const struct hzx_op *op, unsigned thread)
{
    struct hzx_shared *shared = hzx.shared;
    if (shared->config.stop == shared->events_n + 1)
        HZX_REAL(raise)(SIGTRAP);
    fill_written();
    if (shared->events_n < HZX_EVENTS)
        shared->events[shared->events_n++] =
            (struct hzx_event){.pc = op->pc, .address = op->address,
                               .value = value_of(op),
                               .tick = hzx.threads[thread].tick, .thread = (uint16_t)thread,
                               .kind = op->kind, .size = op->size, .atomic = op->atomic};
}
