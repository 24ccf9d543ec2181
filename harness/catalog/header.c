#include "catalog/parse.h"

#include <ctype.h>
#include <string.h>

static bool blank(char c)
{
    return isspace((unsigned char)c) != 0;
}

const char *hz_folded_text(struct hz_arena *arena, const char *text, size_t n)
{
    char *folded = hz_alloc(arena, n + 1);
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (!blank(text[i]))
            folded[used++] = text[i];
        else if (used != 0 && folded[used - 1] != ' ')
            folded[used++] = ' ';
    }
    if (used != 0 && folded[used - 1] == ' ')
        used--;
    folded[used] = '\0';
    return folded;
}

const char *hz_listed(struct hz_arena *arena, const char *const *names)
{
    const char *list = "";
    for (; *names != NULL; names++)
        list = hz_printf(arena, "%s%s%s", list, *list != '\0' ? ", " : "", *names);
    return list;
}

void hz_items(struct hz_arena *arena, const struct hz_key *key, const char *separators,
              struct hz_items *out)
{
    int line = key->line;
    for (const char *at = key->value; *at != '\0';) {
        for (; blank(*at) || (*at != '\0' && strchr(separators, *at) != NULL); at++)
            line += *at == '\n';
        size_t n = strcspn(at, separators);
        if (n != 0)
            *hz_push(arena, &out->of) = (struct hz_item){hz_folded_text(arena, at, n), line};
        for (const char *end = at + n; at < end; at++)
            line += *at == '\n';
    }
}

/* One line of the comment without what frames it: blank space and one star before it. */
static struct hz_bytes inside(const char *at, const char *end)
{
    const char *from = at;
    while (from < end && blank(*from))
        from++;
    if (from < end && *from == '*') {
        from++;
        at = from < end && *from == ' ' ? from + 1 : from;
    }
    while (end > at && blank(end[-1]))
        end--;
    return (struct hz_bytes){at, (size_t)(end - at)};
}

/* Adds a line to a text, and one empty line for any number of them between two. */
static const char *with_line(struct hz_arena *arena, const char *text, struct hz_bytes line,
                             bool after_gap)
{
    return hz_printf(arena, "%s%s%.*s", text,
                     *text == '\0' ? ""
                     : after_gap   ? "\n\n"
                                   : "\n",
                     (int)line.n, line.at);
}

static void begin_key(struct hz_file *file, const char *at, const char *end, int line,
                      const char *line_start)
{
    struct hz_arena *arena = file->loader->arena;
    const char *name = ++at;
    while (at < end && !blank(*at))
        at++;
    const char *name_end = at;
    while (at < end && blank(*at))
        at++;
    *hz_push(arena, &file->header.keys) = (struct hz_key){
        .name = hz_copy(arena, name, (size_t)(name_end - name)),
        .value = hz_copy(arena, at, (size_t)(end - at)),
        .line = line,
        .at = line_start,
    };
}

/* The lines between the comment's ends: first the essay, then the keys. */
static void read_lines(struct hz_file *file, const char *at, const char *end, int line)
{
    struct hz_arena *arena = file->loader->arena;
    struct hz_header *header = &file->header;
    const char *essay = "";
    bool gap = false;
    for (; at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop != NULL ? stop : end;
        struct hz_bytes text = inside(at, stop);
        const char *first = text.at;
        while (first < text.at + text.n && blank(*first))
            first++;
        if (first < text.at + text.n && *first == '@') {
            begin_key(file, first, text.at + text.n, line, at);
        } else if (header->keys.n != 0) {
            struct hz_key *key = &header->keys.at[header->keys.n - 1];
            key->value = hz_printf(arena, "%s\n%.*s", key->value, (int)text.n, text.at);
        } else if (text.n != 0) {
            essay = with_line(arena, essay, text, gap);
        }
        gap = text.n == 0;
        at = stop + 1;
    }
    file->source->essay = essay;
}

void hz_header_read(struct hz_file *file)
{
    const char *at = file->text;
    int line = 1;
    for (; blank(*at); at++)
        line += *at == '\n';
    file->header.line = line;
    file->source->essay = "";
    if (strncmp(at, "/*", 2) != 0) {
        hz_file_fault(file, line,
                      "no header: begin the file with a block comment that tells of "
                      "the hazard and ends with the keys");
        return;
    }
    const char *end = strstr(at + 2, "*/");
    if (end == NULL) {
        hz_file_fault(file, line, "the header comment has no end");
        return;
    }
    file->header.found = true;
    file->header.end = (size_t)(end + 2 - file->text);
    read_lines(file, at + 2, end, line);
    if (file->variant == HZ_BUGGY && *file->source->essay == '\0')
        hz_file_fault(file, line, "the header has no essay: tell of the hazard before the keys");
}
