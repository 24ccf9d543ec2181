#include "cli/home.h"
#include "cli/results.h"

#include "catalog/diff.h"
#include "report/line_notes.h"
#include "report/matrix.h"
#include "report/snippet.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SIDE_BY_SIDE 120 /* columns */
#define GUTTER 7         /* the number, a sign, and blanks */

/* One of the two programs: its lines, and what was found at them. */
struct program {
    const struct hz_source *source;
    hz_lines lines;
    hz_line_notes notes;
    char sign;
    enum hz_ink ink;
};

static const char *line_of(const struct program *program, int number)
{
    return number > 0 ? program->lines.at[number - 1] : "";
}

static bool is_marked(const struct program *program, int number)
{
    return number > 0 && hz_source_marker(program->source, number) != NULL;
}

static enum hz_ink ink_of(const struct program *program, int number, bool changed)
{
    if (is_marked(program, number))
        return HZ_YELLOW;
    return changed ? program->ink : HZ_PLAIN;
}

/* ---- what was found at a line ---- */

/* The k-th note of a line, or NULL. */
static const struct hz_line_note *note_at(const struct program *program, int number, size_t k)
{
    for (size_t i = 0; number > 0 && i < program->notes.n; i++)
        if (program->notes.at[i].line == number && k-- == 0)
            return &program->notes.at[i];
    return NULL;
}

/* "    ^ tsan, drd: data-race (write)", beneath the statement. */
static const char *note_text(struct hz_arena *arena, const struct program *program,
                             const struct hz_line_note *note, const char *before)
{
    int indent = (int)hz_snippet_statement(line_of(program, note->line)).start;
    return hz_printf(arena, "%*s^ %s%s", indent, "", before, hz_line_note_text(arena, note));
}

/* A marked line is where it should be found; a twin has nothing that should. */
static enum hz_ink note_ink(const struct program *program, const struct hz_line_note *note)
{
    if (program->sign == '+')
        return HZ_RED;
    return is_marked(program, note->line) ? HZ_GREEN : HZ_YELLOW;
}

/* ---- side by side ---- */

/* One side of a row: its line, of which what does not fit goes on in the next row. */
struct side {
    int number;
    char sign;
    const char *text;
    enum hz_ink ink;
};

static struct side side_of(const struct program *program, int number, bool changed)
{
    return (struct side){number, changed ? program->sign : ' ', line_of(program, number),
                         ink_of(program, number, changed)};
}

static struct side side_of_note(struct hz_arena *arena, const struct program *program, int number,
                                size_t k)
{
    const struct hz_line_note *note = note_at(program, number, k);
    if (note == NULL)
        return (struct side){0, ' ', "", HZ_PLAIN};
    return (struct side){0, ' ', note_text(arena, program, note, ""), note_ink(program, note)};
}

/* Prints what fits into `width` columns and takes it off the side. Gives the columns printed. */
static int print_side(const struct hz_paper *paper, struct side *side, int width)
{
    if (side->number > 0)
        fprintf(paper->file, "%4d %c ", side->number, side->sign);
    else
        fprintf(paper->file, "%*s", GUTTER, "");
    const char *rest = side->text + hz_fitting_words(side->text, width - GUTTER);
    hz_inked(paper, side->ink, "%.*s", (int)(rest - side->text), side->text);
    int columns = hz_columns(side->text) - hz_columns(rest);
    side->text = rest + strspn(rest, " ");
    side->number = 0;
    return GUTTER + columns;
}

static void print_sides(const struct hz_paper *paper, struct side left, struct side right,
                        int width)
{
    do {
        int used = print_side(paper, &left, width);
        fprintf(paper->file, "%*s | ", width - used, "");
        print_side(paper, &right, width);
        fputc('\n', paper->file);
    } while (*left.text != '\0' || *right.text != '\0');
}

static void print_beside(const struct hz_paper *paper, struct hz_arena *arena,
                         const struct hz_diff *diff, const struct program programs[2])
{
    int width = (paper->width - 3) / 2;
    hz_inked(paper, HZ_BOLD, "%-*s | %s\n", width, programs[HZ_BUGGY].source->name,
             programs[HZ_FIXED].source->name);
    for (size_t i = 0; i < diff->rows.n; ++i) {
        const struct hz_diff_row *row = &diff->rows.at[i];
        print_sides(paper, side_of(&programs[HZ_BUGGY], row->left, row->changed),
                    side_of(&programs[HZ_FIXED], row->right, row->changed), width);
        for (size_t k = 0; note_at(&programs[HZ_BUGGY], row->left, k) != NULL ||
                           note_at(&programs[HZ_FIXED], row->right, k) != NULL;
             ++k)
            print_sides(paper, side_of_note(arena, &programs[HZ_BUGGY], row->left, k),
                        side_of_note(arena, &programs[HZ_FIXED], row->right, k), width);
    }
}

/* ---- one above the other ---- */

static void print_notes(const struct hz_paper *paper, struct hz_arena *arena,
                        const struct program *program, int number, const char *before)
{
    const struct hz_line_note *note;
    for (size_t k = 0; (note = note_at(program, number, k)) != NULL; ++k) {
        fprintf(paper->file, "%*s", GUTTER, "");
        hz_inked(paper, note_ink(program, note), "%s\n", note_text(arena, program, note, before));
    }
}

static void print_changed(const struct hz_paper *paper, struct hz_arena *arena,
                          const struct program *program, int number)
{
    if (number == 0)
        return;
    hz_inked(paper, ink_of(program, number, true), "%4d %c %s\n", number, program->sign,
             line_of(program, number));
    print_notes(paper, arena, program, number, "");
}

static void print_below(const struct hz_paper *paper, struct hz_arena *arena,
                        const struct hz_diff *diff, const struct program programs[2])
{
    const struct program *buggy = &programs[HZ_BUGGY], *fixed = &programs[HZ_FIXED];
    hz_inked(paper, HZ_BOLD, "--- %s\n+++ %s\n", buggy->source->name, fixed->source->name);
    for (size_t i = 0, first; i < diff->rows.n;) {
        const struct hz_diff_row *row = &diff->rows.at[i];
        if (!row->changed) {
            fprintf(paper->file, "%4d   %s\n", row->left, line_of(buggy, row->left));
            print_notes(paper, arena, buggy, row->left, "");
            print_notes(paper, arena, fixed, row->right, "in the twin: ");
            ++i;
            continue;
        }
        /* A run of changed rows: all that was, then all that is. */
        for (first = i; i < diff->rows.n && diff->rows.at[i].changed; ++i)
            print_changed(paper, arena, buggy, diff->rows.at[i].left);
        for (i = first; i < diff->rows.n && diff->rows.at[i].changed; ++i)
            print_changed(paper, arena, fixed, diff->rows.at[i].right);
    }
}

/* ---- the command ---- */

static bool ran(const struct hz_stream *stream, const struct hz_pair *pair)
{
    for (size_t i = 0; i < stream->runs.n; i++)
        if (stream->runs.at[i].judged && strcmp(stream->runs.at[i].pair, pair->id) == 0)
            return true;
    return false;
}

/* The last run, if there was one, and what it said of both programs. */
static void read_notes(struct hz_arena *arena, const struct hz_place *place,
                       const struct hz_pair *pair, struct program programs[2],
                       struct hz_stream *stream)
{
    const char *latest = hz_results_latest(arena, place->results);
    if (access(latest, R_OK) != 0 || !hz_stream_read(arena, latest, stream, NULL))
        return;
    for (int variant = 0; variant < 2; ++variant)
        hz_line_notes_make(arena, stream, pair, (enum hz_variant)variant, &programs[variant].notes);
}

/* Its lines may be others than those that were looked at. */
static void print_outdated(const struct hz_paper *paper, struct hz_arena *arena,
                           const struct hz_pair *pair, const struct hz_stream *stream,
                           enum hz_variant variant)
{
    const char *said = NULL;
    for (size_t i = 0; i < stream->runs.n && said == NULL; i++) {
        const struct hz_run *run = &stream->runs.at[i];
        if (run->judged && run->variant == variant && strcmp(run->pair, pair->id) == 0)
            said = hz_run_outdated(arena, run, &pair->source[variant]);
    }
    if (said != NULL)
        hz_inked(paper, HZ_YELLOW, "%s\n", said);
}

static void print_foot(const struct hz_paper *paper, struct hz_arena *arena,
                       const struct hz_pair *pair, const struct hz_stream *stream)
{
    const json_t *environment = json_object_get(stream->start, "environment");
    const char *when = json_string_value(json_object_get(environment, "when"));
    if (ran(stream, pair))
        hz_inked(paper, HZ_DIM, "\n^: what the last run found there (%s)\n",
                 hz_visible(arena, when != NULL ? when : "?", false));
    else
        fprintf(paper->file, "\nNot run yet: hazmat check -k %s\n", pair->id);
    print_outdated(paper, arena, pair, stream, HZ_BUGGY);
    print_outdated(paper, arena, pair, stream, HZ_FIXED);
}

int hz_diff_pair(struct hz_arena *arena, const struct hz_settings *settings)
{
    struct hz_place place;
    const struct hz_pair *pair;
    int status = hz_place_one_pair(arena, settings, &place, &pair);
    if (status != HZ_EXIT_FINE)
        return status;
    struct hz_bytes text[2];
    struct program programs[2] = {{.sign = '-', .ink = HZ_RED}, {.sign = '+', .ink = HZ_GREEN}};
    struct hz_error error;
    for (int variant = 0; variant < 2; ++variant) {
        programs[variant].source = &pair->source[variant];
        if (!hz_read_file(arena, pair->source[variant].path, 0, &text[variant], &error)) {
            fprintf(stderr, "hazmat diff: %s\n", error.text);
            return HZ_EXIT_BROKEN;
        }
        hz_lines_cut(arena, text[variant], &programs[variant].lines);
    }
    struct hz_diff diff = {0};
    hz_diff(arena, text[HZ_BUGGY], text[HZ_FIXED], &diff);
    struct hz_stream stream = {0};
    read_notes(arena, &place, pair, programs, &stream);
    struct hz_paper paper = hz_paper(stdout, settings->color);
    if (settings->width != 0)
        paper.width = (int)settings->width;
    if (paper.width >= SIDE_BY_SIDE)
        print_beside(&paper, arena, &diff, programs);
    else
        print_below(&paper, arena, &diff, programs);
    print_foot(&paper, arena, pair, &stream);
    hz_stream_free(&stream);
    return HZ_EXIT_FINE;
}
