/*
 * Reads-from feedback (Wolff, Shi, Duck, Mathur and Roychoudhury, "Greybox fuzzing for
 * concurrency testing", ASPLOS 2024).
 *
 * What a schedule computes is settled by which write each read reads from. So schedules are
 * fuzzed as inputs are: an *abstract schedule* is a set of constraints, that a read at one
 * site reads from a write at another or that it does not; those that brought a pair or a set
 * of pairs that was never seen are kept and changed again, the rarer the more often. Partial
 * order sampling makes a schedule of one; who would break a constraint by going on waits as
 * long as somebody else can go on.
 *
 * An operation on an object reads from the last one that changed the object. A *site* is an
 * instruction as its two innermost functions were called (profile.h).
 */
#include "explorer/runtime/memory.h"
#include "explorer/runtime/profile.h"
#include "explorer/runtime/strategies.h"

#include <string.h>

enum {
    CONSTRAINTS = 8, /* in an abstract schedule */
    KEPT = 512,
    SEEN = 1 << 14,  /* pairs; sets of pairs */
    SITES = 2048,
    BUCKETS = 2 * SITES,
    WRITERS = 4096   /* words of one schedule */
};

struct constraint {
    uintptr_t key;
    uint64_t writer, reader; /* sites; writer 0: as it was at the beginning */
    bool wanted;
};

struct abstract {
    uint64_t outcome;  /* the set of pairs that it brought */
    uint32_t chosen, n;
    struct constraint constraints[CONSTRAINTS];
};

struct counted {
    uint64_t name; /* 0: free */
    uint32_t count;
};

struct site {
    uintptr_t key;
    uint64_t name;
    bool reads, writes;
};

static struct known {
    uint32_t abstracts_n, sites_n, outcomes_n, pairs_n;
    uint32_t current;      /* which of the kept is being changed */
    uint32_t energy;       /* how many more times */
    uint64_t schedules;    /* outcomes counted */
    struct abstract abstracts[KEPT];
    struct counted pairs[SEEN], outcomes[SEEN];
    struct site sites[SITES];
    uint16_t buckets[BUCKETS]; /* of the hash table: index of a site + 1; 0: none */
} *known;

static struct {
    struct abstract now;
    bool satisfied[CONSTRAINTS];
    bool fresh;       /* a pair was never seen before */
    uint64_t outcome; /* of all pairs so far, in whatever order */
    struct { uintptr_t key; uint64_t schedule, writer; } writers[WRITERS];
} run;

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t z = (a ^ b * 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
    return (z ^ z >> 31) | 1;
}

/* The counter of that name; NULL if the table is as good as full. */
static struct counted *counter(struct counted *table, uint32_t *n, uint64_t name)
{
    uint32_t at = (uint32_t)(name >> 40) % SEEN;
    while (table[at].name != name && table[at].name != 0)
        at = (at + 1) % SEEN;
    if (table[at].name == 0) {
        if (*n >= SEEN * 3 / 4)
            return NULL;
        ++*n;
        table[at].name = name;
    }
    return &table[at];
}

static bool reads(const struct hzx_op *op)
{
    switch (op->kind) {
    case HZX_WRITE: case HZX_FREE: case HZX_FLUSH: case HZX_UNLOCK: case HZX_RWUNLOCK:
    case HZX_SEM_POST: return false;
    default: return true;
    }
}

static uint64_t *writer_of(uintptr_t key)
{
    uint32_t at = (uint32_t)((key * 0x9e3779b97f4a7c15u) >> 40) % WRITERS;
    for (unsigned tries = 0; tries < 16; tries++, at = (at + 1) % WRITERS) {
        if (run.writers[at].schedule != hzx.shared->schedules) {
            run.writers[at].schedule = hzx.shared->schedules;
            run.writers[at].key = key;
            run.writers[at].writer = 0;
        }
        if (run.writers[at].key == key)
            return &run.writers[at].writer;
    }
    run.writers[at].key = key; /* so many words: some are forgotten */
    run.writers[at].writer = 0;
    return &run.writers[at].writer;
}

/* ---- abstract schedules ---- */

static const struct site *draw_site(uintptr_t key, bool reads, bool writes)
{
    const struct site *drawn = NULL;
    unsigned n = 0;
    for (uint32_t i = 0; i < known->sites_n; i++) {
        const struct site *site = &known->sites[i];
        if ((key == 0 || site->key == key) && (!reads || site->reads) && (!writes || site->writes) &&
            hzx_random(++n) == 0)
            drawn = site;
    }
    return drawn;
}

static bool draw_constraint(struct constraint *constraint)
{
    const struct site *reader = draw_site(0, true, false);
    if (reader == NULL)
        return false;
    const struct site *writer = hzx_random(4) == 0 ? NULL : draw_site(reader->key, false, true);
    *constraint = (struct constraint){reader->key, writer == NULL ? 0 : writer->name, reader->name,
                                      hzx_random(2) != 0};
    return true;
}

static void change(struct abstract *abstract)
{
    switch (abstract->n == 0 ? 0 : hzx_random(4)) {
    case 0:
        if (abstract->n < CONSTRAINTS && draw_constraint(&abstract->constraints[abstract->n]))
            abstract->n++;
        break;
    case 1:
        draw_constraint(&abstract->constraints[hzx_random(abstract->n)]);
        break;
    case 2:
        abstract->constraints[hzx_random(abstract->n)] = abstract->constraints[abstract->n - 1];
        abstract->n--;
        break;
    default: {
        struct constraint *turned = &abstract->constraints[hzx_random(abstract->n)];
        turned->wanted = !turned->wanted;
    }
    }
}

/* The next of the kept in turn, and for how many schedules: more the more often it was
 * chosen, none if what it brings is common (the cut-off exponential of AFLFast, Böhme,
 * Pham and Roychoudhury, CCS 2016). */
static void choose(void)
{
    uint64_t common = known->outcomes_n == 0 ? 0 : known->schedules / known->outcomes_n;
    for (uint32_t tries = 0; tries <= known->abstracts_n; tries++) {
        known->current = (known->current + 1) % known->abstracts_n;
        struct abstract *abstract = &known->abstracts[known->current];
        struct counted *count = counter(known->outcomes, &known->outcomes_n, abstract->outcome);
        if (count != NULL && count->count > common && tries < known->abstracts_n)
            continue;
        uint32_t chosen = abstract->chosen < 5 ? abstract->chosen : 5;
        abstract->chosen++;
        known->energy = 1u << chosen;
        return;
    }
}

static void open(void)
{
    known = hzx_keep(sizeof *known);
}

static void begin(void)
{
    hzx_pos.begin();
    memset(run.satisfied, 0, sizeof run.satisfied);
    run.fresh = false;
    run.outcome = 1;
    run.now = (struct abstract){0};
    if (known->abstracts_n == 0)
        return;
    if (known->energy == 0)
        choose();
    known->energy--;
    run.now = known->abstracts[known->current];
    for (uint64_t changes = 1 + hzx_random(3); changes > 0; changes--)
        change(&run.now);
}

/* ---- a schedule of one ---- */

/* Whether `agent` would break a constraint that still can be kept by going on. */
static bool breaks(unsigned agent, const struct hzx_op *op)
{
    uintptr_t key = hzx_place_key(op);
    uint64_t site = 0;
    for (uint32_t i = 0; key != 0 && i < run.now.n; i++) {
        const struct constraint *constraint = &run.now.constraints[i];
        if (constraint->key != key || run.satisfied[i])
            continue;
        if (site == 0)
            site = hzx_site_name(agent, op);
        bool there = *writer_of(key) == constraint->writer;
        if (site == constraint->reader && reads(op) && there != constraint->wanted)
            return true; /* it would read from another, or from the very one */
        if (constraint->wanted && there && op->write && site != constraint->writer)
            return true; /* it would cover what is to be read */
    }
    return false;
}

static unsigned pick(void)
{
    if (run.now.n == 0)
        return hzx_pos.pick();
    uint64_t all[HZX_WORDS], good[HZX_WORDS] = {0};
    memcpy(all, hzx.enabled, sizeof all);
    bool any = false;
    HZX_EACH_ENABLED (agent) {
        if (!breaks((unsigned)agent, hzx_next((unsigned)agent))) {
            good[agent / 64] |= (uint64_t)1 << (agent % 64);
            any = true;
        }
    }
    if (any)
        memcpy(hzx.enabled, good, sizeof good);
    unsigned picked = hzx_pos.pick();
    memcpy(hzx.enabled, all, sizeof all);
    return picked;
}

static void note_site(uintptr_t key, uint64_t name, bool read, bool write)
{
    uint32_t at = (uint32_t)(mix(key, name) >> 40) % BUCKETS;
    while (known->buckets[at] != 0) {
        struct site *site = &known->sites[known->buckets[at] - 1];
        if (site->key == key && site->name == name) {
            site->reads = site->reads || read;
            site->writes = site->writes || write;
            return;
        }
        at = (at + 1) % BUCKETS;
    }
    if (known->sites_n == SITES)
        return;
    known->sites[known->sites_n] = (struct site){key, name, read, write};
    known->buckets[at] = (uint16_t)++known->sites_n;
}

static void note_pair(uintptr_t key, uint64_t writer, uint64_t reader)
{
    uint64_t name = mix(mix(writer, key), reader);
    struct counted *pair = counter(known->pairs, &known->pairs_n, name);
    if (pair == NULL)
        return;
    if (pair->count++ == 0)
        run.fresh = true;
    run.outcome += name; /* a sum: a pair counts as often as it is */
}

static void did(unsigned agent, const struct hzx_op *op)
{
    hzx_pos.did(agent, op);
    uintptr_t key = hzx_place_key(op);
    if (key == 0)
        return;
    uint64_t *writer = writer_of(key), site = hzx_site_name(agent, op);
    if (reads(op)) {
        for (uint32_t i = 0; i < run.now.n; i++) {
            const struct constraint *constraint = &run.now.constraints[i];
            if (constraint->key == key && constraint->reader == site &&
                constraint->writer == *writer)
                run.satisfied[i] = constraint->wanted;
        }
        note_pair(key, *writer, site);
    }
    note_site(key, site, reads(op), op->write);
    if (op->write)
        *writer = site;
}

static bool end(enum hzx_end how)
{
    (void)how;
    struct counted *count = counter(known->outcomes, &known->outcomes_n, run.outcome | 1);
    bool fresh = run.fresh || (count != NULL && count->count == 0);
    if (count != NULL)
        count->count++;
    known->schedules++;
    run.now.outcome = run.outcome | 1;
    run.now.chosen = 0;
    if (fresh && known->abstracts_n < KEPT)
        known->abstracts[known->abstracts_n++] = run.now;
    return true;
}

const struct hzx_strategy hzx_rff = {
    .name = "rff", .open = open, .begin = begin, .pick = pick, .did = did, .end = end,
    .choose = hzx_random_choose};
