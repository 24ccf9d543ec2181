#include "watchdog/monitor_parts.h"

#include "process/supervise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- finding things in it ---------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
    const struct hzt_thread *left = a, *right = b;
    if (left->pid != right->pid)
        return left->pid < right->pid ? -1 : 1;
    return (left->tid > right->tid) - (left->tid < right->tid);
}

ssize_t hzw_view_thread(const struct hzw_view *view, pid_t pid, pid_t tid)
{
    if (pid == 0) {
        for (size_t i = 0; i < view->threads.n; i++)
            if (view->threads.at[i].tid == tid)
                return (ssize_t)i;
        return -1;
    }
    struct hzt_thread key = {.pid = pid, .tid = tid};
    const struct hzt_thread *found =
        view->threads.n != 0 ? bsearch(&key, view->threads.at, view->threads.n, sizeof key, by_id)
                             : NULL;
    return found != NULL ? found - view->threads.at : -1;
}

static int process_by_id(const void *a, const void *b)
{
    pid_t left = ((const struct hzw_process *)a)->pid, right = ((const struct hzw_process *)b)->pid;
    return (left > right) - (left < right);
}

const struct hzw_process *hzw_view_process(const struct hzw_view *view, pid_t pid)
{
    struct hzw_process key = {.pid = pid};
    return view->processes.n != 0
               ? bsearch(&key, view->processes.at, view->processes.n, sizeof key, process_by_id)
               : NULL;
}

/* ---- threads of a sanitizer's runtime ---------------------------------------- */

static bool known_runtime(const struct hzw_monitor *monitor, const struct hzt_thread *thread)
{
    for (size_t i = 0; i < monitor->runtime.n; i++) {
        const struct hzw_runtime *known = &monitor->runtime.at[i];
        if (known->pid == thread->pid && known->tid == thread->tid &&
            known->started == thread->started)
            return true;
    }
    return false;
}

/* Whether the sleep was called through libc, as a program's own would be. */
static bool sleeps_in_libc(const struct hzt_thread *thread)
{
    struct hzt_mapping mapping;
    if (!hzt_mapping(thread->tid, thread->pc, &mapping))
        return true;
    const char *slash = strrchr(mapping.path, '/');
    return slash != NULL && (strncmp(slash, "/libc.", 6) == 0 || strncmp(slash, "/libc-", 6) == 0);
}

/*
 * TSan's background thread blocks all signals and sleeps for a tenth of a second at a
 * time, by a system call of its own. Once known it is left out when it is awake, too.
 */
static bool is_runtime(struct hzw_monitor *monitor, const struct hzt_thread *thread)
{
    if (!monitor->options.runtime_threads)
        return false;
    if (thread->state == HZT_RUNS)
        return known_runtime(monitor, thread);
    if (thread->state != HZT_TIMED || !thread->all_signals_blocked ||
        (thread->call != SYS_nanosleep && thread->call != SYS_clock_nanosleep))
        return false;
    if (known_runtime(monitor, thread))
        return true;
    if (sleeps_in_libc(thread))
        return false;
    *hz_push(&monitor->kept, &monitor->runtime) =
        (struct hzw_runtime){thread->pid, thread->tid, thread->started};
    return true;
}

/* ---- the tree ---------------------------------------------------------------- */

static int pid_order(const void *a, const void *b)
{
    pid_t left = *(const pid_t *)a, right = *(const pid_t *)b;
    return (left > right) - (left < right);
}

/*
 * All descendants, dead ones too, by the lists of children. They cost as much as the
 * tree is large, where hz_tree() costs as much as the machine has processes; but they
 * may leave one out while others end. A look that has something to report therefore
 * asks hz_tree() as well: hzw_view_complete().
 */
static void list_tree(struct hz_arena *arena, pid_t root, bool root_too, hzt_pids *out)
{
    if (root_too)
        *hz_push(arena, out) = root;
    else
        hzt_children(arena, root, out);
    for (size_t i = 0; i < out->n; i++)
        hzt_children(arena, out->at[i], out);
    if (out->n == 0)
        return;
    qsort(out->at, out->n, sizeof *out->at, pid_order);
    /* A process that changed its parent meanwhile may be in two lists. */
    size_t kept = 1;
    for (size_t i = 1; i < out->n; i++)
        if (out->at[i] != out->at[kept - 1])
            out->at[kept++] = out->at[i];
    out->n = kept;
}

static void mark_seen(struct hzw_monitor *monitor, pid_t tid)
{
    if (tid < HZW_TIDS)
        monitor->seen[tid / 8] |= (uint8_t)(1u << tid % 8);
}

static void read_process(struct hzw_monitor *monitor, struct hzw_view *view, pid_t pid)
{
    size_t first = view->threads.n;
    if (!hzt_read_all(view->arena, pid, &view->threads))
        return;
    size_t read = view->threads.n - first, kept = first;
    for (size_t i = first; i < first + read; i++) {
        mark_seen(monitor, view->threads.at[i].tid);
        if (!is_runtime(monitor, &view->threads.at[i]))
            view->threads.at[kept++] = view->threads.at[i];
    }
    view->threads.n = kept;
    if (kept == first)
        return;
    qsort(&view->threads.at[first], kept - first, sizeof *view->threads.at, by_id);
    pid_t alive = pid;
    for (size_t i = kept; i > first; i--)
        if (view->threads.at[i - 1].state != HZT_ZOMBIE)
            alive = view->threads.at[i - 1].tid;
    *hz_push(view->arena, &view->processes) = (struct hzw_process){
        .pid = pid,
        .alive = alive,
        .parent = view->threads.at[first].parent,
        .first = first,
        .n = kept - first,
        .unseen = view->threads.at[first].threads > read,
    };
}

/* ---- what the preload says ---------------------------------------------------- */

/* A copy of the slot's wait, if the thread is inside one and stays in it meanwhile. */
static void copy_wait(struct hzw_account *account)
{
    const struct hzw_slot *slot = account->slot;
    account->wait_seq = atomic_load_explicit(&slot->wait_seq, memory_order_acquire);
    if (account->wait_seq % 2 == 0)
        return;
    account->wait = slot->wait;
    atomic_thread_fence(memory_order_acquire);
    account->waits =
        atomic_load_explicit(&slot->wait_seq, memory_order_relaxed) == account->wait_seq;
}

static void read_accounts(const struct hzw_monitor *monitor, struct hzw_view *view)
{
    view->accounts = hz_alloc(view->arena, view->threads.n * sizeof *view->accounts);
    uint32_t used = atomic_load(&monitor->region->next_slot);
    for (uint32_t i = 0; i < used && i < HZW_SLOTS; i++) {
        const struct hzw_slot *slot = &monitor->region->slot[i];
        uint64_t owner = atomic_load_explicit(&slot->owner, memory_order_acquire);
        if (owner == 0)
            continue;
        ssize_t at = hzw_view_thread(view, (pid_t)(uint32_t)owner, (pid_t)(owner >> 32));
        /* A program replaced by exec leaves its slot behind; the later one counts. */
        if (at < 0 || view->accounts[at].waits)
            continue;
        view->accounts[at].slot = slot;
        copy_wait(&view->accounts[at]);
    }
}

bool hzw_spins(const struct hzw_account *account)
{
    return account->waits && account->wait.kind == HZW_SPIN;
}

/* ---- all of it ---------------------------------------------------------------- */

void hzw_view_read(struct hzw_monitor *monitor, struct hzw_view *view)
{
    hzt_pids pids = {0};
    list_tree(view->arena, view->root, view->root_too, &pids);
    for (size_t i = 0; i < pids.n; i++)
        read_process(monitor, view, pids.at[i]);
    read_accounts(monitor, view);
    view->waits = hz_alloc(view->arena, view->threads.n * sizeof *view->waits);
}

static int suspected_by_id(const void *a, const void *b)
{
    const struct hzw_thread_id *left = a, *right = b;
    if (left->pid != right->pid)
        return left->pid < right->pid ? -1 : 1;
    return (left->tid > right->tid) - (left->tid < right->tid);
}

void hzw_view_read_some(struct hzw_monitor *monitor, struct hzw_view *view,
                        hzw_suspected *suspected)
{
    view->partial = true;
    qsort(suspected->at, suspected->n, sizeof *suspected->at, suspected_by_id);
    for (size_t i = 0; i < suspected->n; i++) {
        struct hzt_thread thread;
        struct hzw_thread_id id = suspected->at[i];
        if (!hzt_read(id.pid, id.tid, &thread))
            continue;
        size_t n = view->processes.n;
        struct hzw_process *process =
            n != 0 && view->processes.at[n - 1].pid == id.pid ? &view->processes.at[n - 1] : NULL;
        if (process == NULL) {
            process = hz_push(view->arena, &view->processes);
            *process = (struct hzw_process){.pid = id.pid,
                                            .alive = id.tid,
                                            .parent = thread.parent,
                                            .first = view->threads.n,
                                            .unseen = true};
        }
        process->n++;
        *hz_push(view->arena, &view->threads) = thread;
    }
    read_accounts(monitor, view);
    view->waits = hz_alloc(view->arena, view->threads.n * sizeof *view->waits);
}

static bool has_live_thread(const struct hzw_view *view, const struct hzw_process *process)
{
    for (size_t i = 0; i < process->n; i++)
        if (view->threads.at[process->first + i].state != HZT_ZOMBIE)
            return true;
    return process->unseen;
}

bool hzw_view_complete(const struct hzw_view *view)
{
    hz_pids pids = {0};
    hz_tree(view->arena, view->root, &pids);
    if (view->root_too)
        *hz_push(view->arena, &pids) = view->root;
    size_t live = 0;
    for (size_t i = 0; i < view->processes.n; i++)
        live += has_live_thread(view, &view->processes.at[i]);
    for (size_t i = 0; i < pids.n; i++)
        if (hzw_view_process(view, pids.at[i]) == NULL)
            return false;
    return pids.n == live;
}
