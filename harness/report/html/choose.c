#include "report/html/parts.h"

#include <stdlib.h>
#include <string.h>

/* How much a run has to show. */
static int rank(const struct hz_run *run)
{
    switch (run->verdict) {
    case HZ_CAUGHT:
    case HZ_FALSE_ALARM:
    case HZ_FAILED:
    case HZ_WENT_WRONG:
        return 3;
    case HZ_MISPLACED:
        return 2;
    case HZ_BROKEN:
        return 1;
    default:
        return 0;
    }
}

static int by_class_and_name(const void *key, const void *element)
{
    const struct hz_run *run = key;
    const struct hz_matrix_row *row = element;
    if (run->class != row->class)
        return run->class < row->class ? -1 : 1;
    return strcmp(run->pair, row->pair);
}

static size_t index_of(const struct hz_matrix *matrix, size_t row, enum hz_variant variant,
                       size_t column)
{
    return (2 * row + (size_t)variant) * matrix->detectors.n + column;
}

static void consider(struct hz_html_page *page, const struct hz_run *run)
{
    const struct hz_matrix *matrix = page->html->matrix;
    const struct hz_matrix_row *row =
        bsearch(run, matrix->rows.at, matrix->rows.n, sizeof *row, by_class_and_name);
    size_t column = 0;
    while (strcmp(matrix->detectors.at[column], run->detector) != 0)
        ++column;
    const struct hz_run **shown =
        &page->shown[index_of(matrix, (size_t)(row - matrix->rows.at), run->variant, column)];
    if (*shown == NULL || rank(run) > rank(*shown))
        *shown = run;
}

/* Runs in which something was reported may show four times as much as others. */
static size_t raw_weight(const struct hz_run *run)
{
    return run == NULL ? 0 : run->findings.n != 0 || run->broken != NULL ? 4 : 1;
}

size_t hz_html_raw_most(const struct hz_html_page *page, const struct hz_run *run)
{
    return page->raw_unit * raw_weight(run);
}

void hz_html_choose(struct hz_html_page *page)
{
    const struct hz_matrix *matrix = page->html->matrix;
    const struct hz_stream *stream = page->html->stream;
    size_t cells = 2 * matrix->rows.n * matrix->detectors.n, weights = 1;
    page->shown = hz_alloc(page->arena, cells * sizeof *page->shown);
    for (size_t i = 0; i < stream->runs.n; ++i) {
        if (stream->runs.at[i].judged)
            consider(page, &stream->runs.at[i]);
        else
            weights += raw_weight(&stream->runs.at[i]);
    }
    for (size_t i = 0; i < cells; ++i)
        weights += raw_weight(page->shown[i]);
    size_t unit = HZ_HTML_RAW / weights;
    page->raw_unit = unit < HZ_HTML_RAW_UNIT ? unit : HZ_HTML_RAW_UNIT;
}

const struct hz_run *hz_html_shown(const struct hz_html_page *page, size_t row,
                                   enum hz_variant variant, size_t column)
{
    return page->shown[index_of(page->html->matrix, row, variant, column)];
}
