#include "explorer/runtime/classes.h"

#include "explorer/runtime/memory.h"
#include "explorer/runtime/store_buffer.h"
#include "explorer/runtime/sync.h"

enum { EVENTS = 4096, SEEN = 1 << 20 };

struct event {
    uint16_t agent, process, choice;
    uint32_t index; /* among its process's, from 1 */
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

/* What was done last has had its effects. */
void hzx_classes_settle(void)
{
    if (classes->n == 0 || classes->n == EVENTS || classes->finished == classes->n)
        return;
    classes->finished = classes->n;
    struct event *last = &classes->events[classes->n - 1];
    hzx_clock_copy(last->order, hzx_process_order(last->process));
}

void hzx_classes_did(unsigned agent, const struct hzx_op *op)
{
    hzx_classes_settle();
    if (hzx.memory == HZX_TSO)
        hzx_buffer_caused(agent, op);
    /* What need not wait is no operation, and nothing hangs on whether it had to: a join for the
     * other thread, the rest for the own buffer. */
    bool untold = (op->kind == HZX_JOIN && !hzx_end_is_told(&hzx.threads[op->value])) ||
                  (op->kind == HZX_EXIT && !hzx_end_is_told(&hzx.threads[agent / 2]));
    if (classes->n == EVENTS || untold || op->kind == HZX_FENCE || op->kind == HZX_CREATE)
        return;
    unsigned process = hzx_process(agent, op);
    uint32_t *order = hzx_process_order(process);
    for (uint32_t i = 0; i < classes->n; i++) {
        const struct event *before = &classes->events[i];
        if (hzx_dependent(before->agent, &before->op, agent, op))
            hzx_clock_join(order, before->order);
    }
    struct event *event = &classes->events[classes->n++];
    *event = (struct event){.agent = (uint16_t)agent, .process = (uint16_t)process,
                            .index = ++classes->counts[process], .op = *op};
    order[process] = event->index;
}

void hzx_classes_chose(unsigned choice)
{
    if (hzx.memory != HZX_C11 && classes->n > 0)
        classes->events[classes->n - 1].choice = (uint16_t)choice;
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
        uint64_t hash = mix(mix(event->agent, event->index), event->choice);
        hash = mix(mix(hash, event->op.kind), event->op.address);
        for (unsigned k = 0; k < hzx_clock_n; k++)
            hash = mix(hash, event->order[k]);
        sum += hash;
    }
    return sum != 0 ? sum : 1;
}

void hzx_classes_end(void)
{
    hzx_classes_settle();
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
