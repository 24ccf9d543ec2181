#include "watchdog/starve_parts.h"

/* ---- the waits that go on ------------------------------------------------------- */

/* The wait that goes on now, if a good copy of it can be had. */
static bool read_wait(const struct hzw_slot *slot, struct hzw_waiter *out)
{
    uint32_t seq = atomic_load(&slot->wait_seq);
    if (seq % 2 == 0)
        return false;
    out->wait = slot->wait;
    out->seq = seq;
    atomic_thread_fence(memory_order_acquire);
    return atomic_load(&slot->wait_seq) == seq;
}

/* The same for a wait on a condition in which it was woken in vain at least once. */
static bool read_episode(const struct hzw_slot *slot, struct hzw_waiter *out)
{
    const struct hzw_episode *episode = &slot->episode;
    uint64_t seq = atomic_load(&episode->seq);
    out->vain = atomic_load(&episode->vain);
    if (seq % 2 == 0 || out->vain == 0)
        return false;
    out->how = HZW_IN_EPISODE;
    out->seq = seq;
    out->wait = (struct hzw_wait){.kind = HZW_COND,
                                  .object = episode->object,
                                  .with = episode->with,
                                  .caller = episode->caller,
                                  .since = episode->since};
    atomic_thread_fence(memory_order_acquire);
    return atomic_load(&episode->seq) == seq;
}

bool hzw_can_be_passed(uint32_t kind)
{
    return kind == HZW_MUTEX || kind == HZW_RWLOCK_READ || kind == HZW_RWLOCK_WRITE ||
           kind == HZW_SPIN || kind == HZW_SEM;
}

/* ---- from one look to the next -------------------------------------------------- */

/* How long a thread may do something else between two calls that time out. */
#define BETWEEN_CALLS 1000000000ull

/*
 * Whether the thread has not got what it waited for then. An account that may have been
 * given up meanwhile says nothing.
 */
static bool got_nothing(const struct hzw_slot *slot, const struct hzw_waiter *before)
{
    return hzw_find_count(slot, before->wait.object).taken == before->taken &&
           atomic_load(&slot->tallies_full) == before->evicted;
}

static bool is_same(const struct hzw_actor *actor, const struct hzw_waiter *before,
                    const struct hzw_waiter *now)
{
    if (before->owner != now->owner || before->how != now->how ||
        before->wait.object != now->wait.object)
        return false;
    /* A call that ends by its time-out and is made again is one wait as before. */
    return before->seq == now->seq ||
           (before->wait.timed && now->wait.timed && got_nothing(actor->slot, before));
}

/* The waiter of the look before that the same slot had; NULL if it had none. */
static struct hzw_waiter *waiter_before(struct hzw_glance *look, size_t *from, uint32_t place,
                                        enum hzw_how how)
{
    while (*from < look->then.waiters.n && look->then.waiters.at[*from].place < place)
        ++*from;
    for (size_t i = *from; i < look->then.waiters.n; i++) {
        struct hzw_waiter *one = &look->then.waiters.at[i];
        if (one->place != place)
            break;
        if (one->how == how)
            return one;
    }
    return NULL;
}

static void start(const struct hzw_glance *look, const struct hzw_actor *actor,
                  struct hzw_waiter *waiter)
{
    waiter->since = waiter->wait.since;
    waiter->calls = 1;
    waiter->taken = hzw_find_count(actor->slot, waiter->wait.object).taken;
    waiter->evicted = atomic_load(&actor->slot->tallies_full);
    waiter->ticks = actor->thread->ticks;
    waiter->what.epoch = waiter->mutex.epoch = -1;
    waiter->rank = -1;
    waiter->seen = look->now;
}

static void go_on(struct hzw_glance *look, struct hzw_waiter *waiter,
                  const struct hzw_waiter *before)
{
    waiter->since = before->since;
    waiter->calls = before->calls + (waiter->seq != before->seq);
    waiter->taken = before->taken;
    waiter->evicted = before->evicted;
    waiter->ticks = before->ticks;
    waiter->halfway = before->halfway;
    waiter->late = before->late;
    waiter->what = before->what;
    waiter->mutex = before->mutex;
    waiter->rank = before->rank;
    waiter->seen = look->now;
    if (before->inversion != NULL) {
        waiter->inversion = hz_alloc(look->memory, sizeof *waiter->inversion);
        *waiter->inversion = *before->inversion;
    }
}

static void follow(struct hzw_glance *look, const struct hzw_actor *actor,
                   struct hzw_waiter *waiter)
{
    pid_t pid = hzw_pid_of(actor->owner);
    bool episode = waiter->how == HZW_IN_EPISODE;
    hzw_follow(look, &waiter->what, pid, waiter->wait.object, episode ? waiter->wait.caller : 0);
    if (episode)
        hzw_follow(look, &waiter->mutex, pid, waiter->wait.with, 0);
    /* glibc waits for what only this process has by futexes of the private sort. */
    else if (look->several && (actor->thread->shared || waiter->wait.kind == HZW_SPIN))
        hzw_key_at(look, waiter->what.key)->outside = true;
    *hz_push(look->memory, &look->starve->waiters) = *waiter;
}

static void add_waiter(struct hzw_glance *look, uint32_t index, struct hzw_waiter *waiter,
                       const struct hzw_waiter *before)
{
    const struct hzw_actor *actor = &look->actors.at[index];
    waiter->place = actor->place;
    waiter->actor = index;
    waiter->owner = actor->owner;
    if (before != NULL && is_same(actor, before, waiter))
        go_on(look, waiter, before);
    else
        start(look, actor, waiter);
    follow(look, actor, waiter);
}

/* Between two calls: it is remembered, and not judged. */
static void keep_absent(struct hzw_glance *look, uint32_t index, const struct hzw_waiter *before)
{
    const struct hzw_actor *actor = &look->actors.at[index];
    if (before == NULL || !before->wait.timed || before->owner != actor->owner ||
        look->now - before->seen > BETWEEN_CALLS || !got_nothing(actor->slot, before))
        return;
    struct hzw_waiter waiter = *before;
    go_on(look, &waiter, before);
    waiter.actor = index;
    waiter.absent = true;
    waiter.seen = before->seen;
    follow(look, actor, &waiter);
}

static void collect_of(struct hzw_glance *look, uint32_t index, size_t *from)
{
    struct hzw_actor *actor = &look->actors.at[index];
    const struct hzw_waiter *before = waiter_before(look, from, actor->place, HZW_IN_CALL);
    struct hzw_waiter waiter = {0};
    if (read_wait(actor->slot, &waiter) && hzw_can_be_passed(waiter.wait.kind)) {
        add_waiter(look, index, &waiter, before);
        actor->waiter = (uint32_t)look->starve->waiters.n;
    } else {
        keep_absent(look, index, before);
    }
    waiter = (struct hzw_waiter){0};
    if (read_episode(actor->slot, &waiter))
        add_waiter(look, index, &waiter, waiter_before(look, from, actor->place, HZW_IN_EPISODE));
}

/*
 * A thread that tries again and again waits as well, and never gets into the queue. What
 * the tries of the look before were for has a key in this one.
 */
static void collect_tries(struct hzw_glance *look)
{
    for (size_t i = 0; i < look->then.rows.n; i++) {
        struct hzw_row *row = &look->then.rows.at[i];
        row->followed = false;
        if (!hzw_can_be_passed(row->kind) || row->refused < HZW_FEWEST_TRIES)
            continue;
        row->followed = true;
        hzw_follow(look, &row->what, hzw_pid_of(row->owner), row->object, 0);
        if (look->several)
            hzw_key_at(look, row->what.key)->outside = true;
    }
    look->starve->steps += look->then.rows.n;
}

void hzw_collect_waiters(struct hzw_glance *look)
{
    size_t from = 0;
    for (size_t i = 0; i < look->actors.n; i++) {
        hzw_step(look->starve);
        collect_of(look, (uint32_t)i, &from);
    }
    collect_tries(look);
    look->starve->steps += look->actors.n;
}
