/* The HTML page of `hazmat check` and `hazmat report`: with the corpus as it is now. */
#ifndef HZ_PAGE_H
#define HZ_PAGE_H

#include "cli/options.h"
#include "report/html.h"

/* The runs of the stream up to `end` that are not of a stream before it come from `path`. */
void hz_page_folder(struct hz_arena *arena, struct hz_html *html, size_t end, const char *path);

/* Fills in the catalog and writes. */
bool hz_page_write(struct hz_arena *arena, const struct hz_settings *settings,
                   struct hz_html *html, FILE *out, struct hz_error *error);
/* The same to a file; the error names it. */
bool hz_page_save(struct hz_arena *arena, const struct hz_settings *settings,
                  struct hz_html *html, const char *path, struct hz_error *error);

#endif
