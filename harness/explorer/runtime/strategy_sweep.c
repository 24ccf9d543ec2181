/*
 * A sweep over places in the code where a thread may be put aside: most failures need one
 * delay, at one instruction, and which one can be tried in turn (as PERIOD, Wen et al., ICSE
 * 2022, tries schedules by how many parts they are cut into). Threads go on one after the
 * other, by an order; the first that comes to the site of this schedule waits there until
 * nobody else can go on, and the others take another order.
 *
 * The sites are instructions that lead to shared places, as they become known (profile.h).
 * Each is tried with each pair of orders; then once more, with the thread that comes there
 * second; and so on. When nobody came to any of them any more, sites are drawn at random,
 * two or three for a schedule.
 */
#include "explorer/runtime/memory.h"
#include "explorer/runtime/profile.h"
#include "explorer/runtime/strategies.h"

enum { DELAYS = 3, ROUNDS = 64 };

/* In which order threads go on. The first thread makes the others, mostly: when it comes
 * first, all the others are there before any of them goes on. */
enum order { UP, DOWN, EAGER /* the others up as they are made, the first last */ };

static const struct { uint8_t before, after; } ways[] = {
    {UP, DOWN}, {DOWN, DOWN}, {EAGER, DOWN}, {DOWN, UP}};
enum { WAYS = sizeof ways / sizeof *ways };

static struct known {
    bool begun;
    uint32_t first, end;  /* the sites of this sweep, in the order in which they became known */
    uint32_t round, site; /* what is next */
    bool came;            /* somebody came to a site in this round */
    bool turned;          /* the last thread was last once */
    bool over;
    uint8_t tried[HZX_SITES]; /* a bit for each way; with the thread that comes first */
} *known;

static struct {
    unsigned way, delays_n;
    enum order order;
    struct { uint64_t site; uint32_t arrivals; } delays[DELAYS];
    bool last;                       /* the last thread goes last: only in the openings */
    unsigned drawn;
    int64_t least, most;             /* below all orders: of those put aside */
    int64_t priority[HZX_AGENTS];
} run;

static void open(void)
{
    hzx_profile_open();
    known = hzx_keep(sizeof *known);
}

/* Whether the round has a use for the site that became known as the n-th. First come those
 * where a thread is amid something, then the others; then all, with who comes later. */
static bool wanted(uint32_t n)
{
    const struct hzx_site *site = &hzx_profile->sites[hzx_profile->sites_order[n]];
    if (!hzx_place_shared(&hzx_profile->places[site->place]))
        return false;
    return known->round >= 2 * WAYS ||
           (!(known->tried[n] >> known->round % WAYS & 1) && (site->amid || known->round >= WAYS));
}

/* Goes on to the next round. What became known meanwhile has a sweep of its own. */
static void next_round(void)
{
    known->site = known->first;
    if (++known->round % WAYS != 0)
        return;
    bool over = known->round > WAYS && (!known->came || known->round > ROUNDS);
    known->came = false;
    if (over) {
        known->over = known->end == hzx_profile->sites_n;
        known->first = known->site = known->end;
        known->round = 0;
    }
}

/* Draws up a schedule for the next site; false if all are through. */
static bool next_site(void)
{
    known->over = known->over && known->end == hzx_profile->sites_n;
    while (!known->over && hzx_profile->sites_n > 0) {
        if (known->round < WAYS) /* the ways that it came too late for are tried after those */
            known->end = hzx_profile->sites_n;
        for (; known->site < known->end; known->site++) {
            if (!wanted(known->site))
                continue;
            run.way = known->round % WAYS;
            run.delays[0].site = hzx_profile->sites[hzx_profile->sites_order[known->site]].name;
            run.delays[0].arrivals = known->round < 2 * WAYS ? 1 : known->round / WAYS;
            run.delays_n = 1;
            return true;
        }
        next_round();
    }
    return false;
}

static void draw(void)
{
    run.way = (unsigned)hzx_random(WAYS);
    if (hzx_profile->sites_n == 0)
        return;
    run.delays_n = 2 + (unsigned)hzx_random(DELAYS - 1);
    for (unsigned i = 0; i < run.delays_n; i++) {
        uint32_t at = hzx_profile->sites_order[hzx_random(hzx_profile->sites_n)];
        run.delays[i].site = hzx_profile->sites[at].name;
        run.delays[i].arrivals = 1 + (uint32_t)hzx_random(1 + hzx_random(8));
    }
}

static void begin(void)
{
    hzx_profile_begin();
    run.delays_n = run.drawn = run.way = 0;
    run.least = run.most = INT64_MIN / 2;
    run.last = false;
    run.order = DOWN;
    if (!known->begun) {
        known->begun = true;
        return;
    }
    bool one = next_site();
    if (!known->turned && (!one || known->round >= WAYS)) {
        known->turned = run.last = true;
        run.delays_n = 0;
        return; /* the site is still the next */
    }
    if (one)
        known->tried[known->site++] |= (uint8_t)(1u << run.way);
    else
        draw();
    run.order = ways[run.way].before;
}

static int64_t by_order(unsigned agent)
{
    if (agent % 2 == 1)
        return -HZX_AGENTS - (int64_t)agent; /* what acts by itself comes last */
    if (agent == 0)
        return run.order == EAGER ? -HZX_AGENTS : HZX_AGENTS;
    return run.order == DOWN ? (int64_t)agent : -(int64_t)agent;
}

static unsigned highest(void)
{
    unsigned best = HZX_AGENTS;
    HZX_EACH_ENABLED (agent)
        if (best == HZX_AGENTS || run.priority[agent] > run.priority[best])
            best = (unsigned)agent;
    return best;
}

/* The site of this delay was come to: all others go before that thread, in the new order. */
static void put_aside(unsigned agent)
{
    run.order = ways[run.way].after;
    for (unsigned other = 0; other < run.drawn; other++)
        if (run.priority[other] > INT64_MIN / 4)
            run.priority[other] = by_order(other);
    /* Of two put aside, either may come first. */
    run.priority[agent] = hzx_random(2) ? ++run.most : --run.least;
}

/* Whether `agent` waits where it is. */
static bool waits(unsigned agent)
{
    uint64_t site = hzx_site_name(agent, hzx_next(agent));
    for (unsigned i = 0; i < run.delays_n; i++)
        if (run.delays[i].site == site && run.delays[i].arrivals > 0 &&
            --run.delays[i].arrivals == 0)
            return true;
    return false;
}

static unsigned pick(void)
{
    for (; run.drawn < 2 * hzx.threads_n; run.drawn++)
        run.priority[run.drawn] = by_order(run.drawn);
    if (run.last && !hzx_enabled(0) && hzx.threads_n > 2) {
        run.priority[2 * (hzx.threads_n - 1)] = --run.least;
        run.last = false;
    }
    unsigned best = highest();
    for (unsigned tries = 0; run.delays_n > 0 && tries < DELAYS && waits(best); tries++) {
        known->came = true;
        put_aside(best);
        best = highest();
    }
    if (hzx_next(best)->kind == HZX_YIELD)
        run.priority[best] = --run.least;
    return best;
}

static bool end(enum hzx_end how)
{
    (void)how;
    hzx_profile_end();
    return true;
}

const struct hzx_strategy hzx_sweep = {.name = "sweep", .open = open, .begin = begin,
                                       .pick = pick, .did = hzx_profile_did, .end = end,
                                       .choose = hzx_random_choose};
