#include "watchdog/monitor_parts.h"

#include "watchdog/stacks.h"

#include <inttypes.h>
#include <string.h>

/* More threads than this a finding counts and does not list: each costs the reading of its stack.
 */
#define MOST_PARTIES 256

/* ---- frames and names --------------------------------------------------------------- */

struct hz_frame hzw_frame_at(struct hz_arena *arena, struct hzs_process *process, uint64_t address)
{
    if (address == 0)
        return (struct hz_frame){0};
    if (process == NULL)
        return (struct hz_frame){.address = address};
    return hzs_frame(arena, process, address);
}

/* `tid`: the thread whose variables may lead there, or 0. */
const char *hzw_name_of(struct hz_arena *arena, struct hzs_process *process, pid_t tid,
                        uint64_t address)
{
    const char *name = process != NULL ? hzs_name_from(arena, process, address, tid) : NULL;
    return name != NULL ? name : hz_printf(arena, "0x%" PRIx64, address);
}

static bool same_line(const struct hz_frame *a, const struct hz_frame *b)
{
    if (a->file == NULL || b->file == NULL || a->line == 0)
        return a->address == b->address;
    return a->line == b->line && strcmp(a->file, b->file) == 0;
}

static bool in_stack(const hz_stack *stack, const struct hz_frame *frame)
{
    for (size_t i = 0; i < stack->n; i++)
        if (same_line(&stack->at[i], frame))
            return true;
    return false;
}

/* A stack that may not be read, or of a thread that is gone, is empty. */
static void read_stack(struct hz_arena *arena, struct hzs_process *process, pid_t tid,
                       hz_stack *out)
{
    if (process != NULL && !hzs_stack(arena, process, tid, out, NULL))
        *out = (hz_stack){0};
}

/* The place from which a stuck thread waits, as the preload told it (0: it did not), where the
 * stack does not come as far. */
static void reach_place(struct hz_arena *arena, struct hzs_process *process, uint64_t caller,
                        hz_stack *stack)
{
    struct hz_frame frame = hzw_frame_at(arena, process, caller);
    if (caller != 0 && !in_stack(stack, &frame))
        *hz_push(arena, stack) = frame;
}

/* Who starves goes on: where it is at another place by now, the told place stands alone, as a
 * stack of two looks would be of no moment. */
static void keep_place(struct hz_arena *arena, struct hzs_process *process, uint64_t caller,
                       hz_stack *stack)
{
    struct hz_frame frame = hzw_frame_at(arena, process, caller);
    if (caller == 0 || in_stack(stack, &frame))
        return;
    *stack = (hz_stack){0};
    *hz_push(arena, stack) = frame;
}

/* ---- one thread of a deadlock --------------------------------------------------------- */

static const char *waited_name(struct hz_arena *arena, struct hzs_process *process, pid_t tid,
                               const struct hzw_waiting *waiting)
{
    switch (waiting->what) {
    case HZW_WAITS_JOIN:
        return hz_printf(arena, "tid %d", (int)waiting->owner);
    case HZW_WAITS_PIPE_READ:
    case HZW_WAITS_PIPE_WRITE:
    case HZW_WAITS_FIFO:
    case HZW_WAITS_FILE_LOCK:
        return hz_printf(arena, "inode %" PRIu64, waiting->object);
    case HZW_WAITS_CHILD:
        return waiting->object != 0 ? hz_printf(arena, "pid %" PRIu64, waiting->object)
                                    : "of any pid";
    default:
        return hzw_name_of(arena, process, tid, waiting->object);
    }
}

/* What the thread says that it holds. */
static void told_holds(struct hz_arena *arena, struct hzs_process *process, pid_t tid,
                       const struct hzw_slot *slot, struct hz_party *party)
{
    for (uint32_t i = 0, n = hzw_held_named(slot); i < n; i++) {
        struct hzw_held held = *hzw_held_at(slot, i);
        *hz_push(arena, &party->holds) = (struct hz_thing){
            .kind = hzw_kind_name(held.kind),
            .name = hzw_name_of(arena, process, tid, held.object),
            .taken_at = hzw_frame_at(arena, process, held.caller),
        };
    }
}

/* Without a preload: the mutexes for which others wait and whose owner it is. */
static void seen_holds(struct hz_arena *arena, struct hzs_process *process,
                       const struct hzw_view *view, size_t i, struct hz_party *party)
{
    const struct hzt_thread *thread = &view->threads.at[i];
    for (size_t j = 0; j < view->threads.n; j++) {
        const struct hzw_waiting *waiting = &view->waits[j];
        if (waiting->what != HZW_WAITS_MUTEX || waiting->owner != thread->tid ||
            !waiting->definite || view->threads.at[j].pid != thread->pid)
            continue;
        const char *name = hzw_name_of(arena, process, thread->tid, waiting->object);
        bool listed = false;
        for (size_t k = 0; k < party->holds.n; k++)
            listed |= strcmp(party->holds.at[k].name, name) == 0;
        if (!listed)
            *hz_push(arena, &party->holds) = (struct hz_thing){.kind = "mutex", .name = name};
    }
}

static void add_party(struct hz_arena *arena, struct hzw_view *view, size_t i,
                      struct hzs_cache *cache, struct hz_finding *finding)
{
    const struct hzt_thread *thread = &view->threads.at[i];
    const struct hzw_account *account = &view->accounts[i];
    struct hzs_process *process = hzs_cache_get(cache, hzw_view_process(view, thread->pid)->alive);
    /* A main thread that ended a moment ago: this one is stuck, and so is there. */
    if (process == NULL)
        process = hzs_cache_get(cache, thread->tid);
    uint64_t caller = account->waits ? account->wait.caller : 0;
    struct hz_party *party = hz_push(arena, &finding->parties);
    read_stack(arena, process, thread->tid, &party->stack);
    reach_place(arena, process, caller, &party->stack);
    const char *name = waited_name(arena, process, thread->tid, &view->waits[i]);
    party->id = hz_printf(arena, "pid %d tid %d", (int)thread->pid, (int)thread->tid);
    party->name = hz_dup(arena, thread->name);
    party->role = hzw_role(arena, view, i, name);
    party->waits_for = (struct hz_thing){.kind = hzw_what_name(view->waits[i].what), .name = name};
    if (account->slot != NULL)
        told_holds(arena, process, thread->tid, account->slot, party);
    else
        seen_holds(arena, process, view, i, party);
    if (account->waits)
        party->waited = finding->at - (double)account->wait.since / 1e9;
}

/* A process of whose threads any can end a wait, and they are many, says little. */
#define MOST_OF_PROCESS 16

static void add_waker(struct hz_arena *arena, struct hz_party *party, size_t waker)
{
    for (size_t i = 0; i < party->waits_on.n; i++)
        if (party->waits_on.at[i] == waker)
            return;
    *hz_push(arena, &party->waits_on) = waker;
}

/* Who waits for a pipe or a child waits for a process: a node that stands for its threads. */
static void link_process(struct hz_arena *arena, const struct hzw_view *view, size_t node,
                         const size_t *party_of, struct hz_party *party)
{
    for (size_t p = 0; p < view->processes.n; p++) {
        const struct hzw_process *process = &view->processes.at[p];
        if (process->acts != node || process->n > MOST_OF_PROCESS)
            continue;
        for (size_t i = process->first; i < process->first + process->n; i++)
            if (party_of[i] != 0)
                add_waker(arena, party, party_of[i] - 1);
    }
}

static bool waits_for_process(const struct hzw_view *view, size_t i)
{
    enum hzw_what what = view->waits[i].what;
    return what == HZW_WAITS_PIPE_READ || what == HZW_WAITS_PIPE_WRITE || what == HZW_WAITS_CHILD;
}

/* Who waits for whom among the finding's parties, which are `members` in that order. */
static void link_parties(struct hz_arena *arena, const struct hzw_view *view,
                         const size_t *members, struct hz_finding *finding)
{
    size_t *party_of = hz_alloc(view->arena, view->threads.n * sizeof *party_of);
    for (size_t k = 0; k < finding->parties.n; k++)
        party_of[members[k]] = k + 1;
    for (size_t k = 0; k < finding->parties.n; k++) {
        const struct hzw_node *node = &view->graph.nodes.at[members[k]];
        for (size_t w = 0; w < node->wakers.n; w++) {
            size_t waker = node->wakers.at[w];
            if (waker < view->threads.n && party_of[waker] != 0)
                *hz_push(arena, &finding->parties.at[k].waits_on) = party_of[waker] - 1;
            else if (waker >= view->threads.n && waits_for_process(view, members[k]))
                link_process(arena, view, waker, party_of, &finding->parties.at[k]);
        }
    }
}

/* ---- deadlocks -------------------------------------------------------------------------- */

static const char *key_of(struct hz_arena *arena, const struct hzw_view *view,
                          const size_t *members, size_t n)
{
    HZ_VEC(char) key = {0};
    for (size_t k = 0; k < n; k++) {
        const struct hzt_thread *thread = &view->threads.at[members[k]];
        const char *part =
            hz_printf(arena, "%d %d %ld %" PRIx64 " %lu;", (int)thread->pid, (int)thread->tid,
                      thread->call, thread->address, (unsigned long)thread->inode);
        for (; *part != '\0'; part++)
            *hz_push(arena, &key) = *part;
    }
    return hz_copy(arena, key.at, key.n);
}

bool hzw_reported(struct hzw_monitor *monitor, const struct hzw_view *view, const size_t *members,
                  size_t n, bool whole)
{
    const char *key = key_of(view->arena, view, members, n);
    for (size_t i = 0; i < monitor->reported.n; i++) {
        if (strcmp(monitor->reported.at[i].key, key) != 0)
            continue;
        if (whole)
            monitor->findings.at[monitor->reported.at[i].finding].sure = HZ_CERTAIN;
        return true;
    }
    return false;
}

/* A stranger may yet open a FIFO, or let a file's lock go; nobody else can act on the rest. */
static enum hz_sure how_sure(const struct hzw_view *view, const size_t *members, size_t n,
                             bool whole)
{
    bool definite = true, named = false;
    for (size_t k = 0; k < n; k++) {
        definite &= view->waits[members[k]].definite;
        named |= view->waits[members[k]].what == HZW_WAITS_FIFO;
    }
    return definite || (whole && !named) ? HZ_CERTAIN : HZ_PROBABLE;
}

/* Equals stay in the order of their ids. */
static size_t *by_rank(const struct hzw_view *view, const size_t *members, size_t n)
{
    size_t *sorted = hz_alloc(view->arena, n * sizeof *sorted), filled = 0;
    for (int rank = 0; filled < n; rank++)
        for (size_t k = 0; k < n; k++)
            if (hzw_rank(&view->waits[members[k]]) == rank)
                sorted[filled++] = members[k];
    return sorted;
}

void hzw_report_stuck(struct hzw_monitor *monitor, struct hzw_view *view, const size_t *members,
                      size_t n, bool whole)
{
    struct hz_arena *kept = &monitor->kept;
    for (size_t k = 0; k < n; k++)
        hzw_guess(&view->threads.at[members[k]], &view->waits[members[k]]);
    size_t *sorted = by_rank(view, members, n);
    const char *kind = hzw_deadlock_kind(view, members, n);
    *hz_push(kept, &monitor->reported) = (struct hzw_reported){
        hz_dup(kept, key_of(view->arena, view, members, n)), monitor->findings.n};
    struct hz_finding *finding = hz_push(kept, &monitor->findings);
    *finding = (struct hz_finding){
        .detector = "watchdog",
        .class = HZ_DEADLOCK,
        .kind = kind,
        .sure = how_sure(view, members, n, whole),
        .times = 1,
        .at = hz_now(),
    };
    for (size_t k = 0; k < n && k < MOST_PARTIES; k++)
        add_party(kept, view, sorted[k], monitor->names, finding);
    link_parties(kept, view, sorted, finding);
    for (size_t k = 0; k < n; k++) {
        const struct hzt_thread *thread = &view->threads.at[members[k]];
        uint64_t owner = (uint64_t)(uint32_t)thread->tid << 32 | (uint32_t)thread->pid;
        *hz_push(kept, &monitor->deadlocked) =
            (struct hzw_taking){owner, view->waits[members[k]].object};
    }
    finding->summary =
        hzw_summary(kept, view, kind, sorted, n, finding->parties.at[0].waits_for.name);
    hzw_history_tell(monitor, false);
    hzs_cache_done(monitor->names);
}

/* ---- starvation --------------------------------------------------------------------------- */

static void add_suspect(struct hz_arena *arena, const struct hzw_suspect *suspect,
                        struct hzs_cache *cache, struct hz_finding *finding)
{
    struct hzs_process *process = hzs_cache_get(cache, suspect->pid);
    struct hzt_thread thread;
    struct hz_party *party = hz_push(arena, &finding->parties);
    party->id = hz_printf(arena, "pid %d tid %d", (int)suspect->pid, (int)suspect->tid);
    if (hzt_read(suspect->pid, suspect->tid, &thread))
        party->name = hz_dup(arena, thread.name);
    party->role = hz_dup(arena, suspect->role);
    read_stack(arena, process, suspect->tid, &party->stack);
    if (!suspect->holds)
        keep_place(arena, process, suspect->caller, &party->stack);
    if (suspect->object == 0)
        return;
    struct hz_thing thing = {
        .kind = suspect->what != NULL ? hz_dup(arena, suspect->what) : "lock",
        .name = hzw_name_of(arena, process, suspect->tid, suspect->object),
        .taken_at = hzw_frame_at(arena, process, suspect->caller),
    };
    if (suspect->holds)
        *hz_push(arena, &party->holds) = thing;
    else
        party->waits_for = thing;
}

void hzw_report_starving(struct hzw_monitor *monitor, const hzw_suspicions *suspicions)
{
    struct hz_arena *kept = &monitor->kept;
    for (size_t i = 0; i < suspicions->n; i++) {
        const struct hzw_suspicion *suspicion = &suspicions->at[i];
        hzw_pause(monitor);
        struct hz_finding *finding = hz_push(kept, &monitor->findings);
        *finding = (struct hz_finding){
            .detector = "watchdog",
            .class = HZ_STARVATION,
            .kind = hz_dup(kept, suspicion->kind),
            .sure = suspicion->sure,
            .summary = hz_dup(kept, suspicion->summary),
            .times = 1,
            .at = hz_now(),
        };
        for (size_t k = 0; k < suspicion->suspects.n && k < MOST_PARTIES; k++)
            add_suspect(kept, &suspicion->suspects.at[k], monitor->names, finding);
        hzw_history_tell(monitor, true);
        hzs_cache_done(monitor->names);
    }
}
