#include "report/html/parts.h"

#include "report/picture.h"

#include <stdlib.h>
#include <string.h>

#define LAY_OUT_SECONDS 30.0

/* A finding, and which graph it is. */
struct drawing {
    const struct hz_finding *finding;
    size_t graph;
    bool written;
};

struct hz_html_drawings {
    struct hz_graphs *graphs;
    HZ_VEC(struct drawing) at;
    const char *failure; /* why they are in words, or NULL */
    size_t numbers;      /* given to schedules, timelines and locks */
    size_t left;         /* bytes that pictures may still take */
};

/* ---- graphs, laid out before the page is written ---- */

static void add_findings(struct hz_html_page *page, const struct hz_run *run)
{
    struct hz_html_drawings *drawings = page->drawings;
    for (size_t i = 0; run != NULL && i < run->findings.n && i < HZ_HTML_FINDINGS; ++i) {
        const struct hz_finding *finding = &run->findings.at[i];
        size_t graph = hz_graphs_add(drawings->graphs, finding);
        if (graph != HZ_NO_GRAPH)
            *hz_push(page->arena, &drawings->at) = (struct drawing){finding, graph, false};
    }
}

/* The folder of the sources, which goes without saying; NULL where there are none. */
static const char *corpus_of(const struct hz_html_page *page)
{
    const struct hz_catalog *catalog = page->html->catalog;
    if (catalog->pairs.n == 0)
        return NULL;
    const struct hz_source *source = &catalog->pairs.at[0].source[HZ_BUGGY];
    size_t whole = strlen(source->path), name = strlen(source->name);
    return name < whole ? hz_copy(page->arena, source->path, whole - name) : NULL;
}

void hz_html_draw(struct hz_html_page *page)
{
    const struct hz_matrix *matrix = page->html->matrix;
    struct hz_html_drawings *drawings = hz_alloc(page->arena, sizeof *drawings);
    struct hz_error error;
    page->drawings = drawings;
    drawings->left = HZ_HTML_PICTURES;
    drawings->graphs = hz_graphs_new(corpus_of(page));
    for (size_t i = 0; i < 2 * matrix->rows.n * matrix->detectors.n; ++i)
        add_findings(page, page->shown[i]);
    const struct hz_run **loose;
    size_t n = hz_html_loose_runs(page, &loose);
    for (size_t i = 0; i < n && i < HZ_HTML_LOOSE; ++i)
        add_findings(page, loose[i]);
    if (!hz_graphs_lay_out(drawings->graphs, LAY_OUT_SECONDS, &error))
        drawings->failure = hz_dup(page->arena, error.text);
}

void hz_html_drawn(struct hz_html_page *page)
{
    hz_graphs_free(page->drawings->graphs);
}

/* ---- within the page ---- */

/* A picture is drawn into memory first, as only then its size is known. */
struct sheet {
    FILE *out;
    char *drawn;
    size_t size;
};

static FILE *open_sheet(struct sheet *sheet)
{
    return sheet->out = open_memstream(&sheet->drawn, &sheet->size);
}

/* Puts it into the page, if there is room for it; says so if not. */
static void put_sheet(const struct hz_html_page *page, struct sheet *sheet)
{
    struct hz_html_drawings *drawings = page->drawings;
    fclose(sheet->out);
    if (sheet->size > drawings->left) {
        hz_html_put(page, "<p class=more>A picture of %zu bytes is left out: the page has no more "
                          "room for pictures.\n", sheet->size);
    } else {
        drawings->left -= sheet->size;
        fwrite(sheet->drawn, 1, sheet->size, page->out);
    }
    free(sheet->drawn);
}

/* What would be too small to read in a narrow window scrolls there. */
static void put_frame(const struct hz_html_page *page, struct sheet *sheet, const char *label)
{
    hz_html_put(page, "<div class=wide tabindex=0 role=group aria-label=%s>", label);
    put_sheet(page, sheet);
    hz_html_put(page, "</div>\n");
}

static void put_graph(const struct hz_html_page *page, const struct hz_finding *finding)
{
    struct hz_html_drawings *drawings = page->drawings;
    struct drawing *drawing = NULL, *first = NULL;
    for (size_t i = 0; i < drawings->at.n && drawing == NULL; ++i)
        if (drawings->at.at[i].finding == finding)
            drawing = &drawings->at.at[i];
    if (drawing == NULL)
        return;
    for (size_t i = 0; i < drawings->at.n && first == NULL; ++i)
        if (drawings->at.at[i].graph == drawing->graph && drawings->at.at[i].written)
            first = &drawings->at.at[i];
    if (first != NULL) { /* its names are in the page already */
        hz_html_put(page, "<p class=more>Drawn above, as another finding is the same.\n");
        return;
    }
    struct sheet sheet;
    hz_graphs_write(open_sheet(&sheet), drawings->graphs, drawing->graph);
    put_frame(page, &sheet, "Graph");
    drawing->written = true;
    if (drawings->failure != NULL)
        hz_html_put(page, "<p class=more>Not drawn: %s.\n", drawings->failure);
}

static void put_timeline(const struct hz_html_page *page, const struct hz_timeline *timeline)
{
    struct sheet sheet;
    hz_picture_timeline(open_sheet(&sheet), timeline, page->drawings->numbers++);
    put_frame(page, &sheet, "Timeline");
}

static void put_steps(const struct hz_html_page *page, const struct hz_run *run)
{
    struct sheet sheet;
    hz_picture_steps(open_sheet(&sheet), &run->steps, page->drawings->numbers++);
    put_sheet(page, &sheet);
}

void hz_html_pictures(const struct hz_html_page *page, const struct hz_run *run,
                      const struct hz_finding *finding)
{
    if (finding != NULL) {
        put_graph(page, finding);
        return;
    }
    if (run->timeline.threads.n != 0)
        put_timeline(page, &run->timeline);
    if (run->steps.n == 0)
        return;
    put_steps(page, run);
    struct hz_timeline timeline = {0};
    hz_timeline_of_steps(page->arena, &run->steps, &timeline);
    if (hz_timeline_contested(&timeline) != NULL)
        put_timeline(page, &timeline);
}

void hz_html_locks(const struct hz_html_page *page)
{
    const struct hz_stream *stream = page->html->stream;
    if (stream->locks.n == 0)
        return;
    hz_html_put(page, "<section class=over id=locks><h2>Locks</h2>\n");
    for (size_t i = 0; i < stream->locks.n && i < HZ_HTML_LOOSE; ++i) {
        hz_html_put(page, "<h3>%s</h3>\n", stream->locks.at[i].pair);
        struct sheet sheet;
        hz_picture_locks(open_sheet(&sheet), &stream->locks.at[i], page->drawings->numbers++);
        put_sheet(page, &sheet);
    }
    if (stream->locks.n > HZ_HTML_LOOSE)
        hz_html_put(page, "<p class=more>… and of %zu more programs.\n",
                    stream->locks.n - HZ_HTML_LOOSE);
    hz_html_put(page, "</section>\n");
}
