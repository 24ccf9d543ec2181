/* Measured locks get their names while their processes live; the figures come at the end. */
#include "watchdog/monitor_parts.h"

#include "watchdog/stats.h"

#include <stdlib.h>

#define LOOK_EVERY 0.005     /* seconds; a process that exits waits for its locks' names */
#define NAMING_SECONDS 0.003 /* in one look: hangs are to be seen in time, too */

/* A thread's routine in a process image. */
struct routine {
    pid_t pid;
    uint64_t start;
    const char *name;
};

/* A lock that processes share. */
struct shared {
    struct hzw_lock_name name;
    uint32_t side, place;
};

struct hzw_naming {
    struct hz_arena kept;
    double next;
    struct hzw_lock_label *label[HZW_STAT_LOCKS]; /* by place; NULL: not named yet */
    uint32_t same[HZW_STAT_LOCKS];                /* see hzw_stats_read() */
    uint32_t named, shares;                       /* as of the last look */
    HZ_VEC(struct routine) routines;
    HZ_VEC(struct shared) shared;
};

static struct hzw_naming *naming_of(struct hzw_monitor *monitor)
{
    if (monitor->naming != NULL)
        return monitor->naming;
    struct hzw_naming *naming = calloc(1, sizeof *naming);
    if (naming == NULL)
        (*obstack_alloc_failed_handler)();
    hz_arena_init(&naming->kept);
    for (uint32_t i = 0; i < HZW_STAT_LOCKS; i++)
        naming->same[i] = i;
    return monitor->naming = naming;
}

void hzw_naming_close(struct hzw_monitor *monitor)
{
    if (monitor->naming != NULL)
        hz_arena_free(&monitor->naming->kept);
    free(monitor->naming);
}

/* ---- locks -------------------------------------------------------------------------- */

/* If another process has the same lock, its figures are added to those of that one. */
static void find_same(struct hzw_monitor *monitor, uint32_t place, const struct hzw_stat_lock *lock)
{
    struct hzw_naming *naming = monitor->naming;
    struct hzw_lock_name name;
    uint32_t side = lock->kind == HZW_RWLOCK_READ;
    if (!hzw_shared_name(monitor->orders, lock->owner, lock->object, hz_now(), &name))
        return;
    for (size_t i = 0; i < naming->shared.n; i++)
        if (naming->shared.at[i].name.space == name.space &&
            naming->shared.at[i].name.offset == name.offset && naming->shared.at[i].side == side) {
            naming->same[place] = naming->shared.at[i].place;
            return;
        }
    *hz_push(&naming->kept, &naming->shared) = (struct shared){name, side, place};
}

static const char *kind_word(uint32_t kind)
{
    if (kind == HZW_RWLOCK_READ)
        return "rwlock (to read)";
    if (kind == HZW_RWLOCK_WRITE)
        return "rwlock (to write)";
    return kind == HZW_SEM ? "semaphore" : kind == HZW_COND ? "condition" : hzw_kind_name(kind);
}

static void name_one(struct hzw_monitor *monitor, uint32_t place)
{
    struct hzw_naming *naming = monitor->naming;
    const struct hzw_stat_lock *lock = &monitor->region->stats.lock[place];
    struct hzs_process *names = hzw_image_names(monitor, lock->owner);
    struct hzw_lock_label *label = hz_alloc(&naming->kept, sizeof *label);
    label->kind = kind_word(lock->kind);
    label->name = hzw_name_of(&naming->kept, names, 0, lock->object);
    label->first = hzw_frame_at(&naming->kept, names, lock->caller);
    find_same(monitor, place, lock);
    naming->label[place] = label;
    naming->named++;
}

static void name_locks(struct hzw_monitor *monitor, double until)
{
    const struct hzw_stats *stats = &monitor->region->stats;
    for (uint32_t place = 0; place < HZW_STAT_LOCKS && hz_now() < until; place++)
        if (atomic_load_explicit(&stats->key[place], memory_order_relaxed) != 0 &&
            monitor->naming->label[place] == NULL &&
            atomic_load_explicit(&stats->lock[place].ready, memory_order_acquire) != 0)
            name_one(monitor, place);
}

/* ---- threads ------------------------------------------------------------------------- */

static const char *routine_of(const struct hzw_naming *naming, pid_t pid, uint64_t start)
{
    for (size_t i = 0; i < naming->routines.n; i++)
        if (naming->routines.at[i].pid == pid && naming->routines.at[i].start == start)
            return naming->routines.at[i].name;
    return NULL;
}

static void name_routine(struct hzw_monitor *monitor, uint64_t owner, uint64_t start)
{
    struct hzw_naming *naming = monitor->naming;
    pid_t pid = (pid_t)(uint32_t)owner;
    if (pid == 0 || start == 0 || routine_of(naming, pid, start) != NULL)
        return;
    /* As of a return address: the place before it is asked for. */
    struct hz_frame frame = hzw_frame_at(&naming->kept, hzw_image_names(monitor, owner), start + 1);
    *hz_push(&naming->kept, &naming->routines) =
        (struct routine){pid, start, frame.function != NULL ? frame.function : "?"};
}

/* Of the threads that are there, and of those that left their shares. */
static void name_routines(struct hzw_monitor *monitor)
{
    const struct hzw_region *region = monitor->region;
    uint32_t used = atomic_load(&region->next_slot), shares = atomic_load(&region->stats.shares);
    for (uint32_t i = 0; i < used && i < HZW_SLOTS; i++)
        name_routine(monitor, atomic_load(&region->slot[i].owner), region->slot[i].start);
    for (uint32_t i = 0; i < HZW_STAT_SHARES && shares != monitor->naming->shares; i++)
        name_routine(monitor, atomic_load(&region->stats.share[i].owner),
                     atomic_load(&region->stats.share[i].start));
    monitor->naming->shares = shares;
}

/* ---- all ------------------------------------------------------------------------------ */

void hzw_naming_look(struct hzw_monitor *monitor)
{
    struct hzw_stats *stats = &monitor->region->stats;
    if (stats->measure == 0)
        return;
    double now = hz_now();
    struct hzw_naming *naming = naming_of(monitor);
    uint64_t threads = atomic_load(&monitor->region->next_thread);
    bool news = atomic_load(&stats->locks) != naming->named ||
                threads != atomic_load(&stats->threads_named);
    if (now < naming->next || !news)
        return;
    name_routines(monitor);
    name_locks(monitor, now + NAMING_SECONDS);
    hzs_cache_done(monitor->names);
    atomic_store(&stats->named, naming->named);
    atomic_store(&stats->threads_named, threads);
    naming->next = hz_now() + LOOK_EVERY;
}

void hzw_measured(struct hzw_monitor *monitor, struct hz_arena *arena, hzw_lock_reports *out)
{
    if (monitor->region->stats.measure == 0)
        return;
    struct hzw_naming *naming = naming_of(monitor);
    hzw_measures measures = {0};
    hzw_stats_read(arena, monitor->region, naming->same, (uint64_t)(hz_now() * 1e9), &measures);
    for (size_t i = 0; i < measures.n; i++) {
        struct hzw_lock_report *report = hz_push(arena, out);
        report->measures = measures.at[i];
        const struct hzw_lock_label *label = naming->label[measures.at[i].place];
        const struct hzw_stat_lock *lock = &monitor->region->stats.lock[measures.at[i].place];
        report->label =
            label != NULL
                ? *label
                : (struct hzw_lock_label){.kind = kind_word(lock->kind),
                                          .name = hzw_name_of(arena, NULL, 0, lock->object),
                                          .first = hzw_frame_at(arena, NULL, lock->caller)};
        for (size_t k = 0; k < measures.at[i].shares.n; k++) {
            const struct hzw_share *share = &measures.at[i].shares.at[k];
            const char *routine = routine_of(naming, (pid_t)(uint32_t)share->owner, share->start);
            *hz_push(arena, &report->routines) = share->start == 0 ? "main"
                                                 : routine != NULL ? routine
                                                                   : "?";
        }
    }
}

uint64_t hzw_unmeasured(const struct hzw_monitor *monitor)
{
    return atomic_load(&monitor->region->stats.lost);
}

size_t hzw_left_out(const struct hzw_monitor *monitor, struct hzw_left_out out[HZW_LEFT_OUT])
{
    const struct hzw_region *region = monitor->region;
    const struct hzw_log *log = hzw_orders_log(monitor->orders);
    const struct hzw_order_counts orders = hzw_orders_counts(monitor->orders);
    const struct hzw_left_out all[HZW_LEFT_OUT] = {
        {"threads", "threads that found no room and were not watched", atomic_load(&region->lost)},
        {"shares", "times that a lock was taken by threads whose share of it found no room",
         atomic_load(&region->stats.shares_lost)},
        {"records", "records of orders, misuse and threads that found no room", log->dropped},
        {"holes", "records whose writer was killed before they were whole", log->holes},
        {"leaps", "times that the log made no sense and was read no further", log->leaps},
        {"searches", "searches for a circle of lock orders that were cut short",
         orders.searches_cut},
        {"incomplete", "lock orders whose older locks are not known", orders.incomplete},
        {"refused", "lock orders that make no sense, or of locks that are no more", orders.refused},
    };
    size_t n = 0;
    for (size_t i = 0; i < HZW_LEFT_OUT; i++)
        if (all[i].n != 0)
            out[n++] = all[i];
    return n;
}
