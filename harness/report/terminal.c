#include "report/terminal.h"

#include <math.h>
#include <string.h>

#define NAME_LEAST 16
#define NAME_MOST 28

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

static struct words words_of(struct hz_arena *arena, const struct hz_matrix *matrix,
                             const struct hz_matrix_row *row, size_t column)
{
    bool bare = hz_detector_is_bare(matrix->detectors.at[column]);
    const struct hz_matrix_cell *buggy = &row->cells[HZ_BUGGY][column];
    const struct hz_matrix_cell *fixed = &row->cells[HZ_FIXED][column];
    struct words words = {hz_buggy_word(arena, buggy, bare), hz_fixed_word(arena, fixed, bare),
                          buggy->surprise != NULL || fixed->surprise != NULL, 0};
    words.columns = (int)strlen(words.buggy) + 1 + (int)strlen(words.fixed) + words.surprise;
    return words;
}

/* How wide each column must be, a blank between them included. */
static int *column_widths(struct hz_arena *arena, const struct hz_matrix *matrix)
{
    int *widths = hz_alloc(arena, (matrix->detectors.n + 1) * sizeof *widths);
    for (size_t column = 0; column < matrix->detectors.n; ++column) {
        widths[column] = (int)strlen(matrix->detectors.at[column]) + 1;
        for (size_t i = 0; i < matrix->rows.n; ++i) {
            int needed = words_of(arena, matrix, &matrix->rows.at[i], column).columns + 1;
            widths[column] = needed > widths[column] ? needed : widths[column];
        }
    }
    return widths;
}

/* What the cells leave of the paper, within bounds. */
static int name_width(const struct hz_paper *paper, const struct hz_matrix *matrix,
                      const int *widths)
{
    int left = paper->width;
    for (size_t column = 0; column < matrix->detectors.n; ++column)
        left -= widths[column];
    return left < NAME_LEAST ? NAME_LEAST : left > NAME_MOST ? NAME_MOST : left;
}

static void print_cell(const struct hz_paper *paper, struct hz_arena *arena,
                       const struct hz_matrix *matrix, const struct hz_matrix_row *row,
                       size_t column, int width)
{
    bool bare = hz_detector_is_bare(matrix->detectors.at[column]);
    struct words words = words_of(arena, matrix, row, column);
    hz_inked(paper, ink_of(&row->cells[HZ_BUGGY][column], bare), "%s", words.buggy);
    fputc(' ', paper->file);
    hz_inked(paper, ink_of(&row->cells[HZ_FIXED][column], bare), "%s", words.fixed);
    if (words.surprise)
        hz_inked(paper, HZ_RED, "*");
    bool last = column + 1 == matrix->detectors.n;
    fprintf(paper->file, "%*s", last ? 0 : width - words.columns, "");
}

static void print_row(const struct hz_paper *paper, struct hz_arena *arena,
                      const struct hz_matrix *matrix, const struct hz_matrix_row *row,
                      const int *widths)
{
    int width = name_width(paper, matrix, widths);
    const char *slash = strchr(row->pair, '/');
    const char *name = hz_visible(arena, slash != NULL ? slash + 1 : row->pair, false);
    name = hz_cut(arena, name, width - 3);
    fprintf(paper->file, "  %s%*s", name, width - 2 - hz_columns(name), "");
    for (size_t column = 0; column < matrix->detectors.n; ++column)
        print_cell(paper, arena, matrix, row, column, widths[column]);
    fputc('\n', paper->file);
}

static void print_matrix(const struct hz_paper *paper, const struct hz_matrix *matrix)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    int *widths = column_widths(&arena, matrix);
    hz_ink(paper, HZ_BOLD);
    fprintf(paper->file, "%-*s", name_width(paper, matrix, widths), "buggy, twin");
    for (size_t column = 0; column < matrix->detectors.n; ++column) {
        bool last = column + 1 == matrix->detectors.n;
        fprintf(paper->file, "%-*s", last ? 0 : widths[column], matrix->detectors.at[column]);
    }
    hz_ink(paper, HZ_PLAIN);
    fputc('\n', paper->file);
    for (size_t i = 0; i < matrix->rows.n; ++i) {
        const struct hz_matrix_row *row = &matrix->rows.at[i];
        if (i == 0 || row->class != matrix->rows.at[i - 1].class)
            hz_inked(paper, HZ_BOLD, "%s\n", hz_class_name(row->class));
        print_row(paper, &arena, matrix, row, widths);
    }
    hz_inked(paper, HZ_DIM,
             "bare: went wrong by itself, k of n.  blind: cannot see it.  missed: could, did\n"
             "not.  mispl.: right class, other line.  ok: clean.  FA: false alarm.  KO: the\n"
             "twin went wrong.  k/n: runs differed.  BROKEN, ??: the tool failed.  *: not as\n"
             "expected.\n");
    hz_arena_free(&arena);
}

/* ---- scores ---- */

static void print_rate(const struct hz_paper *paper, const struct hz_rate *rate)
{
    char text[32] = "-";
    if (rate->of != 0)
        snprintf(text, sizeof text, "%u/%u %.2f-%.2f", rate->hits, rate->of, rate->low,
                 rate->high);
    fprintf(paper->file, "%-15s ", text);
}

static void print_score(const struct hz_paper *paper, const char *detector, enum hz_class class,
                        const struct hz_matrix_score *score)
{
    char buffer[32];
    fprintf(paper->file, "%-8s %-10s ", detector, hz_class_name(class));
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
        fprintf(paper->file, "%5.1fx", score->ratio);
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
    hz_inked(paper, HZ_DIM, "Intervals: 95 %%, Wilson. time, peak: medians over cells; /bare: median "
                            "of the\ntwins' time against the same program alone.\n");
}

/* ---- surprises and the bottom line ---- */

static void print_surprise(const struct hz_paper *paper, const struct hz_matrix_row *row,
                           const char *detector, int variant,
                           const struct hz_matrix_cell *cell)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    hz_inked(paper, HZ_RED, "  %s %s under %s: ", hz_visible(&arena, row->pair, false),
             hz_variant_name((enum hz_variant)variant), detector);
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
