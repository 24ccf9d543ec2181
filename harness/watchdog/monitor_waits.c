/*
 * Who may end which wait. Where that is not known it is whoever might: too many
 * wakers make a missed hang, one too few makes a false one.
 *
 * A wait that any of many threads may end is an edge to a node that stands for all of
 * them, so that the graph grows with the number of threads and not with its square.
 * The waiter itself may be among them: that changes neither who is stuck nor the roots.
 */
#include "watchdog/monitor_parts.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

static void link_to(struct hzw_view *view, size_t waiter, size_t waker)
{
    if (waker != HZW_NO_NODE)
        hzw_blocks(view->arena, &view->graph, waiter, waker);
}

static size_t add_any(struct hzw_view *view)
{
    size_t node = hzw_add(view->arena, &view->graph);
    view->graph.nodes.at[node].live = false;
    return node;
}

/* ---- signals ----------------------------------------------------------------- */

/*
 * A handler may post a semaphore or write to a pipe, and ends waits for pipes, children
 * and files by EINTR. SIGCHLD comes if somebody in the tree ends; whatever else there is
 * a handler for, a timer or somebody outside may send.
 */
static size_t add_signals(struct hzw_view *view, const struct hzw_process *process)
{
    uint64_t handled = hzw_signals(view, process);
    if (handled == 0)
        return HZW_NO_NODE;
    size_t node = add_any(view);
    link_to(view, node, handled == 1ull << (SIGCHLD - 1) ? view->tree : view->live);
    return node;
}

/* ---- processes --------------------------------------------------------------- */

static void add_process(struct hzw_view *view, struct hzw_process *process)
{
    process->threads = process->signals = process->acts = HZW_NO_NODE;
    bool alive = process->unseen;
    for (size_t i = 0; i < process->n; i++)
        alive |= view->threads.at[process->first + i].state != HZT_ZOMBIE;
    /* A node without wakers would look like a root of its own. */
    if (!alive)
        return;
    process->threads = add_any(view);
    for (size_t i = 0; i < process->n; i++)
        if (view->threads.at[process->first + i].state != HZT_ZOMBIE)
            link_to(view, process->threads, process->first + i);
    if (process->unseen)
        link_to(view, process->threads, view->live);
    process->signals = add_signals(view, process);
    process->acts = process->threads;
    if (process->signals != HZW_NO_NODE) {
        process->acts = add_any(view);
        link_to(view, process->acts, process->threads);
        link_to(view, process->acts, process->signals);
    }
    link_to(view, view->tree, process->acts);
}

static const struct hzw_process *process_of(const struct hzw_view *view, size_t i)
{
    return hzw_view_process(view, view->threads.at[i].pid);
}

void hzw_waits_for_process(struct hzw_view *view, size_t i, const struct hzw_process *process)
{
    link_to(view, i, process->acts);
}

void hzw_waits_for_any(struct hzw_view *view, size_t i)
{
    /* Where the futex changed, the wake went to somebody else: that may be anybody's doing. */
    if (view->threads.at[i].shared || view->waits[i].moved)
        link_to(view, i, view->tree);
    else
        hzw_waits_for_process(view, i, process_of(view, i));
}

/* A system call that a handler of the process's own may end. */
static void wait_for_signals(struct hzw_view *view, size_t i)
{
    link_to(view, i, process_of(view, i)->signals);
}

/* ---- rwlocks and spin locks -------------------------------------------------- */

/* Whether the thread says that it holds `object`, as one of two kinds. */
static bool holds(const struct hzw_account *account, uint64_t object, uint32_t kind, uint32_t other)
{
    const struct hzw_slot *slot = account->slot;
    uint32_t n = slot != NULL ? hzw_held_named(slot) : 0;
    for (uint32_t i = 0; i < n; i++)
        if (hzw_held_at(slot, i)->object == object &&
            (hzw_held_at(slot, i)->kind == kind || hzw_held_at(slot, i)->kind == other))
            return true;
    return false;
}

/* Whether all that the process's threads hold is known. */
static bool all_told(const struct hzw_view *view, const struct hzw_process *process)
{
    /* Whoever else holds it: one holder that is stuck is enough. */
    if (view->partial)
        return true;
    if (process->unseen)
        return false;
    for (size_t i = process->first; i < process->first + process->n; i++) {
        const struct hzw_slot *slot = view->accounts[i].slot;
        if (view->threads.at[i].state != HZT_ZOMBIE && (slot == NULL || slot->held_n > hzw_held_named(slot)))
            return false;
    }
    return true;
}

/* Whom glibc's rwlock (64 bits, 2.25 and later) names as its writer; 0 if nobody. */
static pid_t writer_of(const struct hzw_view *view, size_t i)
{
    enum { WRITER_OFFSET = 24 };
    int32_t writer;
    uint64_t address = view->waits[i].object + WRITER_OFFSET;
    if (!hzt_memory(view->threads.at[i].tid, address, &writer, sizeof writer) || writer < 0)
        return 0;
    return writer;
}

/* That writer, if it is gone: it was when the lock was found to name it still. */
static pid_t gone_writer(const struct hzw_view *view, size_t i)
{
    const struct hzt_thread *thread = &view->threads.at[i];
    pid_t writer = thread->foreign_ids ? 0 : writer_of(view, i);
    if (writer == 0 || hzw_alive_in(thread->pid, writer) || writer_of(view, i) != writer)
        return 0;
    return writer;
}

/*
 * A writer waits for every holder, which may be itself (an upgrade); a reader for
 * those that write and, as some rwlocks let no reader past them, that wait to write.
 */
static bool keeps_out(const struct hzw_view *view, size_t waiter, size_t other)
{
    const struct hzw_wait *wait = &view->accounts[waiter].wait;
    const struct hzw_account *account = &view->accounts[other];
    if (wait->kind == HZW_RWLOCK_WRITE)
        return holds(account, wait->object, HZW_RWLOCK_READ, HZW_RWLOCK_WRITE);
    return holds(account, wait->object, HZW_RWLOCK_WRITE, HZW_RWLOCK_WRITE) ||
           (other != waiter && account->waits && account->wait.kind == HZW_RWLOCK_WRITE &&
            account->wait.object == wait->object);
}

static void wait_for_rwlock(struct hzw_view *view, size_t i)
{
    const struct hzw_process *process = process_of(view, i);
    struct hzw_waiting *waiting = &view->waits[i];
    size_t found = 0;
    if (!view->threads.at[i].shared && !waiting->moved) {
        waiting->owner = gone_writer(view, i);
        waiting->definite = waiting->gone = waiting->owner != 0;
        if (waiting->gone)
            return;
    }
    if (!view->threads.at[i].shared && !waiting->moved && all_told(view, process)) {
        for (size_t j = process->first; j < process->first + process->n; j++) {
            if (view->threads.at[j].state == HZT_ZOMBIE || !keeps_out(view, i, j))
                continue;
            link_to(view, i, j);
            waiting->owner = found++ == 0 ? view->threads.at[j].tid : 0;
        }
    }
    if (found == 0) {
        hzw_waits_for_any(view, i);
        return;
    }
    view->graph.nodes.at[i].need = HZW_NEED_ALL;
    waiting->definite = true;
}

static void wait_for_spin_lock(struct hzw_view *view, size_t i)
{
    const struct hzw_process *process = process_of(view, i);
    uint64_t object = view->accounts[i].wait.object;
    for (size_t j = process->first; j < process->first + process->n; j++) {
        /* One that is handed over is let go by another thread than the one that took it. */
        if (view->threads.at[j].state == HZT_ZOMBIE ||
            (j == i && (process->n > 1 || process->unseen)) ||
            !holds(&view->accounts[j], object, HZW_SPIN, HZW_SPIN))
            continue;
        view->waits[i] = (struct hzw_waiting){.what = HZW_WAITS_SPIN,
                                              .object = object,
                                              .owner = view->threads.at[j].tid,
                                              .definite = true};
        view->graph.nodes.at[i].live = false;
        link_to(view, i, j);
        return;
    }
}

/* ---- futexes ----------------------------------------------------------------- */

/* A thread descriptor of glibc's begins with pointers to itself, here and 16 bytes on. */
static bool in_thread_descriptor(const struct hzt_thread *thread)
{
#if defined(__x86_64__)
    enum { TID_OFFSET = 0x2d0 };
    uint64_t base = thread->address - TID_OFFSET, head[3];
    return hzt_memory(thread->tid, base, head, sizeof head) && head[0] == base && head[2] == base;
#else
    (void)thread;
    return true;
#endif
}

/* pthread_join() waits, not privately, for the word that holds the other's id. */
static bool wait_for_join(struct hzw_view *view, size_t i)
{
    const struct hzt_thread *thread = &view->threads.at[i];
    const struct hzw_account *account = &view->accounts[i];
    bool told = account->waits && account->wait.kind == HZW_JOIN;
    if (!told &&
        (account->waits || !thread->shared || thread->foreign_ids || !in_thread_descriptor(thread)))
        return false;
    ssize_t target = thread->word == thread->expected
                         ? hzw_view_thread(view, thread->pid, (pid_t)thread->word)
                         : -1;
    if (!told && target < 0)
        return false;
    view->waits[i] = (struct hzw_waiting){.what = HZW_WAITS_JOIN,
                                          .object = thread->address,
                                          .owner = (pid_t)thread->expected,
                                          .definite = true};
    /* One that is not there any more, or ends just now, ends the wait. */
    bool lives = target >= 0 && view->threads.at[target].state != HZT_ZOMBIE;
    link_to(view, i, lives ? (size_t)target : view->live);
    return true;
}

/* What the preload says that the thread waits for, if the futex belongs to that. */
static struct hzw_waiting told_wait(const struct hzt_thread *thread,
                                    const struct hzw_account *account)
{
    static const enum hzw_what what[] = {
        [HZW_RWLOCK_READ] = HZW_WAITS_RWLOCK,
        [HZW_RWLOCK_WRITE] = HZW_WAITS_RWLOCK,
        [HZW_SEM] = HZW_WAITS_SEM,
        [HZW_COND] = HZW_WAITS_COND,
        [HZW_BARRIER] = HZW_WAITS_BARRIER,
        [HZW_ONCE] = HZW_WAITS_ONCE,
    };
    enum { LARGEST = 64 }; /* bytes of any such object */
    struct hzw_waiting waiting = {.what = HZW_WAITS_FUTEX, .object = thread->address};
    const struct hzw_wait *wait = &account->wait;
    if (account->waits && wait->kind < sizeof what / sizeof *what &&
        what[wait->kind] != HZW_WAITS_NOT && thread->address >= wait->object &&
        thread->address < wait->object + LARGEST) {
        waiting.what = what[wait->kind];
        waiting.object = wait->object;
    }
    return waiting;
}

static void wait_for_futex(const struct hzw_monitor *monitor, struct hzw_view *view, size_t i)
{
    const struct hzt_thread *thread = &view->threads.at[i];
    if (!thread->word_known) {
        link_to(view, i, view->live);
        return;
    }
    if (hzw_mutex(view, i, &view->waits[i])) {
        hzw_mutex_wakers(monitor, view, i);
        return;
    }
    if (wait_for_join(view, i))
        return;
    view->waits[i] = told_wait(thread, &view->accounts[i]);
    view->waits[i].moved = thread->word != thread->expected;
    size_t stranded = hzw_strand_node(view, i);
    if (view->waits[i].what == HZW_WAITS_RWLOCK)
        wait_for_rwlock(view, i);
    else if (stranded != HZW_NO_NODE)
        link_to(view, i, stranded);
    else
        hzw_waits_for_any(view, i);
}

/* ---- pipes and files --------------------------------------------------------- */

static void read_pipes(struct hzw_view *view)
{
    if (view->pipes_read)
        return;
    view->pipes_read = true;
    for (size_t i = 0; i < view->processes.n; i++) {
        struct hzw_process *process = &view->processes.at[i];
        size_t first = view->pipes.n;
        process->hidden = !hzt_pipes(view->arena, process->alive, &view->pipes);
        for (size_t j = first; j < view->pipes.n; j++)
            view->pipes.at[j].pid = process->pid;
    }
    hzt_pipes(view->arena, getpid(), &view->pipes);
    if (view->root != getpid() && !view->root_too)
        hzt_pipes(view->arena, view->root, &view->pipes);
}

/*
 * Whoever has the other end open may write or read there, or close it as the last. If
 * nobody had it open there would be no wait: then somebody is not seen.
 */
static void wait_for_pipe(struct hzw_view *view, size_t i, bool reads)
{
    ino_t inode = view->threads.at[i].inode;
    view->waits[i] = (struct hzw_waiting){
        .what = reads ? HZW_WAITS_PIPE_READ : HZW_WAITS_PIPE_WRITE,
        .object = inode,
        .definite = true,
    };
    read_pipes(view);
    bool found = false;
    for (size_t j = 0; j < view->pipes.n; j++) {
        const struct hzt_end_of_pipe *end = &view->pipes.at[j];
        if (end->inode != inode || !(reads ? end->writes : end->reads))
            continue;
        const struct hzw_process *process = hzw_view_process(view, end->pid);
        link_to(view, i, process != NULL ? process->acts : view->live);
        found = true;
    }
    for (size_t j = 0; j < view->processes.n; j++)
        if (view->processes.at[j].hidden)
            hzw_waits_for_process(view, i, &view->processes.at[j]);
    if (!found)
        link_to(view, i, view->live);
    wait_for_signals(view, i);
}

static void wait_for_file_lock(struct hzw_view *view, size_t i)
{
    ino_t inode = view->threads.at[i].inode;
    view->waits[i] = (struct hzw_waiting){.what = HZW_WAITS_FILE_LOCK, .object = inode};
    hzt_pids holders = {0};
    hzt_lock_holders(view->arena, inode, &holders);
    bool shared = false, found = false;
    for (size_t j = 0; j < holders.n; j++) {
        const struct hzw_process *process = hzw_view_process(view, holders.at[j]);
        /* The one that took a lock of an open file may be dead and its children keep it. */
        bool taken_over = holders.at[j] <= 0 || (kill(holders.at[j], 0) != 0 && errno == ESRCH);
        shared |= taken_over || process != NULL;
        found = true;
        if (process != NULL)
            hzw_waits_for_process(view, i, process);
        else if (!taken_over)
            link_to(view, i, view->live);
    }
    for (size_t j = 0; shared && j < view->processes.n; j++)
        if (hzt_has_open(view->processes.at[j].alive, inode))
            hzw_waits_for_process(view, i, &view->processes.at[j]);
    if (!found)
        link_to(view, i, view->live);
    wait_for_signals(view, i);
}

/*
 * Who waits alone for the other end to be opened is a server, and its client may come from
 * anywhere. Two processes of the tree that each wait at another FIFO have most likely
 * mistaken the order in which to open them.
 */
static void wait_for_fifo(struct hzw_view *view, size_t i)
{
    const struct hzt_thread *thread = &view->threads.at[i];
    view->waits[i] = (struct hzw_waiting){.what = HZW_WAITS_FIFO, .object = thread->inode};
    bool alone = true;
    for (size_t j = 0; alone && j < view->threads.n; j++) {
        const struct hzt_thread *other = &view->threads.at[j];
        alone = other->on != HZT_ON_FIFO_OPEN || other->state != HZT_BLOCKED ||
                other->pid == thread->pid || other->inode == thread->inode;
    }
    link_to(view, i, alone ? view->live : view->tree);
    wait_for_signals(view, i);
}

/* ---- children ---------------------------------------------------------------- */

static void wait_for_child(struct hzw_view *view, size_t i)
{
    const struct hzt_thread *thread = &view->threads.at[i];
    view->waits[i] = (struct hzw_waiting){
        .what = HZW_WAITS_CHILD,
        .object = thread->target > 0 ? (uint64_t)thread->target : 0,
        .definite = true,
    };
    hzt_pids children = {0};
    hzt_children(view->arena, thread->pid, &children);
    bool found = false;
    for (size_t j = 0; j < children.n; j++) {
        if (thread->target > 0 && thread->target != children.at[j])
            continue;
        found = true;
        /* One that is dead, or new, ends the wait or may yet. */
        const struct hzw_process *child = hzw_view_process(view, children.at[j]);
        bool lives = child != NULL && child->threads != HZW_NO_NODE;
        link_to(view, i, lives ? child->threads : view->live);
    }
    if (!found)
        link_to(view, i, view->live);
    wait_for_signals(view, i);
}

/* ---- all --------------------------------------------------------------------- */

static void wait_for(const struct hzw_monitor *monitor, struct hzw_view *view, size_t i)
{
    switch (view->threads.at[i].on) {
    case HZT_ON_FUTEX:
    case HZT_ON_PI_FUTEX:
        wait_for_futex(monitor, view, i);
        return;
    case HZT_ON_PIPE_READ:
    case HZT_ON_PIPE_WRITE:
        wait_for_pipe(view, i, view->threads.at[i].on == HZT_ON_PIPE_READ);
        return;
    case HZT_ON_FIFO_OPEN:
        wait_for_fifo(view, i);
        return;
    case HZT_ON_CHILD:
        wait_for_child(view, i);
        return;
    case HZT_ON_FILE_LOCK:
        wait_for_file_lock(view, i);
        return;
    case HZT_ON_NOTHING:
        link_to(view, i, view->live);
    }
}

static bool is_blocked(const struct hzw_view *view, size_t i)
{
    return view->threads.at[i].state == HZT_BLOCKED && (view->moved == NULL || !view->moved[i]);
}

void hzw_waits_build(struct hzw_monitor *monitor, struct hzw_view *view)
{
    hzw_mutexes_read(monitor, view);
    view->graph.nodes.capacity = view->threads.n + 3 * view->processes.n + 2;
    view->graph.nodes.at =
        hz_alloc(view->arena, view->graph.nodes.capacity * sizeof *view->graph.nodes.at);
    view->graph.nodes.n = 0;
    for (size_t i = 0; i < view->threads.n; i++) {
        size_t node = hzw_add(view->arena, &view->graph);
        hzw_pause(monitor);
        view->graph.nodes.at[node].live = !is_blocked(view, i);
    }
    view->live = hzw_add(view->arena, &view->graph);
    view->tree = add_any(view);
    for (size_t i = 0; i < view->processes.n; i++)
        add_process(view, &view->processes.at[i]);
    for (size_t i = 0; i < view->threads.n; i++) {
        hzw_pause(monitor);
        if (is_blocked(view, i))
            wait_for(monitor, view, i);
        else if (hzw_spins(&view->accounts[i]))
            wait_for_spin_lock(view, i);
    }
}
