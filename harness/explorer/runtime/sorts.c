#include "explorer/runtime/sorts.h"

#include "explorer/runtime/engine.h"
#include "explorer/runtime/memory.h"
#include "explorer/runtime/shrink.h"

#include <string.h>

#define SECONDS 4.0 /* to make all of them short */

/* Where all stood, of an end that is of no thread: in whatever order the threads came there. */
static uint64_t stands_key(const struct hzx_shared *shared)
{
    uint64_t key = 0;
    for (uint32_t i = 0; i < shared->stands_n; i++) {
        const struct hzx_stand *stand = &shared->stands[i];
        if (!stand->done)
            key += (stand->pc + stand->kind) * 0x9e3779b97f4a7c15u;
    }
    return key;
}

static uint64_t key_of(const struct hzx_shared *shared, const struct hzx_outcome *outcome)
{
    if (outcome->end == HZX_DEADLOCK || outcome->end == HZX_STUCK || outcome->end == HZX_LIVELOCK)
        return stands_key(shared);
    return (outcome->pc + outcome->other_pc) * 0x9e3779b97f4a7c15u + (uint32_t)outcome->status;
}

static void note(const struct hzx_outcome *outcome)
{
    struct hzx_shared *shared = hzx.shared;
    uint64_t key = key_of(shared, outcome);
    uint32_t i = 0;
    while (i < shared->sorts_n &&
           (shared->sorts[i].outcome.end != outcome->end || shared->sorts[i].key != key))
        i++;
    if (i == HZX_SORTS) {
        shared->sorts_left_out++;
        return;
    }
    struct hzx_sort *sort = &shared->sorts[i];
    if (i < shared->sorts_n) {
        sort->times++;
        return;
    }
    shared->sorts_n++;
    sort->outcome = *outcome;
    sort->key = key;
    sort->times = 1;
    sort->schedule = shared->schedules;
    sort->preemptions = shared->preemptions;
    sort->racy_n = hzx.known;
    sort->segments_n = shared->segments_n;
    memcpy(sort->segments, shared->segments, sort->segments_n * sizeof *sort->segments);
}

/* All races of a schedule that fails by them alone. */
void hzx_sort_note(void)
{
    struct hzx_shared *shared = hzx.shared;
    struct hzx_outcome outcome = shared->outcome;
    if (outcome.end != HZX_RACE) {
        note(&outcome);
        return;
    }
    for (uint32_t i = 0; i < shared->races_n; i++) {
        const struct hzx_race *race = &shared->races[i];
        outcome.pc = race->sides[1].pc;
        outcome.other_pc = race->sides[0].pc;
        outcome.thread = race->sides[1].thread;
        outcome.address = race->address;
        note(&outcome);
    }
}

static void shrink(struct hzx_sort *sort, struct hzx_kept *best, double seconds)
{
    best->outcome = sort->outcome;
    best->n = sort->segments_n;
    best->preemptions = sort->preemptions;
    memcpy(best->segments, sort->segments, best->n * sizeof *best->segments);
    hzx.shared->racy_n = sort->racy_n; /* a replay knows what the schedule knew */
    hzx.known = sort->racy_n;
    hzx_shrink(best, seconds);
    sort->preemptions = best->preemptions;
    sort->segments_n = best->n;
    memcpy(sort->segments, best->segments, best->n * sizeof *best->segments);
}

void hzx_sorts_shrink(void)
{
    struct hzx_shared *shared = hzx.shared;
    uint64_t schedules = shared->schedules, steps = shared->steps, hash = shared->hash;
    uint32_t racy = shared->racy_n;
    if (shared->config.no_shrink || shared->sorts_n == 0)
        return;
    struct hzx_kept *best = hzx_keep(sizeof *best);
    for (uint32_t i = 0; i < shared->sorts_n; i++)
        shrink(&shared->sorts[i], best, SECONDS / shared->sorts_n);
    shared->schedules = schedules;
    shared->steps = steps;
    shared->hash = hash;
    shared->racy_n = racy;
}
