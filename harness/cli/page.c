#include "cli/page.h"

#include "cli/home.h"

#include <errno.h>
#include <string.h>

void hz_page_folder(struct hz_arena *arena, struct hz_html *html, size_t end, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *folder = slash == NULL   ? "."
                         : slash == path ? "/"
                                         : hz_copy(arena, path, (size_t)(slash - path));
    *hz_push(arena, &html->folders) = (struct hz_html_folder){end, folder};
}

/* A corpus that cannot be read is named; the page does without its sources then. */
bool hz_page_write(struct hz_arena *arena, const struct hz_settings *settings, struct hz_html *html,
                   FILE *out, struct hz_error *error)
{
    struct hz_place place;
    struct hz_catalog *catalog = hz_alloc(arena, sizeof *catalog);
    hz_place_find(arena, settings, &place);
    if (html->matrix->rows.n != 0)
        hz_place_catalog(arena, &place, catalog);
    html->catalog = catalog;
    return hz_html_write(out, html, error);
}

bool hz_page_save(struct hz_arena *arena, const struct hz_settings *settings, struct hz_html *html,
                  const char *path, struct hz_error *error)
{
    FILE *out = fopen(path, "we");
    if (out == NULL)
        return hz_fail(error, "%s: %s", path, strerror(errno));
    struct hz_error why = {""};
    bool fine = hz_page_write(arena, settings, html, out, &why);
    if (fclose(out) != 0 && fine)
        fine = hz_fail(&why, "%s", strerror(errno));
    return fine || hz_fail(error, "%s: %s", path, why.text);
}
