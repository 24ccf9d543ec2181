/* Findings that nobody judges, then and now: matched by their lines, else by their functions. */
#include "report/compare.h"

#include <stdlib.h>
#include <string.h>

/* One finding of a stream, in all runs that have it. */
struct known {
    const char *print; /* what it is sorted and matched by */
    const struct hz_finding *finding;
    HZ_VEC(const struct hz_run *) runs; /* each once */
};
typedef HZ_VEC(struct known) knowns;

static int by_print(const void *left, const void *right)
{
    const struct known *a = left, *b = right;
    int order = strcmp(a->print, b->print);
    /* In the order of the stream, so that each run comes once and the first one shows it. */
    return order != 0 ? order : (a->runs.at[0] > b->runs.at[0]) - (a->runs.at[0] < b->runs.at[0]);
}

static void sort(knowns *list)
{
    if (list->n > 1)
        qsort(list->at, list->n, sizeof *list->at, by_print);
}

static void collect(struct hz_arena *arena, const struct hz_stream *stream, knowns *out)
{
    for (size_t i = 0; i < stream->runs.n; i++) {
        const struct hz_run *run = &stream->runs.at[i];
        for (size_t k = 0; !run->judged && k < run->findings.n; k++) {
            struct known *known = hz_push(arena, out);
            known->finding = &run->findings.at[k];
            known->print = hz_finding_print(arena, known->finding, HZ_BY_LINES);
            *hz_push(arena, &known->runs) = run;
        }
    }
    sort(out);
    size_t kept = 0;
    for (size_t i = 0; i < out->n; i++) {
        struct known *last = kept > 0 ? &out->at[kept - 1] : NULL;
        if (last == NULL || strcmp(last->print, out->at[i].print) != 0)
            out->at[kept++] = out->at[i];
        else if (last->runs.at[last->runs.n - 1] != out->at[i].runs.at[0])
            *hz_push(arena, &last->runs) = out->at[i].runs.at[0];
    }
    out->n = kept;
}

struct comparing {
    struct hz_arena *arena;
    const struct hz_stream *old, *now;
    struct hz_comparison *out;
};

static bool among(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void add_detectors(struct hz_arena *arena, const struct known *known,
                          struct hz_finding_change *change)
{
    for (size_t i = 0; known != NULL && i < known->runs.n; i++) {
        const char *detector = known->runs.at[i]->detector;
        if (!among(change->detectors.at, change->detectors.n, detector))
            *hz_push(arena, &change->detectors) = detector;
    }
}

/* A broken run that found nothing has not looked. */
static struct hz_sighting sighting(const struct hz_stream *stream, const struct known *known,
                                   const struct hz_finding_change *change)
{
    struct hz_sighting sighting = {known != NULL ? (unsigned)known->runs.n : 0, 0};
    for (size_t i = 0; i < stream->runs.n; i++) {
        const struct hz_run *run = &stream->runs.at[i];
        sighting.runs += !run->judged && (run->broken == NULL || run->findings.n != 0) &&
                         among(change->detectors.at, change->detectors.n, run->detector);
    }
    return sighting;
}

/* Either may be NULL: it was not seen in that stream. */
static void put(const struct comparing *comparing, const struct known *old, const struct known *now,
                bool moved)
{
    struct hz_finding_change *change = hz_push(comparing->arena, &comparing->out->findings);
    change->finding = now != NULL ? now->finding : old->finding;
    add_detectors(comparing->arena, now, change);
    add_detectors(comparing->arena, old, change);
    qsort(change->detectors.at, change->detectors.n, sizeof *change->detectors.at,
          hz_detectors_order);
    change->old = sighting(comparing->old, old, change);
    change->now = sighting(comparing->now, now, change);
    if (old != NULL && now != NULL)
        change->change = moved ? HZ_CHANGE_OTHER : HZ_CHANGE_NONE;
    else if (old != NULL)
        change->change = change->now.runs != 0 ? HZ_CHANGE_BETTER : HZ_CHANGE_LEFT;
    else
        change->change = change->old.runs != 0 ? HZ_CHANGE_WORSE : HZ_CHANGE_ADDED;
    change->chance = (change->change == HZ_CHANGE_BETTER || change->change == HZ_CHANGE_WORSE) &&
                     !hz_rates_differ(hz_rate(change->old.seen, change->old.runs),
                                      hz_rate(change->now.seen, change->now.runs));
    comparing->out->worse |= change->change == HZ_CHANGE_WORSE;
}

/* Both sorted: what has the same print is put, the rest is left in the lists. */
static void match(const struct comparing *comparing, knowns *old, knowns *now, bool moved)
{
    size_t i = 0, k = 0, old_left = 0, now_left = 0;
    while (i < old->n || k < now->n) {
        int order = i == old->n ? 1 : k == now->n ? -1 : strcmp(old->at[i].print, now->at[k].print);
        if (order == 0)
            put(comparing, &old->at[i++], &now->at[k++], moved);
        else if (order < 0)
            old->at[old_left++] = old->at[i++];
        else
            now->at[now_left++] = now->at[k++];
    }
    old->n = old_left;
    now->n = now_left;
}

static void print_by_functions(struct hz_arena *arena, knowns *list)
{
    for (size_t i = 0; i < list->n; i++)
        list->at[i].print = hz_finding_print(arena, list->at[i].finding, HZ_BY_FUNCTIONS);
    sort(list);
}

void hz_compare_findings(struct hz_arena *arena, const struct hz_stream *old,
                         const struct hz_stream *now, struct hz_comparison *out)
{
    struct comparing comparing = {arena, old, now, out};
    knowns were = {0}, are = {0};
    collect(arena, old, &were);
    collect(arena, now, &are);
    match(&comparing, &were, &are, false);
    print_by_functions(arena, &were);
    print_by_functions(arena, &are);
    match(&comparing, &were, &are, true);
    for (size_t i = 0; i < are.n; i++)
        put(&comparing, NULL, &are.at[i], false);
    for (size_t i = 0; i < were.n; i++)
        put(&comparing, &were.at[i], NULL, false);
}
