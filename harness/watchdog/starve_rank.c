/*
 * Priority inversion: Lampson and Redell, "Experience with processes and monitors in Mesa",
 * CACM 1980; Sha, Rajkumar and Lehoczky, "Priority inheritance protocols", IEEE Transactions
 * on Computers 1990.
 */
#include "watchdog/starve_parts.h"

#include <sched.h>
#include <unistd.h>

/* glibc's pthread_mutex_t has its kind at this offset, on machines of 64 bits. */
#define KIND_OFFSET 16
#define KIND_INHERIT 0x20
#define KIND_PROTECT 0x40

/* SCHED_DEADLINE's threads come before all others. */
#define RANK_DEADLINE 100
#define POLICY_DEADLINE 6

/* The thread's real-time priority, as it was given to it; 0 if it has none. */
static int rank_of(const struct hzt_thread *thread)
{
    int policy = sched_getscheduler(thread->tid) & ~SCHED_RESET_ON_FORK;
    struct sched_param parameters;
    if (policy == POLICY_DEADLINE)
        return RANK_DEADLINE;
    if ((policy != SCHED_FIFO && policy != SCHED_RR) ||
        sched_getparam(thread->tid, &parameters) != 0)
        return 0;
    return parameters.sched_priority;
}

/* Whether who holds it gets the priority of who waits for it, or a fixed high one. */
static bool inherits(const struct hzw_waiter *waiter)
{
    int32_t kind = 0;
    return waiter->wait.kind == HZW_MUTEX &&
           hzt_memory(hzw_pid_of(waiter->owner), waiter->wait.object + KIND_OFFSET, &kind,
                      sizeof kind) &&
           (kind & (KIND_INHERIT | KIND_PROTECT)) != 0;
}

/* ---- the chain -------------------------------------------------------------------- */

#define LONGEST_CHAIN 32

/* From the waiter through the holders that wait themselves to one that does not. */
struct chain {
    const struct hzw_waiter *links[LONGEST_CHAIN];
    size_t n;
    const struct hzw_actor *end; /* NULL: it has none, or all its locks inherit */
};

static struct chain follow_chain(const struct hzw_glance *look, const struct hzw_waiter *waiter)
{
    struct chain chain = {0};
    bool all_inherit = true;
    while (chain.n < LONGEST_CHAIN) {
        const struct hzw_key *key = hzw_key_at(look, waiter->what.key);
        if (waiter->wait.kind == HZW_SEM || key->holders != 1)
            return chain;
        chain.links[chain.n++] = waiter;
        all_inherit &= inherits(waiter);
        const struct hzw_actor *holder = &look->actors.at[key->holder];
        if (holder->waiter == 0) {
            chain.end = all_inherit ? NULL : holder;
            return chain;
        }
        waiter = &look->starve->waiters.at[holder->waiter - 1];
    }
    return chain;
}

/* ---- who runs meanwhile ------------------------------------------------------------- */

static const struct hzt_thread *find_between(const struct hzw_glance *look, int low, int high,
                                             uint64_t preferred)
{
    const struct hzt_thread *found = NULL;
    for (size_t i = 0; i < look->actors.n; i++) {
        const struct hzw_actor *actor = &look->actors.at[i];
        if (actor->thread->state != HZT_RUNS || (found != NULL && actor->owner != preferred))
            continue;
        int rank = rank_of(actor->thread);
        if (rank > low && rank < high)
            found = actor->thread;
    }
    look->starve->steps += look->actors.n;
    return found;
}

static uint64_t owner_of(const struct hzt_thread *thread)
{
    return (uint64_t)(uint32_t)thread->tid << 32 | (uint32_t)thread->pid;
}

static void add_link(struct hzw_glance *look, struct hzw_suspicion *suspicion,
                     const struct hzw_waiter *waiter)
{
    const struct hzt_thread *thread = look->actors.at[waiter->actor].thread;
    const char *what = hzw_kind_word(waiter->wait.kind);
    struct hzw_suspect *suspect = hzw_add_suspect(
        look, suspicion, thread,
        hz_printf(look->arena, "has priority %d and waits for %s, which %s, for %.2f s",
                  rank_of(thread), what,
                  inherits(waiter) ? "inherits priorities" : "does not inherit priorities",
                  hzw_seconds(waiter->since, look->now)));
    suspect->caller = waiter->wait.caller;
    suspect->object = waiter->wait.object;
    suspect->what = what;
}

static void report(struct hzw_glance *look, const struct chain *chain,
                   const struct hzt_thread *between, int high)
{
    const struct hzw_waiter *last = chain->links[chain->n - 1];
    double time = hzw_seconds(chain->links[0]->inversion->since, look->now);
    int low = rank_of(chain->end->thread), middle = rank_of(between);
    struct hzw_suspicion *suspicion = hzw_add_suspicion(
        look, "priority-inversion", HZ_PROBABLE,
        hz_printf(look->arena,
                  "thread %d of priority %d waits for thread %d of priority %d, which gets no "
                  "processor since thread %d of priority %d runs, for %.2f s",
                  (int)look->actors.at[chain->links[0]->actor].thread->tid, high,
                  (int)chain->end->thread->tid, low, (int)between->tid, middle, time));
    for (size_t i = 0; i < chain->n; i++)
        add_link(look, suspicion, chain->links[i]);
    uint64_t object =
        hzw_object_in(hzw_key_at(look, last->what.key), hzw_pid_of(chain->end->owner));
    struct hzw_suspect *holds =
        hzw_add_suspect(look, suspicion, chain->end->thread,
                        hz_printf(look->arena, "has priority %d and the %s, and gets no processor",
                                  low, hzw_kind_word(last->wait.kind)));
    holds->caller = hzw_find_held(chain->end->slot, object).caller;
    holds->object = object;
    holds->what = hzw_kind_word(last->wait.kind);
    holds->holds = true;
    hzw_add_suspect(look, suspicion, between,
                    hz_printf(look->arena, "has priority %d and runs meanwhile", middle));
}

/*
 * The holder may run now and then all the same (the kernel leaves some of the time to
 * threads of no real-time priority), but for less than a tenth of the time; and the other
 * one runs for more than half of it.
 */
static bool kept_out(const struct hzw_glance *look, const struct hzw_inversion *inversion,
                     const struct hzt_thread *end, const struct hzt_thread *between)
{
    double time = hzw_seconds(inversion->since, look->now);
    double ticks = time * (double)sysconf(_SC_CLK_TCK);
    return time >= look->starve->options.inversion_seconds && end->state == HZT_RUNS &&
           (double)(end->ticks - inversion->end_ticks) <= ticks / 10 &&
           (double)(between->ticks - inversion->between_ticks) >= ticks / 2;
}

static void judge(struct hzw_glance *look, struct hzw_waiter *waiter)
{
    struct chain chain = follow_chain(look, waiter);
    int low = chain.end != NULL ? rank_of(chain.end->thread) : 0;
    const struct hzw_inversion *before = waiter->inversion;
    const struct hzt_thread *between = NULL;
    if (chain.end != NULL && low < waiter->rank)
        between = find_between(look, low, waiter->rank, before != NULL ? before->between : 0);
    if (between == NULL) {
        waiter->inversion = NULL;
        return;
    }
    if (before == NULL || before->end != chain.end->owner || before->between != owner_of(between)) {
        waiter->inversion = hz_alloc(look->memory, sizeof *waiter->inversion);
        *waiter->inversion = (struct hzw_inversion){chain.end->owner, owner_of(between), look->now,
                                                    chain.end->thread->ticks, between->ticks};
        return;
    }
    if (kept_out(look, before, chain.end->thread, between) &&
        hzw_is_new(look, "priority-inversion", waiter->owner, waiter->wait.object))
        report(look, &chain, between, waiter->rank);
}

/* A wait is worth two system calls, once, when it is no longer a short one. */
#define SHORT_WAIT 0.01

void hzw_look_for_inversions(struct hzw_glance *look)
{
    for (size_t i = 0; i < look->starve->waiters.n; i++) {
        struct hzw_waiter *waiter = &look->starve->waiters.at[i];
        hzw_step(look->starve);
        if (waiter->how != HZW_IN_CALL || waiter->absent ||
            hzw_seconds(waiter->since, look->now) < SHORT_WAIT)
            continue;
        if (waiter->rank < 0)
            waiter->rank = rank_of(look->actors.at[waiter->actor].thread);
        if (waiter->rank > 0)
            judge(look, waiter);
    }
    look->starve->steps += look->starve->waiters.n;
}
