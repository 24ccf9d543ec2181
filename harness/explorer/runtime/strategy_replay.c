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
    for (; replay.at < replay.n; replay.at++) {
        const struct hzx_segment *segment = &replay.segments[replay.at];
        if (segment->agent >= 2 * hzx.threads_n || !hzx_enabled(segment->agent))
            continue;
        if (segment->agent % 2 == 1) {
            replay.at++;
            return segment->agent;
        }
        if (hzx.threads[segment->agent / 2].tick < segment->until)
            return segment->agent;
    }
    return hzx_stay();
}

const struct hzx_strategy hzx_replay = {.name = "replay", .begin = begin, .pick = pick};
