#include "report/terminal.h"

#include <math.h>
#include <string.h>

#define NAME_LEAST 16
#define NAME_MOST 28
#define DETECTOR_MOST 16
#define RATE 15 /* columns */

const char *hz_seconds_text(char *buffer, size_t size, double seconds)
{
    if (isnan(seconds))
        snprintf(buffer, size, "-");
    else if (seconds < 0.9995)
        snprintf(buffer, size, "%.0f ms", seconds * 1e3);
    else
        snprintf(buffer, size, "%.1f s", seconds);
    return buffer;
}

const char *hz_kib_text(char *buffer, size_t size, long kib)
{
    snprintf(buffer, size, kib < 10 * 1024 ? "%.1f MiB" : "%.0f MiB", (double)kib / 1024);
    return buffer;
}

/* ---- cells ---- */

const char *hz_buggy_word(struct hz_arena *arena, const struct hz_matrix_cell *cell, bool bare)
{
    if (cell->cell.runs == 0)
        return "-";
    if (cell->cell.of[HZ_BROKEN] == cell->cell.runs)
        return "BROKEN";
    if (bare)
        return hz_printf(arena, "%u/%u", cell->cell.of[HZ_WENT_WRONG], cell->cell.runs);
    if (hz_cell_flaky(&cell->cell))
        return hz_printf(arena, "%u/%u", cell->cell.of[HZ_CAUGHT], cell->cell.runs);
    switch (hz_cell_verdict(&cell->cell)) {
    case HZ_CAUGHT:
        return "caught";
    case HZ_MISPLACED:
        return "mispl.";
    default:
        return cell->expected.word == HZ_EXPECT_BLIND ? "blind" : "missed";
    }
}

const char *hz_fixed_word(struct hz_arena *arena, const struct hz_matrix_cell *cell, bool bare)
{
    if (cell->cell.runs == 0)
        return "-";
    if (cell->cell.of[HZ_BROKEN] == cell->cell.runs)
        return "??";
    if (bare && cell->cell.of[HZ_FAILED] == 0)
        return hz_printf(arena, "0/%u", cell->cell.runs);
    if (bare || hz_cell_flaky(&cell->cell))
        return hz_printf(arena, "%u/%u", cell->cell.runs - cell->cell.of[HZ_CLEAN],
                         cell->cell.runs);
    switch (hz_cell_verdict(&cell->cell)) {
    case HZ_CLEAN:
        return "ok";
    case HZ_FALSE_ALARM:
        return "FA";
    default:
        return "KO";
    }
}

static enum hz_ink ink_of(const struct hz_matrix_cell *cell, bool bare)
{
    if (cell->cell.runs == 0)
        return HZ_DIM;
    if (cell->surprise != NULL || cell->cell.of[HZ_BROKEN] != 0 || cell->cell.of[HZ_FAILED] != 0)
        return HZ_RED;
    if (bare)
        return HZ_PLAIN;
    switch (hz_cell_verdict(&cell->cell)) {
    case HZ_CAUGHT:
        return HZ_GREEN;
    case HZ_FALSE_ALARM:
    case HZ_MISPLACED:
        return HZ_YELLOW;
    default:
        return HZ_DIM;
    }
}

/* What stands in a cell: two words and a sign. */
struct words {
    const char *buggy, *fixed;
    bool surprise;
    int columns;
};

/* The explorer's word with its schedules, where there is room. */
static const char *counted(struct hz_arena *arena, const char *word,
                           const struct hz_matrix_cell *cell)
{
    const struct hz_run *run = cell->example;
    const char *n = run != NULL ? hz_search_short(arena, &run->search) : "";
    return *n != '\0' ? hz_printf(arena, "%s %s", word, n) : word;
}

static struct words words_of(struct hz_arena *arena, const struct hz_matrix *matrix,
                             const struct hz_matrix_row *row, size_t column, bool roomy)
{
    bool bare = hz_detector_is_bare(matrix->detectors.at[column]);
    const struct hz_matrix_cell *buggy = &row->cells[HZ_BUGGY][column];
    const struct hz_matrix_cell *fixed = &row->cells[HZ_FIXED][column];
    struct words words = {hz_buggy_word(arena, buggy, bare), hz_fixed_word(arena, fixed, bare),
                          buggy->surprise != NULL || fixed->surprise != NULL, 0};
    if (roomy) {
        words.buggy = counted(arena, words.buggy, buggy);
        words.fixed = counted(arena, words.fixed, fixed);
    }
    words.columns = (int)strlen(words.buggy) + 1 + (int)strlen(words.fixed) + words.surprise;
    return words;
}

/* ---- the matrix ---- */

/* Some columns of the matrix: as many as fit beside the names. */
struct block {
    const struct hz_paper *paper;
    struct hz_arena *arena;
    const struct hz_matrix *matrix;
    size_t first, end;
    const int *widths; /* of all columns, a blank between them included */
    int names;         /* columns for the names */
    bool roomy;        /* the cells tell more than a word */
};

/* A detector's name comes from the stream: it may be anything. */
static const char *detector_text(struct hz_arena *arena, const char *detector, int most)
{
    return hz_cut(arena, hz_visible(arena, detector, false), most);
}

static void print_padded(const struct hz_paper *paper, const char *text, int columns)
{
    int missing = columns - hz_columns(text);
    fprintf(paper->file, "%s%*s", text, missing > 0 ? missing : 0, "");
}

static const int *column_widths(struct hz_arena *arena, const struct hz_matrix *matrix, bool roomy)
{
    int *widths = hz_alloc(arena, (matrix->detectors.n + 1) * sizeof *widths);
    for (size_t column = 0; column < matrix->detectors.n; ++column) {
        widths[column] =
            hz_columns(detector_text(arena, matrix->detectors.at[column], DETECTOR_MOST)) + 1;
        for (size_t i = 0; i < matrix->rows.n; ++i) {
            int needed = words_of(arena, matrix, &matrix->rows.at[i], column, roomy).columns + 1;
            widths[column] = needed > widths[column] ? needed : widths[column];
        }
    }
    return widths;
}

/* From `first` as many columns as leave room for the names; they get the rest, within bounds. */
static struct block block_from(const struct block *all, size_t first)
{
    struct block block = *all;
    int left = all->paper->width;
    block.first = block.end = first;
    while (block.end < all->matrix->detectors.n &&
           (block.end == first || left - all->widths[block.end] >= NAME_LEAST))
        left -= all->widths[block.end++];
    block.names = left < NAME_LEAST ? NAME_LEAST : left > NAME_MOST ? NAME_MOST : left;
    return block;
}

/* With all that there is to tell, if the whole matrix then still is one block. */
static struct block widest(const struct hz_paper *paper, struct hz_arena *arena,
                           const struct hz_matrix *matrix)
{
    struct block block = {.paper = paper, .arena = arena, .matrix = matrix, .roomy = true};
    int left = paper->width - NAME_MOST;
    block.widths = column_widths(arena, matrix, true);
    for (size_t column = 0; column < matrix->detectors.n; ++column)
        left -= block.widths[column];
    if (left >= 0)
        return block;
    block.roomy = false;
    block.widths = column_widths(arena, matrix, false);
    return block;
}

static void print_cell(const struct block *block, const struct hz_matrix_row *row, size_t column)
{
    const struct hz_paper *paper = block->paper;
    bool bare = hz_detector_is_bare(block->matrix->detectors.at[column]);
    struct words words = words_of(block->arena, block->matrix, row, column, block->roomy);
    hz_inked(paper, ink_of(&row->cells[HZ_BUGGY][column], bare), "%s", words.buggy);
    fputc(' ', paper->file);
    hz_inked(paper, ink_of(&row->cells[HZ_FIXED][column], bare), "%s", words.fixed);
    if (words.surprise)
        hz_inked(paper, HZ_RED, "*");
    bool last = column + 1 == block->end;
    fprintf(paper->file, "%*s", last ? 0 : block->widths[column] - words.columns, "");
}

/* A name that is too long for its column has a line of its own: whoever reads it will type it. */
static void print_row(const struct block *block, const struct hz_matrix_row *row)
{
    const char *slash = strchr(row->pair, '/');
    const char *name = hz_visible(block->arena, slash != NULL ? slash + 1 : row->pair, false);
    name = hz_cut(block->arena, name, block->paper->width - 2);
    bool alone = hz_columns(name) + 3 > block->names;
    fprintf(block->paper->file, "  %s%s", name, alone ? "\n" : "");
    print_padded(block->paper, "", alone ? block->names : block->names - 2 - hz_columns(name));
    for (size_t column = block->first; column < block->end; ++column)
        print_cell(block, row, column);
    fputc('\n', block->paper->file);
}

static void print_block(const struct block *block)
{
    const struct hz_matrix *matrix = block->matrix;
    hz_ink(block->paper, HZ_BOLD);
    print_padded(block->paper, "buggy, twin", block->names);
    for (size_t column = block->first; column < block->end; ++column)
        print_padded(block->paper,
                     detector_text(block->arena, matrix->detectors.at[column], DETECTOR_MOST),
                     column + 1 == block->end ? 0 : block->widths[column]);
    hz_ink(block->paper, HZ_PLAIN);
    fputc('\n', block->paper->file);
    for (size_t i = 0; i < matrix->rows.n; ++i) {
        if (i == 0 || matrix->rows.at[i].class != matrix->rows.at[i - 1].class)
            hz_inked(block->paper, HZ_BOLD, "%s\n", hz_class_name(matrix->rows.at[i].class));
        print_row(block, &matrix->rows.at[i]);
    }
}

static bool has_search(const struct hz_matrix *matrix)
{
    for (size_t i = 0; i < matrix->rows.n; ++i)
        for (int variant = 0; variant < 2; ++variant)
            for (size_t column = 0; column < matrix->detectors.n; ++column) {
                const struct hz_run *run = matrix->rows.at[i].cells[variant][column].example;
                if (run != NULL && run->search.schedules != 0)
                    return true;
            }
    return false;
}

static void print_matrix(const struct hz_paper *paper, const struct hz_matrix *matrix)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    struct block all = widest(paper, &arena, matrix);
    for (size_t first = 0; first < matrix->detectors.n;) {
        struct block block = block_from(&all, first);
        if (first != 0)
            fputc('\n', paper->file);
        print_block(&block);
        first = block.end;
    }
    hz_inked(paper, HZ_DIM,
             "bare: went wrong by itself, k of n.  blind: cannot see it.  missed: could, did\n"
             "not.  mispl.: right class, other line.  ok: clean.  FA: false alarm.  KO: the\n"
             "twin went wrong.  k/n: runs differed.  BROKEN, ??: the tool failed.  *: not as\n"
             "expected.\n");
    if (all.roomy && has_search(matrix))
        hz_inked(paper, HZ_DIM,
                 "explorer: the schedule in which it failed; of a twin, all there are.  n b1: all\n"
                 "fair ones with at most 1 preemption are among n.\n");
    hz_arena_free(&arena);
}

/* ---- scores ---- */

/* "200/210 91-97%"; of very many runs the interval alone. */
static void print_rate(const struct hz_paper *paper, const struct hz_rate *rate)
{
    char text[64] = "-", interval[32];
    snprintf(interval, sizeof interval, "%.0f-%.0f%%", 100 * rate->low, 100 * rate->high);
    if (rate->of != 0)
        snprintf(text, sizeof text, "%u/%u %s", rate->hits, rate->of, interval);
    print_padded(paper, strlen(text) <= RATE ? text : interval, RATE + 1);
}

static void print_score(const struct hz_paper *paper, const char *detector, enum hz_class class,
                        const struct hz_matrix_score *score)
{
    char buffer[32];
    struct hz_arena arena;
    hz_arena_init(&arena);
    print_padded(paper, detector_text(&arena, detector, 8), 9);
    hz_arena_free(&arena);
    fprintf(paper->file, "%-10s ", hz_class_name(class));
    if (hz_detector_is_bare(detector)) {
        fprintf(paper->file, "%-36s ", "");
    } else {
        print_rate(paper, &score->score.recall);
        print_rate(paper, &score->score.precision);
        if (isnan(score->score.f1))
            fputs("-    ", paper->file);
        else
            fprintf(paper->file, "%4.2f ", score->score.f1);
    }
    fprintf(paper->file, "%7s ", hz_seconds_text(buffer, sizeof buffer, score->seconds));
    fprintf(paper->file, "%7s ", hz_kib_text(buffer, sizeof buffer, score->peak_kib));
    if (!isnan(score->ratio) && !hz_detector_is_bare(detector))
        fprintf(paper->file, score->ratio < 1000 ? "%5.1fx" : "%5.0fx", score->ratio);
    fputc('\n', paper->file);
}

static void print_scores(const struct hz_paper *paper, const struct hz_matrix *matrix)
{
    hz_inked(paper, HZ_BOLD, "\n%-8s %-10s %-15s %-15s %-4s %7s %7s %6s\n", "scores", "class",
             "recall", "precision", "F1", "time", "peak", "/bare");
    for (size_t column = 0; column < matrix->detectors.n; ++column) {
        for (int class = 0; class < HZ_CLASSES; ++class) {
            const struct hz_matrix_score *score = &matrix->scores[class][column];
            if (score->cells != 0)
                print_score(paper, matrix->detectors.at[column], (enum hz_class)class, score);
        }
    }
    hz_inked(paper, HZ_DIM, "Rates with their 95 %% Wilson intervals. time, peak: medians over cells; "
                            "/bare:\nmedian of the twins' time against the same program alone.\n");
    for (size_t column = 0; column < matrix->detectors.n; ++column) {
        if (hz_detector_explores(matrix->detectors.at[column]))
            hz_inked(paper, HZ_DIM, "The explorer has no /bare: it runs smaller programs, many times.\n");
    }
}

/* ---- surprises and the bottom line ---- */

static void print_surprise(const struct hz_paper *paper, const struct hz_matrix_row *row,
                           const char *detector, int variant,
                           const struct hz_matrix_cell *cell)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    hz_inked(paper, HZ_RED, "  %s %s under %s: ", hz_visible(&arena, row->pair, false),
             hz_variant_name((enum hz_variant)variant), hz_visible(&arena, detector, false));
    fprintf(paper->file, "%s\n", hz_visible(&arena, cell->surprise, false));
    if (cell->broken != NULL)
        hz_folded(paper, 6, hz_visible(&arena, cell->broken, false));
    else if (cell->example != NULL && cell->example->raw != NULL)
        fprintf(paper->file, "      raw output: %s\n",
                hz_visible(&arena, cell->example->raw, false));
    hz_arena_free(&arena);
}

static void print_surprises(const struct hz_paper *paper, const struct hz_matrix *matrix)
{
    if (matrix->surprises == 0)
        return;
    hz_inked(paper, HZ_BOLD, "\nnot as expected\n");
    for (size_t i = 0; i < matrix->rows.n; ++i) {
        const struct hz_matrix_row *row = &matrix->rows.at[i];
        for (size_t column = 0; column < matrix->detectors.n; ++column) {
            for (int variant = 0; variant < 2; ++variant) {
                const struct hz_matrix_cell *cell = &row->cells[variant][column];
                if (cell->surprise != NULL)
                    print_surprise(paper, row, matrix->detectors.at[column], variant, cell);
            }
        }
    }
}

static void print_environment(const struct hz_paper *paper, const struct hz_stream *stream)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    const json_t *environment = json_object_get(stream->start, "environment");
    const char *when = json_string_value(json_object_get(environment, "when"));
    hz_ink(paper, HZ_DIM);
    fprintf(paper->file, "hazmat %s, %s, %lld processors\n",
            hz_visible(&arena, json_string_value(json_object_get(environment, "hazmat")), false),
            hz_visible(&arena, when, false),
            (long long)json_integer_value(json_object_get(environment, "processors")));
    const char *name;
    json_t *tool;
    json_object_foreach(json_object_get(environment, "detectors"), name, tool)
    {
        const char *version = json_string_value(json_object_get(tool, "version"));
        if (version != NULL)
            fprintf(paper->file, "%s %s  ", hz_visible(&arena, name, false),
                    hz_visible(&arena, version, false));
    }
    fputs("\n\n", paper->file);
    hz_ink(paper, HZ_PLAIN);
    hz_arena_free(&arena);
}

void hz_terminal_report(const struct hz_paper *paper, const struct hz_stream *stream,
                        const struct hz_matrix *matrix)
{
    print_environment(paper, stream);
    print_matrix(paper, matrix);
    print_scores(paper, matrix);
    print_surprises(paper, matrix);
    fputc('\n', paper->file);
    if (!stream->complete)
        hz_inked(paper, HZ_YELLOW, "This run was cut short; the matrix shows what was done.\n");
    bool good = matrix->surprises == 0 && matrix->rows.n != 0;
    hz_inked(paper, good ? HZ_GREEN : HZ_RED,
             "%u of %u hazards caught in every run by at least one detector; %u of %u twins clean\n"
             "under all of them.\n",
             matrix->caught, matrix->buggy, matrix->clean, matrix->fixed);
    hz_inked(paper, good ? HZ_GREEN : HZ_RED, "%u cells surprised, %u broken.\n",
             matrix->surprises, matrix->broken);
}
