#include "report/snippet.h"

#include "catalog/catalog.h"

#include <string.h>
#include <sys/stat.h>

#define MOST_BYTES (4 << 20)
#define TAB 8
#define MOST_COLUMNS 200 /* a terminal breaks long lines itself; this is for absurd ones */

/* ---- lines --------------------------------------------------------------------------- */

static const char *spread(struct hz_arena *arena, const char *line, size_t n)
{
    char *out = hz_alloc(arena, n * TAB + 1);
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (line[i] != '\t')
            out[used++] = line[i];
        else
            do
                out[used++] = ' ';
            while (used % TAB != 0);
    }
    return out;
}

void hz_lines_cut(struct hz_arena *arena, struct hz_bytes bytes, hz_lines *out)
{
    const char *end = bytes.at + bytes.n;
    for (const char *at = bytes.at; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop != NULL ? stop : end) - at);
        *hz_push(arena, out) = hz_visible(arena, spread(arena, at, length), false);
        at += length + 1;
    }
}

/* ---- files --------------------------------------------------------------------------- */

static bool is_plain(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode) && about.st_size <= MOST_BYTES;
}

/* Where a file of the corpus is now, wherever it was built: below the root, by its name there. */
static const char *below_root(struct hz_snippets *snippets, const char *file)
{
    const char *name = snippets->root != NULL ? hz_catalog_name(file) : NULL;
    return name != NULL ? hz_printf(snippets->arena, "%s/%s", snippets->root, name) : file;
}

static struct hz_snippet_file *open_file(struct hz_snippets *snippets, const char *name)
{
    for (size_t i = 0; i < snippets->files.n; i++)
        if (strcmp(snippets->files.at[i].name, name) == 0)
            return &snippets->files.at[i];
    struct hz_snippet_file *file = hz_push(snippets->arena, &snippets->files);
    struct hz_bytes bytes;
    file->name = name;
    const char *path = is_plain(name) ? name : below_root(snippets, name);
    if (is_plain(path) && hz_read_file(snippets->arena, path, MOST_BYTES, &bytes, NULL))
        hz_lines_cut(snippets->arena, bytes, &file->lines);
    return file;
}

const char *hz_snippet_text(struct hz_snippets *snippets, const char *file, int line)
{
    if (file == NULL || line <= 0)
        return NULL;
    const struct hz_snippet_file *opened = open_file(snippets, file);
    return (size_t)line <= opened->lines.n ? opened->lines.at[line - 1] : NULL;
}

/* ---- printing ------------------------------------------------------------------------ */

struct hz_span hz_snippet_statement(const char *text)
{
    size_t start = strspn(text, " "), end = start;
    const char *comment = strstr(text + start, "/*"), *other = strstr(text + start, "//");
    if (comment == NULL || (other != NULL && other < comment))
        comment = other;
    end = comment != NULL && comment != text + start ? (size_t)(comment - text) : strlen(text);
    while (end > start && text[end - 1] == ' ')
        end--;
    return (struct hz_span){start, end - start};
}

void hz_snippet_print(const struct hz_paper *paper, const char *text, int line, enum hz_ink ink)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    const char *shown = hz_cut(&arena, text, MOST_COLUMNS);
    struct hz_span span = hz_snippet_statement(shown);
    int columns = hz_columns(hz_copy(&arena, shown + span.start, span.n));
    char *mark = hz_alloc(&arena, (size_t)columns + 1);
    for (int i = 0; i < columns; i++)
        mark[i] = i == 0 ? '^' : '~';
    fprintf(paper->file, "%5d | %s\n", line, shown);
    if (columns > 0) {
        fprintf(paper->file, "%5s | %*s", "", (int)span.start, "");
        hz_inked(paper, ink, "%s", mark);
        fputc('\n', paper->file);
    }
    hz_arena_free(&arena);
}
