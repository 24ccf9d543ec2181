#include "report/html/parts.h"

#include <errno.h>
#include <string.h>

/* ---- the policy: nothing is loaded, and only these styles and scripts are what they say ---- */

static unsigned nibble(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Base64, as a policy wants it, of a hash in hexadecimal. */
static void put_hash(const struct hz_html_page *page, struct hz_html_asset asset)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[45] = "";
    size_t n = 0;
    /* 32 bytes: ten groups of three and one of two. A group of three is six hexadecimal digits. */
    for (const char *at = asset.sha256; *at != '\0'; at += 6) {
        size_t given = strnlen(at, 6);
        uint32_t bits = 0;
        for (size_t i = 0; i < 6; ++i)
            bits = bits << 4 | (i < given ? nibble(at[i]) : 0);
        for (int shift = 18; shift >= 0; shift -= 6)
            text[n++] = digits[bits >> shift & 63];
    }
    text[n - 1] = '=';
    hz_html_put(page, " 'sha256-");
    fputs(text, page->out);
    hz_html_put(page, "'");
}

static void put_policy(const struct hz_html_page *page)
{
    hz_html_put(page, "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
                      "style-src");
    put_hash(page, hz_html_style());
    hz_html_put(page, "; script-src");
    put_hash(page, hz_html_script());
    put_hash(page, hz_html_highlight());
}

/* ---- what stands in the skeleton ---- */

static void put_asset(const struct hz_html_page *page, struct hz_html_asset asset)
{
    fwrite(asset.bytes.at, 1, asset.bytes.n, page->out);
}

static void put_style(const struct hz_html_page *page)
{
    put_asset(page, hz_html_style());
}

static void put_script(const struct hz_html_page *page)
{
    put_asset(page, hz_html_script());
}

static void put_highlight(const struct hz_html_page *page)
{
    put_asset(page, hz_html_highlight());
}

/* "The hazard matrix", or the program's name. */
static void put_title(const struct hz_html_page *page)
{
    const struct hz_html *html = page->html;
    hz_html_put(page, "%s",
                html->matrix->rows.n != 0 || html->stream->runs.n == 0
                    ? "The hazard matrix"
                    : html->stream->runs.at[0].pair);
}

static void put_when(const struct hz_html_page *page)
{
    const json_t *environment = json_object_get(page->html->stream->start, "environment");
    hz_html_put(page, "hazmat %s, %s, %lld processors",
                json_string_value(json_object_get(environment, "hazmat")),
                json_string_value(json_object_get(environment, "when")),
                (long long)json_integer_value(json_object_get(environment, "processors")));
}

static void put_made(const struct hz_html_page *page)
{
    hz_html_put(page, "The colours of C are by highlight.js %s, under the BSD 3-clause licence.",
                hz_html_highlight_version());
}

/* What there is to go to; `data-view` is for the script. */
static void put_parts(const struct hz_html_page *page)
{
    static const struct {
        const char *id, *view, *name;
        bool judged;
    } parts[] = {{"matrix", "over", "Matrix", true},
                 {"scores", "over", "Scores", true},
                 {"ideas", "ideas", "Ideas", true},
                 {"run/1", "over", "Findings", false},
                 {"environment", "over", "Where it ran", true}};
    bool judged = page->html->matrix->rows.n != 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i) {
        if (parts[i].judged == judged || strcmp(parts[i].id, "environment") == 0)
            hz_html_put(page, "<a href=\"#%s\" data-view=%s>%s</a>\n", parts[i].id, parts[i].view,
                        parts[i].name);
    }
}

static void put_overview(const struct hz_html_page *page)
{
    bool judged = page->html->matrix->rows.n != 0;
    hz_html_compared(page);
    if (judged) {
        hz_html_surprises(page);
        hz_html_notables(page);
        hz_html_matrix(page);
        hz_html_scores(page);
    }
    hz_html_loose(page);
    hz_html_locks(page);
    hz_html_environment(page);
    if (judged) {
        hz_html_ideas(page);
        hz_html_pairs(page);
    }
}

static const struct {
    const char *name;
    void (*put)(const struct hz_html_page *page);
} places[] = {{"policy", put_policy},       {"title", put_title},
              {"when", put_when},           {"parts", put_parts},
              {"style", put_style},         {"script", put_script},
              {"summary", hz_html_summary}, {"content", put_overview},
              {"highlight", put_highlight}, {"made", put_made}};

/* The skeleton, with what its {{names}} stand for. */
static void put_skeleton(const struct hz_html_page *page)
{
    struct hz_bytes rest = hz_html_skeleton().bytes;
    for (const char *mark; (mark = memmem(rest.at, rest.n, "{{", 2)) != NULL;) {
        fwrite(rest.at, 1, (size_t)(mark - rest.at), page->out);
        const char *end = strstr(mark, "}}");
        size_t length = (size_t)(end - mark) - 2;
        for (size_t i = 0; i < sizeof places / sizeof *places; ++i) {
            if (strlen(places[i].name) == length && memcmp(mark + 2, places[i].name, length) == 0)
                places[i].put(page);
        }
        rest.n -= (size_t)(end + 2 - rest.at);
        rest.at = end + 2;
    }
    fwrite(rest.at, 1, rest.n, page->out);
}

bool hz_html_write(FILE *out, const struct hz_html *html, struct hz_error *error)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    struct hz_html_page page = {.out = out, .html = html, .arena = &arena};
    hz_html_choose(&page);
    hz_html_draw(&page);
    put_skeleton(&page);
    hz_html_drawn(&page);
    hz_arena_free(&arena);
    if (fflush(out) != 0 || ferror(out))
        return hz_fail(error, "writing the page: %s", strerror(errno));
    return true;
}
