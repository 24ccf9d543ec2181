#include "report/html/parts.h"

#include "report/terminal.h"

#include <stdlib.h>
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

/* What the run found and where; equal ones need not be shown twice. */
static const char *findings_key(struct hz_arena *arena, const struct hz_run *run)
{
    const char *key = run->broken != NULL ? run->broken : "";
    for (size_t i = 0; i < run->findings.n; ++i)
        key = hz_printf(arena, "%s\n%s", key,
                        hz_finding_print(arena, &run->findings.at[i], HZ_BY_LINES));
    return key;
}

/* A program under a detector: one section, however often it ran. */
struct section {
    const struct hz_html_page *page;
    struct hz_arena *arena;
    const char *id;
    HZ_VEC(const char *) keys; /* of the runs whose findings are shown */
};

static bool is_shown(struct section *section, const struct hz_run *run)
{
    const char *key = findings_key(section->arena, run);
    for (size_t i = 0; i < section->keys.n; ++i)
        if (strcmp(section->keys.at[i], key) == 0)
            return true;
    *hz_push(section->arena, &section->keys) = key;
    return false;
}

static void put_findings(struct section *section, const struct hz_run *run)
{
    const struct hz_html_page *page = section->page;
    size_t shown = section->keys.n;
    const char *id =
        shown == 1 ? section->id : hz_printf(section->arena, "%s.%zu", section->id, shown);
    struct sources sources = {.arena = section->arena};
    if (run->findings.n == 0 && run->broken == NULL)
        hz_html_put(page, hz_detector_is_bare(run->detector)
                              ? "<p>The program alone, without a tool.\n"
                              : "<p><b class=\"v caught\">Nothing was found.</b>\n");
    find_sources(&sources, id, run);
    for (size_t i = 0; i < sources.at.n; ++i)
        put_source(page, run, &sources.at.at[i], id, section->arena);
    if (sources.left_out != 0)
        hz_html_put(page, "<p class=more>%zu places in more files are left out.\n",
                    sources.left_out);
    hz_html_findings(page, run, sources.at.at, sources.at.n);
}

static bool same_section(const struct hz_run *a, const struct hz_run *b)
{
    return strcmp(a->pair, b->pair) == 0 && strcmp(a->detector, b->detector) == 0;
}

/* The section of the first of these runs; how many are in it. */
static size_t put_section(const struct hz_html_page *page, const struct hz_run *const *runs,
                          size_t n, size_t number)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    struct section section = {page, &arena, hz_printf(&arena, "run/%zu", number), {0}};
    hz_html_put(page,
                "<section class=\"over loose\" id=\"%s\"><h2>%s <small>under</small> %s</h2>\n",
                section.id, runs[0]->pair, runs[0]->detector);
    size_t i = 0;
    for (; i < n && same_section(runs[0], runs[i]); ++i) {
        if (!is_shown(&section, runs[i]))
            put_findings(&section, runs[i]);
        else if (runs[i]->findings.n != 0)
            hz_html_put(page, "<p>Run %u found the same.\n", runs[i]->repetition);
        hz_html_run(page, runs[i]);
    }
    hz_html_put(page, "</section>\n");
    hz_arena_free(&arena);
    return i;
}

static int by_section(const void *left, const void *right)
{
    const struct hz_run *a = *(const struct hz_run *const *)left;
    const struct hz_run *b = *(const struct hz_run *const *)right;
    int pair = strcmp(a->pair, b->pair);
    int detector = hz_detectors_order(&a->detector, &b->detector);
    if (pair != 0 || detector != 0)
        return pair != 0 ? pair : detector;
    if (a->repetition != b->repetition)
        return a->repetition < b->repetition ? -1 : 1;
    return (a > b) - (a < b);
}

size_t hz_html_loose_runs(const struct hz_html_page *page, const struct hz_run ***out)
{
    const struct hz_stream *stream = page->html->stream;
    const struct hz_run **runs = hz_alloc(page->arena, (stream->runs.n + 1) * sizeof *runs);
    size_t n = 0;
    for (size_t i = 0; i < stream->runs.n; ++i)
        if (!stream->runs.at[i].judged)
            runs[n++] = &stream->runs.at[i];
    qsort(runs, n, sizeof *runs, by_section);
    *out = runs;
    return n;
}

void hz_html_loose(const struct hz_html_page *page)
{
    const struct hz_run **runs;
    size_t all = hz_html_loose_runs(page, &runs), n = all < HZ_HTML_LOOSE ? all : HZ_HTML_LOOSE;
    for (size_t i = 0, number = 1; i < n; ++number)
        i += put_section(page, runs + i, n - i, number);
    if (all > n)
        hz_html_put(page, "<p class=\"over more\">… and %zu more runs, which are left out.\n",
                    all - n);
}
