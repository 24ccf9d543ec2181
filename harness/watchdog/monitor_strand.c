/*
 * Waits that somebody in the process might end, by what is known, and most likely nobody
 * will: a judgement. A thread has waited `stranded_seconds` in one call, without a time-out,
 * for a condition, semaphore or barrier of this process alone; a thread other than those
 * that wait has signalled it at least twice, so that it is no latch which each signals once;
 * and everybody who may still signal it has ended or is stuck. Who may is everybody but a
 * thread
 *   - that never took, tried, posted, signalled or made the object or a condition's mutex,
 *     nor waits for one of them;
 *   - that created none of those who signalled or wait: who did gave it to them, and may
 *     end or cancel them;
 *   - that runs another routine than those who signalled: others of that sort may follow;
 *   - that is older than the wait: a new one may take the place of one that has ended;
 *   - that works, and on something else: it was seen to go through ROUNDS rounds (it took
 *     something, or woke from a sleep) since the wait was half as long, and never in a call
 *     that waits for somebody outside. One that computes, or sleeps once, may yet deliver;
 *   - that is not the main thread, or the object was made by a call: what stands ready
 *     from the start everybody knows by name, and most likely main.
 * A process that handles signals, has threads without a slot, or creates one just now is
 * left alone.
 */
#include "watchdog/monitor_parts.h"

#include <sys/syscall.h>

/* So often that it is a habit. */
#define ROUNDS 10
/* Objects that are judged in one look; where there are more, each comes in its turn. */
#define MOST_OBJECTS 64
/* Between two looks at it; a tenth of the time that the wait must last, if that is less. */
#define EVERY 0.1

/* ---- which waits ------------------------------------------------------------- */

static bool is_eligible(const struct hzw_view *view, size_t i, double seconds)
{
    const struct hzt_thread *thread = &view->threads.at[i];
    const struct hzw_account *account = &view->accounts[i];
    uint32_t kind = account->wait.kind;
    return thread->state == HZT_BLOCKED && thread->on == HZT_ON_FUTEX && account->waits &&
           (kind == HZW_COND || kind == HZW_SEM || kind == HZW_BARRIER) &&
           view->now - (double)account->wait.since / 1e9 >= seconds;
}

static struct hzw_stranded *stranded_of(struct hzw_view *view, size_t i)
{
    const struct hzw_wait *wait = &view->accounts[i].wait;
    for (size_t k = 0; k < view->stranded.n; k++) {
        struct hzw_stranded *stranded = &view->stranded.at[k];
        if (stranded->pid == view->threads.at[i].pid && stranded->object == wait->object)
            return stranded;
    }
    return NULL;
}

static void add_waiter(struct hzw_view *view, size_t i)
{
    const struct hzw_account *account = &view->accounts[i];
    struct hzw_stranded *stranded = stranded_of(view, i);
    double since = (double)account->wait.since / 1e9;
    if (stranded == NULL) {
        if (view->stranded.n == MOST_OBJECTS)
            return;
        stranded = hz_push(view->arena, &view->stranded);
        *stranded = (struct hzw_stranded){.pid = view->threads.at[i].pid,
                                          .object = account->wait.object,
                                          .with = account->wait.with,
                                          .since = since,
                                          .image = account->slot->image,
                                          .node = HZW_NO_NODE};
    }
    if (since < stranded->since)
        stranded->since = since;
    stranded->waiters |= hzw_thread_bit(account->slot->thread);
    stranded->parents |= hzw_thread_bit(account->slot->creator);
}

/* Two of one object with different mutexes are a mistake of another sort: the first counts. */
static void find_waits(const struct hzw_monitor *monitor, struct hzw_view *view)
{
    size_t n = view->threads.n, from = n > MOST_OBJECTS ? monitor->turns * MOST_OBJECTS % n : 0;
    for (size_t k = 0; k < n; k++) {
        size_t i = (from + k) % n;
        if (is_eligible(view, i, monitor->options.stranded_seconds / 2))
            add_waiter(view, i);
    }
}

static const struct hzw_told *told_of(const struct hzw_monitor *monitor,
                                      const struct hzw_stranded *stranded)
{
    uint64_t key = hzw_told_key(stranded->object, stranded->image);
    for (uint64_t i = 0; i < HZW_TOLD_PROBES; i++) {
        const struct hzw_told *told = &monitor->region->told[(key + i) % HZW_TOLD];
        uint64_t now = atomic_load_explicit(&told->key, memory_order_acquire);
        if (now == key || now == 0)
            return now == key ? told : NULL;
    }
    return NULL;
}

/* ---- who works ----------------------------------------------------------------- */

static uint64_t taken_by(const struct hzw_slot *slot)
{
    uint64_t taken = 0;
    uint32_t tallies = hzw_tallies_most(slot);
    for (uint32_t i = 0; i < tallies; i++)
        taken += atomic_load_explicit(&hzw_tally_at(slot, i)->taken, memory_order_relaxed);
    return taken;
}

static bool sleeps(const struct hzt_thread *thread)
{
    return thread->told || thread->call == SYS_nanosleep || thread->call == SYS_clock_nanosleep ||
           thread->call == SYS_futex;
}

/* A wait for a time, or for a lock or the like, is none for anybody outside. */
static bool waits_outside(const struct hzt_thread *thread)
{
    return thread->state == HZT_OUTSIDE || (thread->state == HZT_TIMED && !sleeps(thread)) ||
           (thread->state == HZT_BLOCKED && thread->on != HZT_ON_FUTEX &&
            thread->on != HZT_ON_PI_FUTEX && thread->on != HZT_ON_CHILD);
}

static const struct hzw_worked *worked_before(const struct hzw_monitor *monitor,
                                              const struct hzt_thread *thread)
{
    size_t low = 0, high = monitor->worked.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct hzw_worked *worked = &monitor->worked.at[middle];
        if (worked->pid == thread->pid && worked->tid == thread->tid)
            return worked->started == thread->started || thread->told ? worked : NULL;
        if (worked->pid < thread->pid || (worked->pid == thread->pid && worked->tid < thread->tid))
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static struct hzw_worked work_of(const struct hzw_monitor *monitor, const struct hzw_view *view,
                                 size_t i)
{
    const struct hzt_thread *thread = &view->threads.at[i];
    const struct hzw_slot *slot = view->accounts[i].slot;
    const struct hzw_worked *before = worked_before(monitor, thread);
    struct hzw_worked work = {.pid = thread->pid,
                              .tid = thread->tid,
                              .started = thread->started,
                              .switches = thread->switches,
                              .taken = slot != NULL ? taken_by(slot) : 0};
    work.outside = waits_outside(thread) || (before != NULL && before->outside);
    if (before == NULL)
        return work;
    if (thread->told) {
        work.started = before->started;
        work.switches = before->switches;
    }
    bool woke = thread->state == HZT_TIMED && work.switches != before->switches;
    uint64_t taken = work.taken > before->taken ? work.taken - before->taken : 0;
    work.rounds = before->rounds + (taken < ROUNDS ? (unsigned)taken : ROUNDS);
    work.rounds += woke && taken == 0;
    return work;
}

/* Of the threads of processes in which somebody waits so; of all others nothing is kept. */
static void see_who_works(struct hzw_monitor *monitor, struct hzw_view *view)
{
    typeof(monitor->worked) worked = {0};
    struct hz_arena *arena = &monitor->works[monitor->work_turn ^= 1];
    hz_arena_free(arena);
    hz_arena_init(arena);
    for (size_t p = 0; p < view->processes.n; p++) {
        const struct hzw_process *process = &view->processes.at[p];
        bool any = false;
        for (size_t k = 0; k < view->stranded.n; k++)
            any |= view->stranded.at[k].pid == process->pid;
        for (size_t i = process->first; any && i < process->first + process->n; i++)
            *hz_push(arena, &worked) = work_of(monitor, view, i);
    }
    monitor->worked = worked;
}

/* ---- who may end it ------------------------------------------------------------ */

static bool touched(const struct hzw_slot *slot, uint64_t object)
{
    return object != 0 && hzw_in(slot->reach.touched, HZW_TOUCHED, object);
}

static bool waits_for_it(const struct hzw_account *account, const struct hzw_stranded *stranded)
{
    const struct hzw_wait *wait = &account->wait;
    return account->waits && (wait->object == stranded->object ||
                              (stranded->with != 0 &&
                               (wait->object == stranded->with || wait->with == stranded->with)));
}

static bool is_of_their_sort(const struct hzw_told *told, uint64_t start)
{
    bool same = atomic_load(&told->starts[HZW_STARTS - 1]) != 0;
    for (uint32_t i = 0; i < HZW_STARTS - 1; i++)
        same |= atomic_load(&told->starts[i]) == start;
    return start != 0 && same;
}

/* For as long as the wait lasts: whatever the thread does meanwhile. */
static bool knows(const struct hzw_view *view, size_t i, const struct hzw_stranded *stranded,
                  const struct hzw_told *told)
{
    const struct hzw_account *account = &view->accounts[i];
    const struct hzw_slot *slot = account->slot;
    if (slot == NULL || slot->image != stranded->image || touched(slot, stranded->object) ||
        touched(slot, stranded->with) || waits_for_it(account, stranded))
        return true;
    bool is_main = view->threads.at[i].tid == view->threads.at[i].pid;
    uint64_t parents = atomic_load(&told->parents) | stranded->parents;
    return (is_main && atomic_load(&told->made) == 0) ||
           (parents & hzw_thread_bit(slot->thread)) != 0 || is_of_their_sort(told, slot->start) ||
           (double)slot->born / 1e9 >= stranded->since;
}

static bool works_on_something_else(const struct hzw_monitor *monitor, const struct hzw_view *view,
                                    size_t i)
{
    const struct hzw_worked *worked = worked_before(monitor, &view->threads.at[i]);
    return worked != NULL && !worked->outside && worked->rounds >= ROUNDS;
}

/* It is not stuck, whatever the graph says of others. */
static bool is_free(const struct hzt_thread *thread)
{
    return thread->state != HZT_ZOMBIE &&
           (thread->state != HZT_BLOCKED || thread->on == HZT_ON_NOTHING);
}

/* All that can be said at once: somebody used to signal it, and nobody who knows it is free. */
static bool may_be_stranded(const struct hzw_monitor *monitor, struct hzw_view *view,
                            struct hzw_stranded *stranded)
{
    const struct hzw_process *process = hzw_view_process(view, stranded->pid);
    const struct hzw_told *told = told_of(monitor, stranded);
    if (stranded->image == 0 || told == NULL || process->unseen ||
        process->signals != HZW_NO_NODE || (atomic_load(&told->again) & ~stranded->waiters) == 0)
        return false;
    for (size_t i = process->first; i < process->first + process->n; i++)
        if (is_free(&view->threads.at[i]) && knows(view, i, stranded, told))
            return false;
    return true;
}

static bool being_born(const struct hzw_monitor *monitor, pid_t pid)
{
    uint32_t used = atomic_load(&monitor->region->next_slot);
    for (uint32_t i = 0; i < used && i < HZW_SLOTS; i++)
        if (atomic_load(&monitor->region->slot[i].owner) == (uint32_t)pid)
            return true;
    return false;
}

/* Lists who may end it. False if one of them is free, or it has not lasted long enough. */
static bool is_stranded(const struct hzw_monitor *monitor, struct hzw_view *view,
                        struct hzw_stranded *stranded)
{
    const struct hzw_process *process = hzw_view_process(view, stranded->pid);
    const struct hzw_told *told = told_of(monitor, stranded);
    if (view->now - stranded->since < monitor->options.stranded_seconds || told == NULL)
        return false;
    for (size_t i = process->first; i < process->first + process->n; i++) {
        bool may = view->threads.at[i].state != HZT_ZOMBIE &&
                   (knows(view, i, stranded, told) || !works_on_something_else(monitor, view, i));
        if (may && is_free(&view->threads.at[i]))
            return false;
        if (may)
            *hz_push(view->arena, &stranded->may) = i;
    }
    return !being_born(monitor, stranded->pid);
}

typedef bool judges(const struct hzw_monitor *, struct hzw_view *, struct hzw_stranded *);

static void keep(const struct hzw_monitor *monitor, struct hzw_view *view, judges *judge)
{
    size_t kept = 0;
    for (size_t k = 0; k < view->stranded.n; k++)
        if (judge(monitor, view, &view->stranded.at[k]))
            view->stranded.at[kept++] = view->stranded.at[k];
    view->stranded.n = kept;
}

bool hzw_strand_find(struct hzw_monitor *monitor, struct hzw_view *view)
{
    double tenth = monitor->options.stranded_seconds / 10;
    if (view->partial || view->now < monitor->next_stranded)
        return false;
    find_waits(monitor, view);
    keep(monitor, view, may_be_stranded);
    see_who_works(monitor, view);
    keep(monitor, view, is_stranded);
    monitor->next_stranded = view->now + (tenth < EVERY ? tenth : EVERY);
    return view->stranded.n > 0;
}

/* ---- in the graph ------------------------------------------------------------- */

size_t hzw_strand_node(struct hzw_view *view, size_t i)
{
    struct hzw_stranded *stranded =
        view->stranded.n != 0 && view->accounts[i].waits ? stranded_of(view, i) : NULL;
    if (stranded == NULL || view->waits[i].moved || view->threads.at[i].shared ||
        (view->waits[i].what != HZW_WAITS_COND && view->waits[i].what != HZW_WAITS_SEM &&
         view->waits[i].what != HZW_WAITS_BARRIER))
        return HZW_NO_NODE;
    if (stranded->node == HZW_NO_NODE) {
        stranded->node = hzw_add(view->arena, &view->graph);
        view->graph.nodes.at[stranded->node].live = false;
        for (size_t k = 0; k < stranded->may.n; k++)
            hzw_blocks(view->arena, &view->graph, stranded->node, stranded->may.at[k]);
    }
    return stranded->node;
}

bool hzw_strand_in(const struct hzw_view *view, const size_t *members, size_t n)
{
    for (size_t m = 0; m < n; m++)
        for (size_t k = 0; k < view->stranded.n; k++)
            if (view->accounts[members[m]].waits &&
                view->accounts[members[m]].wait.object == view->stranded.at[k].object &&
                view->threads.at[members[m]].pid == view->stranded.at[k].pid)
                return true;
    return false;
}
