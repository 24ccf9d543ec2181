/*
 * Dynamic partial-order reduction: one schedule for each way in which dependent operations
 * can be ordered. Source-DPOR, algorithm 1 of Abdulla, Aronis, Jonsson and Sagonas, "Optimal
 * dynamic partial order reduction" (POPL 2014).
 *
 * A schedule is a row of *events*, one for each pick. `order` of a thread (engine.h) and of
 * an event is a vector clock of happens-before among them: element t is how many of thread
 * t's events come before. Two events race if they are dependent and nothing orders them but
 * that. For each race the search must also run the schedules where they are the other way
 * round: in the node before the first, some thread of those that could begin such a
 * schedule (its source set) must be tried.
 */
#include "explorer/runtime/memory.h"
#include "explorer/runtime/objects.h"
#include "explorer/runtime/store_buffer.h"
#include "explorer/runtime/strategies.h"

#include <string.h>

enum { NODES = 1 << 15, ENABLERS = 64 };

typedef uint64_t set[HZX_WORDS];

struct node {
    set enabled, backtrack, sleep; /* sleep: these have been tried, here or before */
    uint16_t chosen, process; /* process: element of a clock, see hzx_process */
    uint16_t choice, choices; /* made in the event, of how many; choices 0: none */
    uint32_t index; /* of the event among its thread's, from 1 */
    struct hzx_op op;
    hzx_clock order;
};

static struct search {
    uint32_t depth, prefix, finished; /* finished: depth of which the last event's order is known */
    uint64_t learned;
    uint32_t counts[HZX_THREADS]; /* events of each process, in this schedule */
    uint32_t last[HZX_THREADS];   /* depth after the last of them; 0: none */
    uint32_t enablers_n, enablers[ENABLERS]; /* depths of what enabled the operation looked at */
    struct node nodes[NODES];
} *search;

static bool has(const uint64_t *set, unsigned agent)
{
    return set[agent / 64] >> (agent % 64) & 1;
}

static void add(uint64_t *set, unsigned agent)
{
    set[agent / 64] |= (uint64_t)1 << (agent % 64);
}

static void open(void)
{
    search = hzx_keep(sizeof *search);
}

static void begin(void)
{
    if (search->learned != *hzx_memory_learned) {
        search->prefix = 0; /* there are more points than before: the events are others */
        search->learned = *hzx_memory_learned;
        hzx.shared->classes = 0;
    }
    search->depth = search->finished = 0;
    memset(search->counts, 0, sizeof search->counts);
    memset(search->last, 0, sizeof search->last);
}

/* Who sleeps after `node`: those that slept before it and that its event does not wake. */
static void fall_asleep(const struct node *node, unsigned chosen, uint64_t *sleep)
{
    const struct hzx_op op = *hzx_next(chosen);
    memset(sleep, 0, sizeof(set));
    for (unsigned i = 0; i < HZX_WORDS; i++) {
        for (uint64_t bits = node->sleep[i]; bits != 0; bits &= bits - 1) {
            unsigned agent = i * 64 + (unsigned)__builtin_ctzll(bits);
            if (agent != chosen && !hzx_dependent(chosen, &op, agent, hzx_next(agent)))
                add(sleep, agent);
        }
    }
}

/* The event that was done last has had its effects: what its thread knows now is its order. */
static void finish_last(void)
{
    if (search->depth == 0 || search->finished == search->depth)
        return;
    search->finished = search->depth;
    struct node *last = &search->nodes[search->depth - 1];
    hzx_clock_copy(last->order, hzx_process_order(last->process));
}

static unsigned choose(struct node *node)
{
    unsigned stay = hzx_stay();
    if (!has(node->sleep, stay))
        return stay;
    HZX_EACH_ENABLED (agent)
        if (!has(node->sleep, (unsigned)agent))
            return (unsigned)agent;
    return HZX_AGENTS;
}

/* A timer goes off instead of something else that its thread does, and so races with nothing
 * in a schedule in which it did not: wherever it could, it is tried. */
static void add_timers(struct node *node)
{
    HZX_EACH_ENABLED (agent)
        if (agent % 2 == 1 && hzx_next((unsigned)agent)->kind != HZX_FLUSH)
            add(node->backtrack, (unsigned)agent);
}

static unsigned pick(void)
{
    finish_last();
    if (search->depth == NODES - 1) {
        hzx.shared->left_out |= HZX_LEFT_DEEP;
        return hzx_stay();
    }
    struct node *node = &search->nodes[search->depth];
    if (search->depth == 0 && search->prefix == 0)
        memset(node->sleep, 0, sizeof node->sleep);
    if (search->depth >= search->prefix) {
        memcpy(node->enabled, hzx.enabled, sizeof node->enabled);
        unsigned chosen = choose(node);
        if (chosen == HZX_AGENTS) { /* all that could go on sleep: seen before */
            hzx.blocked = true;
            return hzx_stay();
        }
        memset(node->backtrack, 0, sizeof node->backtrack);
        add(node->backtrack, chosen);
        add_timers(node);
        node->chosen = (uint16_t)chosen;
        node->choice = node->choices = 0;
    }
    if (search->depth + 1 >= search->prefix)
        fall_asleep(node, node->chosen, node[1].sleep);
    return node->chosen;
}

/* ---- races ---- */

/* Whether event `a` comes before event `b`, by b's `order`. */
static bool before(const struct node *a, const uint32_t *order)
{
    return order[a->process] >= a->index;
}

/*
 * The thread that did `event` could begin a schedule with this node's successors that do not
 * come after it, then `agent`'s operation, which comes after what is in `order`: is one of them
 * tried there? If not, try one. False if none could.
 */
static bool reverse(struct node *event, uint32_t end, unsigned agent, unsigned process,
                    const uint32_t *order)
{
    bool seen[HZX_THREADS] = {false}, any = false;
    unsigned candidate = HZX_AGENTS;
    /* v: events after `event` that do not come after it. An initial is the first of its
     * thread in v, with nothing of v before it. */
    for (struct node *f = event + 1; f < &search->nodes[end]; f++) {
        if (before(event, f->order) || seen[f->process])
            continue;
        seen[f->process] = true;
        bool first = true;
        for (struct node *g = event + 1; g < f && first; g++)
            first = before(event, g->order) || g->process == f->process || !before(g, f->order);
        if (!first || !has(event->enabled, f->chosen))
            continue;
        any = true;
        if (has(event->backtrack, f->chosen))
            return true;
        candidate = f->chosen;
    }
    /* The operation itself, if nothing in v comes before it. */
    if (!seen[process] && has(event->enabled, agent)) {
        bool first = true;
        for (struct node *g = event + 1; g < &search->nodes[end] && first; g++)
            first = before(event, g->order) || !before(g, order);
        if (first) {
            any = true;
            if (has(event->backtrack, agent))
                return true;
            candidate = agent;
        }
    }
    if (any)
        add(event->backtrack, candidate);
    return any;
}

static bool lets_go(const struct hzx_op *op, const struct hzx_object *lock)
{
    return ((op->kind == HZX_UNLOCK || op->kind == HZX_RWUNLOCK) && op->object == lock) ||
           (op->kind == HZX_WAIT && op->second == lock);
}

static bool takes(const struct hzx_op *op)
{
    return op->kind == HZX_LOCK || op->kind == HZX_TRYLOCK || op->kind == HZX_RDLOCK ||
           op->kind == HZX_WRLOCK || op->kind == HZX_SEM_WAIT || op->kind == HZX_SEM_TRY;
}

/*
 * Whether `op` could not have been done without `event`: it lets a lock go that `op` takes,
 * completes a barrier's round, posts to a semaphore that was at 0; or the thread stood
 * before `op` already and could not go on. If it has another way out, it may still have.
 */
static bool enables(const struct node *event, uint32_t at, unsigned agent, unsigned process,
                    const struct hzx_op *op)
{
    const struct hzx_op *done = &event->op;
    if (op->kind == HZX_WAKE && op->second != NULL && lets_go(done, op->second))
        return true;
    switch (op->kind) {
    case HZX_LOCK: case HZX_RDLOCK: case HZX_WRLOCK:
        if (lets_go(done, op->object))
            return true;
        break;
    case HZX_WAKE:
        if (done->kind == HZX_BARRIER && done->object == op->object &&
            done->value == hzx.threads[agent / 2].ticket + 1)
            return true;
        break;
    case HZX_SEM_WAIT:
        if (done->kind == HZX_SEM_POST && done->value == 0)
            return true;
        break;
    }
    if (takes(done) || search->last[process] > at || has(event->enabled, agent))
        return false;
    if (op->kind == HZX_FLUSH || (hzx.memory == HZX_TSO && search->last[process + 1] > at))
        return false; /* there was no store yet; it waited for its own buffer */
    /* It could not go on then; but was that for want of this, or of something later that does
     * not come after this? */
    for (uint32_t i = 0; i < search->enablers_n; i++)
        if (!before(event, search->nodes[search->enablers[i]].order))
            return false;
    return true;
}

/* Whether something other than an enabling event may let the thread go on: its timer, or that it
 * was cancelled. */
static bool has_way_out(unsigned agent, const struct hzx_op *op)
{
    const struct hzx_thread *thread = &hzx.threads[agent / 2];
    return thread->timer || (thread->cancelled && op->cancels);
}

/* How many of the first `count[p]` events of each process p do not come before, by `order`. */
static uint64_t unordered(const uint32_t *count, const uint32_t *order)
{
    uint64_t n = 0;
    for (unsigned p = 0; p < hzx_clock_n; p++)
        n += count[p] > order[p] ? count[p] - order[p] : 0;
    return n;
}

/*
 * Joins what comes before `op` into its thread's order, latest first, and reverses each
 * event that is before it for no other reason than that the two are dependent.
 *
 * An event without which `op` could not have been done, as an unlock before a lock, cannot
 * be reversed; but what was done before it (the other's lock) can, and must not be hidden
 * behind it: it is joined when all others have been looked at. Where it is not certain that
 * `op` needed it, both are done: what is tried in vain costs a schedule that sleep sets cut off.
 *
 * Nor may anything be hidden behind an event that cannot be reversed for another reason: a lock
 * taken a second time, say, by who has it.
 */
static void find_races(unsigned agent, const struct hzx_op *op)
{
    unsigned process = hzx_process(agent, op);
    uint32_t *order = hzx_process_order(process);
    if (hzx.memory == HZX_TSO)
        hzx_buffer_caused(agent, op);
    hzx_clock all; /* `order`, and what comes before it by enablers */
    hzx_clock_copy(all, order);
    search->enablers_n = 0;
    hzx_clock count; /* of each process's events, those not looked at yet */
    hzx_clock_copy(count, search->counts);
    uint64_t left = unordered(count, order);
    for (uint32_t at = search->depth; left > 0 && at-- > 0;) {
        struct node *event = &search->nodes[at];
        count[event->process]--;
        if (before(event, order))
            continue;
        left--;
        if (!hzx_dependent(event->chosen, &event->op, agent, op))
            continue;
        if (enables(event, at, agent, process, op)) {
            if (has_way_out(agent, op))
                reverse(event, search->depth, agent, process, all);
            hzx_clock_join(all, event->order);
            if (search->enablers_n < ENABLERS)
                search->enablers[search->enablers_n++] = at;
            continue;
        }
        bool reversed = reverse(event, search->depth, agent, process, all);
        hzx_clock_join(all, event->order);
        if (!reversed)
            continue;
        hzx_clock_join(order, event->order);
        left = unordered(count, order);
    }
    hzx_clock_copy(order, all);
}

/* What is not done, because a timer went off or the schedule is over, would have raced as well. */
static void find_races_of_undone(unsigned agent)
{
    const struct hzx_op op = *hzx_next(agent);
    uint32_t *order = hzx_process_order(hzx_process(agent, &op));
    hzx_clock known;
    hzx_clock_copy(known, order);
    find_races(agent, &op);
    hzx_clock_copy(order, known);
}

static void did(unsigned agent, const struct hzx_op *op)
{
    if (search->depth >= NODES - 1 || hzx.blocked)
        return;
    struct node *node = &search->nodes[search->depth];
    unsigned process = hzx_process(agent, op);
    node->op = *op;
    node->process = (uint16_t)process;
    if (op->kind == HZX_SEM_POST)
        node->op.value = op->object->count; /* before it */
    if (op->kind == HZX_BARRIER) /* the number of the round that it completes, or 0 */
        node->op.value = op->object->count + 1 >= op->object->need ? op->object->served + 1 : 0;
    if (op->kind == HZX_TIMEOUT)
        find_races_of_undone(agent - 1);
    find_races(agent, op);
    node->index = ++search->counts[process];
    search->last[process] = search->depth + 1;
    hzx_process_order(process)[process] = node->index;
    search->depth++;
}

/*
 * A choice within an event branches there: all of them are tried before the agent is done
 * with at that node. What is independent stays so: in whatever order two events of different
 * words are done, the same pairs of choices are open to them (views.h).
 */
static unsigned choose_within(unsigned n)
{
    if (search->depth >= NODES - 1 || hzx.blocked || search->depth == 0)
        return 0;
    struct node *node = &search->nodes[search->depth - 1];
    node->choices = (uint16_t)n;
    return node->choice < n ? node->choice : 0;
}

/* In the middle of a thread's step, without an operation of its own that says so. */
static bool broke_off(enum hzx_end how)
{
    switch (how) {
    case HZX_ASSERTION: case HZX_ABORTED: case HZX_CRASH: case HZX_USE_AFTER_FREE:
    case HZX_DOUBLE_FREE: case HZX_LOCK_LEAK: case HZX_MISUSE:
        return true;
    default:
        return false;
    }
}

/* What others would have done is lost, whatever it was: each must have gone before that step. */
static void race_with_end(void)
{
    if (search->depth == 0)
        return;
    struct node *last = &search->nodes[search->depth - 1];
    for (unsigned i = 0; i < HZX_WORDS; i++)
        last->backtrack[i] |= last->enabled[i];
}

static bool end(enum hzx_end how)
{
    finish_last();
    if (broke_off(how))
        race_with_end();
    if (hzx.blocked)
        hzx.shared->blocked++;
    else
        hzx.shared->classes++;
    for (unsigned i = 0; i < hzx.threads_n; i++) {
        struct hzx_thread *thread = &hzx.threads[i];
        if (!thread->done && thread->pending.kind != HZX_NONE)
            find_races_of_undone(2 * i);
        if (!thread->done && thread->buffered != 0)
            find_races_of_undone(2 * i + 1);
    }
    if (search->learned != *hzx_memory_learned)
        return true;
    for (uint32_t at = search->depth; at-- > 0;) {
        struct node *node = &search->nodes[at];
        if (node->choice + 1u < node->choices) {
            node->choice++;
            search->prefix = at + 1;
            return true;
        }
        add(node->sleep, node->chosen);
        for (unsigned i = 0; i < HZX_WORDS; i++) {
            uint64_t left = node->backtrack[i] & ~node->sleep[i];
            if (left == 0)
                continue;
            node->chosen = (uint16_t)(i * 64 + (unsigned)__builtin_ctzll(left));
            node->choice = node->choices = 0;
            search->prefix = at + 1;
            return true;
        }
    }
    return false;
}

const struct hzx_strategy hzx_dpor = {
    .name = "dpor", .exhaustive = true, .open = open, .begin = begin, .pick = pick, .did = did, .settle = finish_last,
    .choose = choose_within, .end = end};
