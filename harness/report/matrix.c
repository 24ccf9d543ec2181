#include "report/matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool hz_detector_is_bare(const char *detector)
{
    return strcmp(detector, "bare") == 0;
}

bool hz_detector_explores(const char *detector)
{
    const struct hz_detector *known = hz_detector_named(detector);
    return known != NULL && strcmp(known->flavour, "explore") == 0;
}

const char *hz_pair_sizes(const struct hz_pair *pair, const char *detector)
{
    return hz_detector_explores(detector) ? pair->source[HZ_BUGGY].explore : NULL;
}

const char *hz_run_outdated(struct hz_arena *arena, const struct hz_run *run,
                            const struct hz_source *source)
{
    if (run->source == NULL || strcmp(run->source, source->digest) == 0)
        return NULL;
    return hz_printf(arena,
                     "%s has changed since the run: findings may stand on other lines than they "
                     "were at",
                     source->name);
}

/* ---- which columns and rows there are ---- */

static size_t column_of(const struct hz_matrix *matrix, const char *detector)
{
    size_t i = 0;
    while (i < matrix->detectors.n && strcmp(matrix->detectors.at[i], detector) != 0)
        ++i;
    return i;
}

static bool ran(const struct hz_stream *stream, const char *detector)
{
    for (size_t i = 0; i < stream->runs.n; ++i) {
        if (strcmp(stream->runs.at[i].detector, detector) == 0)
            return true;
    }
    return false;
}

/* The detectors that this Hazmat knows in their order, then those that it does not. */
static void find_columns(struct hz_arena *arena, const struct hz_stream *stream,
                         struct hz_matrix *matrix)
{
    for (const struct hz_detector *const *known = hz_detectors; *known != NULL; ++known) {
        if (ran(stream, (*known)->name))
            *hz_push(arena, &matrix->detectors) = (*known)->name;
    }
    for (size_t i = 0; i < stream->runs.n; ++i) {
        const char *detector = stream->runs.at[i].detector;
        if (column_of(matrix, detector) == matrix->detectors.n)
            *hz_push(arena, &matrix->detectors) = detector;
    }
}

static int by_class_and_name(const void *left, const void *right)
{
    const struct hz_run *a = *(const struct hz_run *const *)left;
    const struct hz_run *b = *(const struct hz_run *const *)right;
    if (a->class != b->class)
        return a->class < b->class ? -1 : 1;
    int order = strcmp(a->pair, b->pair);
    return order != 0 ? order : (a < b ? -1 : a > b);
}

/* ---- cells ---- */

static int by_number(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

/* Sorts in place. */
static double median(double *at, size_t n)
{
    if (n == 0)
        return NAN;
    qsort(at, n, sizeof *at, by_number);
    return n % 2 != 0 ? at[n / 2] : (at[n / 2 - 1] + at[n / 2]) / 2;
}

static void add_run(struct hz_matrix_cell *cell, const struct hz_run *run)
{
    hz_cell_add(&cell->cell, run->verdict);
    cell->expected = run->expected;
    if (run->broken != NULL && cell->broken == NULL)
        cell->broken = run->broken;
}

/* `runs` are those of one row. */
static void finish_cell(struct hz_arena *arena, struct hz_matrix_cell *cell, const char *detector,
                        enum hz_variant variant, const struct hz_run *const *runs, size_t n)
{
    double *seconds = hz_alloc(arena, n * sizeof *seconds);
    double *peaks = hz_alloc(arena, n * sizeof *peaks);
    size_t count = 0;
    for (size_t i = 0; i < n; ++i) {
        if (runs[i]->variant != variant || strcmp(runs[i]->detector, detector) != 0)
            continue;
        if (runs[i]->verdict == hz_cell_verdict(&cell->cell) && cell->example == NULL)
            cell->example = runs[i];
        seconds[count] = runs[i]->outcome.seconds;
        peaks[count++] = (double)runs[i]->outcome.peak_kib;
    }
    if (count == 0)
        return;
    cell->seconds = median(seconds, count);
    cell->peak_kib = (long)median(peaks, count);
    cell->surprise = hz_cell_surprise(arena, &cell->cell, variant, hz_detector_is_bare(detector),
                                      cell->expected);
}

static void finish_row(struct hz_arena *arena, struct hz_matrix *matrix,
                       struct hz_matrix_row *row, const struct hz_run *const *runs, size_t n)
{
    bool caught = false, clean = true, ran_variant[2] = {false, false};
    for (size_t column = 0; column < matrix->detectors.n; ++column) {
        const char *detector = matrix->detectors.at[column];
        for (int variant = 0; variant < 2; ++variant) {
            struct hz_matrix_cell *cell = &row->cells[variant][column];
            finish_cell(arena, cell, detector, (enum hz_variant)variant, runs, n);
            matrix->surprises += cell->surprise != NULL;
            matrix->broken += cell->cell.of[HZ_BROKEN] != 0;
            ran_variant[variant] |= cell->cell.runs != 0;
        }
        const struct hz_cell *buggy = &row->cells[HZ_BUGGY][column].cell;
        const struct hz_cell *fixed = &row->cells[HZ_FIXED][column].cell;
        caught |= buggy->runs != 0 && buggy->of[HZ_CAUGHT] == buggy->runs;
        clean &= fixed->of[HZ_CLEAN] == fixed->runs;
    }
    matrix->buggy += ran_variant[HZ_BUGGY];
    matrix->caught += caught;
    matrix->fixed += ran_variant[HZ_FIXED];
    matrix->clean += ran_variant[HZ_FIXED] && clean;
}

static void build_rows(struct hz_arena *arena, const struct hz_stream *stream,
                       struct hz_matrix *matrix)
{
    size_t n = 0;
    const struct hz_run **runs = hz_alloc(arena, stream->runs.n * sizeof *runs);
    for (size_t i = 0; i < stream->runs.n; ++i) {
        if (stream->runs.at[i].judged)
            runs[n++] = &stream->runs.at[i];
    }
    if (n > 1)
        qsort(runs, n, sizeof *runs, by_class_and_name);
    for (size_t first = 0, next; first < n; first = next) {
        struct hz_matrix_row *row = hz_push(arena, &matrix->rows);
        row->pair = runs[first]->pair;
        row->class = runs[first]->class;
        for (int variant = 0; variant < 2; ++variant)
            row->cells[variant] =
                hz_alloc(arena, matrix->detectors.n * sizeof *row->cells[variant]);
        for (next = first; next < n && runs[next]->class == row->class &&
                           strcmp(runs[next]->pair, row->pair) == 0; ++next)
            add_run(&row->cells[runs[next]->variant][column_of(matrix, runs[next]->detector)],
                    runs[next]);
        finish_row(arena, matrix, row, runs + first, next - first);
    }
}

/* ---- scores ---- */

/* How much slower the twins are than alone. A buggy program may hang: its time says nothing. */
static double ratio_to_bare(struct hz_arena *arena, const struct hz_matrix *matrix,
                            enum hz_class class, size_t column, size_t bare)
{
    double *ratios = hz_alloc(arena, matrix->rows.n * sizeof *ratios);
    size_t n = 0;
    if (bare == matrix->detectors.n || hz_detector_explores(matrix->detectors.at[column]))
        return NAN;
    for (size_t i = 0; i < matrix->rows.n; ++i) {
        const struct hz_matrix_row *row = &matrix->rows.at[i];
        const struct hz_matrix_cell *twin = &row->cells[HZ_FIXED][column];
        double alone = row->cells[HZ_FIXED][bare].seconds;
        if (row->class == class && twin->cell.runs != 0 && alone > 0)
            ratios[n++] = twin->seconds / alone;
    }
    return median(ratios, n);
}

static void score_column(struct hz_arena *arena, struct hz_matrix *matrix, enum hz_class class,
                         size_t column, size_t bare)
{
    struct hz_matrix_score *score = &matrix->scores[class][column];
    double *seconds = hz_alloc(arena, 2 * matrix->rows.n * sizeof *seconds);
    double *peaks = hz_alloc(arena, 2 * matrix->rows.n * sizeof *peaks);
    size_t n = 0;
    for (size_t i = 0; i < matrix->rows.n; ++i) {
        const struct hz_matrix_row *row = &matrix->rows.at[i];
        if (row->class != class)
            continue;
        for (int variant = 0; variant < 2; ++variant) {
            const struct hz_matrix_cell *cell = &row->cells[variant][column];
            if (cell->cell.runs == 0)
                continue;
            hz_score_cell(&score->score, (enum hz_variant)variant, &cell->cell);
            seconds[n] = cell->seconds;
            peaks[n++] = (double)cell->peak_kib;
        }
    }
    hz_score_finish(&score->score);
    score->cells = (unsigned)n;
    score->seconds = median(seconds, n);
    score->peak_kib = n != 0 ? (long)median(peaks, n) : 0;
    score->ratio = ratio_to_bare(arena, matrix, class, column, bare);
}

void hz_matrix_build(struct hz_arena *arena, const struct hz_stream *stream,
                     struct hz_matrix *out)
{
    *out = (struct hz_matrix){0};
    find_columns(arena, stream, out);
    build_rows(arena, stream, out);
    size_t bare = column_of(out, "bare");
    for (int class = 0; class < HZ_CLASSES; ++class) {
        out->scores[class] = hz_alloc(arena, out->detectors.n * sizeof *out->scores[class]);
        for (size_t column = 0; column < out->detectors.n; ++column)
            score_column(arena, out, (enum hz_class)class, column, bare);
    }
}
