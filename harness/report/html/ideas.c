#include "report/html/parts.h"

#include <string.h>

/*
 * docs/concepts.md, of which the build has put a copy into this program: headings, paragraphs,
 * lists, `code`, *emphasis* and links, which is all that it has. Links to pairs of this report
 * and to other ideas lead there; others are their text.
 */

struct reading {
    const struct hz_html_page *page;
    const char *id;      /* of the heading that follows, or NULL */
    HZ_VEC(char) block;  /* the paragraph, or the item, that is being read */
    const char *element; /* "p", "li" or NULL: none is */
    bool listing;
};

static bool starts(struct hz_bytes text, const char *with)
{
    return text.n >= strlen(with) && memcmp(text.at, with, strlen(with)) == 0;
}

static void put(const struct reading *reading, struct hz_bytes text)
{
    hz_html_text(reading->page, text, text.n, true);
}

/* ---- within a line ---- */

/* The id of what the link leads to on this page, or NULL. */
static const char *target_of(const struct reading *reading, struct hz_bytes link)
{
    static const char before[] = "../scenarios/";
    struct hz_arena *arena = reading->page->arena;
    const struct hz_matrix *matrix = reading->page->html->matrix;
    if (starts(link, "#"))
        return hz_printf(arena, "idea/%.*s", (int)link.n - 1, link.at + 1);
    if (!starts(link, before) || link.n < sizeof before + 2)
        return NULL;
    const char *id = hz_copy(arena, link.at + sizeof before - 1, link.n - sizeof before - 1);
    for (size_t i = 0; i < matrix->rows.n; ++i) {
        if (strcmp(matrix->rows.at[i].pair, id) == 0)
            return id;
    }
    return NULL;
}

/* The text up to `end`, which is not part of it; n of `text` if there is no such end. */
static size_t up_to(struct hz_bytes text, size_t from, const char *end)
{
    const char *found = memmem(text.at + from, text.n - from, end, strlen(end));
    return found != NULL ? (size_t)(found - text.at) : text.n;
}

/* Writes the link that begins at `at` and gives where it ends; `at` if it is none. */
static size_t put_link(const struct reading *reading, struct hz_bytes text, size_t at)
{
    size_t middle = up_to(text, at, "](");
    size_t end = middle < text.n ? up_to(text, middle, ")") : text.n;
    if (end >= text.n)
        return at;
    struct hz_bytes name = {text.at + at + 1, middle - at - 1};
    const char *target =
        target_of(reading, (struct hz_bytes){text.at + middle + 2, end - middle - 2});
    if (target != NULL)
        hz_html_put(reading->page, "<a href=\"#%s\">", target);
    put(reading, name);
    if (target != NULL)
        hz_html_put(reading->page, "</a>");
    return end + 1;
}

/* `code` or *emphasis*: as put_link(). */
static size_t put_span(const struct reading *reading, struct hz_bytes text, size_t at)
{
    const char mark[2] = {text.at[at], '\0'};
    const char *element = mark[0] == '`' ? "code" : "em";
    size_t end = up_to(text, at + 1, mark);
    if (end >= text.n)
        return at;
    fprintf(reading->page->out, "<%s>", element);
    put(reading, (struct hz_bytes){text.at + at + 1, end - at - 1});
    fprintf(reading->page->out, "</%s>", element);
    return end + 1;
}

static void put_inline(const struct reading *reading, struct hz_bytes text)
{
    static const char corrected[] = " ([corrected](";
    for (size_t at = 0; at < text.n;) {
        struct hz_bytes rest = {text.at + at, text.n - at};
        size_t after = at;
        if (starts(rest, corrected)) /* the page shows both side by side */
            after = up_to(text, at, "))") + 2;
        else if (*rest.at == '[')
            after = put_link(reading, text, at);
        else if (*rest.at == '`' || *rest.at == '*')
            after = put_span(reading, text, at);
        if (after == at) {
            after += 1 + strcspn(rest.at + 1, " [`*");
            put(reading, (struct hz_bytes){rest.at, after - at});
        }
        at = after;
    }
}

/* ---- blocks ---- */

static void end_block(struct reading *reading)
{
    if (reading->element != NULL) {
        fprintf(reading->page->out, "<%s>", reading->element);
        char *text = hz_copy(reading->page->arena, reading->block.at, reading->block.n);
        put_inline(reading, (struct hz_bytes){text, reading->block.n});
        hz_html_put(reading->page, "\n");
    }
    reading->element = NULL;
    reading->block.n = 0;
}

static void set_listing(struct reading *reading, bool listing)
{
    if (reading->listing != listing)
        hz_html_put(reading->page, listing ? "<ul>" : "</ul>\n");
    reading->listing = listing;
}

static void add(struct reading *reading, struct hz_bytes line)
{
    for (size_t i = 0; i < line.n; ++i)
        *hz_push(reading->page->arena, &reading->block) = line.at[i];
    *hz_push(reading->page->arena, &reading->block) = '\n';
}

static void take_heading(struct reading *reading, const char *element, struct hz_bytes title)
{
    end_block(reading);
    set_listing(reading, false);
    fprintf(reading->page->out, "<%s", element);
    if (reading->id != NULL)
        hz_html_put(reading->page, " id=\"idea/%s\"", reading->id);
    hz_html_put(reading->page, ">");
    put_inline(reading,
               (struct hz_bytes){hz_copy(reading->page->arena, title.at, title.n), title.n});
    fprintf(reading->page->out, "</%s>\n", element);
    reading->id = NULL;
}

static void take_line(struct reading *reading, struct hz_bytes line)
{
    static const char anchor[] = "<a id=\"";
    if (starts(line, anchor)) {
        size_t end = up_to(line, sizeof anchor - 1, "\"");
        reading->id =
            hz_copy(reading->page->arena, line.at + sizeof anchor - 1, end - (sizeof anchor - 1));
    } else if (starts(line, "### ")) {
        take_heading(reading, "h4", (struct hz_bytes){line.at + 4, line.n - 4});
    } else if (starts(line, "## ")) {
        take_heading(reading, "h3", (struct hz_bytes){line.at + 3, line.n - 3});
    } else if (line.n == 0) {
        end_block(reading);
    } else if (starts(line, "- ")) {
        end_block(reading);
        set_listing(reading, true);
        reading->element = "li";
        add(reading, (struct hz_bytes){line.at + 2, line.n - 2});
    } else {
        if (reading->element == NULL) {
            set_listing(reading, false);
            reading->element = "p";
        }
        add(reading, line);
    }
}

void hz_html_ideas(const struct hz_html_page *page)
{
    struct hz_bytes text = hz_html_concepts().bytes;
    struct reading reading = {.page = page};
    hz_html_put(page, "<section class=ideas id=ideas><h2>The ideas</h2>\n"
                      "<p>From the ideas of a first course to the pairs that show how each goes "
                      "wrong.\n");
    /* What comes before the first part speaks of the file itself. */
    for (size_t at = up_to(text, 0, "\n## ") + 1; at < text.n;) {
        size_t end = up_to(text, at, "\n");
        take_line(&reading, (struct hz_bytes){text.at + at, end - at});
        at = end + 1;
    }
    end_block(&reading);
    set_listing(&reading, false);
    hz_html_put(page, "</section>\n");
}
