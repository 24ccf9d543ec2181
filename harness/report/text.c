#include "report/text.h"

#include "finding/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

struct hz_paper hz_paper(FILE *file, const char *when)
{
    struct hz_paper paper = {.file = file, .width = 80};
    int fd = fileno(file);
    struct winsize size;
    bool terminal = fd >= 0 && isatty(fd);
    if (terminal && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        paper.width = size.ws_col;
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (when != NULL && strcmp(when, "always") == 0)
        paper.colour = true;
    else if (when == NULL || strcmp(when, "auto") == 0)
        paper.colour = terminal && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
                       strcmp(term, "dumb") != 0;
    return paper;
}

void hz_ink(const struct hz_paper *paper, enum hz_ink ink)
{
    static const char *const codes[] = {"0", "1", "2", "31", "32", "33", "34", "36"};
    if (paper->colour)
        fprintf(paper->file, "\033[%sm", codes[ink]);
}

void hz_inked(const struct hz_paper *paper, enum hz_ink ink, const char *format, ...)
{
    va_list args;
    if (ink != HZ_PLAIN)
        hz_ink(paper, ink);
    va_start(args, format);
    vfprintf(paper->file, format, args);
    va_end(args);
    if (ink != HZ_PLAIN)
        hz_ink(paper, HZ_PLAIN);
}

/* The code point that `n` bytes begin with, and its size in bytes; size 0 if it is none. */
static uint32_t code_point(const char *text, size_t n, size_t *size)
{
    const unsigned char *at = (const unsigned char *)text;
    *size = hz_utf8_size(text, n);
    if (*size <= 1)
        return at[0];
    uint32_t point = at[0] & (0x7fu >> *size);
    for (size_t i = 1; i < *size; ++i)
        point = point << 6 | (at[i] & 0x3fu);
    return point;
}

/* Control characters, those that turn the direction of writing around, and what is none at all. */
static bool is_hostile(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) ||
           (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069) || point == 0xfeff ||
           (point & 0xfffe) == 0xfffe;
}

bool hz_harmless(const char *text, size_t n, size_t *size)
{
    uint32_t point = code_point(text, n, size);
    bool harmless = *size != 0 && !is_hostile(point);
    if (*size == 0)
        *size = 1;
    return harmless;
}

const char *hz_visible(struct hz_arena *arena, const char *text, bool lines)
{
    if (text == NULL)
        return "";
    size_t length = strlen(text), n = 0;
    char *out = hz_alloc(arena, 4 * length + 1);
    while (*text != '\0') {
        size_t bytes;
        bool kept = hz_harmless(text, strnlen(text, 4), &bytes) || (lines && *text == '\n');
        for (size_t i = 0; !kept && i < bytes; ++i)
            n += (size_t)sprintf(out + n, "\\x%02x", (unsigned char)text[i]);
        if (kept) {
            memcpy(out + n, text, bytes);
            n += bytes;
        }
        text += bytes;
    }
    out[n] = '\0';
    return out;
}

static int width_at(const char *text, int *bytes)
{
    size_t size;
    uint32_t point = code_point(text, strnlen(text, 4), &size);
    *bytes = size != 0 ? (int)size : 1;
    int width = size != 0 ? wcwidth((wchar_t)point) : 1;
    return width >= 0 ? width : 1;
}

int hz_columns(const char *text)
{
    int columns = 0, bytes;
    for (; *text != '\0'; text += bytes)
        columns += width_at(text, &bytes);
    return columns;
}

size_t hz_fitting(const char *text, int columns)
{
    const char *at = text;
    for (int bytes; *at != '\0'; at += bytes) {
        columns -= width_at(at, &bytes);
        if (columns < 0)
            break;
    }
    return (size_t)(at - text);
}

size_t hz_fitting_words(const char *text, int columns)
{
    size_t fits = hz_fitting(text, columns), line = strcspn(text, "\n");
    if (line <= fits)
        return line;
    size_t indent = strspn(text, " "), end = fits;
    while (end > indent && text[end] != ' ')
        --end;
    return end > indent ? end : fits;
}

const char *hz_cut(struct hz_arena *arena, const char *text, int columns)
{
    if (hz_columns(text) <= columns)
        return text;
    return hz_printf(arena, "%.*s…", (int)hz_fitting(text, columns - 1), text);
}

const char *hz_time_text(struct hz_arena *arena, double seconds)
{
    static const char *const unit[] = {"ns", "us", "ms", "s"};
    double value = seconds * 1e9;
    int i = 0;
    for (; value >= 999.5 && i < 3; i++)
        value /= 1000;
    return hz_printf(arena, "%.*f %s", value < 9.95 && i > 0 ? 1 : 0, value, unit[i]);
}

void hz_folded(const struct hz_paper *paper, int indent, const char *text)
{
    while (*text != '\0') {
        size_t bytes = hz_fitting_words(text, paper->width - indent);
        fprintf(paper->file, "%*s%.*s\n", bytes != 0 ? indent : 0, "", (int)bytes, text);
        text += bytes;
        if (*text == '\n' || *text == ' ')
            ++text;
    }
}
