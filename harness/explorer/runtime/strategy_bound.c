/*
 * Depth first through all schedules, those with the fewest preemptions first. Each point
 * that has been passed is a node; a schedule repeats the nodes' choices as far as the
 * deepest one that has something left to try, and takes that.
 */
#include "explorer/runtime/classes.h"
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
    uint64_t learned;
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

/* What may be tried at `node`: all that is enabled, or, when the bound is used up and the
 * running thread can go on, that thread alone. That a store reaches memory is no preemption. */
static void offer(struct node *node)
{
    unsigned own = 2 * hzx.self->id;
    memcpy(node->left, hzx.enabled, sizeof node->left);
    bool able = hzx_enabled(own);
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

static bool end_bound(enum hzx_end end)
{
    (void)end;
    if (search->learned != *hzx_memory_learned || next_choice())
        return true;
    hzx.shared->bound = search->bound;
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

const struct hzx_strategy hzx_bound = {.name = "bound", .exhaustive = true, .open = open,
                                       .begin = begin, .pick = pick, .choose = choose, .end = end_bound};
const struct hzx_strategy hzx_brute = {.name = "brute", .exhaustive = true, .open = open_brute,
                                       .begin = begin_brute, .pick = pick, .choose = choose_brute,
                                       .did = hzx_classes_did, .settle = hzx_classes_settle, .end = end_brute};
