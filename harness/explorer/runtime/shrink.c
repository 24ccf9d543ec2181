#include "explorer/runtime/shrink.h"

#include "explorer/runtime/campaign.h"
#include "explorer/runtime/engine.h"
#include "explorer/runtime/memory.h"
#include "explorer/runtime/strategies.h"

#include <string.h>

void hzx_kept_take(struct hzx_kept *kept)
{
    const struct hzx_shared *shared = hzx.shared;
    kept->outcome = shared->outcome;
    kept->race = shared->races[0];
    kept->n = shared->segments_n;
    kept->preemptions = shared->preemptions;
    memcpy(kept->segments, shared->segments, kept->n * sizeof *kept->segments);
}

void hzx_kept_put_back(const struct hzx_kept *kept)
{
    struct hzx_shared *shared = hzx.shared;
    shared->outcome = kept->outcome;
    shared->preemptions = kept->preemptions;
    shared->segments_n = kept->n;
    memcpy(shared->segments, kept->segments, kept->n * sizeof *kept->segments);
}

bool hzx_fails_like(const struct hzx_outcome *other)
{
    const struct hzx_shared *shared = hzx.shared;
    const struct hzx_outcome *own = &shared->outcome;
    if (own->end != other->end)
        return false;
    if (own->end == HZX_DEADLOCK || own->end == HZX_STUCK || own->end == HZX_LIVELOCK)
        return true;
    if (own->end != HZX_RACE)
        return own->pc == other->pc && own->status == other->status;
    for (uint32_t i = 0; i < shared->races_n; i++)
        if (shared->races[i].sides[1].pc == other->pc &&
            shared->races[i].sides[0].pc == other->other_pc)
            return true;
    return false;
}

static bool tries(struct hzx_kept *best, const struct hzx_segment *segments, uint32_t n)
{
    bool more;
    hzx_replay_set(segments, n);
    hzx_run_one(&hzx_replay, &more);
    const struct hzx_shared *shared = hzx.shared;
    if (!hzx_fails_like(&best->outcome) || shared->preemptions > best->preemptions ||
        (shared->preemptions == best->preemptions && shared->segments_n >= best->n))
        return false;
    hzx_kept_take(best);
    return true;
}

/* Without segment `i`: its thread's part is done when the thread is next picked. */
static bool without(struct hzx_kept *best, struct hzx_segment *draft, uint32_t i)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < best->n; k++)
        if (k != i)
            draft[n++] = best->segments[k];
    return tries(best, draft, n);
}

/* Segment `i` goes on to where its thread's next one ends. */
static bool joined(struct hzx_kept *best, struct hzx_segment *draft, uint32_t i)
{
    uint32_t next = i + 1, n = 0;
    while (next < best->n && best->segments[next].agent != best->segments[i].agent)
        next++;
    if (next == best->n)
        return false;
    for (uint32_t k = 0; k < best->n; k++)
        if (k != next)
            draft[n++] = k == i ? best->segments[next] : best->segments[k];
    return tries(best, draft, n);
}

enum { SHRINK_RUNS = 2000 };

void hzx_shrink(struct hzx_kept *best, double seconds)
{
    static struct hzx_segment *draft;
    if (draft == NULL)
        draft = hzx_keep(HZX_SEGMENTS * sizeof *draft);
    uint64_t limit = hzx.shared->schedules + SHRINK_RUNS;
    double until = hzx_seconds() + seconds;
    hzx_until(until);
    bool better = true;
    while (better) {
        better = false;
        for (uint32_t i = 0; i < best->n && hzx.shared->schedules < limit && hzx_seconds() < until;
             i++)
            better = joined(best, draft, i) || without(best, draft, i) || better;
    }
}
