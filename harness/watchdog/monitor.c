#include "watchdog/monitor_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- since when --------------------------------------------------------------- */

/* A thread that spins is still as long as it has not left the call that it spins in. */
static bool stood_still(const struct hzw_stuck *before, const struct hzt_thread *thread,
                        const struct hzw_account *account)
{
    if (hzw_spins(account))
        return before->wait_seq == account->wait_seq && before->thread.started == thread->started;
    return hzt_still(&before->thread, thread);
}

static const struct hzw_stuck *stuck_before(const struct hzw_monitor *monitor,
                                            const struct hzt_thread *thread, size_t *from)
{
    for (; *from < monitor->stuck.n; ++*from) {
        const struct hzw_stuck *stuck = &monitor->stuck.at[*from];
        if (stuck->thread.pid > thread->pid ||
            (stuck->thread.pid == thread->pid && stuck->thread.tid > thread->tid))
            return NULL;
        if (stuck->thread.pid == thread->pid && stuck->thread.tid == thread->tid)
            return stuck;
    }
    return NULL;
}

/* For each thread since when it is stuck without a break; replaces the last look's list. */
static double *date_stuck(struct hzw_monitor *monitor, struct hzw_view *view, double now)
{
    double *since = hz_alloc(view->arena, view->threads.n * sizeof *since);
    typeof(monitor->stuck) stuck = {0};
    size_t from = 0;
    for (size_t i = 0; i < view->threads.n; i++) {
        if (!view->graph.nodes.at[i].stuck)
            continue;
        const struct hzt_thread *thread = &view->threads.at[i];
        const struct hzw_stuck *before = stuck_before(monitor, thread, &from);
        since[i] =
            before != NULL && stood_still(before, thread, &view->accounts[i]) ? before->since : now;
        *hz_push(view->arena, &stuck) =
            (struct hzw_stuck){*thread, view->accounts[i].wait_seq, since[i]};
    }
    monitor->stuck = stuck;
    return since;
}

/* ---- confirming ---------------------------------------------------------------- */

/* Some threads of a view. */
struct group {
    size_t *members;
    size_t n;
};

/*
 * Everything that the verdict stands on (owners, ends of pipes) was read after the
 * threads. If they still have not run now, then it was read while they stood still.
 */
static bool still_now(const struct hzw_view *view, const struct group *group)
{
    for (size_t k = 0; k < group->n; k++) {
        size_t i = group->members[k];
        const struct hzw_account *account = &view->accounts[i];
        struct hzt_thread now;
        if (hzw_spins(account)
                ? atomic_load(&account->slot->wait_seq) != account->wait_seq
                : !hzt_read(view->threads.at[i].pid, view->threads.at[i].tid, &now) ||
                      !hzt_still(&view->threads.at[i], &now))
            return false;
    }
    return true;
}

static bool nobody_else(struct hzw_monitor *monitor, struct hzw_view *view,
                        const struct group *group, double now)
{
    bool definite = true;
    for (size_t k = 0; k < group->n; k++) {
        definite &= view->waits[group->members[k]].definite;
        if (hzw_outside(monitor, view, group->members[k], now))
            return false;
    }
    /* Who might wake is everybody: then everybody must have been seen. */
    return definite || hzw_view_complete(view);
}

static bool confirmed(struct hzw_monitor *monitor, struct hzw_view *view, const struct group *group,
                      double now)
{
    return group->n > 0 && nobody_else(monitor, view, group, now) && still_now(view, group);
}

/* All threads that are not dead, if each of them is stuck for long enough; else none. */
static struct group everybody(const struct hzw_monitor *monitor, const struct hzw_view *view,
                              const double *since, double now)
{
    struct group group = {.members = hz_alloc(view->arena, view->threads.n * sizeof(size_t))};
    for (size_t i = 0; i < view->threads.n; i++) {
        if (view->threads.at[i].state == HZT_ZOMBIE)
            continue;
        if (!view->graph.nodes.at[i].stuck || now - since[i] < monitor->options.confirm)
            return (struct group){0};
        group.members[group.n++] = i;
    }
    return group;
}

/*
 * Whether nothing but threads of the root has to do with its waits: locks whose holders
 * are known and there, and the ends of such threads. That no thread ran between two
 * readings, with the owners read between them, then proves the cycle at once.
 */
static bool by_itself(const struct hzw_view *view, size_t i)
{
    const struct hzw_waiting *waiting = &view->waits[i];
    return waiting->definite && !waiting->gone && !waiting->moved &&
           (waiting->what == HZW_WAITS_MUTEX || waiting->what == HZW_WAITS_RWLOCK ||
            waiting->what == HZW_WAITS_SPIN || waiting->what == HZW_WAITS_JOIN);
}

/* The threads of each root; none of a root with a thread that is stuck for too short a time. */
static struct group *roots_of(const struct hzw_monitor *monitor, const struct hzw_view *view,
                              const double *since, double now)
{
    size_t roots = (size_t)view->graph.roots;
    struct group *groups = hz_alloc(view->arena, roots * sizeof *groups);
    bool *young = hz_alloc(view->arena, roots * sizeof *young);
    for (size_t i = 0; i < view->threads.n; i++)
        if (view->graph.nodes.at[i].root >= 0)
            groups[view->graph.nodes.at[i].root].n++;
    for (size_t r = 0; r < roots; r++) {
        groups[r].members = hz_alloc(view->arena, groups[r].n * sizeof(size_t));
        groups[r].n = 0;
    }
    for (size_t i = 0; i < view->threads.n; i++) {
        int root = view->graph.nodes.at[i].root;
        if (root < 0)
            continue;
        groups[root].members[groups[root].n++] = i;
        young[root] |= now - since[i] < monitor->options.confirm && !by_itself(view, i);
    }
    for (size_t r = 0; r < roots; r++)
        if (young[r])
            groups[r].n = 0;
    return groups;
}

static const char *describe_hang(struct hz_arena *arena, struct hzw_view *view,
                                 const struct group *group)
{
    enum { NAMED = 8 };
    const char *text = hz_printf(arena, "%zu thread%s:", group->n, group->n == 1 ? "" : "s");
    for (size_t k = 0; k < group->n && k < NAMED; k++) {
        size_t i = group->members[k];
        hzw_guess(&view->threads.at[i], &view->waits[i]);
        text = hz_printf(arena, "%s%s %s", text, k == 0 ? "" : ",",
                         hzw_what_name(view->waits[i].what));
    }
    return group->n > NAMED ? hz_printf(arena, "%s, …", text) : text;
}

/* ---- looking -------------------------------------------------------------------- */

/* The quick look may take more: it is what finds a deadlock in time. */
#define QUICK_SHARE 0.1

/* Seconds between two of them where somebody has just begun to wait. */
#define QUICK_AGAIN 0.0002

/* Calls in a row, where somebody begins to wait all the time. */
#define MOST_PUT_OFF 4

/* Processor time of ours: that a look was interrupted is no reason to look less often. */
static double spent(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Seconds; who starves is to be seen at several looks, however many threads there are. */
#define LONGEST_REST 0.25

/* When a look may come again that ends now and took `cost` seconds. */
static double rested(double share, double cost)
{
    return hz_now() + fmin(cost * (1 / share - 1), LONGEST_REST);
}

/* Adds findings for the roots that are confirmed. False if one could not be, for now. */
static bool report_roots(struct hzw_monitor *monitor, struct hzw_view *view, const double *since,
                         bool whole, double now)
{
    struct group *roots = roots_of(monitor, view, since, now);
    bool *report = hz_alloc(view->arena, (size_t)view->graph.roots * sizeof *report);
    bool all = true;
    for (int r = 0; r < view->graph.roots; r++) {
        if (roots[r].n > 0 && hzw_reported(monitor, view, roots[r].members, roots[r].n, whole))
            continue;
        if (view->stranded.n > 0 && !hzw_strand_in(view, roots[r].members, roots[r].n))
            continue;
        report[r] = roots[r].n > 0 && (whole || confirmed(monitor, view, &roots[r], now));
        all &= report[r];
    }
    /* After all were confirmed: to read a stack makes its thread run. */
    for (int r = 0; r < view->graph.roots; r++)
        if (report[r])
            hzw_report_stuck(monitor, view, roots[r].members, roots[r].n, whole);
    return all;
}

static void solve(struct hzw_monitor *monitor, struct hzw_view *view)
{
    do {
        hzw_waits_build(monitor, view);
        hzw_pause(monitor);
        hzw_solve(view->arena, &view->graph);
    } while (hzw_view_verify(monitor, view));
}

/*
 * Waits that those could end who have ended or are stuck, while others work. Each thread
 * says itself since when it has been in its one call; who does not is too young.
 */
static void look_for_stranded(struct hzw_monitor *monitor, struct hzw_view *view, double now)
{
    if (!hzw_strand_find(monitor, view))
        return;
    hzw_view_forget(view);
    solve(monitor, view);
    double *since = hz_alloc(view->arena, view->threads.n * sizeof *since);
    for (size_t i = 0; i < view->threads.n; i++)
        since[i] = view->accounts[i].waits ? (double)view->accounts[i].wait.since / 1e9 : now;
    report_roots(monitor, view, since, false, now);
}

static bool look_for_hangs(struct hzw_monitor *monitor, struct hzw_view *view, double now)
{
    solve(monitor, view);
    double *since = date_stuck(monitor, view, now);
    if (monitor->stuck.n == 0)
        return false;
    struct group all = everybody(monitor, view, since, now);
    bool whole = confirmed(monitor, view, &all, now);
    if (whole && monitor->hang == NULL)
        monitor->hang = hz_dup(&monitor->kept, describe_hang(view->arena, view, &all));
    if (monitor->options.findings)
        report_roots(monitor, view, since, whole, now);
    return whole;
}

static void look_for_starving(struct hzw_monitor *monitor, struct hzw_view *view)
{
    uint64_t now = (uint64_t)(hz_now() * 1e9);
    if (!monitor->options.findings || monitor->starve == NULL ||
        atomic_load(&monitor->region->next_slot) == 0)
        return;
    hzw_suspicions suspicions = {0};
    hzw_starve_look(monitor->starve, view->arena, &view->threads, now, &suspicions);
    hzw_report_starving(monitor, &suspicions);
}

/*
 * Threads that are suspected for what the shared memory says, as the kernel sees them. A
 * thread may have said that it will wait and not yet do so: then the next look asks again.
 */
static void look_at_suspects(struct hzw_monitor *monitor, struct hz_arena *arena, pid_t root,
                             bool root_too, double now)
{
    hzw_suspected suspected = {0};
    hzw_quick(monitor, arena, &suspected);
    if (suspected.n == 0)
        return;
    struct hzw_view view = {.arena = arena, .root = root, .root_too = root_too};
    hzw_view_read_some(monitor, &view, &suspected);
    hzw_waits_build(monitor, &view);
    hzw_solve(arena, &view.graph);
    double *just_now = hz_alloc(arena, view.threads.n * sizeof *just_now);
    for (size_t i = 0; i < view.threads.n; i++)
        just_now[i] = now;
    size_t stuck = 0;
    for (size_t i = 0; i < view.threads.n; i++)
        stuck += view.graph.nodes.at[i].root >= 0;
    if (!report_roots(monitor, &view, just_now, false, now) || stuck < suspected.n)
        monitor->settled = 0;
}

/* The quick look, if it is due. */
static void look_quickly(struct hzw_monitor *monitor, pid_t root, bool root_too)
{
    double now = hz_now();
    if (!monitor->options.findings || now < monitor->next_quick)
        return;
    double before = spent();
    struct hz_arena arena;
    hz_arena_init(&arena);
    look_at_suspects(monitor, &arena, root, root_too, now);
    hzw_history_look(monitor, now);
    hz_arena_free(&arena);
    monitor->next_quick = fmax(rested(fmax(monitor->options.share, QUICK_SHARE), spent() - before),
                               now + QUICK_AGAIN);
}

static void empty(struct hz_arena *arena)
{
    hz_arena_free(arena);
    hz_arena_init(arena);
}

static void read_view(struct hzw_monitor *monitor, pid_t root, bool root_too, double now)
{
    monitor->turn ^= 1;
    monitor->view = (struct hzw_view){&monitor->looks[monitor->turn], .root = root,
                                      .root_too = root_too, .now = now};
    hzw_view_read(monitor, &monitor->view);
}

/* A full look: on a stack of its own, which hzw_pause() leaves. */
static void look_at_all(struct hzw_monitor *monitor)
{
    struct hzw_view *view = &monitor->view;
    read_view(monitor, monitor->root, monitor->root_too, hz_now());
    hzw_pause(monitor);
    monitor->whole = look_for_hangs(monitor, view, view->now);
    if (!monitor->whole && monitor->options.findings)
        look_for_stranded(monitor, view, view->now);
    empty(&monitor->looks[monitor->turn ^ 1]); /* the list of who was stuck */
    hzw_pause(monitor);
    look_for_starving(monitor, view);
    monitor->next_full =
        rested(monitor->options.share, monitor->cost + spent() - monitor->resumed);
    hzw_pause(monitor);
    if (monitor->options.findings) {
        hzw_warm(monitor, view);
        hzw_pause(monitor);
        hzw_keep_image(monitor->orders);
    }
    if (monitor->stuck.n == 0)
        empty(&monitor->looks[monitor->turn]);
}

/* Begins one, or goes on with it. True if it found that all are stuck. */
static bool look_fully(struct hzw_monitor *monitor, pid_t root, bool root_too)
{
    if (!hzw_under_way(monitor)) {
        monitor->root = root;
        monitor->root_too = root_too;
        monitor->cost = 0;
    }
    monitor->whole = false;
    monitor->resumed = spent();
    hzw_slice(monitor, look_at_all, monitor->slice);
    monitor->cost += spent() - monitor->resumed;
    return monitor->whole;
}

bool hzw_look(struct hzw_monitor *monitor, pid_t root, bool root_too)
{
    look_quickly(monitor, root, root_too);
    if (monitor->fresh == 1) {
        double again = fmin(monitor->next_quick - hz_now(), 5 * QUICK_AGAIN);
        nanosleep(&(struct timespec){.tv_nsec = again > 0 ? (long)(again * 1e9) : 0}, NULL);
        look_quickly(monitor, root, root_too);
    }
    /* Who has just begun to wait may be one of a deadlock: that comes first, a moment later. */
    if (monitor->fresh > 0 && monitor->fresh < MOST_PUT_OFF && !hzw_order_behind(monitor))
        return false;
    double now = hz_now();
    hzw_order_look(monitor, now);
    hzw_naming_look(monitor);
    if (!hzw_under_way(monitor) && now < monitor->next_full)
        return false;
    /* Not both in one call, where the log alone took long; not for ever, either. */
    monitor->put_off = !monitor->put_off && hz_now() - now > monitor->slice;
    if (monitor->put_off)
        return false;
    return look_fully(monitor, root, root_too);
}
