#include "report/html/parts.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define SOURCE_MOST (1 << 20)

/*
 * A stream names the files of its findings, and may be somebody else's: only what is called
 * like a source is opened, so that no page carries a file that nobody meant to show.
 */
static bool called_a_source(const char *path)
{
    static const char *const ends[] = {".c", ".h", ".cc",  ".hh",  ".cpp", ".hpp", ".cxx", ".hxx",
                                       ".C", ".H", ".inc", ".ipp", ".tcc", ".s",   ".S"};
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash != NULL ? slash : path, '.');
    for (size_t i = 0; dot != NULL && i < sizeof ends / sizeof *ends; ++i) {
        if (strcmp(dot, ends[i]) == 0)
            return true;
    }
    return false;
}

static bool opens_block(struct hz_bytes line)
{
    return line.n >= 2 && memcmp(line.at, "/*", 2) == 0;
}

/* How many lines the comment that opens the file has; 0 if none does. */
static int header_lines(const struct hz_html_source *source)
{
    if (source->lines.n == 0 || !opens_block(source->lines.at[0]))
        return 0;
    for (size_t i = 0; i < source->lines.n; ++i) {
        if (memmem(source->lines.at[i].at, source->lines.at[i].n, "*/", 2) != NULL)
            return (int)i + 1;
    }
    return 0;
}

bool hz_html_source_read(struct hz_arena *arena, const char *path, struct hz_html_source *out)
{
    struct stat about;
    struct hz_bytes bytes;
    if (!called_a_source(path) || stat(path, &about) != 0 || !S_ISREG(about.st_mode) ||
        !hz_read_file(arena, path, SOURCE_MOST, &bytes, NULL))
        return false;
    for (size_t at = 0; at < bytes.n;) {
        const char *end = memchr(bytes.at + at, '\n', bytes.n - at);
        size_t n = end != NULL ? (size_t)(end - bytes.at) - at : bytes.n - at;
        *hz_push(arena, &out->lines) = (struct hz_bytes){bytes.at + at, n};
        at += n + 1;
    }
    out->path = path;
    out->linked = hz_alloc(arena, (out->lines.n + 1) * sizeof *out->linked);
    if (out->truth != NULL)
        out->header = header_lines(out);
    return true;
}

struct hz_bytes hz_html_source_body(const struct hz_html_source *source)
{
    size_t n = source->lines.n, first = (size_t)source->header;
    if (first >= n)
        return (struct hz_bytes){"", 0};
    const char *begin = source->lines.at[first].at;
    const struct hz_bytes *last = &source->lines.at[n - 1];
    return (struct hz_bytes){begin, (size_t)(last->at + last->n - begin)};
}

int hz_html_source_line(const struct hz_html_source *source, const struct hz_frame *frame)
{
    if (frame->file == NULL || frame->line <= 0 || (size_t)frame->line > source->lines.n)
        return 0;
    bool same = source->truth != NULL ? hz_source_is(source->truth, frame->file)
                                      : strcmp(source->path, frame->file) == 0;
    return same ? frame->line : 0;
}
