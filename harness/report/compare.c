#include "report/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const change_names[HZ_CHANGES] = {
    [HZ_CHANGE_WORSE] = "worse", [HZ_CHANGE_BETTER] = "better", [HZ_CHANGE_OTHER] = "other",
    [HZ_CHANGE_TIME] = "time",   [HZ_CHANGE_ADDED] = "added",   [HZ_CHANGE_LEFT] = "left-out",
    [HZ_CHANGE_NONE] = "none",
};

const char *hz_change_name(enum hz_change change)
{
    return change_names[change];
}

bool hz_rates_differ(struct hz_rate a, struct hz_rate b)
{
    return a.high < b.low || b.high < a.low;
}

/* ---- cells --------------------------------------------------------------------------- */

static bool agrees(const struct hz_cell *cell)
{
    return !hz_cell_flaky(cell);
}

/* How often it went as it should, or, for bare, as the hazard would have it. */
static struct hz_rate rate_of(const struct hz_cell *cell, enum hz_variant variant, bool bare)
{
    unsigned hits = variant == HZ_FIXED ? cell->of[HZ_CLEAN]
                    : bare              ? cell->of[HZ_WENT_WRONG]
                                        : cell->of[HZ_CAUGHT];
    return hz_rate(hits, cell->runs - cell->of[HZ_BROKEN]);
}

static bool verdicts_differ(const struct hz_cell *old, const struct hz_cell *now,
                            enum hz_variant variant, bool bare)
{
    /* What a program does by itself is chance; a detector that is sure of itself is not. */
    if (!bare && agrees(old) && agrees(now) && hz_cell_verdict(old) != hz_cell_verdict(now))
        return true;
    return hz_rates_differ(rate_of(old, variant, bare), rate_of(now, variant, bare));
}

static bool times_differ(double old, double now)
{
    double longer = fmax(old, now), shorter = fmin(old, now);
    return longer > HZ_COMPARE_FACTOR * shorter && longer - shorter > HZ_COMPARE_SECONDS;
}

static enum hz_change change_of(const struct hz_matrix_cell *old, const struct hz_matrix_cell *now,
                                enum hz_variant variant, bool bare)
{
    if (now->surprise != NULL && old->surprise == NULL)
        return HZ_CHANGE_WORSE; /* also if it was not run before: it is there now */
    if (old->cell.runs == 0)
        return HZ_CHANGE_ADDED;
    if (now->cell.runs == 0)
        return HZ_CHANGE_LEFT;
    if (old->surprise != NULL && now->surprise == NULL)
        return HZ_CHANGE_BETTER;
    if (verdicts_differ(&old->cell, &now->cell, variant, bare))
        return HZ_CHANGE_OTHER;
    return times_differ(old->seconds, now->seconds) ? HZ_CHANGE_TIME : HZ_CHANGE_NONE;
}

struct comparing {
    struct hz_arena *arena;
    const struct hz_matrix *old, *now;
    HZ_VEC(const char *) detectors; /* of either */
    HZ_VEC(double) * ratios;        /* of time, by index of detector */
    struct hz_comparison *out;
};

static const struct hz_matrix_cell *cell_of(const struct hz_matrix *matrix,
                                            const struct hz_matrix_row *row, int variant,
                                            const char *detector)
{
    static const struct hz_matrix_cell none;
    for (size_t i = 0; row != NULL && i < matrix->detectors.n; i++)
        if (strcmp(matrix->detectors.at[i], detector) == 0)
            return &row->cells[variant][i];
    return &none;
}

static void compare_cell(struct comparing *comparing, const struct hz_matrix_row *old_row,
                         const struct hz_matrix_row *now_row, int variant, size_t column)
{
    const char *detector = comparing->detectors.at[column];
    const struct hz_matrix_cell *old = cell_of(comparing->old, old_row, variant, detector);
    const struct hz_matrix_cell *now = cell_of(comparing->now, now_row, variant, detector);
    if (old->cell.runs == 0 && now->cell.runs == 0)
        return;
    if (old->cell.runs != 0 && now->cell.runs != 0) {
        comparing->out->compared++;
        if (old->seconds > 0)
            *hz_push(comparing->arena, &comparing->ratios[column]) = now->seconds / old->seconds;
    }
    enum hz_change change =
        change_of(old, now, (enum hz_variant)variant, hz_detector_is_bare(detector));
    comparing->out->worse |= change == HZ_CHANGE_WORSE;
    if (change != HZ_CHANGE_NONE)
        *hz_push(comparing->arena, &comparing->out->cells) =
            (struct hz_cell_change){change,   now_row != NULL ? now_row->pair : old_row->pair,
                                    detector, (enum hz_variant)variant,
                                    old,      now};
}

static int order_of(const struct hz_matrix_row *a, const struct hz_matrix_row *b)
{
    return a->class != b->class ? (a->class > b->class) - (a->class < b->class)
                                : strcmp(a->pair, b->pair);
}

/* Both are sorted alike. */
static void compare_rows(struct comparing *comparing)
{
    size_t i = 0, k = 0;
    while (i < comparing->old->rows.n || k < comparing->now->rows.n) {
        const struct hz_matrix_row *old =
            i < comparing->old->rows.n ? &comparing->old->rows.at[i] : NULL;
        const struct hz_matrix_row *now =
            k < comparing->now->rows.n ? &comparing->now->rows.at[k] : NULL;
        int order = old == NULL ? 1 : now == NULL ? -1 : order_of(old, now);
        i += order <= 0;
        k += order >= 0;
        for (size_t column = 0; column < comparing->detectors.n; column++)
            for (int variant = 0; variant < 2; variant++)
                compare_cell(comparing, order <= 0 ? old : NULL, order >= 0 ? now : NULL, variant,
                             column);
    }
}

/* ---- time ---------------------------------------------------------------------------- */

static void add_detectors(struct comparing *comparing, const struct hz_matrix *matrix)
{
    for (size_t i = 0; i < matrix->detectors.n; i++) {
        size_t k = 0;
        while (k < comparing->detectors.n &&
               strcmp(comparing->detectors.at[k], matrix->detectors.at[i]) != 0)
            k++;
        if (k == comparing->detectors.n)
            *hz_push(comparing->arena, &comparing->detectors) = matrix->detectors.at[i];
    }
}

static int by_number(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static void finish_times(struct comparing *comparing)
{
    for (size_t i = 0; i < comparing->detectors.n; i++) {
        size_t n = comparing->ratios[i].n;
        double *at = comparing->ratios[i].at;
        if (n == 0)
            continue;
        qsort(at, n, sizeof *at, by_number);
        *hz_push(comparing->arena, &comparing->out->times) = (struct hz_time_change){
            comparing->detectors.at[i], (at[(n - 1) / 2] + at[n / 2]) / 2, (unsigned)n};
    }
}

/* ---- environment --------------------------------------------------------------------- */

/* As text, whatever it is; NULL if it is not there. */
static const char *value_text(struct hz_arena *arena, const json_t *value)
{
    if (value == NULL || json_is_string(value))
        return hz_dup(arena, json_string_value(value));
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    const char *kept = hz_dup(arena, text);
    free(text);
    return kept;
}

static void compare_setting(struct hz_arena *arena, const char *what, const json_t *old,
                            const json_t *now, struct hz_comparison *out)
{
    if (!json_equal(old, now) && (old != NULL || now != NULL))
        *hz_push(arena, &out->settings) = (struct hz_setting_change){
            hz_dup(arena, what), value_text(arena, old), value_text(arena, now)};
}

static void compare_tools(struct hz_arena *arena, const json_t *old, const json_t *now,
                          struct hz_comparison *out)
{
    json_t *all = json_object();
    json_object_update(all, (json_t *)old);
    json_object_update(all, (json_t *)now);
    const char *name;
    json_t *unused;
    json_object_foreach(all, name, unused)
    {
        const json_t *was = json_object_get(old, name), *is = json_object_get(now, name);
        compare_setting(arena, name, json_object_get(was, "version"),
                        json_object_get(is, "version"), out);
    }
    json_decref(all);
}

static void compare_environments(struct hz_arena *arena, const json_t *old, const json_t *now,
                                 struct hz_comparison *out)
{
    static const char *const keys[] = {"hazmat", "processors", "jobs",   "cpus",
                                       "system", "release",    "machine"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        compare_setting(arena, keys[i], json_object_get(old, keys[i]),
                        json_object_get(now, keys[i]), out);
    compare_tools(arena, json_object_get(old, "detectors"), json_object_get(now, "detectors"), out);
}

/* ---- all of it ----------------------------------------------------------------------- */

void hz_compare(struct hz_arena *arena, const struct hz_stream *old,
                const struct hz_matrix *old_matrix, const struct hz_stream *now,
                const struct hz_matrix *now_matrix, struct hz_comparison *out)
{
    *out = (struct hz_comparison){0};
    struct comparing comparing = {.arena = arena, .old = old_matrix, .now = now_matrix, .out = out};
    add_detectors(&comparing, now_matrix);
    add_detectors(&comparing, old_matrix);
    comparing.ratios = hz_alloc(arena, comparing.detectors.n * sizeof *comparing.ratios);
    compare_environments(arena, json_object_get(old->start, "environment"),
                         json_object_get(now->start, "environment"), out);
    compare_rows(&comparing);
    finish_times(&comparing);
    hz_compare_findings(arena, old, now, out);
}
