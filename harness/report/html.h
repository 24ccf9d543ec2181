/*
 * The report as one HTML page that needs nothing else: the matrix, a section a pair with buggy
 * and fixed side by side and the findings on their lines, the ideas, the raw output.
 *
 * It reads whole without a script; the script adds filters, one pair at a time, colours and
 * keys. Nothing is loaded from anywhere, and a Content-Security-Policy says so. Text that came
 * from tools and programs is escaped by one function (html/write.c) and is never script. What
 * there may be much of is cut, and the page says how much was left out.
 */
#ifndef HZ_HTML_H
#define HZ_HTML_H

#include "catalog/catalog.h"
#include "report/compare.h"
#include "report/matrix.h"

#include <stdio.h>

/* The runs of the stream up to index `end` have their raw output under `folder`. */
struct hz_html_folder {
    size_t end;
    const char *folder;
};

struct hz_html {
    const struct hz_stream *stream;
    const struct hz_matrix *matrix;
    const struct hz_catalog *catalog; /* the corpus as it is now; may be empty */
    const struct hz_comparison *comparison; /* with an older run, or NULL */
    HZ_VEC(struct hz_html_folder) folders; /* by `end`; none: no raw output is put in */
};

/* False if it could not be written whole. */
bool hz_html_write(FILE *out, const struct hz_html *html, struct hz_error *error);

#endif
