#include "watchdog/starve_parts.h"

#include <inttypes.h>

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
    if (seq % 2 == 0 || atomic_load(&episode->vain) == 0)
        return false;
    out->how = HZW_IN_EPISODE;
    out->seq = seq;
    out->wait = (struct hzw_wait){.kind = HZW_COND,
                                  .object = episode->object,
                                  .caller = episode->caller,
                                  .since = episode->since};
    atomic_thread_fence(memory_order_acquire);
    return atomic_load(&episode->seq) == seq;
}

/* ---- bypass --------------------------------------------------------------------- */

/*
 * How often the thread got the object and gave it back. A semaphore that a thread only
 * ever decrements counts work to do and is no resource: a worker that finds less of it
 * than another one does not starve. For a condition only those count that wait at the
 * same place: who waits elsewhere waits for something else to become true.
 */
static uint64_t times_got(const struct hzw_actor *actor, const struct hzw_wait *wait)
{
    struct hzw_count count = hzw_find_count(actor->slot, wait->object);
    if (count.object == 0 || (wait->kind == HZW_COND && count.caller != wait->caller))
        return 0;
    uint64_t kept = wait->kind == HZW_SEM ? hzw_find_held(actor->slot, wait->object).depth : 0;
    return count.taken > kept ? count.taken - kept : 0;
}

static const struct hzw_waiter *known_waiter(const struct hzw_glance *look,
                                             const struct hzw_waiter *waiter)
{
    for (size_t i = 0; i < look->then.waiters.n; i++) {
        const struct hzw_waiter *one = &look->then.waiters.at[i];
        if (one->owner == waiter->owner && one->how == waiter->how && one->seq == waiter->seq)
            return one;
    }
    return NULL;
}

/* Remembers how often each other thread of the process had got the object. */
static void remember(struct hzw_glance *look, const struct hzw_actor *actor,
                     struct hzw_waiter *waiter)
{
    const struct hzw_waiter *before = known_waiter(look, waiter);
    for (size_t i = 0; before != NULL && i < before->known.n; i++)
        *hz_push(look->memory, &waiter->known) = before->known.at[i];
    for (size_t i = 0; before == NULL && i < look->actors.n; i++) {
        const struct hzw_actor *other = &look->actors.at[i];
        uint64_t got = hzw_same_process(actor, other) ? times_got(other, &waiter->wait) : 0;
        if (got > 0)
            *hz_push(look->memory, &waiter->known) = (struct hzw_passer){other->owner, got};
    }
    *hz_push(look->memory, &look->starve->waiters) = *waiter;
}

/* How often it got the object since the wait was first seen. */
static uint64_t passed(const struct hzw_waiter *waiter, const struct hzw_actor *other)
{
    uint64_t got = times_got(other, &waiter->wait);
    for (size_t i = 0; i < waiter->known.n; i++)
        if (waiter->known.at[i].owner == other->owner)
            return got > waiter->known.at[i].got ? got - waiter->known.at[i].got : 0;
    return got;
}

static void report_bypass(struct hzw_glance *look, const struct hzw_actor *actor,
                          const struct hzw_waiter *waiter, const struct hzw_actor *passer,
                          uint64_t times)
{
    const char *what = hzw_kind_word(waiter->wait.kind);
    double waited = hzw_seconds(waiter->wait.since, look->now);
    struct hzw_suspicion *suspicion = hzw_add_suspicion(
        look, "bypass", HZ_PROBABLE,
        hz_printf(look->arena,
                  "thread %d waits for a %s, and thread %d got it %" PRIu64 " times in %.1f s",
                  (int)actor->thread->tid, what, (int)passer->thread->tid, times, waited));
    struct hzw_suspect *starves = hzw_add_suspect(
        look, suspicion, actor->thread,
        hz_printf(look->arena, "%s %s, passed over %" PRIu64 " times in %.1f s",
                  waiter->how == HZW_BY_TRIES ? "tries for" : "waits for", what, times, waited));
    starves->caller = waiter->wait.caller;
    starves->object = waiter->wait.object;
    starves->what = what;
    struct hzw_suspect *passes = hzw_add_suspect(
        look, suspicion, passer->thread,
        hz_printf(look->arena, "got the %s %" PRIu64 " times meanwhile", what, times));
    passes->caller = hzw_find_count(passer->slot, waiter->wait.object).caller;
    passes->object = waiter->wait.object;
    passes->what = what;
    passes->holds = hzw_find_held(passer->slot, waiter->wait.object).object != 0;
}

static void judge_waiter(struct hzw_glance *look, const struct hzw_actor *actor,
                         struct hzw_waiter *waiter)
{
    const struct hzw_options *options = &look->starve->options;
    remember(look, actor, waiter);
    if (hzw_seconds(waiter->wait.since, look->now) < options->bypass_seconds)
        return;
    const struct hzw_actor *most = NULL;
    uint64_t times = 0;
    for (size_t i = 0; i < look->actors.n; i++) {
        const struct hzw_actor *other = &look->actors.at[i];
        if (other == actor || !hzw_same_process(actor, other))
            continue;
        uint64_t of_this = passed(waiter, other);
        if (of_this > times) {
            times = of_this;
            most = other;
        }
    }
    if (times >= options->bypass && hzw_is_new(look, "bypass", waiter->owner, waiter->wait.object))
        report_bypass(look, actor, waiter, most, times);
}

static bool can_be_passed(uint32_t kind)
{
    return kind == HZW_MUTEX || kind == HZW_RWLOCK_READ || kind == HZW_RWLOCK_WRITE ||
           kind == HZW_SPIN || kind == HZW_SEM;
}

/*
 * A thread that tries again and again waits as well, and never gets into the queue. Two
 * that do so against each other are a livelock and nothing else.
 */
static void judge_tries(struct hzw_glance *look)
{
    for (size_t i = 0; i < look->starve->rows.n; i++) {
        const struct hzw_row *row = &look->starve->rows.at[i];
        if (!can_be_passed(row->kind) || !row->grows || row->mutual ||
            row->refused < HZW_FEWEST_TRIES)
            continue;
        struct hzw_waiter waiter = {.owner = row->owner,
                                    .how = HZW_BY_TRIES,
                                    .seq = row->since,
                                    .wait = {.kind = row->kind,
                                             .object = row->object,
                                             .caller = row->caller,
                                             .since = row->since}};
        judge_waiter(look, hzw_find_actor(look, row->owner), &waiter);
    }
}

void hzw_look_for_bypass(struct hzw_glance *look)
{
    for (size_t i = 0; i < look->actors.n; i++) {
        const struct hzw_actor *actor = &look->actors.at[i];
        struct hzw_waiter waiter = {.owner = actor->owner};
        if (read_wait(actor->slot, &waiter) && can_be_passed(waiter.wait.kind))
            judge_waiter(look, actor, &waiter);
        waiter = (struct hzw_waiter){.owner = actor->owner};
        if (read_episode(actor->slot, &waiter))
            judge_waiter(look, actor, &waiter);
    }
    judge_tries(look);
}

/* ---- the stuck holder ----------------------------------------------------------- */

/* The one thread of the process that holds the object; NULL if there are none or several. */
static const struct hzw_actor *only_holder(const struct hzw_glance *look,
                                           const struct hzw_actor *waiter, uint64_t object)
{
    const struct hzw_actor *holder = NULL;
    for (size_t i = 0; i < look->actors.n; i++) {
        const struct hzw_actor *other = &look->actors.at[i];
        if (!hzw_same_process(waiter, other) || hzw_find_held(other->slot, object).object == 0)
            continue;
        if (holder != NULL)
            return NULL;
        holder = other;
    }
    return holder;
}

/* Since when it has held the object without a break, and was seen running each time. */
static struct hzw_hold follow_hold(struct hzw_glance *look, const struct hzw_actor *holder,
                                   uint64_t object)
{
    struct hzw_hold hold = {.owner = holder->owner,
                            .object = object,
                            .taken = hzw_find_count(holder->slot, object).taken,
                            .since = look->now,
                            .ticks = holder->thread->ticks};
    for (size_t i = 0; i < look->then.holds.n; i++) {
        const struct hzw_hold *before = &look->then.holds.at[i];
        if (before->owner == hold.owner && before->object == object && before->taken == hold.taken)
            hold = *before;
    }
    *hz_push(look->memory, &look->starve->holds) = hold;
    return hold;
}

static void report_holder(struct hzw_glance *look, const struct hzw_actor *actor,
                          const struct hzw_wait *wait, const struct hzw_actor *holder,
                          const struct hzw_hold *hold)
{
    const char *what = hzw_kind_word(wait->kind);
    double held = hzw_seconds(hold->since, look->now);
    struct hzw_suspicion *suspicion = hzw_add_suspicion(
        look, "stuck-holder", HZ_PROBABLE,
        hz_printf(look->arena,
                  "thread %d has held a %s for %.1f s and runs; thread %d waits for it",
                  (int)holder->thread->tid, what, held, (int)actor->thread->tid));
    struct hzw_suspect *starves =
        hzw_add_suspect(look, suspicion, actor->thread,
                        hz_printf(look->arena, "waits for %s for %.1f s", what,
                                  hzw_seconds(wait->since, look->now)));
    starves->caller = wait->caller;
    starves->object = wait->object;
    starves->what = what;
    struct hzw_suspect *holds =
        hzw_add_suspect(look, suspicion, holder->thread,
                        hz_printf(look->arena, "runs, and has held the %s for %.1f s", what, held));
    holds->caller = hzw_find_held(holder->slot, wait->object).caller;
    holds->object = wait->object;
    holds->what = what;
    holds->holds = true;
}

void hzw_look_for_stuck_holders(struct hzw_glance *look)
{
    double limit = look->starve->options.hold_seconds;
    for (size_t i = 0; i < look->actors.n; i++) {
        const struct hzw_actor *actor = &look->actors.at[i];
        struct hzw_waiter waiter = {0};
        if (!read_wait(actor->slot, &waiter) || !can_be_passed(waiter.wait.kind) ||
            waiter.wait.kind == HZW_SEM)
            continue;
        const struct hzw_actor *holder = only_holder(look, actor, waiter.wait.object);
        if (holder == NULL || holder == actor || holder->thread->state != HZT_RUNS)
            continue;
        struct hzw_hold hold = follow_hold(look, holder, waiter.wait.object);
        if (hzw_seconds(hold.since, look->now) >= limit &&
            hzw_seconds(waiter.wait.since, look->now) >= limit &&
            holder->thread->ticks > hold.ticks &&
            hzw_is_new(look, "stuck-holder", actor->owner, waiter.wait.object))
            report_holder(look, actor, &waiter.wait, holder, &hold);
    }
}
