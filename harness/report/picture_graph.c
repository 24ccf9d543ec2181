#include "report/picture_parts.h"

#include "process/filter.h"
#include "report/dot.h"
#include "report/live.h"

#include <stdlib.h>
#include <string.h>

#define MOST_SVG ((size_t)32 << 20) /* bytes that Graphviz may write; one graph has some thousand */
#define MOST_SENTENCES 24
#define TITLE 200 /* columns */

struct drawing {
    const struct hz_finding *finding;
    struct hz_bytes dot, svg; /* svg.n 0: not laid out */
};

struct hz_graphs {
    struct hz_arena arena;
    const char *root;
    HZ_VEC(struct drawing) drawings;
};

struct hz_graphs *hz_graphs_new(const char *root)
{
    struct hz_graphs *graphs = calloc(1, sizeof *graphs);
    if (graphs == NULL)
        abort();
    hz_arena_init(&graphs->arena);
    graphs->root = hz_dup(&graphs->arena, root);
    return graphs;
}

void hz_graphs_free(struct hz_graphs *graphs)
{
    if (graphs == NULL)
        return;
    hz_arena_free(&graphs->arena);
    free(graphs);
}

/* ---- collecting ------------------------------------------------------------------------ */

static struct hz_bytes dot_of(struct hz_graphs *graphs, const struct hz_finding *finding)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (out == NULL)
        abort();
    hz_dot_graph(out, finding, graphs->drawings.n);
    fclose(out);
    struct hz_bytes bytes = {hz_copy(&graphs->arena, text, n), n};
    free(text);
    return bytes;
}

size_t hz_graphs_add(struct hz_graphs *graphs, const struct hz_finding *finding)
{
    if (!hz_dot_drawable(finding))
        return HZ_NO_GRAPH;
    struct hz_bytes dot = dot_of(graphs, finding);
    for (size_t i = 0; i < graphs->drawings.n; i++)
        if (strcmp(strchr(graphs->drawings.at[i].dot.at, '{'), strchr(dot.at, '{')) == 0)
            return i;
    *hz_push(&graphs->arena, &graphs->drawings) = (struct drawing){.finding = finding, .dot = dot};
    return graphs->drawings.n - 1;
}

/* ---- laying out ------------------------------------------------------------------------ */

/*
 * Graphviz puts boxes in the order of the addresses of their names: in a process that has drawn
 * before, these are anywhere, and the picture is another each time.
 */
static bool has_boxes(const struct drawing *drawing)
{
    return strstr(drawing->dot.at, "subgraph cluster") != NULL;
}

static struct hz_bytes without_boxes(struct hz_graphs *graphs)
{
    size_t n = 0, at = 0;
    for (size_t i = 0; i < graphs->drawings.n; i++)
        n += graphs->drawings.at[i].dot.n;
    char *text = hz_alloc(&graphs->arena, n + 1);
    for (size_t i = 0; i < graphs->drawings.n; i++) {
        const struct drawing *drawing = &graphs->drawings.at[i];
        if (has_boxes(drawing))
            continue;
        memcpy(text + at, drawing->dot.at, drawing->dot.n);
        at += drawing->dot.n;
    }
    return (struct hz_bytes){text, at};
}

/*
 * Graphviz writes a document for each graph, whose first title is the graph's name. No label
 * can begin or end one: "<" is escaped in it.
 */
static void take_apart(struct hz_graphs *graphs, const char *at)
{
    static const char end[] = "</svg>", name[] = "<title>g";
    const char *stop;
    while ((at = strstr(at, "<?xml ")) != NULL && (stop = strstr(at, end)) != NULL) {
        stop += strlen(end);
        const char *title = strstr(at, name);
        char *after = NULL;
        size_t number = title != NULL && title < stop ? strtoul(title + strlen(name), &after, 10)
                                                      : SIZE_MAX;
        if (number < graphs->drawings.n && *after == '<')
            graphs->drawings.at[number].svg = (struct hz_bytes){at, (size_t)(stop - at)};
        at = stop;
    }
}

static bool run_dot(struct hz_graphs *graphs, struct hz_bytes input, double deadline,
                    struct hz_error *error)
{
    char *argv[] = {"dot", "-Tsvg", NULL};
    struct hz_bytes output;
    double left = deadline - hz_now();
    if (left <= 0)
        return hz_fail(error, "dot took too long for all graphs together");
    bool fine = hz_filter(&graphs->arena, argv, input, left, MOST_SVG, &output, error);
    take_apart(graphs, output.at); /* those before a deadline are there all the same */
    return fine;
}

bool hz_graphs_lay_out(struct hz_graphs *graphs, double seconds, struct hz_error *error)
{
    double deadline = hz_now() + seconds;
    struct hz_bytes together = without_boxes(graphs);
    bool fine = together.n == 0 || run_dot(graphs, together, deadline, error);
    for (size_t i = 0; fine && i < graphs->drawings.n; i++)
        if (has_boxes(&graphs->drawings.at[i]))
            fine = run_dot(graphs, graphs->drawings.at[i].dot, deadline, error);
    return fine;
}

/* ---- in words -------------------------------------------------------------------------- */

typedef HZ_VEC(const char *) sentences;

static const char *thing_text(struct hz_arena *arena, const struct hz_thing *thing)
{
    return hz_printf(arena, "%s %s", thing->kind != NULL ? thing->kind : "",
                     thing->name != NULL ? thing->name : "");
}

static const char *place_text(struct hz_arena *arena, const struct hz_frame *frame,
                              const char *root)
{
    return frame->file == NULL ? "" : hz_printf(arena, ", at %s", hz_live_place(arena, frame, root));
}

/* "worker-1 (tid 71) waits for mutex b, held by worker-2 (tid 72), at bank.c:21". */
static const char *wait_text(struct hz_arena *arena, const struct hz_finding *finding, size_t i,
                             const char *root)
{
    const struct hz_party *party = &finding->parties.at[i];
    struct hz_live_words words = hz_live_words(party->waits_for.kind);
    size_t n = party->waits_on.n;
    const char *text = hz_printf(arena, "%s %s", hz_live_name(arena, finding, i), words.does);
    if (words.by != NULL)
        text = hz_printf(arena, "%s %s%s%s", text, thing_text(arena, &party->waits_for),
                         n > 0 ? " " : "", n > 0 ? words.by : "");
    else if (n == 0)
        text = hz_printf(arena, "%s %s", text, party->waits_for.name);
    for (size_t k = 0; k < n && k < 4; k++)
        text = hz_printf(arena, "%s%s %s", text, k > 0 ? "," : "",
                         hz_live_name(arena, finding, party->waits_on.at[k]));
    return party->stack.n == 0
               ? text : hz_printf(arena, "%s%s", text, place_text(arena, party->stack.at, root));
}

static void put_sentences(struct hz_arena *arena, const struct hz_finding *finding, size_t i,
                          const char *root, sentences *out)
{
    const struct hz_party *party = &finding->parties.at[i];
    bool hangs = hz_live_hangs(finding);
    for (size_t k = 0; k < party->holds.n && k < 8; k++)
        *hz_push(arena, out) =
            hz_printf(arena, "%s holds %s%s", hz_live_name(arena, finding, i),
                      thing_text(arena, &party->holds.at[k]),
                      place_text(arena, &party->holds.at[k].taken_at, root));
    if (party->waits_for.kind != NULL)
        *hz_push(arena, out) =
            hangs ? wait_text(arena, finding, i, root)
                  : hz_printf(arena, "%s then takes %s%s", hz_live_name(arena, finding, i),
                              thing_text(arena, &party->waits_for),
                              party->stack.n != 0 ? place_text(arena, party->stack.at, root) : "");
}

static sentences sentences_of(struct hz_arena *arena, const struct hz_finding *finding,
                              const char *root)
{
    sentences out = {0};
    size_t i = 0, n = finding->parties.n;
    for (; i < n && out.n < MOST_SENTENCES; i++)
        put_sentences(arena, finding, i, root, &out);
    if (i < n)
        *hz_push(arena, &out) = hz_printf(arena, "… %zu more threads", n - i);
    return out;
}

static void write_words(FILE *out, size_t number, const char *title, const sentences *said)
{
    fprintf(out, "<ul class=\"hz-graph-text\" id=\"hz-graph-%zu\" aria-label=\"", number);
    hz_xml(out, title);
    fputs("\">", out);
    for (size_t i = 0; i < said->n; i++) {
        fputs("<li>", out);
        hz_xml_cut(out, said->at[i], TITLE);
        fputs("</li>", out);
    }
    fputs("</ul>\n", out);
}

void hz_graphs_write(FILE *out, const struct hz_graphs *graphs, size_t number)
{
    const struct drawing *drawing = &graphs->drawings.at[number];
    struct hz_arena arena;
    hz_arena_init(&arena);
    sentences said = sentences_of(&arena, drawing->finding, graphs->root);
    const char *title =
        hz_printf(&arena, "%s: %.*s",
                  hz_live_hangs(drawing->finding) ? "who waits for whom" : "order of locks", TITLE,
                  drawing->finding->summary);
    const char *description = "";
    for (size_t i = 0; i < said.n; i++)
        description = hz_printf(&arena, "%s%s%s", description, i > 0 ? "; " : "", said.at[i]);
    if (drawing->svg.n == 0 ||
        !hz_svg_rewrite(out, drawing->svg, number, title, description))
        write_words(out, number, title, &said);
    hz_arena_free(&arena);
}
