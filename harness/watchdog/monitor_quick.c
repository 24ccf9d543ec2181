/*
 * The quick look: cycles of locks and joins, by what the slots say and by the owners
 * that mutexes name. It reads nothing of /proc, so it can be made every millisecond,
 * with thousands of threads too. What it finds are suspects: monitor.c reads those
 * threads from the kernel, and only believes what it finds there.
 *
 * A waiter counts from the second look on that finds it in the same wait. Nothing can
 * escape by that: a deadlock stays.
 */
#include "watchdog/monitor_parts.h"

#include <stdlib.h>
#include <string.h>

/* A thread that has been inside one wait for a lock or a join since the last quick look. */
struct waiter {
    const struct hzw_slot *slot;
    pid_t pid, tid;
    struct hzw_wait wait;
    pid_t owner; /* tid; 0 if there is not one owner */
};
typedef HZ_VEC(struct waiter) waiters;

/* That waiter `i` of the list holds `object`, or stands in line to write there. */
struct hold {
    pid_t pid;
    uint64_t object;
    size_t i;
    bool queued;
};
typedef HZ_VEC(struct hold) holds;

/* ---- who waits ------------------------------------------------------------------ */

static bool has_owners(uint32_t kind)
{
    switch (kind) {
    case HZW_MUTEX:
    case HZW_RWLOCK_READ:
    case HZW_RWLOCK_WRITE:
    case HZW_SPIN:
    case HZW_JOIN:
        return true;
    default:
        return false;
    }
}

/* Slots are far from each other, and the memory takes longer than what is done with them. */
static void fetch_ahead(const struct hzw_monitor *monitor, uint32_t i)
{
    enum { AHEAD = 16 };
    if (i + AHEAD >= HZW_SLOTS)
        return;
    __builtin_prefetch(&monitor->region->slot[i + AHEAD].wait_seq);
    __builtin_prefetch(&monitor->region->slot[i + AHEAD].wait);
}

/* Fills `out` and gives a number that is another one if the waits are others. */
static uint64_t list_waiters(struct hzw_monitor *monitor, struct hz_arena *arena, waiters *out)
{
    uint64_t sum = 0;
    bool fresh = false;
    uint32_t used = atomic_load(&monitor->region->next_slot);
    for (uint32_t i = 0; i < used && i < HZW_SLOTS; i++) {
        const struct hzw_slot *slot = &monitor->region->slot[i];
        fetch_ahead(monitor, i);
        uint32_t seq = atomic_load_explicit(&slot->wait_seq, memory_order_acquire);
        bool same = seq == monitor->last_seq[i];
        monitor->last_seq[i] = seq;
        fresh |= !same && seq % 2 == 1 && !slot->wait.timed && has_owners(slot->wait.kind);
        if (!same || seq % 2 == 0 || slot->wait.timed || !has_owners(slot->wait.kind))
            continue;
        uint64_t owner = atomic_load_explicit(&slot->owner, memory_order_acquire);
        struct waiter waiter = {slot, (pid_t)(uint32_t)owner, (pid_t)(owner >> 32), slot->wait, 0};
        atomic_thread_fence(memory_order_acquire);
        if (atomic_load_explicit(&slot->wait_seq, memory_order_relaxed) != seq || waiter.tid == 0)
            continue;
        *hz_push(arena, out) = waiter;
        sum = (sum ^ ((uint64_t)i << 32 | seq)) * 0x9e3779b97f4a7c15ull;
    }
    monitor->fresh = fresh ? monitor->fresh + 1 : 0;
    return sum;
}

static int by_tid(const void *a, const void *b)
{
    pid_t left = ((const struct waiter *)a)->tid, right = ((const struct waiter *)b)->tid;
    return (left > right) - (left < right);
}

static ssize_t waiter_of(const waiters *list, pid_t tid)
{
    struct waiter key = {.tid = tid};
    const struct waiter *found =
        tid > 0 ? bsearch(&key, list->at, list->n, sizeof key, by_tid) : NULL;
    return found != NULL ? found - list->at : -1;
}

/* ---- for whom -------------------------------------------------------------------- */

static int by_object(const void *a, const void *b)
{
    const struct waiter *left = *(const struct waiter *const *)a;
    const struct waiter *right = *(const struct waiter *const *)b;
    if (left->pid != right->pid)
        return left->pid < right->pid ? -1 : 1;
    return (left->wait.object > right->wait.object) - (left->wait.object < right->wait.object);
}

/* The thread of that pthread_t: one that was not born yet when the other began to wait for it. */
static pid_t born_since(const struct hzw_monitor *monitor, const struct waiter *waiter)
{
    uint32_t used = atomic_load(&monitor->region->next_slot);
    for (uint32_t i = 0; i < used && i < HZW_SLOTS; i++) {
        const struct hzw_slot *slot = &monitor->region->slot[i];
        uint64_t owner = atomic_load_explicit(&slot->owner, memory_order_acquire);
        if ((pid_t)(uint32_t)owner == waiter->pid && slot->pthread == waiter->wait.object)
            return (pid_t)(owner >> 32);
    }
    return 0;
}

static pid_t joined(const struct hzw_monitor *monitor, const struct waiter *waiter)
{
    return waiter->wait.target != 0 ? waiter->wait.target : born_since(monitor, waiter);
}

/* Those of one process, by object: each mutex is read once, and all of them together. */
static void find_owners_in(struct hz_arena *arena, struct waiter **mutexes, size_t n)
{
    uint64_t *addresses = hz_alloc(arena, n * sizeof *addresses);
    pid_t *owners = hz_alloc(arena, n * sizeof *owners);
    size_t all = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || by_object(&mutexes[i - 1], &mutexes[i]) != 0)
            addresses[all++] = mutexes[i]->wait.object;
    size_t read = hzw_mutex_owners(mutexes[0]->tid, addresses, owners, all);
    for (size_t i = 0, at = 0; i < n; i++) {
        at += i > 0 && by_object(&mutexes[i - 1], &mutexes[i]) != 0;
        mutexes[i]->owner =
            at < read ? owners[at] : hzw_mutex_owner(mutexes[i]->tid, addresses[at]);
    }
}

/* The owners of mutexes and the targets of joins. */
static void find_owners(const struct hzw_monitor *monitor, struct hz_arena *arena, waiters *list)
{
    struct waiter **mutexes = hz_alloc(arena, list->n * sizeof *mutexes);
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (list->at[i].wait.kind == HZW_JOIN)
            list->at[i].owner = joined(monitor, &list->at[i]);
        else if (list->at[i].wait.kind == HZW_MUTEX)
            mutexes[n++] = &list->at[i];
    }
    qsort(mutexes, n, sizeof *mutexes, by_object);
    for (size_t first = 0, next; first < n; first = next) {
        next = first + 1;
        while (next < n && mutexes[next]->pid == mutexes[first]->pid)
            next++;
        find_owners_in(arena, &mutexes[first], next - first);
    }
}

static int by_place(const void *a, const void *b)
{
    const struct hold *left = a, *right = b;
    if (left->pid != right->pid)
        return left->pid < right->pid ? -1 : 1;
    return (left->object > right->object) - (left->object < right->object);
}

static bool needs_holds(const waiters *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->at[i].wait.kind != HZW_MUTEX && list->at[i].wait.kind != HZW_JOIN)
            return true;
    return false;
}

static void list_holds(struct hz_arena *arena, const waiters *list, holds *out)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct waiter *waiter = &list->at[i];
        for (uint32_t k = 0, n = hzw_held_named(waiter->slot); k < n; k++)
            *hz_push(arena, out) =
                (struct hold){waiter->pid, hzw_held_at(waiter->slot, k)->object, i, false};
        if (waiter->wait.kind == HZW_RWLOCK_WRITE)
            *hz_push(arena, out) = (struct hold){waiter->pid, waiter->wait.object, i, true};
    }
    if (out->n != 0)
        qsort(out->at, out->n, sizeof *out->at, by_place);
}

/* ---- the graph ------------------------------------------------------------------- */

/* Edges to whoever of the waiters holds what waiter `i` waits for; false if nobody does. */
static bool link_holders(struct hz_arena *arena, const waiters *list, const holds *holds, size_t i,
                         struct hzw_graph *graph)
{
    const struct waiter *waiter = &list->at[i];
    struct hold key = {.pid = waiter->pid, .object = waiter->wait.object};
    size_t low = 0, high = holds->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_place(&holds->at[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = false;
    for (; low < holds->n && by_place(&holds->at[low], &key) == 0; low++) {
        const struct hold *hold = &holds->at[low];
        if (hold->queued && (hold->i == i || waiter->wait.kind != HZW_RWLOCK_READ))
            continue;
        hzw_blocks(arena, graph, i, hold->i);
        found = true;
    }
    return found;
}

static void build(struct hz_arena *arena, waiters *list, struct hzw_graph *graph)
{
    holds holds = {0};
    if (needs_holds(list))
        list_holds(arena, list, &holds);
    for (size_t i = 0; i < list->n; i++) {
        size_t node = hzw_add(arena, graph);
        graph->nodes.at[node].live = false;
    }
    size_t live = hzw_add(arena, graph);
    for (size_t i = 0; i < list->n; i++) {
        const struct waiter *waiter = &list->at[i];
        graph->nodes.at[i].need = HZW_NEED_ALL;
        ssize_t owner = waiter_of(list, waiter->owner);
        if (waiter->wait.kind == HZW_MUTEX || waiter->wait.kind == HZW_JOIN)
            hzw_blocks(arena, graph, i, owner >= 0 ? (size_t)owner : live);
        else if (!link_holders(arena, list, &holds, i, graph))
            hzw_blocks(arena, graph, i, live);
    }
}

void hzw_quick(struct hzw_monitor *monitor, struct hz_arena *arena, hzw_suspected *out)
{
    waiters list = {0};
    uint64_t sum = list_waiters(monitor, arena, &list);
    /* The same waits as last time: who waits for whom has not changed since then, either. */
    if (list.n == 0 || sum == monitor->settled)
        return;
    monitor->settled = sum;
    qsort(list.at, list.n, sizeof *list.at, by_tid);
    find_owners(monitor, arena, &list);
    struct hzw_graph graph = {0};
    build(arena, &list, &graph);
    hzw_solve(arena, &graph);
    for (size_t i = 0; i < list.n; i++)
        if (graph.nodes.at[i].root >= 0)
            *hz_push(arena, out) = (struct hzw_thread_id){list.at[i].pid, list.at[i].tid};
}
