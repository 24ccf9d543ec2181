#include "watchdog/starve_parts.h"

/*
 * Since when it has held the object without a break, and has gone on by itself. Of a lock
 * without an account it is not known whether it was given back meanwhile.
 */
static void follow_hold(const struct hzw_glance *look, struct hzw_key *key)
{
    const struct hzw_actor *holder = &look->actors.at[key->holder];
    const struct hzt_thread *thread = holder->thread;
    uint64_t object = hzw_object_in(key, hzw_pid_of(holder->owner));
    struct hzw_count count = hzw_find_count(holder->slot, object);
    struct hzw_hold hold = {.owner = holder->owner,
                            .taken = count.taken,
                            .caller = hzw_find_held(holder->slot, object).caller,
                            .since = look->now,
                            .ticks = thread->ticks,
                            .switches = thread->switches};
    const struct hzw_hold *before = &key->hold;
    if (before->owner == hold.owner && before->taken == hold.taken &&
        before->caller == hold.caller && before->since != 0 && count.object != 0)
        hold = *before;
    if (thread->state != HZT_RUNS)
        hold.rested = look->now;
    bool goes_on = thread->state == HZT_RUNS || thread->state == HZT_TIMED;
    key->hold = goes_on ? hold : (struct hzw_hold){0};
}

/* Of what one thread alone holds. */
static void follow_holds(struct hzw_glance *look)
{
    struct hzw_table *table = &look->starve->table;
    for (size_t i = 0; i < table->keys.n; i++) {
        if (table->keys.at[i].holders == 1)
            follow_hold(look, &table->keys.at[i]);
        else
            table->keys.at[i].hold = (struct hzw_hold){0};
    }
    look->starve->steps += table->keys.n;
}

static void report(struct hzw_glance *look, const struct hzw_waiter *waiter,
                   const struct hzw_actor *holder, const char *kind, const char *how)
{
    const struct hzw_key *key = hzw_key_at(look, waiter->what.key);
    const struct hzw_actor *actor = &look->actors.at[waiter->actor];
    const char *what = hzw_kind_word(waiter->wait.kind);
    double held = hzw_seconds(key->hold.since, look->now);
    double waited = hzw_seconds(waiter->since, look->now);
    struct hzw_suspicion *suspicion = hzw_add_suspicion(
        look, kind, HZ_PROBABLE,
        hz_printf(look->arena, "thread %d has held a %s for %.2f s and %s; thread %d waits for it",
                  (int)holder->thread->tid, what, held, how, (int)actor->thread->tid));
    struct hzw_suspect *starves =
        hzw_add_suspect(look, suspicion, actor->thread,
                        hz_printf(look->arena, "waits for %s for %.2f s", what, waited));
    starves->caller = waiter->wait.caller;
    starves->object = waiter->wait.object;
    starves->what = what;
    struct hzw_suspect *holds = hzw_add_suspect(
        look, suspicion, holder->thread,
        hz_printf(look->arena, "%s, and has held the %s for %.2f s", how, what, held));
    holds->caller = key->hold.caller;
    holds->object = hzw_object_in(key, hzw_pid_of(holder->owner));
    holds->what = what;
    holds->holds = true;
}

/* A sleep, however long, is one; who wakes again and again polls for something. */
#define AWAKENINGS 10

static void judge(struct hzw_glance *look, const struct hzw_waiter *waiter)
{
    const struct hzw_options *options = &look->starve->options;
    if (waiter->absent || waiter->how != HZW_IN_CALL || waiter->wait.kind == HZW_SEM)
        return;
    const struct hzw_key *key = hzw_key_at(look, waiter->what.key);
    const struct hzw_hold *hold = &key->hold;
    if (hold->since == 0 || key->holder == waiter->actor)
        return;
    const struct hzw_actor *holder = &look->actors.at[key->holder];
    const struct hzt_thread *thread = holder->thread;
    bool runs = hold->rested == 0 && thread->ticks > hold->ticks;
    bool polls = hold->rested != 0 && thread->switches - hold->switches >= AWAKENINGS;
    double limit = hold->rested == 0 ? options->hold_seconds : options->hold_long;
    if (hzw_seconds(hold->since, look->now) < limit ||
        hzw_seconds(waiter->since, look->now) < limit || (!runs && !polls) ||
        !hzw_is_new(look, "stuck-holder", waiter->owner, waiter->wait.object))
        return;
    if (runs)
        report(look, waiter, holder, "stuck-holder", "runs");
    else
        report(look, waiter, holder, "lock-hog", "sleeps and wakes by turns");
}

void hzw_look_for_stuck_holders(struct hzw_glance *look)
{
    follow_holds(look);
    for (size_t i = 0; i < look->starve->waiters.n; i++) {
        hzw_step(look->starve);
        judge(look, &look->starve->waiters.at[i]);
    }
    look->starve->steps += look->starve->waiters.n;
}
