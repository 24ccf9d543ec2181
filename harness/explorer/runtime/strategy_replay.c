/* Repeats a schedule from its segments. */
#include "explorer/runtime/memory.h"
#include "explorer/runtime/strategies.h"

#include <string.h>

static struct {
    uint32_t n, at;
    struct hzx_segment *segments;
} replay;

void hzx_replay_set(const struct hzx_segment *segments, uint32_t n)
{
    if (replay.segments == NULL)
        replay.segments = hzx_keep(HZX_SEGMENTS * sizeof *replay.segments);
    memcpy(replay.segments, segments, n * sizeof *segments);
    replay.n = n;
}

static void begin(void)
{
    replay.at = 0;
}

static unsigned pick(void)
{
    for (uint32_t at = replay.at; at < replay.n; at++) {
        const struct hzx_segment *segment = &replay.segments[at];
        if (segment->agent >= HZX_CHOICE)
            continue; /* stays, for a step of the thread whose segment comes after it */
        bool enabled = segment->agent < 2 * hzx.threads_n && hzx_enabled(segment->agent);
        if (enabled && segment->agent % 2 == 0 &&
            hzx.threads[segment->agent / 2].tick < segment->until)
            return segment->agent;
        replay.at = at + 1;
        if (enabled && segment->agent % 2 == 1)
            return segment->agent;
    }
    return hzx_stay();
}

static unsigned choose(unsigned n)
{
    if (replay.at >= replay.n)
        return 0;
    const struct hzx_segment *segment = &replay.segments[replay.at];
    if (segment->agent < HZX_CHOICE || segment->until != hzx.self->tick)
        return 0;
    replay.at++;
    return segment->agent - HZX_CHOICE < n ? segment->agent - HZX_CHOICE : 0;
}

const struct hzx_strategy hzx_replay = {.name = "replay", .begin = begin, .pick = pick, .choose = choose};
