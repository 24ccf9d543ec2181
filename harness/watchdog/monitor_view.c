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
static void list_tree(struct hzw_monitor *monitor, struct hz_arena *arena, pid_t root,
                      bool root_too, hzt_pids *out)
{
    if (root_too)
        *hz_push(arena, out) = root;
    else
        hzt_children(arena, root, out);
    for (size_t i = 0; i < out->n; i++) {
        hzw_pause(monitor);
        hzt_children(arena, out->at[i], out);
    }
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

/*
 * Where a process has many threads, those that say in their slots that they wait are
 * taken at their word: to read one from the kernel costs some 30 microseconds. Some of
 * them are read all the same, by turns, as a word may be too little: who waits on a
 * condition may have been woken and wait for its mutex. Who turns out to be stuck is read
 * before that is believed: hzw_view_verify().
 */
#define FEW_THREADS 64
#define WORD_AFTER 0.005 /* seconds in the same wait */

static bool is_word_enough(uint32_t kind)
{
    return kind == HZW_MUTEX || kind == HZW_RWLOCK_READ || kind == HZW_RWLOCK_WRITE ||
           kind == HZW_SEM || kind == HZW_COND || kind == HZW_BARRIER || kind == HZW_JOIN;
}

static int slot_by_owner(const void *a, const void *b)
{
    const struct hzw_owned *left = a, *right = b;
    /* By process, then thread: the halves change places. */
    uint64_t one = left->owner << 32 | left->owner >> 32;
    uint64_t other = right->owner << 32 | right->owner >> 32;
    return (one > other) - (one < other);
}

static void index_slots(struct hzw_monitor *monitor, struct hzw_view *view)
{
    uint32_t used = atomic_load(&monitor->region->next_slot);
    for (uint32_t i = 0; i < used && i < HZW_SLOTS; i++) {
        const struct hzw_slot *slot = &monitor->region->slot[i];
        uint64_t owner = atomic_load_explicit(&slot->owner, memory_order_acquire);
        hzw_pause(monitor);
        if (owner >> 32 != 0)
            *hz_push(view->arena, &view->slots) = (struct hzw_owned){owner, slot};
    }
    if (view->slots.n != 0)
        qsort(view->slots.at, view->slots.n, sizeof *view->slots.at, slot_by_owner);
}

static const struct hzw_slot *slot_of(const struct hzw_view *view, pid_t pid, pid_t tid)
{
    struct hzw_owned key = {.owner = (uint64_t)(uint32_t)tid << 32 | (uint32_t)pid};
    const struct hzw_owned *found =
        view->slots.n != 0 ? bsearch(&key, view->slots.at, view->slots.n, sizeof key, slot_by_owner)
                           : NULL;
    return found != NULL ? found->slot : NULL;
}

/* Fills `out` by what the thread says itself; false if it does not say that it waits. */
static bool take_at_word(const struct hzw_view *view, pid_t pid, pid_t tid, struct hzt_thread *out)
{
    struct hzw_account account = {.slot = slot_of(view, pid, tid)};
    if (account.slot != NULL)
        copy_wait(&account);
    if (!account.waits || !is_word_enough(account.wait.kind) ||
        view->now - (double)account.wait.since / 1e9 < WORD_AFTER)
        return false;
    uint32_t word = account.wait.kind == HZW_JOIN ? (uint32_t)account.wait.target : 0;
    *out = (struct hzt_thread){
        .pid = pid,
        .tid = tid,
        .state = account.wait.timed ? HZT_TIMED : HZT_BLOCKED,
        .on = HZT_ON_FUTEX,
        .address = account.wait.object,
        .expected = word,
        .word = word,
        .word_known = true,
        .told = true,
        .call = -1,
    };
    return true;
}

/*
 * The ids of a process's threads. The kernel makes a folder for each thread that it lists;
 * if as many threads as it has have slots, those are they.
 */
static bool ids_by_slots(struct hzw_view *view, pid_t pid, hzt_pids *out)
{
    size_t threads = hzt_thread_count(pid);
    if (threads <= FEW_THREADS)
        return false;
    size_t low = 0, high = view->slots.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((pid_t)(uint32_t)view->slots.at[middle].owner < pid)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < view->slots.n && (pid_t)(uint32_t)view->slots.at[low].owner == pid; low++)
        *hz_push(view->arena, out) = (pid_t)(view->slots.at[low].owner >> 32);
    return out->n == threads;
}

/* Reads the threads with those ids into the view. False if one is not there. */
static bool read_threads(struct hzw_monitor *monitor, struct hzw_view *view, pid_t pid,
                         const hzt_pids *ids)
{
    bool all = true;
    bool many = ids->n > FEW_THREADS, seen_alive = false;
    size_t stride = ids->n / FEW_THREADS + 1;
    for (size_t i = 0; i < ids->n; i++) {
        hzw_pause(monitor);
        struct hzt_thread thread;
        bool by_turns = (i + monitor->turns) % stride == 0;
        bool told = many && seen_alive && !by_turns && ids->at[i] != pid &&
                    take_at_word(view, pid, ids->at[i], &thread);
        if (!told && !hzt_read(pid, ids->at[i], &thread)) {
            all = false;
            continue;
        }
        mark_seen(monitor, thread.tid);
        /* What handlers the process has is read with any thread that is blocked. */
        seen_alive |= thread.state == HZT_BLOCKED || thread.state == HZT_TIMED;
        if (!is_runtime(monitor, &thread))
            *hz_push(view->arena, &view->threads) = thread;
        else
            view->left_out++;
    }
    return all;
}

/* To grow by and by leaves as much again unused. */
static void make_room(struct hzw_view *view, size_t more)
{
    size_t need = view->threads.n + more;
    if (need <= view->threads.capacity)
        return;
    size_t room = need + need / 8 + 16;
    struct hzt_thread *at = obstack_alloc(&view->arena->stack, room * sizeof *at);
    if (view->threads.n != 0)
        memcpy(at, view->threads.at, view->threads.n * sizeof *at);
    view->threads.at = at;
    view->threads.capacity = room;
}

/* Slots are in that order already, and the threads that were listed by them. */
static void sort_threads(struct hzt_thread *threads, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (by_id(&threads[i - 1], &threads[i]) > 0) {
            qsort(threads, n, sizeof *threads, by_id);
            return;
        }
}

static void read_process(struct hzw_monitor *monitor, struct hzw_view *view, pid_t pid)
{
    size_t first = view->threads.n;
    hzt_pids ids = {0};
    view->left_out = 0;
    make_room(view, hzt_thread_count(pid));
    if (!ids_by_slots(view, pid, &ids) || !read_threads(monitor, view, pid, &ids)) {
        view->threads.n = first;
        view->left_out = 0;
        ids.n = 0;
        hzt_thread_ids(view->arena, pid, &ids);
        read_threads(monitor, view, pid, &ids);
    }
    size_t n = view->threads.n - first;
    if (n == 0)
        return;
    struct hzt_thread *threads = &view->threads.at[first];
    sort_threads(threads, n);
    struct hzw_process process = {.pid = pid, .alive = pid, .first = first, .n = n};
    for (size_t i = n; i > 0; i--) {
        if (threads[i - 1].state != HZT_ZOMBIE)
            process.alive = threads[i - 1].tid;
        if (!threads[i - 1].told) {
            process.parent = threads[i - 1].parent;
            process.unseen = threads[i - 1].threads > n + view->left_out;
        }
    }
    *hz_push(view->arena, &view->processes) = process;
}

/* ---- what the preload says of those that were read ------------------------------ */

static bool is_thread(const struct hzw_view *view, size_t i, pid_t pid, pid_t tid)
{
    return i < view->threads.n && view->threads.at[i].pid == pid && view->threads.at[i].tid == tid;
}

static void read_accounts(struct hzw_monitor *monitor, struct hzw_view *view)
{
    view->accounts = hz_alloc(view->arena, view->threads.n * sizeof *view->accounts);
    uint32_t used = atomic_load(&monitor->region->next_slot);
    ssize_t at = -1;
    for (uint32_t i = 0; i < used && i < HZW_SLOTS; i++) {
        const struct hzw_slot *slot = &monitor->region->slot[i];
        uint64_t owner = atomic_load_explicit(&slot->owner, memory_order_acquire);
        hzw_pause(monitor);
        if (owner == 0)
            continue;
        /* Threads take slots as they are born: mostly it is the next one. */
        pid_t pid = (pid_t)(uint32_t)owner, tid = (pid_t)(owner >> 32);
        if (!is_thread(view, (size_t)(at + 1), pid, tid))
            at = hzw_view_thread(view, pid, tid);
        else
            at++;
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
    monitor->turns++;
    index_slots(monitor, view);
    list_tree(monitor, view->arena, view->root, view->root_too, &pids);
    for (size_t i = 0; i < pids.n; i++) {
        hzw_pause(monitor);
        read_process(monitor, view, pids.at[i]);
    }
    read_accounts(monitor, view);
    view->waits = hz_alloc(view->arena, view->threads.n * sizeof *view->waits);
}

void hzw_view_forget(struct hzw_view *view)
{
    view->graph = (struct hzw_graph){0};
    memset(view->waits, 0, view->threads.n * sizeof *view->waits);
    for (size_t k = 0; k < view->stranded.n; k++)
        view->stranded.at[k].node = HZW_NO_NODE;
}

static size_t stuck_by_word(const struct hzw_view *view)
{
    size_t n = 0;
    for (size_t i = 0; i < view->threads.n; i++)
        n += view->threads.at[i].told && view->graph.nodes.at[i].stuck;
    return n;
}

/*
 * Whether one of the few stuck threads that were read has gone on since: then it waits for
 * nobody, in this look. To read thousands that wait for a thread takes as many times 40
 * microseconds, and one that makes them may have been caught between two of them.
 */
static bool some_moved(struct hzw_monitor *monitor, struct hzw_view *view)
{
    bool any = false;
    for (size_t i = 0; i < view->threads.n; i++) {
        const struct hzt_thread *thread = &view->threads.at[i];
        struct hzt_thread now;
        hzw_pause(monitor);
        if (thread->told || thread->state != HZT_BLOCKED || !view->graph.nodes.at[i].stuck ||
            (hzt_read(thread->pid, thread->tid, &now) && hzt_still(thread, &now)))
            continue;
        if (view->moved == NULL)
            view->moved = hz_alloc(view->arena, view->threads.n * sizeof *view->moved);
        view->moved[i] = any = true;
    }
    if (any)
        hzw_view_forget(view);
    return any;
}

bool hzw_view_verify(struct hzw_monitor *monitor, struct hzw_view *view)
{
    bool any = false;
    if (stuck_by_word(view) > FEW_THREADS && some_moved(monitor, view))
        return true;
    for (size_t i = 0; i < view->threads.n; i++) {
        struct hzt_thread *thread = &view->threads.at[i];
        if (!thread->told || !view->graph.nodes.at[i].stuck)
            continue;
        any = true;
        hzw_pause(monitor);
        pid_t pid = thread->pid, tid = thread->tid;
        /* One that is gone does nothing; the next look will not see it. */
        if (!hzt_read(pid, tid, thread))
            *thread = (struct hzt_thread){.pid = pid, .tid = tid, .state = HZT_RUNS};
    }
    if (any)
        hzw_view_forget(view);
    return any;
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
