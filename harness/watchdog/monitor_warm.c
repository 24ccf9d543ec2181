/*
 * The debug information of the watched processes is read while nothing is to be reported,
 * some milliseconds at a time: a report then need not wait for it.
 */
#include "watchdog/monitor_parts.h"

#include "watchdog/stacks.h"

#define SETTLED_AFTER 0.02 /* seconds: a process that ends before is not worth it */
#define SLICE 0.002
#define MOST 24 /* processes; the cache keeps no more */

static uint64_t started(const struct hzw_view *view, const struct hzw_process *process)
{
    for (size_t i = 0; i < process->n; i++)
        if (!view->threads.at[process->first + i].told)
            return view->threads.at[process->first + i].started;
    return 0;
}

static struct hzw_warmth *warmth_of(struct hzw_monitor *monitor, const struct hzw_view *view,
                                    const struct hzw_process *process)
{
    uint64_t since = started(view, process);
    for (size_t i = 0; i < monitor->warmths.n; i++) {
        struct hzw_warmth *warmth = &monitor->warmths.at[i];
        if (warmth->pid == process->pid && warmth->started == since)
            return warmth;
    }
    struct hzw_warmth *warmth = monitor->warmths.n < MOST
                                    ? hz_push(&monitor->kept, &monitor->warmths)
                                    : &monitor->warmths.at[monitor->next_warmth++ % MOST];
    *warmth = (struct hzw_warmth){process->pid, since, view->now, false};
    return warmth;
}

void hzw_warm(struct hzw_monitor *monitor, const struct hzw_view *view)
{
    for (size_t i = 0; i < view->processes.n && i < MOST; i++) {
        const struct hzw_process *process = &view->processes.at[i];
        struct hzw_warmth *warmth = warmth_of(monitor, view, process);
        if (warmth->done || view->now - warmth->seen < SETTLED_AFTER)
            continue;
        struct hzs_process *open = hzs_cache_get(monitor->names, process->alive);
        warmth->done = open == NULL || hzs_warm(open, SLICE);
        hzs_cache_done(monitor->names);
        return; /* another one at another look */
    }
}
