#include "report/dot.h"

#include "report/live.h"
#include "report/text.h"

#include <string.h>

/* Of those that could end one wait, so many are drawn: anybody may be able to. */
#define MOST_WAKERS 8

/* Inside a quoted string of dot: hz_visible() has left no control character. */
static const char *quoted(struct hz_arena *arena, const char *text)
{
    const char *visible = hz_visible(arena, text, false);
    char *out = hz_alloc(arena, 2 * strlen(visible) + 1), *end = out;
    for (; *visible != '\0'; visible++) {
        if (*visible == '"' || *visible == '\\')
            *end++ = '\\';
        *end++ = *visible;
    }
    return out;
}

static const char *short_name(const char *file, const char *root)
{
    size_t length = root != NULL ? strlen(root) : 0;
    bool below = length != 0 && strncmp(file, root, length) == 0 && file[length] == '/';
    return below ? file + length + 1 : file;
}

/* "\nbank.c:21" by the first frame that has a line, or "". The "\n" is dot's own. */
static const char *line_below(struct hz_arena *arena, const struct hz_frame *frames, size_t n,
                              const char *root)
{
    for (size_t i = 0; i < n; i++)
        if (frames[i].file != NULL && frames[i].line > 0)
            return hz_printf(arena, "\\n%s:%d", quoted(arena, short_name(frames[i].file, root)),
                             frames[i].line);
    return "";
}

/* A thing of a process: the same name in two processes is two things. */
struct node {
    const char *process, *name;
};

/* From a thing to the thread that holds it, or should end the wait for it. */
struct edge {
    size_t thing, party;
};

struct graph {
    struct hz_arena arena;
    FILE *out;
    const struct hz_finding *finding;
    size_t number; /* of the finding */
    const char *root;
    HZ_VEC(struct node) things;
    HZ_VEC(struct edge) edges;
};

/* The thing's number; it is drawn when it is seen first. */
static size_t thing_of(struct graph *graph, const struct hz_party *party,
                       const struct hz_thing *thing)
{
    const char *id = party->id != NULL ? party->id : "";
    const char *process = hz_copy(&graph->arena, id, strcspn(id, "t")); /* "pid 70 tid 71" */
    const char *name = thing->name != NULL ? thing->name : "?";
    for (size_t i = 0; i < graph->things.n; i++)
        if (strcmp(graph->things.at[i].process, process) == 0 &&
            strcmp(graph->things.at[i].name, name) == 0)
            return i;
    *hz_push(&graph->arena, &graph->things) = (struct node){process, name};
    fprintf(graph->out, "    f%zuo%zu [shape=ellipse, label=\"%s\\n%s\"];\n", graph->number,
            graph->things.n - 1, quoted(&graph->arena, thing->kind), quoted(&graph->arena, name));
    return graph->things.n - 1;
}

/* Once, however many threads wait there. */
static void draw_edge(struct graph *graph, size_t thing, size_t party, const char *label)
{
    for (size_t i = 0; i < graph->edges.n; i++)
        if (graph->edges.at[i].thing == thing && graph->edges.at[i].party == party)
            return;
    *hz_push(&graph->arena, &graph->edges) = (struct edge){thing, party};
    fprintf(graph->out, "    f%zuo%zu -> f%zut%zu [label=\"%s\"];\n", graph->number, thing,
            graph->number, party, label);
}

static void draw_thread(struct graph *graph, size_t i)
{
    const struct hz_party *party = &graph->finding->parties.at[i];
    fprintf(graph->out, "    f%zut%zu [shape=box, label=\"%s%s\"];\n", graph->number, i,
            quoted(&graph->arena, hz_live_name(&graph->arena, graph->finding, i)),
            line_below(&graph->arena, party->stack.at, party->stack.n, graph->root));
}

static void draw_holds(struct graph *graph, size_t i)
{
    const struct hz_party *party = &graph->finding->parties.at[i];
    for (size_t k = 0; k < party->holds.n; k++) {
        const struct hz_thing *held = &party->holds.at[k];
        const char *at = line_below(&graph->arena, &held->taken_at, 1, graph->root);
        draw_edge(graph, thing_of(graph, party, held), i,
                  hz_printf(&graph->arena, "held by%s%s", *at != '\0' ? ", taken at" : "", at));
    }
}

static void draw_wait(struct graph *graph, size_t i)
{
    const struct hz_party *party = &graph->finding->parties.at[i];
    struct hz_live_words words = hz_live_words(party->waits_for.kind);
    const char *since =
        party->waited > 0 ? hz_printf(&graph->arena, "\\nfor %.2f s", party->waited) : "";
    if (words.by == NULL) {
        for (size_t k = 0; k < party->waits_on.n && k < MOST_WAKERS; k++)
            fprintf(graph->out, "    f%zut%zu -> f%zut%zu [label=\"%s%s\"];\n", graph->number, i,
                    graph->number, party->waits_on.at[k], words.does, since);
        return;
    }
    size_t thing = thing_of(graph, party, &party->waits_for);
    fprintf(graph->out, "    f%zut%zu -> f%zuo%zu [label=\"%s%s\"];\n", graph->number, i,
            graph->number, thing, words.does, since);
    for (size_t k = 0; k < party->waits_on.n && k < MOST_WAKERS; k++)
        draw_edge(graph, thing, party->waits_on.at[k], words.by);
    if (party->waits_on.n > MOST_WAKERS)
        fprintf(graph->out,
                "    f%zuo%zu -> f%zum%zu [label=\"%s\"]; f%zum%zu [shape=plain, "
                "label=\"… %zu more\"];\n",
                graph->number, thing, graph->number, i, words.by, graph->number, i,
                party->waits_on.n - MOST_WAKERS);
}

static void draw_finding(FILE *out, const struct hz_finding *finding, size_t number,
                         const char *root)
{
    struct graph graph = {.out = out, .finding = finding, .number = number, .root = root};
    hz_arena_init(&graph.arena);
    fprintf(out, "  subgraph cluster%zu {\n    label=\"%s\";\n", number,
            quoted(&graph.arena, finding->summary));
    for (size_t i = 0; i < finding->parties.n; i++)
        draw_thread(&graph, i);
    for (size_t i = 0; i < finding->parties.n; i++)
        draw_holds(&graph, i);
    for (size_t i = 0; i < finding->parties.n; i++)
        if (finding->parties.at[i].waits_for.kind != NULL)
            draw_wait(&graph, i);
    fputs("  }\n", out);
    hz_arena_free(&graph.arena);
}

void hz_dot_write(FILE *out, const hz_findings *findings, const char *root)
{
    fputs("digraph deadlocks {\n  node [fontname=\"monospace\"];\n  edge [fontsize=10];\n", out);
    for (size_t i = 0; i < findings->n; i++)
        if (hz_live_hangs(&findings->at[i]))
            draw_finding(out, &findings->at[i], i, root);
    fputs("}\n", out);
}
