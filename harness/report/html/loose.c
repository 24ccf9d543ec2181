#include "report/html/parts.h"

#include "report/terminal.h"

#include <string.h>

/* The files to which the findings of one run lead. */
struct sources {
    struct hz_arena *arena;
    HZ_VEC(struct hz_html_source) at;
    size_t left_out;
};

static bool is_known(const struct sources *sources, const char *file)
{
    for (size_t i = 0; i < sources->at.n; ++i) {
        if (strcmp(sources->at.at[i].path, file) == 0)
            return true;
    }
    return false;
}

/* A file that cannot be read is kept too, without lines, so that it is tried once. */
static void want(struct sources *sources, const char *prefix, const struct hz_frame *frame)
{
    if (frame->file == NULL || frame->line <= 0 || is_known(sources, frame->file))
        return;
    if (sources->at.n == HZ_HTML_SOURCES) {
        ++sources->left_out;
        return;
    }
    struct hz_html_source *source = hz_push(sources->arena, &sources->at);
    source->id = hz_printf(sources->arena, "%s/%zu", prefix, sources->at.n);
    source->path = source->name = frame->file;
    hz_html_source_read(sources->arena, frame->file, source);
}

static void find_sources(struct sources *sources, const char *prefix, const struct hz_run *run)
{
    for (size_t i = 0; i < run->findings.n && i < HZ_HTML_FINDINGS; ++i) {
        const struct hz_finding *finding = &run->findings.at[i];
        for (size_t k = 0; k < finding->parties.n && k < HZ_HTML_PARTIES; ++k) {
            const struct hz_party *party = &finding->parties.at[k];
            for (size_t j = 0; j < party->stack.n && j < HZ_HTML_FRAMES; ++j)
                want(sources, prefix, &party->stack.at[j]);
            for (size_t j = 0; j < party->holds.n && j < HZ_HTML_THINGS; ++j)
                want(sources, prefix, &party->holds.at[j].taken_at);
        }
    }
}

static void put_source(const struct hz_html_page *page, const struct hz_run *run,
                       struct hz_html_source *source, const char *target, struct hz_arena *arena)
{
    hz_html_notes notes = {0};
    if (source->lines.n == 0)
        return;
    hz_html_notes_add(arena, run, source, 0, target, &notes);
    hz_html_notes_sort(&notes);
    if (notes.n != 0)
        hz_html_excerpt(page, source, &notes);
}

static void put_run(const struct hz_html_page *page, const struct hz_run *run, size_t number)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    struct sources sources = {.arena = &arena};
    const char *id = hz_printf(&arena, "run/%zu", number);
    hz_html_put(page,
                "<section class=\"over loose\" id=\"%s\"><h2>%s <small>under</small> %s</h2>\n", id,
                run->pair, run->detector);
    if (run->findings.n == 0 && run->broken == NULL)
        hz_html_put(page, "<p><b class=\"v caught\">Nothing was found.</b>\n");
    find_sources(&sources, id, run);
    for (size_t i = 0; i < sources.at.n; ++i)
        put_source(page, run, &sources.at.at[i], id, &arena);
    if (sources.left_out != 0)
        hz_html_put(page, "<p class=more>%zu places in more files are left out.\n",
                    sources.left_out);
    hz_html_findings(page, run, sources.at.at, sources.at.n);
    hz_html_run(page, run);
    hz_html_put(page, "</section>\n");
    hz_arena_free(&arena);
}

void hz_html_loose(const struct hz_html_page *page)
{
    const struct hz_stream *stream = page->html->stream;
    size_t number = 0;
    for (size_t i = 0; i < stream->runs.n; ++i) {
        if (stream->runs.at[i].judged)
            continue;
        if (++number <= HZ_HTML_LOOSE)
            put_run(page, &stream->runs.at[i], number);
    }
    if (number > HZ_HTML_LOOSE)
        hz_html_put(page, "<p class=\"over more\">… and %zu more runs, which are left out.\n",
                    number - HZ_HTML_LOOSE);
}
