/* Strategies that sample: random walk, PCT, POS. */
#include "explorer/runtime/memory.h"
#include "explorer/runtime/strategies.h"

unsigned hzx_stay(void)
{
    if (hzx_enabled(2 * hzx.self->id))
        return 2 * hzx.self->id;
    if (hzx_is_flush(2 * hzx.self->id + 1))
        return 2 * hzx.self->id + 1;
    HZX_EACH_ENABLED (agent)
        return (unsigned)agent;
    __builtin_unreachable();
}

/* ---- random walk ---- */

static unsigned random_pick(void)
{
    unsigned n = 0, agents[HZX_AGENTS];
    HZX_EACH_ENABLED (agent)
        agents[n++] = (unsigned)agent;
    return agents[n == 1 ? 0 : hzx_random(n)];
}

unsigned hzx_random_choose(unsigned n)
{
    uint64_t drawn = hzx_random(2 * n);
    return drawn < n ? (unsigned)drawn : 0;
}

const struct hzx_strategy hzx_random_walk = {
    .name = "random", .pick = random_pick, .choose = hzx_random_choose};

/*
 * Store buffers: a bug needs a store that stays in its buffer while its thread goes on, often
 * far. So in each schedule half of the threads' buffers are *late*: theirs are low priorities.
 */
static uint64_t late; /* bit t % 64: thread t's */

static void draw_late(void)
{
    if (hzx.shared->config.memory == HZX_TSO)
        late = hzx_random(UINT64_MAX);
}

static bool is_late(unsigned agent)
{
    return hzx_is_flush(agent) && (late >> (agent / 2 % 64) & 1);
}

/* ---- PCT ---- */

enum { DEPTH_MOST = 16 };

static struct {
    uint32_t longest; /* k: steps of the longest schedule so far */
} *pct_known;

static struct {
    unsigned drawn; /* agents that have a priority */
    uint32_t step, changes_n;
    uint32_t change[DEPTH_MOST];
    uint64_t priority[HZX_AGENTS];
} pct;

static void pct_open(void)
{
    pct_known = hzx_keep(sizeof *pct_known);
}

static void pct_begin(void)
{
    uint32_t depth = hzx.shared->config.depth > 0 ? hzx.shared->config.depth : 1;
    uint32_t k = pct_known->longest > 0 ? pct_known->longest : 100;
    draw_late();
    pct.drawn = pct.step = 0;
    pct.changes_n = depth > DEPTH_MOST ? DEPTH_MOST - 1 : depth - 1;
    for (uint32_t i = 0; i < pct.changes_n; i++)
        pct.change[i] = 1 + (uint32_t)hzx_random(k);
}

static unsigned highest(void)
{
    unsigned best = 0;
    uint64_t most = 0;
    HZX_EACH_ENABLED (agent) {
        if (pct.priority[agent] >= most) {
            most = pct.priority[agent];
            best = (unsigned)agent;
        }
    }
    return best;
}

static unsigned pct_pick(void)
{
    /* A priority above all change points' for each new agent, at random among the others. */
    for (; pct.drawn < 2 * hzx.threads_n; pct.drawn++)
        pct.priority[pct.drawn] = DEPTH_MOST + hzx_random((uint64_t)1 << 60);
    if (hzx.memory == HZX_TSO) { /* late ones are as those that yield, so that nobody waits for ever */
        HZX_EACH_ENABLED (agent)
            if (is_late((unsigned)agent) && pct.priority[agent] >= DEPTH_MOST + (1 << 20))
                pct.priority[agent] = DEPTH_MOST + hzx_random(1 << 20);
    }
    unsigned best = highest();
    for (uint32_t i = 0; i < pct.changes_n; i++) {
        if (pct.change[i] == pct.step + 1) {
            pct.priority[best] = i + 1;
            best = highest();
        }
    }
    if (hzx_next(best)->kind == HZX_YIELD) /* it says itself that others should go on */
        pct.priority[best] = DEPTH_MOST + hzx_random(1 << 20);
    if (++pct.step > pct_known->longest)
        pct_known->longest = pct.step;
    return best;
}

const struct hzx_strategy hzx_pct = {.name = "pct", .open = pct_open, .begin = pct_begin,
                                     .pick = pct_pick, .choose = hzx_random_choose};

/* ---- POS ---- */

static uint64_t pos[HZX_AGENTS]; /* 0: to be drawn */

static void pos_begin(void)
{
    draw_late();
    for (unsigned i = 0; i < HZX_AGENTS; i++)
        pos[i] = 0;
}

static unsigned pos_pick(void)
{
    unsigned best = 0;
    HZX_EACH_ENABLED (agent) {
        if (pos[agent] == 0)
            pos[agent] = 1 + (hzx_random(UINT64_MAX) >> (is_late((unsigned)agent) ? 8 : 0));
        if (!hzx_enabled(best) || pos[agent] > pos[best])
            best = (unsigned)agent;
    }
    return best;
}

static void pos_did(unsigned done, const struct hzx_op *op)
{
    HZX_EACH_ENABLED (agent)
        if (agent / 2 != done / 2 && hzx_dependent(done, op, (unsigned)agent, hzx_next((unsigned)agent)))
            pos[agent] = 0;
    pos[done] = 0;
    if (op->kind != HZX_FLUSH && hzx.threads[done / 2].buffered == 0)
        pos[done ^ 1] = 0;
}

const struct hzx_strategy hzx_pos = {
    .name = "pos", .begin = pos_begin, .pick = pos_pick, .did = pos_did,
    .choose = hzx_random_choose};
