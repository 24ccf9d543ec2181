/*
 * Depth first through all schedules, those with the fewest preemptions first. Each point
 * that has been passed is a node; a schedule repeats the nodes' choices as far as the
 * deepest one that has something left to try, and takes that.
 *
 * `bound` is fair (fair.h), and a switch at a yield is no preemption; `brute` is neither.
 */
#include "explorer/runtime/classes.h"
#include "explorer/runtime/fair.h"
#include "explorer/runtime/memory.h"
#include "explorer/runtime/strategies.h"

#include <string.h>

enum { NODES = 1 << 16 };

struct node {
    uint64_t left[HZX_WORDS]; /* still to try */
    uint16_t chosen;
    uint16_t preemptions; /* before it */
    bool free;            /* a store buffer's turn, or no choice of an agent: no preemption */
    uint16_t current;     /* agent that ran before it, HZX_AGENTS: it cannot go on */
};

static struct search {
    uint32_t bound, depth, prefix;
    bool cut;  /* the bound has kept something out */
    bool lost; /* the end of a schedule was not seen: this bound, and those above, never complete */
    bool fairly;
    uint64_t learned;
    struct hzx_fair fair; /* of the schedule that runs */
    struct node nodes[NODES];
} *search;

static void restart(void)
{
    search->prefix = 0;
    search->cut = false;
    search->learned = *hzx_memory_learned;
}

static void open(void)
{
    search = hzx_keep(sizeof *search);
}

static void begin(void)
{
    if (search->learned != *hzx_memory_learned)
        restart(); /* there are more points than before: the nodes are others */
    search->depth = 0;
}

static void begin_bound(void)
{
    begin();
    hzx_fair_begin(&search->fair);
}

/* Threads that can go on; of a program with too many threads nobody is held back. */
static uint64_t able_threads(void)
{
    uint64_t able = 0;
    HZX_EACH_ENABLED (agent)
        if (!hzx_is_flush((unsigned)agent) && agent / 2 < HZX_FAIR_THREADS)
            able |= (uint64_t)1 << (agent / 2);
    return able;
}

static void did_bound(unsigned agent, const struct hzx_op *op)
{
    if (!hzx_is_flush(agent) && hzx.threads_n <= HZX_FAIR_THREADS)
        hzx_fair_step(&search->fair, agent / 2, op->kind == HZX_YIELD, able_threads());
}

/* Takes out those who owe others a step. */
static void be_fair(struct node *node)
{
    uint64_t able = able_threads(), may = hzx_fair_may(&search->fair, able);
    if (may == able || hzx.threads_n > HZX_FAIR_THREADS)
        return;
    hzx.shared->left_out |= HZX_LEFT_UNFAIR;
    HZX_EACH_ENABLED (agent)
        if (!hzx_is_flush((unsigned)agent) && !(may >> (agent / 2) & 1))
            node->left[agent / 64] &= ~((uint64_t)1 << (agent % 64));
}

static bool may_try(const struct node *node, unsigned agent)
{
    return node->left[agent / 64] >> (agent % 64) & 1;
}

static unsigned first_of(const struct node *node)
{
    for (unsigned i = 0; i < HZX_WORDS; i++)
        if (node->left[i] != 0)
            return i * 64 + (unsigned)__builtin_ctzll(node->left[i]);
    return hzx_stay();
}

/* What may be tried at `node`: all that is enabled, or, when the bound is used up and the
 * running thread can go on, that thread alone. That a store reaches memory is no preemption. */
static void offer(struct node *node)
{
    unsigned own = 2 * hzx.self->id;
    memcpy(node->left, hzx.enabled, sizeof node->left);
    bool able = hzx_enabled(own);
    if (search->fairly) {
        be_fair(node);
        able = able && may_try(node, own) && hzx_next(own)->kind != HZX_YIELD;
    }
    node->current = (uint16_t)(able ? own : HZX_AGENTS);
    if (able && node->preemptions >= search->bound) {
        HZX_EACH_ENABLED (agent) {
            if (agent == own || hzx_is_flush((unsigned)agent))
                continue;
            search->cut = true;
            node->left[agent / 64] &= ~((uint64_t)1 << (agent % 64));
        }
    }
    node->chosen = (uint16_t)hzx_stay();
    if (!may_try(node, node->chosen))
        node->chosen = (uint16_t)first_of(node);
}

static uint16_t preemptions_before(const struct node *node)
{
    const struct node *before = node - 1;
    if (node == search->nodes)
        return 0;
    return (uint16_t)(before->preemptions + (before->current != HZX_AGENTS && !before->free &&
                                             before->chosen != before->current));
}

static unsigned pick(void)
{
    if (search->depth == NODES) {
        hzx.shared->left_out |= HZX_LEFT_DEEP;
        return hzx_stay();
    }
    struct node *node = &search->nodes[search->depth];
    if (search->depth >= search->prefix) {
        node->preemptions = preemptions_before(node);
        offer(node);
    }
    search->depth++;
    node->free = hzx_is_flush(node->chosen);
    node->left[node->chosen / 64] &= ~((uint64_t)1 << (node->chosen % 64));
    return node->chosen;
}

/* A choice that is none of agents: a node all the same. */
static unsigned choose(unsigned n)
{
    if (search->depth == NODES) {
        hzx.shared->left_out |= HZX_LEFT_DEEP;
        return 0;
    }
    struct node *node = &search->nodes[search->depth];
    if (search->depth >= search->prefix) {
        memset(node->left, 0, sizeof node->left);
        for (unsigned i = 0; i < n; i++)
            node->left[i / 64] |= (uint64_t)1 << (i % 64);
        node->preemptions = preemptions_before(node);
        node->current = HZX_AGENTS;
        node->chosen = 0;
    }
    search->depth++;
    node->free = true;
    node->left[node->chosen / 64] &= ~((uint64_t)1 << (node->chosen % 64));
    return node->chosen;
}

static unsigned choose_brute(unsigned n)
{
    unsigned choice = choose(n);
    hzx_classes_chose(choice);
    return choice;
}

static bool next_choice(void)
{
    for (uint32_t at = search->depth; at-- > 0;) {
        struct node *node = &search->nodes[at];
        for (unsigned i = 0; i < HZX_WORDS; i++) {
            if (node->left[i] == 0)
                continue;
            node->chosen = (uint16_t)(i * 64 + (unsigned)__builtin_ctzll(node->left[i]));
            search->prefix = at + 1;
            return true;
        }
    }
    return false;
}

static void open_bound(void)
{
    open();
    search->fairly = true;
}

static bool end_bound(enum hzx_end end)
{
    search->lost = search->lost || end == HZX_CUT ||
                   hzx.shared->left_out & (HZX_LEFT_DEEP | HZX_LEFT_STORES);
    if (search->learned != *hzx_memory_learned || next_choice())
        return true;
    if (!search->lost)
        hzx.shared->bounds = search->bound + 1;
    if (!search->cut || search->bound >= hzx.shared->config.preemptions)
        return false;
    search->bound++;
    restart();
    return true;
}

static bool end_brute(enum hzx_end end)
{
    (void)end;
    hzx_classes_end();
    return search->learned != *hzx_memory_learned || next_choice();
}

static void open_brute(void)
{
    open();
    hzx_classes_open();
}

static void begin_brute(void)
{
    bool again = search->learned != *hzx_memory_learned;
    begin();
    hzx_classes_begin(again);
    search->bound = UINT32_MAX;
}

const struct hzx_strategy hzx_bound = {.name = "bound", .exhaustive = true, .fair = true, .open = open_bound,
                                       .begin = begin_bound, .pick = pick, .choose = choose,
                                       .did = did_bound, .end = end_bound};
const struct hzx_strategy hzx_brute = {.name = "brute", .exhaustive = true, .open = open_brute,
                                       .begin = begin_brute, .pick = pick, .choose = choose_brute,
                                       .did = hzx_classes_did, .settle = hzx_classes_settle, .end = end_brute};
