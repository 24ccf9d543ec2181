#include "explorer/runtime/classes.h"

#include "explorer/runtime/memory.h"

enum { EVENTS = 4096, SEEN = 1 << 20 };

struct event {
    uint16_t agent, thread;
    uint32_t index; /* among its thread's, from 1 */
    struct hzx_op op;
    hzx_clock order;
};

static struct {
    uint32_t n, finished;
    uint32_t counts[HZX_THREADS];
    struct event events[EVENTS];
    uint64_t seen[SEEN]; /* hashes of classes; 0: none */
} *classes;

void hzx_classes_open(void)
{
    classes = hzx_keep(sizeof *classes);
}

void hzx_classes_begin(bool again)
{
    if (again) {
        hzx.shared->classes = 0;
        memset(classes->seen, 0, sizeof classes->seen);
    }
    classes->n = classes->finished = 0;
    memset(classes->counts, 0, sizeof classes->counts);
}

/* Its effects are there. A join since then changes nothing that is looked at. */
static void finish_last(void)
{
    if (classes->n == 0 || classes->n == EVENTS || classes->finished == classes->n)
        return;
    classes->finished = classes->n;
    struct event *last = &classes->events[classes->n - 1];
    hzx_clock_copy(last->order, hzx.threads[last->thread].order);
}

void hzx_classes_did(unsigned agent, const struct hzx_op *op)
{
    finish_last();
    /* A join that need not wait is no operation, and nothing hangs on whether it had to. */
    if (classes->n == EVENTS || op->kind == HZX_JOIN)
        return;
    struct hzx_thread *thread = &hzx.threads[agent / 2];
    for (uint32_t i = 0; i < classes->n; i++) {
        const struct event *before = &classes->events[i];
        if (hzx_dependent(before->agent, &before->op, agent, op))
            hzx_clock_join(thread->order, before->order);
    }
    struct event *event = &classes->events[classes->n++];
    *event = (struct event){.agent = (uint16_t)agent, .thread = (uint16_t)(agent / 2),
                            .index = ++classes->counts[agent / 2], .op = *op};
    thread->order[agent / 2] = event->index;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 31;
}

/* Of all events, whatever the order in which they stand. */
static uint64_t hash_of_class(void)
{
    uint64_t sum = 1;
    for (uint32_t i = 0; i < classes->n; i++) {
        const struct event *event = &classes->events[i];
        uint64_t hash = mix(event->agent, event->index);
        hash = mix(mix(hash, event->op.kind), event->op.address);
        for (unsigned k = 0; k < hzx_clock_n; k++)
            hash = mix(hash, event->order[k]);
        sum += hash;
    }
    return sum != 0 ? sum : 1;
}

void hzx_classes_end(void)
{
    finish_last();
    uint64_t hash = hash_of_class();
    for (uint32_t at = (uint32_t)hash % SEEN;; at = (at + 1) % SEEN) {
        if (classes->seen[at] == hash || hzx.shared->classes == SEEN / 2)
            return;
        if (classes->seen[at] != 0)
            continue;
        classes->seen[at] = hash;
        hzx.shared->classes++;
        return;
    }
}
