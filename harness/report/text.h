/*
 * Text for a terminal: colour that can be switched off, widths in columns, and
 * hostile bytes made visible.
 */
#ifndef HZ_TEXT_H
#define HZ_TEXT_H

#include "base/base.h"

#include <stdio.h>

enum hz_ink { HZ_PLAIN, HZ_BOLD, HZ_DIM, HZ_RED, HZ_GREEN, HZ_YELLOW, HZ_BLUE, HZ_CYAN };

struct hz_paper {
    FILE *file;
    bool colour;
    int width; /* columns */
};

/*
 * Paper for a stream: coloured if `when` is "always", or is "auto" and the stream is a
 * terminal that is not "dumb" and NO_COLOR is not set; as wide as the terminal, or 80.
 */
struct hz_paper hz_paper(FILE *file, const char *when);

void hz_ink(const struct hz_paper *paper, enum hz_ink ink); /* HZ_PLAIN switches back */
void hz_inked(const struct hz_paper *paper, enum hz_ink ink, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * The text with control characters (but not line ends, if `lines`) and bytes that are not
 * UTF-8 written as \xNN, so that it cannot move the cursor or fake a line. NULL gives "".
 */
const char *hz_visible(struct hz_arena *arena, const char *text, bool lines);

/*
 * Whether the character that the `n` bytes (at least 1) at `text` begin with may be shown as it
 * is. `size`: how many bytes it has; a byte that is no UTF-8 is by itself.
 */
bool hz_harmless(const char *text, size_t n, size_t *size);

/* How many columns a visible UTF-8 text takes. */
int hz_columns(const char *text);

/* How many bytes of a visible text fit into so many columns. */
size_t hz_fitting(const char *text, int columns);

/*
 * The same up to the end of the line or to a space, where the first so many columns have one
 * after the indentation: a word is broken only if it alone is too long.
 */
size_t hz_fitting_words(const char *text, int columns);

/* Cuts a visible text to at most `columns`, with "…" at the end if it was longer. */
const char *hz_cut(struct hz_arena *arena, const char *text, int columns);

/* "340 ns", "1.2 ms": two digits that count, or three. */
const char *hz_time_text(struct hz_arena *arena, double seconds);

/* Prints text folded at spaces to the paper's width, each line after `indent` spaces. */
void hz_folded(const struct hz_paper *paper, int indent, const char *text);

#endif
