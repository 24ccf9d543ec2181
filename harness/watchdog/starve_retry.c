#include "watchdog/starve_parts.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- rows of refusals ----------------------------------------------------------- */

void hzw_follow_row(struct hzw_glance *look, uint32_t place, uint32_t actor,
                    const struct hzw_count *count, size_t *from)
{
    struct hzw_row row = {.place = place,
                          .actor = actor,
                          .owner = look->actors.at[actor].owner,
                          .object = count->object,
                          .refused = count->refused,
                          .caller = count->caller,
                          .taken = count->taken,
                          .kind = count->kind,
                          .since = look->now,
                          .first = count->refused,
                          .what = {.epoch = -1}};
    while (*from < look->then.rows.n && look->then.rows.at[*from].place < place)
        ++*from;
    const struct hzw_row *before = *from < look->then.rows.n ? &look->then.rows.at[*from] : NULL;
    if (before != NULL && before->place == place && before->owner == row.owner &&
        before->object == row.object && before->taken == row.taken &&
        before->refused <= row.refused) {
        row.grows = before->refused < row.refused;
        row.since = before->since;
        row.first = before->first;
        row.followed = before->followed;
        row.mutual_at = before->mutual_at;
        row.what = before->what;
    }
    *hz_push(look->memory, &look->starve->rows) = row;
}

/* ---- livelock ------------------------------------------------------------------- */

/* The rows of threads that may be in a livelock; fewer and fewer. */
typedef HZ_VEC(struct hzw_row *) row_list;

/* A thread that has what a row is about, or took it since: it is in the way. */
struct rival {
    uint32_t actor, key;
};
struct rivals {
    HZ_VEC(struct rival) all; /* by actor, then key */
    uint32_t *rows;           /* of each actor, those that are left */
};

static int by_actor(const void *a, const void *b)
{
    const struct rival *left = a, *right = b;
    if (left->actor != right->actor)
        return left->actor < right->actor ? -1 : 1;
    return (left->key > right->key) - (left->key < right->key);
}

static bool is_rival(const struct rivals *rivals, uint32_t actor, uint32_t key)
{
    struct rival wanted = {actor, key};
    return rivals->all.n != 0 &&
           bsearch(&wanted, rivals->all.at, rivals->all.n, sizeof wanted, by_actor) != NULL;
}

static void add_holders(struct hzw_glance *look, uint32_t index, struct rivals *rivals)
{
    const struct hzw_actor *actor = &look->actors.at[index];
    for (uint32_t i = 0, n = hzw_held_named(actor->slot); i < n; i++) {
        const struct hzw_door *door = NULL;
        while ((door = hzw_next_door(&look->starve->table, door, hzw_pid_of(actor->owner),
                                     hzw_held_at(actor->slot, i)->object, 0)) != NULL)
            *hz_push(look->arena, &rivals->all) = (struct rival){index, door->key};
    }
}

/* Who of those with a row holds the object of another's, or takes it again and again. */
static void find_rivals(struct hzw_glance *look, const row_list *rows, struct rivals *rivals)
{
    rivals->rows = hz_alloc(look->arena, look->actors.n * sizeof *rivals->rows);
    for (size_t i = 0; i < rows->n; i++)
        if (rivals->rows[rows->at[i]->actor]++ == 0)
            add_holders(look, rows->at[i]->actor, rivals);
    for (size_t i = 0; i < look->counts->n; i++) {
        const struct hzw_count_of *count = &look->counts->at[i];
        if (rivals->rows[count->actor] != 0 && count->since[0] > 0)
            *hz_push(look->arena, &rivals->all) = (struct rival){count->actor, count->key};
    }
    look->starve->steps += rows->n + look->counts->n;
    if (rivals->all.n == 0)
        return;
    qsort(rivals->all.at, rivals->all.n, sizeof *rivals->all.at, by_actor);
    size_t kept = 1;
    for (size_t i = 1; i < rivals->all.n; i++)
        if (by_actor(&rivals->all.at[i], &rivals->all.at[kept - 1]) != 0)
            rivals->all.at[kept++] = rivals->all.at[i];
    rivals->all.n = kept;
}

/* How many rivals with a row there are for each key. */
static void count_rivals(struct hzw_glance *look, const row_list *rows, const struct rivals *rivals)
{
    for (size_t i = 0; i < rows->n; i++)
        hzw_key_at(look, rows->at[i]->what.key)->rivals = 0;
    for (size_t i = 0; i < rivals->all.n; i++)
        hzw_key_at(look, rivals->all.at[i].key)->rivals = 0;
    for (size_t i = 0; i < rivals->all.n; i++)
        if (rivals->rows[rivals->all.at[i].actor] > 0)
            hzw_key_at(look, rivals->all.at[i].key)->rivals++;
    look->starve->steps += rivals->all.n;
}

/* So many rounds are enough for all but long chains of threads, which then go unreported. */
#define MOST_ROUNDS 64

/* Takes out the rows that no other of the list is in the way of, until none is left to. */
static void keep_mutual(struct hzw_glance *look, row_list *rows)
{
    struct rivals rivals = {0};
    if (rows->n == 0)
        return;
    find_rivals(look, rows, &rivals);
    bool changed = true;
    for (int round = 0; changed && round < MOST_ROUNDS; round++) {
        changed = false;
        count_rivals(look, rows, &rivals);
        for (size_t i = 0; i < rows->n; i++) {
            const struct hzw_row *row = rows->at[i];
            uint32_t in_the_way = hzw_key_at(look, row->what.key)->rivals;
            if (in_the_way > (uint32_t)is_rival(&rivals, row->actor, row->what.key))
                continue;
            rivals.rows[row->actor]--;
            rows->at[i--] = rows->at[--rows->n];
            changed = true;
        }
    }
    if (changed)
        rows->n = 0;
}

static void report_livelock(struct hzw_glance *look, const row_list *rows, pid_t process)
{
    struct hzw_suspicion *suspicion = NULL;
    for (size_t i = 0; i < rows->n; i++) {
        const struct hzw_row *row = rows->at[i];
        if (hzw_pid_of(row->owner) != process)
            continue;
        const char *what = hzw_kind_word(row->kind), *tries = hzw_number(look->arena, row->refused);
        if (suspicion == NULL)
            suspicion = hzw_add_suspicion(
                look, "livelock", HZ_PROBABLE,
                hz_printf(look->arena,
                          "threads try and give up by turns: %s tries in a row got no %s in %.2f s",
                          tries, what, hzw_seconds(row->since, look->now)));
        struct hzw_suspect *suspect =
            hzw_add_suspect(look, suspicion, look->actors.at[row->actor].thread,
                            hz_printf(look->arena, "tried for %s %s times in a row", what, tries));
        suspect->caller = row->caller;
        suspect->object = row->object;
        suspect->what = what;
    }
}

/* Who waits in timed calls, one after the other, tries as well: as often as was seen. */
static struct hzw_row *as_row(struct hzw_glance *look, struct hzw_waiter *waiter)
{
    struct hzw_row *row = hz_alloc(look->arena, sizeof *row);
    *row = (struct hzw_row){.actor = waiter->actor,
                            .owner = waiter->owner,
                            .object = waiter->wait.object,
                            .refused = waiter->calls - 1,
                            .caller = waiter->wait.caller,
                            .kind = waiter->wait.kind,
                            .since = waiter->since,
                            .what = waiter->what,
                            .waiter = waiter};
    return row;
}

/* The row of the thread's own count of those time-outs; NULL if it keeps none. */
static struct hzw_row *row_of(const row_list *rows, size_t n, const struct hzw_waiter *waiter)
{
    for (size_t i = 0; i < n; i++)
        if (rows->at[i]->owner == waiter->owner && rows->at[i]->object == waiter->wait.object)
            return rows->at[i];
    return NULL;
}

/* Marks the rows that are against each other. */
static void find_mutual(struct hzw_glance *look, row_list *rows)
{
    for (size_t i = 0; i < look->starve->rows.n; i++) {
        struct hzw_row *row = &look->starve->rows.at[i];
        if (row->followed && row->grows && row->refused >= HZW_FEWEST_TRIES)
            *hz_push(look->arena, rows) = row;
    }
    size_t counted = rows->n;
    for (size_t i = 0; i < look->starve->waiters.n; i++) {
        struct hzw_waiter *waiter = &look->starve->waiters.at[i];
        if (waiter->calls <= 1)
            continue;
        struct hzw_row *row = row_of(rows, counted, waiter);
        if (row != NULL)
            row->waiter = waiter;
        else
            *hz_push(look->arena, rows) = as_row(look, waiter);
    }
    look->starve->steps += look->starve->waiters.n;
    keep_mutual(look, rows);
    for (size_t i = 0; i < rows->n; i++) {
        rows->at[i]->mutual_at = look->now;
        if (rows->at[i]->waiter != NULL)
            rows->at[i]->waiter->mutual = true;
    }
}

/* Tries that wait for a while each, as those for a timed lock, are fewer. */
static bool is_hopeless(const struct hzw_glance *look, const struct hzw_row *row)
{
    const struct hzw_options *options = &look->starve->options;
    return row->refused >= options->retries ||
           (row->refused >= options->retries / 10 &&
            hzw_seconds(row->since, look->now) >= options->livelock_seconds);
}

static void look_for_livelock(struct hzw_glance *look)
{
    row_list mutual = {0}, rows = {0};
    find_mutual(look, &mutual);
    for (size_t i = 0; i < mutual.n; i++)
        if (is_hopeless(look, mutual.at[i]))
            *hz_push(look->arena, &rows) = mutual.at[i];
    keep_mutual(look, &rows);
    for (size_t i = 0; i < rows.n; i++)
        if (hzw_is_new(look, "livelock", (uint32_t)rows.at[i]->owner, 0))
            report_livelock(look, &rows, hzw_pid_of(rows.at[i]->owner));
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
        const struct hzt_thread *thread = look->actors.at[row->actor].thread;
        const char *role = hz_printf(look->arena, "descriptor %d gave nothing %s times in a row",
                                     descriptor, hzw_number(look->arena, row->refused));
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
    look_for_livelock(look);
    look_for_busy_waits(look);
    look->starve->steps += look->starve->rows.n;
}

#define NEGLECTED 200000000ull /* nanoseconds */

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
        if (hzw_pid_of(actor->owner) == pid && caller != 0)
            return caller;
    }
    return 0;
}

/* It waits for a child: then it collects, be it in an order of its own. */
static bool is_collecting(const struct hzw_glance *look, pid_t pid)
{
    for (size_t i = 0; i < look->threads->n; i++) {
        const struct hzt_thread *thread = &look->threads->at[i];
        if (thread->pid == pid && thread->on == HZT_ON_CHILD && thread->state == HZT_BLOCKED)
            return true;
    }
    return false;
}

/* Where there is no room for one more parent the longest known one gives way. */
static struct hzw_neglect *neglect_of(struct hzw_glance *look, pid_t parent)
{
    struct hzw_neglect *known = look->starve->neglect, *place = &known[0];
    for (size_t i = 0; i < HZW_PARENTS; i++) {
        if (known[i].parent == parent)
            return &known[i];
        if (known[i].since < place->since)
            place = &known[i];
    }
    *place = (struct hzw_neglect){.parent = parent, .since = look->now};
    return place;
}

/* Whether none was collected for a while: they may be many for a moment, and in turn. */
static bool is_neglecting(struct hzw_glance *look, pid_t parent, unsigned dead)
{
    if (dead < look->starve->options.zombies)
        return false;
    struct hzw_neglect *neglect = neglect_of(look, parent);
    if (dead < neglect->dead || is_collecting(look, parent))
        neglect->since = look->now;
    neglect->dead = dead;
    return look->now - neglect->since >= NEGLECTED;
}

static void judge_parent(struct hzw_glance *look, const struct hzt_thread *parent)
{
    unsigned n = zombies_of(look, parent->pid);
    if (!is_neglecting(look, parent->pid, n) || !hzw_is_new(look, "zombies", (uint64_t)parent->pid, 0))
        return;
    const char *role = hz_printf(look->arena, "has %u dead children, and collects none", n);
    struct hzw_suspicion *suspicion =
        hzw_add_suspicion(look, "zombies", HZ_CERTAIN,
                          hz_printf(look->arena, "process %d %s", (int)parent->pid, role));
    struct hzw_suspect *suspect = hzw_add_suspect(look, suspicion, parent, role);
    suspect->caller = last_fork(look, parent->pid);
    suspect->what = "child";
}

void hzw_look_for_zombies(struct hzw_glance *look)
{
    unsigned all = 0;
    for (size_t i = 0; i < look->threads->n; i++)
        all += is_zombie(&look->threads->at[i]);
    look->starve->steps += look->threads->n;
    if (all == 0 || all < look->starve->options.zombies)
        return;
    for (size_t i = 0; i < look->threads->n; i++) {
        const struct hzt_thread *parent = &look->threads->at[i];
        if (parent->tid == parent->pid && !is_zombie(parent))
            judge_parent(look, parent);
    }
}
