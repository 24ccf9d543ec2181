#include "catalog/parse.h"

#include <ctype.h>
#include <string.h>

static const char *const marks[2] = {[HZ_BUGGY] = "HAZARD", [HZ_FIXED] = "FIX"};

/* Offsets into the file's text. */
struct comment {
    size_t from, to;
    bool marker;
};
struct comments {
    HZ_VEC(struct comment) of;
};

/* ---- finding the comments ---- */

/* The end of a string or character constant that begins at `at`; a broken one ends its line. */
static size_t skip_quoted(const char *text, size_t at)
{
    char quote = text[at++];
    while (text[at] != '\0' && text[at] != quote && text[at] != '\n')
        at += text[at] == '\\' && text[at + 1] != '\0' ? 2 : 1;
    return text[at] == quote ? at + 1 : at;
}

static size_t skip_line_comment(const char *text, size_t at)
{
    while (text[at] != '\0' && (text[at] != '\n' || text[at - 1] == '\\'))
        at++;
    return at;
}

static void find_comments(struct hz_file *file, struct comments *out)
{
    const char *text = file->text;
    size_t at = file->header.end;
    while (text[at] != '\0') {
        size_t from = at;
        if (text[at] == '"' || text[at] == '\'') {
            at = skip_quoted(text, at);
        } else if (strncmp(text + at, "//", 2) == 0) {
            at = skip_line_comment(text, at);
            *hz_push(file->loader->arena, &out->of) = (struct comment){from, at, false};
        } else if (strncmp(text + at, "/*", 2) == 0) {
            const char *end = strstr(text + at + 2, "*/");
            at = end != NULL ? (size_t)(end + 2 - text) : strlen(text);
            *hz_push(file->loader->arena, &out->of) = (struct comment){from, at, false};
        } else {
            at++;
        }
    }
}

/* ---- text without comments ---- */

static void blank_out(char *text, size_t from, size_t to)
{
    for (size_t at = from; at < to; at++)
        if (text[at] != '\n')
            text[at] = ' ';
}

/* The text with its header and comments, or only its markers, turned into spaces; lines stay. */
static char *masked(const struct hz_file *file, const struct comments *comments, bool markers_only)
{
    char *copy = hz_dup(file->loader->arena, file->text);
    blank_out(copy, 0, file->header.end);
    for (size_t i = 0; i < comments->of.n; i++)
        if (!markers_only || comments->of.at[i].marker)
            blank_out(copy, comments->of.at[i].from, comments->of.at[i].to);
    return copy;
}

/* Blank space at the ends of lines taken away, and lines that are empty then. */
static struct hz_bytes trimmed(struct hz_arena *arena, const char *text)
{
    char *copy = hz_alloc(arena, strlen(text) + 2);
    size_t used = 0;
    while (*text != '\0') {
        size_t n = strcspn(text, "\n"), kept = n;
        while (kept != 0 && isspace((unsigned char)text[kept - 1]))
            kept--;
        if (kept != 0) {
            memcpy(copy + used, text, kept);
            used += kept;
            copy[used++] = '\n';
        }
        text += n + (text[n] == '\n');
    }
    return (struct hz_bytes){copy, used};
}

/* ---- reading the markers ---- */

/* Where `word` stands in the text as a word of its own, or NULL. */
static const char *find_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        bool begins = at == text || (!isalnum((unsigned char)at[-1]) && at[-1] != '_');
        if (begins && !isalnum((unsigned char)at[n]) && at[n] != '_')
            return at;
    }
    return NULL;
}

/* The comment's words on one line, without what delimits it and the stars that lead lines. */
static const char *words_of(const struct hz_file *file, struct comment comment)
{
    struct hz_arena *arena = file->loader->arena;
    const char *at = file->text + comment.from + 2, *end = file->text + comment.to;
    if (file->text[comment.from + 1] == '*' && end - at >= 2 && strncmp(end - 2, "*/", 2) == 0)
        end -= 2;
    char *copy = hz_copy(arena, at, (size_t)(end - at));
    bool leading = true;
    for (char *c = copy; *c != '\0'; c++) {
        if (*c == '*' && leading)
            *c = ' ';
        leading = *c == '\n' || (leading && isspace((unsigned char)*c));
    }
    return hz_folded_text(arena, copy, strlen(copy));
}

static int line_of(const char *text, size_t offset)
{
    int line = 1;
    for (size_t i = 0; i < offset; i++)
        line += text[i] == '\n';
    return line;
}

/* Whether code stands on the comment's line before it; a directive is none, for no tool points
 * there. */
static bool after_code(const char *code, size_t from)
{
    size_t at = from;
    while (at > 0 && code[at - 1] != '\n')
        at--;
    while (at < from && isspace((unsigned char)code[at]))
        at++;
    return at < from && code[at] != '#';
}

static bool ends_line(const char *code, size_t to)
{
    while (code[to] != '\0' && code[to] != '\n' && isspace((unsigned char)code[to]))
        to++;
    return code[to] == '\0' || code[to] == '\n';
}

/* A comment that begins with a marker's word: stores it, or says what is wrong with it. */
static void read_marker(struct hz_file *file, const char *code, struct comment comment,
                        const char *words, enum hz_variant variant)
{
    int line = line_of(file->text, comment.from);
    const char *mark = marks[variant], *text = words + strlen(mark);
    if (variant != file->variant)
        hz_file_fault(file, line, "a %s marker in a %s program: here lines are marked %s:", mark,
                      hz_variant_name(file->variant), marks[file->variant]);
    else if (*text != ':')
        hz_file_fault(file, line, "write \"%s: text\", with a colon", mark);
    else if (text[strspn(text, ": ")] == '\0')
        hz_file_fault(file, line, "a %s marker without text: say what happens here", mark);
    else if (!after_code(code, comment.from))
        hz_file_fault(file, line,
                      "a %s marker on a line without code: put it at the end of the "
                      "line that it speaks of",
                      mark);
    else if (!ends_line(code, comment.to))
        hz_file_fault(file, line, "code after a %s marker: put the marker at the line's end", mark);
    else
        *hz_push(file->loader->arena, &file->source->markers) =
            (struct hz_marker){line, text + strspn(text, ": ")};
}

/* Whether the comment is a marker, good or not. */
static bool read_comment(struct hz_file *file, const char *code, struct comment comment)
{
    const char *words = words_of(file, comment);
    for (int variant = HZ_BUGGY; variant <= HZ_FIXED; variant++) {
        const char *at = find_word(words, marks[variant]);
        if (at == words) {
            read_marker(file, code, comment, words, (enum hz_variant)variant);
            return true;
        }
        if (at != NULL && at[strlen(marks[variant])] == ':')
            hz_file_fault(file, line_of(file->text, comment.from),
                          "%s: within a comment: a marker must begin its comment", marks[variant]);
    }
    return false;
}

void hz_markers_read(struct hz_file *file)
{
    struct hz_arena *arena = file->loader->arena;
    struct comments comments = {0};
    bool any = false;
    find_comments(file, &comments);
    const char *code = masked(file, &comments, false);
    file->code = hz_folded_text(arena, code, strlen(code));
    for (size_t i = 0; i < comments.of.n; i++) {
        struct comment *comment = &comments.of.at[i];
        comment->marker = read_comment(file, code, *comment);
        any = any || comment->marker;
    }
    file->stripped = trimmed(arena, masked(file, &comments, true));
    if (!any)
        hz_file_fault(file, 0, "no line is marked: end the line %s with /* %s: text */",
                      file->variant == HZ_BUGGY ? "that goes wrong" : "that was mended",
                      marks[file->variant]);
}
