#include "watchdog/starve_parts.h"

#include <inttypes.h>

/* ---- rows of refusals ----------------------------------------------------------- */

/* How often the other threads of the process took the object. */
static uint64_t taken_by_others(const struct hzw_glance *look, const struct hzw_actor *actor,
                                uint64_t object)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < look->actors.n; i++) {
        const struct hzw_actor *other = &look->actors.at[i];
        if (other != actor && hzw_same_process(actor, other))
            sum += hzw_find_count(other->slot, object).taken;
    }
    return sum;
}

static void follow_row(struct hzw_glance *look, const struct hzw_actor *actor,
                       const struct hzw_count *count)
{
    struct hzw_row row = {.owner = actor->owner,
                          .object = count->object,
                          .refused = count->refused,
                          .caller = count->caller,
                          .taken = count->taken,
                          .kind = count->kind};
    const struct hzw_row *before = NULL;
    for (size_t i = 0; i < look->then.rows.n && before == NULL; i++) {
        const struct hzw_row *one = &look->then.rows.at[i];
        if (one->owner == row.owner && one->object == row.object && one->taken == row.taken &&
            one->refused <= row.refused)
            before = one;
    }
    row.grows = before != NULL && before->refused < row.refused;
    row.since = before != NULL ? before->since : look->now;
    row.first = before != NULL ? before->first : row.refused;
    row.others = before != NULL ? before->others : taken_by_others(look, actor, row.object);
    *hz_push(look->memory, &look->starve->rows) = row;
}

static void follow_rows(struct hzw_glance *look)
{
    for (size_t i = 0; i < look->actors.n; i++) {
        for (size_t j = 0; j < HZW_TALLIES; j++) {
            const struct hzw_actor *actor = &look->actors.at[i];
            struct hzw_count count = hzw_read_count(&actor->slot->tally[j]);
            if (count.object != 0 && count.refused != 0)
                follow_row(look, actor, &count);
        }
    }
}

/* ---- livelock ------------------------------------------------------------------- */

/* The rows of threads that may be in a livelock; fewer and fewer. */
typedef HZ_VEC(struct hzw_row *) row_list;

/* Whether that thread is in the way of this row: it holds the object, or keeps taking it. */
static bool is_in_the_way(const struct hzw_glance *look, const struct hzw_row *row,
                          const struct hzw_actor *other)
{
    const struct hzw_actor *actor = hzw_find_actor(look, row->owner);
    if (actor == other || !hzw_same_process(actor, other))
        return false;
    if (hzw_find_held(other->slot, row->object).object != 0)
        return true;
    return hzw_find_count(other->slot, row->object).taken > 0 &&
           taken_by_others(look, actor, row->object) > row->others;
}

/* Takes out the rows that no other of the list is in the way of, until none is left to. */
static void keep_mutual(const struct hzw_glance *look, row_list *rows)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < rows->n; i++) {
            bool stays = false;
            for (size_t j = 0; j < rows->n && !stays; j++)
                stays = is_in_the_way(look, rows->at[i], hzw_find_actor(look, rows->at[j]->owner));
            if (!stays) {
                rows->at[i--] = rows->at[--rows->n];
                changed = true;
            }
        }
    }
}

static void report_livelock(struct hzw_glance *look, const row_list *rows, uint64_t process)
{
    struct hzw_suspicion *suspicion = NULL;
    for (size_t i = 0; i < rows->n; i++) {
        const struct hzw_row *row = rows->at[i];
        if ((uint32_t)row->owner != process)
            continue;
        if (suspicion == NULL)
            suspicion = hzw_add_suspicion(look, "livelock", HZ_PROBABLE,
                                          hz_printf(look->arena,
                                                    "threads try and give up by turns: %" PRIu64
                                                    " tries in a row got no %s",
                                                    row->refused, hzw_kind_word(row->kind)));
        const char *what = hzw_kind_word(row->kind);
        struct hzw_suspect *suspect = hzw_add_suspect(
            look, suspicion, hzw_find_actor(look, row->owner)->thread,
            hz_printf(look->arena, "tried for %s %" PRIu64 " times in a row", what, row->refused));
        suspect->caller = row->caller;
        suspect->object = row->object;
        suspect->what = what;
    }
}

/* Marks the rows that are against each other. */
static void find_mutual(struct hzw_glance *look, row_list *rows)
{
    for (size_t i = 0; i < look->starve->rows.n; i++) {
        struct hzw_row *row = &look->starve->rows.at[i];
        if (row->kind != HZW_IO && row->grows && row->refused >= HZW_FEWEST_TRIES)
            *hz_push(look->arena, rows) = row;
    }
    keep_mutual(look, rows);
    for (size_t i = 0; i < rows->n; i++)
        rows->at[i]->mutual = true;
}

static void look_for_livelock(struct hzw_glance *look)
{
    row_list mutual = {0}, rows = {0};
    find_mutual(look, &mutual);
    for (size_t i = 0; i < mutual.n; i++)
        if (mutual.at[i]->refused >= look->starve->options.retries)
            *hz_push(look->arena, &rows) = mutual.at[i];
    keep_mutual(look, &rows);
    for (size_t i = 0; i < rows.n; i++)
        if (hzw_is_new(look, "livelock", (uint32_t)rows.at[i]->owner, 0))
            report_livelock(look, &rows, (uint32_t)rows.at[i]->owner);
}

/* ---- busy waiting --------------------------------------------------------------- */

/* So many a second are no polling with a pause in between. */
static bool is_fast(const struct hzw_glance *look, const struct hzw_row *row)
{
    double time = hzw_seconds(row->since, look->now);
    return (double)(row->refused - row->first) >= time * 10 * look->starve->options.retries;
}

static void look_for_busy_waits(struct hzw_glance *look)
{
    for (size_t i = 0; i < look->starve->rows.n; i++) {
        const struct hzw_row *row = &look->starve->rows.at[i];
        if (row->kind != HZW_IO || !row->grows ||
            row->refused < 10 * look->starve->options.retries || !is_fast(look, row) ||
            !hzw_is_new(look, "busy-wait", row->owner, row->object))
            continue;
        int descriptor = (int)(row->object - HZW_IO_OBJECT(0));
        const struct hzt_thread *thread = hzw_find_actor(look, row->owner)->thread;
        const char *role =
            hz_printf(look->arena, "descriptor %d gave nothing %" PRIu64 " times in a row",
                      descriptor, row->refused);
        struct hzw_suspicion *suspicion = hzw_add_suspicion(
            look, "busy-wait", HZ_PROBABLE,
            hz_printf(look->arena, "thread %d asks again and again: %s", (int)thread->tid, role));
        struct hzw_suspect *suspect = hzw_add_suspect(look, suspicion, thread, role);
        suspect->caller = row->caller;
        suspect->what = "descriptor";
    }
}

void hzw_look_for_retries(struct hzw_glance *look)
{
    follow_rows(look);
    look_for_livelock(look);
    look_for_busy_waits(look);
}

/* ---- zombies -------------------------------------------------------------------- */

static bool is_zombie(const struct hzt_thread *thread)
{
    /* The first thread of a process may be dead while others of it live on. */
    return thread->state == HZT_ZOMBIE && thread->pid == thread->tid && thread->threads <= 1;
}

static unsigned zombies_of(const struct hzw_glance *look, pid_t parent)
{
    unsigned n = 0;
    for (size_t i = 0; i < look->threads->n; i++)
        n += is_zombie(&look->threads->at[i]) && look->threads->at[i].parent == parent;
    return n;
}

/* Where a thread of the process forked last; 0 if that is not known. */
static uint64_t last_fork(const struct hzw_glance *look, pid_t pid)
{
    for (size_t i = 0; i < look->actors.n; i++) {
        const struct hzw_actor *actor = &look->actors.at[i];
        uint64_t caller = atomic_load(&actor->slot->last_fork);
        if ((pid_t)(uint32_t)actor->owner == pid && caller != 0)
            return caller;
    }
    return 0;
}

void hzw_look_for_zombies(struct hzw_glance *look)
{
    for (size_t i = 0; i < look->threads->n; i++) {
        const struct hzt_thread *parent = &look->threads->at[i];
        if (parent->tid != parent->pid || is_zombie(parent))
            continue;
        unsigned n = zombies_of(look, parent->pid);
        if (n < look->starve->options.zombies ||
            !hzw_is_new(look, "zombies", (uint64_t)parent->pid, 0))
            continue;
        const char *role = hz_printf(look->arena, "has %u dead children, and collects none", n);
        struct hzw_suspicion *suspicion =
            hzw_add_suspicion(look, "zombies", HZ_CERTAIN,
                              hz_printf(look->arena, "process %d %s", (int)parent->pid, role));
        struct hzw_suspect *suspect = hzw_add_suspect(look, suspicion, parent, role);
        suspect->caller = last_fork(look, parent->pid);
        suspect->what = "child";
    }
}
