#include "report/html/parts.h"

#include "report/text.h"

#include <string.h>

/* What stands for a byte in HTML, or NULL. */
static const char *entity(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* How many of at most `most` bytes are whole characters. */
static size_t cut(struct hz_bytes text, size_t most)
{
    if (text.n <= most)
        return text.n;
    while (most > 0 && ((unsigned char)text.at[most] & 0xc0) == 0x80)
        --most;
    return most;
}

/* Writes the character at `at` and gives its size. */
static size_t put_character(FILE *out, const char *at, size_t n, bool lines)
{
    size_t size;
    bool kept = hz_harmless(at, n, &size) || (lines && (*at == '\n' || *at == '\t'));
    const char *instead = entity(*at);
    if (instead != NULL)
        fputs(instead, out);
    else if (kept)
        fwrite(at, 1, size, out);
    for (size_t i = 0; !kept && i < size; ++i)
        fprintf(out, "\\x%02x", (unsigned char)at[i]);
    return size;
}

void hz_html_text(const struct hz_html_page *page, struct hz_bytes text, size_t most, bool lines)
{
    size_t n = cut(text, most);
    for (size_t i = 0; i < n;)
        i += put_character(page->out, text.at + i, n - i, lines);
    if (n < text.n)
        fprintf(page->out, "… (%zu bytes left out)", text.n - n);
}

void hz_html_prose(const struct hz_html_page *page, struct hz_bytes text, size_t most)
{
    size_t left_out = text.n - cut(text, most);
    text.n -= left_out;
    while (text.n != 0) {
        const char *open = memchr(text.at, '`', text.n);
        const char *end = text.at + text.n;
        const char *close = open != NULL ? memchr(open + 1, '`', (size_t)(end - open - 1)) : NULL;
        size_t plain = close != NULL ? (size_t)(open - text.at) : text.n;
        hz_html_text(page, (struct hz_bytes){text.at, plain}, plain, true);
        if (close == NULL)
            break;
        fputs("<code>", page->out);
        hz_html_text(page, (struct hz_bytes){open + 1, (size_t)(close - open - 1)}, text.n, true);
        fputs("</code>", page->out);
        text = (struct hz_bytes){close + 1, (size_t)(end - close - 1)};
    }
    if (left_out != 0)
        fprintf(page->out, "… (%zu bytes left out)", left_out);
}

/* One conversion of `spec`, which ends with `kind`: "%zu", "%.2f". */
static void put_number(FILE *out, const char *spec, char kind, bool size, unsigned longs,
                       va_list *args)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (kind == 'f')
        fprintf(out, spec, va_arg(*args, double));
    else if (size)
        fprintf(out, spec, va_arg(*args, size_t));
    else if (longs == 0)
        fprintf(out, spec, va_arg(*args, unsigned));
    else if (longs == 1)
        fprintf(out, spec, va_arg(*args, unsigned long));
    else
        fprintf(out, spec, va_arg(*args, unsigned long long));
#pragma GCC diagnostic pop
}

void hz_html_put(const struct hz_html_page *page, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    while (*format != '\0') {
        size_t plain = strcspn(format, "%");
        fwrite(format, 1, plain, page->out);
        format += plain;
        if (*format == '\0')
            break;
        size_t length = strcspn(format + 1, "sudf%") + 2;
        char spec[16] = "";
        memcpy(spec, format, length < sizeof spec ? length : sizeof spec - 1);
        const char *text;
        if (spec[1] == '%')
            fputc('%', page->out);
        else if (spec[length - 1] != 's')
            put_number(page->out, spec, spec[length - 1], strchr(spec, 'z') != NULL,
                       (strchr(spec, 'l') != NULL) + (strstr(spec, "ll") != NULL), &args);
        else if ((text = va_arg(args, const char *)) != NULL)
            hz_html_text(page, (struct hz_bytes){text, strlen(text)}, HZ_HTML_TEXT, false);
        format += length;
    }
    va_end(args);
}
