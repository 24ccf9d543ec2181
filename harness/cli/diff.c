#include "cli/home.h"

#include "catalog/diff.h"
#include "report/text.h"

#include <stdio.h>
#include <string.h>

#define SIDE_BY_SIDE 120 /* columns */

/* A source cut into lines, made fit for a terminal. */
struct lines {
    HZ_VEC(const char *) at; /* line i is at[i - 1] */
};

static void cut_lines(struct hz_arena *arena, struct hz_bytes bytes, struct lines *out)
{
    const char *end = bytes.at + bytes.n;
    for (const char *at = bytes.at; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop != NULL ? stop : end) - at);
        *hz_push(arena, &out->at) = hz_visible(arena, hz_copy(arena, at, length), false);
        at += length + 1;
    }
}

static const char *line_of(const struct lines *lines, int number)
{
    return number > 0 ? lines->at.at[number - 1] : "";
}

static enum hz_ink ink_of(const struct hz_source *source, int line, bool changed,
                          enum hz_ink changed_ink)
{
    if (line > 0 && hz_source_marker(source, line) != NULL)
        return HZ_YELLOW;
    return changed ? changed_ink : HZ_PLAIN;
}

/* One side of a row: its line, of which what does not fit goes on in the next row. */
struct side {
    int number;
    char sign;
    const char *text;
    enum hz_ink ink;
};

static struct side side_of(const struct hz_source *source, const struct lines *lines, int number,
                           bool changed, char sign, enum hz_ink ink)
{
    return (struct side){number, changed ? sign : ' ', line_of(lines, number),
                         ink_of(source, number, changed, ink)};
}

/* Prints what fits into `width` columns and takes it off the side. */
static void print_side(const struct hz_paper *paper, struct side *side, int width)
{
    if (side->number > 0)
        fprintf(paper->file, "%4d %c ", side->number, side->sign);
    else
        fprintf(paper->file, "%7s", "");
    size_t bytes = hz_fitting(side->text, width - 7);
    hz_inked(paper, side->ink, "%.*s", (int)bytes, side->text);
    side->text += bytes;
    side->number = 0;
}

static int columns_of_next(const struct side *side, int width)
{
    int columns = hz_columns(side->text);
    return columns < width - 7 ? columns : width - 7;
}

static void print_beside(const struct hz_paper *paper, const struct hz_pair *pair,
                         const struct hz_diff *diff, const struct lines sides[2])
{
    int width = (paper->width - 3) / 2;
    hz_inked(paper, HZ_BOLD, "%-*s | %s\n", width, pair->source[HZ_BUGGY].name,
             pair->source[HZ_FIXED].name);
    for (size_t i = 0; i < diff->rows.n; ++i) {
        const struct hz_diff_row *row = &diff->rows.at[i];
        struct side left = side_of(&pair->source[HZ_BUGGY], &sides[0], row->left, row->changed,
                                   '-', HZ_RED);
        struct side right = side_of(&pair->source[HZ_FIXED], &sides[1], row->right, row->changed,
                                    '+', HZ_GREEN);
        do {
            int used = 7 + columns_of_next(&left, width);
            print_side(paper, &left, width);
            fprintf(paper->file, "%*s | ", width - used, "");
            print_side(paper, &right, width);
            fputc('\n', paper->file);
        } while (*left.text != '\0' || *right.text != '\0');
    }
}

static void print_below(const struct hz_paper *paper, const struct hz_pair *pair,
                        const struct hz_diff *diff, const struct lines sides[2])
{
    hz_inked(paper, HZ_BOLD, "--- %s\n+++ %s\n", pair->source[HZ_BUGGY].name,
             pair->source[HZ_FIXED].name);
    for (size_t i = 0, first; i < diff->rows.n;) {
        if (!diff->rows.at[i].changed) {
            fprintf(paper->file, "%4d   %s\n", diff->rows.at[i].left,
                    line_of(&sides[0], diff->rows.at[i].left));
            ++i;
            continue;
        }
        /* A run of changed rows: all that was, then all that is. */
        for (first = i; i < diff->rows.n && diff->rows.at[i].changed; ++i) {
            int line = diff->rows.at[i].left;
            if (line > 0)
                hz_inked(paper, ink_of(&pair->source[HZ_BUGGY], line, true, HZ_RED),
                         "%4d - %s\n", line, line_of(&sides[0], line));
        }
        for (i = first; i < diff->rows.n && diff->rows.at[i].changed; ++i) {
            int line = diff->rows.at[i].right;
            if (line > 0)
                hz_inked(paper, ink_of(&pair->source[HZ_FIXED], line, true, HZ_GREEN),
                         "%4d + %s\n", line, line_of(&sides[1], line));
        }
    }
}

int hz_diff_pair(struct hz_arena *arena, const struct hz_settings *settings)
{
    struct hz_place place;
    const struct hz_pair *pair;
    int status = hz_place_one_pair(arena, settings, &place, &pair);
    if (status != HZ_EXIT_FINE)
        return status;
    struct hz_bytes text[2];
    struct lines sides[2] = {0};
    struct hz_error error;
    for (int variant = 0; variant < 2; ++variant) {
        if (!hz_read_file(arena, pair->source[variant].path, 0, &text[variant], &error)) {
            fprintf(stderr, "hazmat diff: %s\n", error.text);
            return HZ_EXIT_BROKEN;
        }
        cut_lines(arena, text[variant], &sides[variant]);
    }
    struct hz_diff diff = {0};
    hz_diff(arena, text[HZ_BUGGY], text[HZ_FIXED], &diff);
    struct hz_paper paper = hz_paper(stdout, settings->color);
    if (settings->width != 0)
        paper.width = (int)settings->width;
    if (paper.width >= SIDE_BY_SIDE)
        print_beside(&paper, pair, &diff, sides);
    else
        print_below(&paper, pair, &diff, sides);
    return HZ_EXIT_FINE;
}
