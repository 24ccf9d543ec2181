/*
 * Lines of source code in a report, as a compiler shows them:
 *
 *    27 |     counter++; // all of them
 *       |     ^~~~~~~~~~
 *
 * The names of the files come from tools and programs: only plain files are read, of a few
 * megabytes at most, each once.
 */
#ifndef HZ_SNIPPET_H
#define HZ_SNIPPET_H

#include "report/text.h"

/* A text cut into lines, with tabs spread and hostile bytes made visible: line i is at[i - 1]. */
typedef HZ_VEC(const char *) hz_lines;
void hz_lines_cut(struct hz_arena *arena, struct hz_bytes bytes, hz_lines *out);

struct hz_snippets {
    struct hz_arena *arena;
    const char *root; /* a corpus whose files may have been built elsewhere; or NULL */
    HZ_VEC(struct hz_snippet_file {
        const char *name;
        hz_lines lines;
    })
    files;
};

/* That line of the file; NULL if there is none, or no such file. */
const char *hz_snippet_text(struct hz_snippets *snippets, const char *file, int line);

/* With its number, and a mark in `ink` under its statement. */
void hz_snippet_print(const struct hz_paper *paper, const char *text, int line, enum hz_ink ink);

/* Where the statement begins, and how many bytes it has without what is said of it at its end. */
struct hz_span {
    size_t start, n;
};
struct hz_span hz_snippet_statement(const char *text);

#endif
