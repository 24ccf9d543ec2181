#include "report/picture_parts.h"

#include "report/text.h"

static void escaped(FILE *out, const char *visible)
{
    for (const char *at = visible; *at != '\0'; at++) {
        switch (*at) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\'': fputs("&#39;", out); break;
        default: fputc(*at, out);
        }
    }
}

void hz_xml(FILE *out, const char *text)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    escaped(out, hz_visible(&arena, text, false));
    hz_arena_free(&arena);
}

void hz_xml_cut(FILE *out, const char *text, int columns)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    escaped(out, hz_cut(&arena, hz_visible(&arena, text, false), columns));
    hz_arena_free(&arena);
}
