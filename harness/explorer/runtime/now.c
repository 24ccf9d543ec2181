#include "explorer/runtime/now.h"

#include "explorer/runtime/sync.h"

/* The moments, of each thread's own clock, of its latest reading and moving in this schedule. */
static struct {
    uint32_t schedule;
    uint32_t read[HZX_THREADS], moved[HZX_THREADS];
} seen;

static struct hzx_object *the_clock(void)
{
    static char word;
    return hzx_object(&word);
}

bool hzx_now_told(void)
{
    return hzx.exhaustive && the_clock()->tried;
}

static void begin(void)
{
    if (seen.schedule == (uint32_t)hzx.shared->schedules)
        return;
    seen.schedule = (uint32_t)hzx.shared->schedules;
    memset(seen.read, 0, sizeof seen.read);
    memset(seen.moved, 0, sizeof seen.moved);
}

/* Two that only move it come to the same in either order. */
static void note(const struct hzx_thread *thread, bool reads)
{
    if (!hzx.exhaustive || hzx_now_told())
        return;
    begin();
    for (unsigned i = 0; i < hzx.threads_n; i++)
        if (i != thread->id &&
            (seen.read[i] > thread->clock[i] || (reads && seen.moved[i] > thread->clock[i])))
            hzx_tried(the_clock());
    (reads ? seen.read : seen.moved)[thread->id] = thread->clock[thread->id];
}

void hzx_now_moved(const struct hzx_thread *thread)
{
    note(thread, false);
}

/* The faster the oftener: a loop until some seconds are over needs thousands of rounds and not
 * millions. */
void hzx_now_read(uintptr_t pc)
{
    const struct hzx_op op = {.kind = HZX_CLOCK, .clock = true, .write = true, .pc = pc};
    if (hzx_now_told() || hzx.every_access)
        hzx_point(&op);
    else
        hzx_pass(&op);
    hzx_spin_forget(); /* time goes by, whatever it is that is read of it */
    note(hzx.self, true);
    hzx.now += 1000 * (uint64_t)++hzx.asked;
}
