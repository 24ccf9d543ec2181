/*
 * Selectively uniform random walk (Zhao, Wolff, Mathur and Roychoudhury, "Selectively uniform
 * concurrency testing", ASPLOS 2025).
 *
 * A fair coin at each step does not make all interleavings equally likely: it favours those
 * in which the shorter thread is early. All are, if a thread goes on with a probability in
 * proportion to what it has left to do. Over all operations that space is too large to
 * sample; so each schedule draws one place that threads share, and samples the orders of
 * the operations there. It always knows whose turn it is there next (who is *meant*);
 * others may run up to their next operation there and no further.
 *
 * How many operations of a place a thread does is what it did in the last schedule that came
 * there (profile.h). What a thread will do, who made it is weighed with until then.
 */
#include "explorer/runtime/profile.h"
#include "explorer/runtime/strategies.h"

#include <string.h>

static struct {
    uintptr_t key;   /* of the place; 1: none is known yet */
    int meant;       /* thread, -1: to be drawn */
    unsigned known;  /* threads whose weight is taken out of their makers' */
    uint32_t left[HZX_THREADS];
} walk;

/* A shared place at random; NULL: none is known. */
static struct hzx_place *draw_place(void)
{
    unsigned shared = 0;
    for (unsigned i = 0; i < hzx_profile->places_n; i++)
        shared += hzx_place_shared(&hzx_profile->places[hzx_profile->order[i]]);
    uint64_t left = shared == 0 ? 0 : hzx_random(shared);
    for (unsigned i = 0; shared != 0 && i < hzx_profile->places_n; i++) {
        struct hzx_place *place = &hzx_profile->places[hzx_profile->order[i]];
        if (hzx_place_shared(place) && left-- == 0)
            return place;
    }
    return NULL;
}

static void begin(void)
{
    hzx_profile_begin();
    walk.meant = -1;
    walk.known = 1;
    const struct hzx_place *place = draw_place();
    walk.key = place == NULL ? 1 : place->key;
    memset(walk.left, 0, sizeof walk.left);
    for (unsigned i = 0; place != NULL && i < hzx_profile->threads; i++)
        walk.left[i] = place->usual[i];
    for (unsigned i = hzx_profile->threads; i-- > 1;) /* a child's number is above its maker's */
        walk.left[hzx_profile->parent[i]] += walk.left[i];
}

/* The threads that were made since: their makers no longer answer for them. */
static void meet(void)
{
    for (; walk.known < hzx.threads_n; walk.known++) {
        unsigned maker = hzx.threads[walk.known].parent;
        uint32_t own = walk.left[walk.known];
        walk.left[maker] -= own < walk.left[maker] ? own : walk.left[maker];
        if (walk.meant == (int)maker)
            walk.meant = -1;
    }
}

static bool there(unsigned agent)
{
    return hzx_place_key(hzx_next(agent)) == walk.key;
}

/* Who does the next operation there, by what is left to do of each; `able`: among those that
 * can go on now. -1 if nobody has anything left. */
static int draw_meant(bool able)
{
    uint64_t all = 0;
    for (unsigned i = 0; i < hzx.threads_n; i++)
        if (!hzx.threads[i].done && (!able || hzx_enabled(2 * i)))
            all += walk.left[i];
    if (all == 0)
        return -1;
    uint64_t left = hzx_random(all);
    for (unsigned i = 0;; i++) {
        if (hzx.threads[i].done || (able && !hzx_enabled(2 * i)))
            continue;
        if (left < walk.left[i])
            return (int)i;
        left -= walk.left[i];
    }
}

/* One that may go on: not there, or meant. HZX_AGENTS: none may. */
static unsigned free_agent(void)
{
    unsigned n = 0, best = HZX_AGENTS;
    HZX_EACH_ENABLED (agent) {
        if ((int)(agent / 2) != walk.meant && there((unsigned)agent))
            continue;
        if (hzx_random(++n) == 0)
            best = (unsigned)agent;
    }
    return best;
}

static unsigned pick(void)
{
    meet();
    if (walk.meant < 0 || hzx.threads[walk.meant].done)
        walk.meant = draw_meant(false);
    unsigned agent = free_agent();
    if (agent == HZX_AGENTS) { /* who was meant is blocked, or the guess was wrong */
        walk.meant = draw_meant(true);
        agent = free_agent();
    }
    if (agent == HZX_AGENTS) { /* nobody was thought to have anything left */
        walk.meant = -1;
        unsigned n = 0;
        HZX_EACH_ENABLED (able)
            if (hzx_random(++n) == 0)
                agent = (unsigned)able;
    }
    return agent;
}

static void did(unsigned agent, const struct hzx_op *op)
{
    hzx_profile_did(agent, op);
    if (hzx_place_key(op) != walk.key)
        return;
    if (walk.left[agent / 2] > 0)
        walk.left[agent / 2]--;
    walk.meant = -1;
}

static bool end(enum hzx_end how)
{
    (void)how;
    hzx_profile_end();
    return true;
}

const struct hzx_strategy hzx_surw = {.name = "surw", .open = hzx_profile_open, .begin = begin,
                                      .pick = pick, .did = did, .end = end,
                                      .choose = hzx_random_choose};
