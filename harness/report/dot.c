#include "report/dot.h"

#include "report/live.h"
#include "report/text.h"

#include <string.h>

/* Of those that could end one wait, so many are drawn: anybody may be able to. */
#define MOST_WAKERS 8

/* In a graph that is a picture of its own: more cannot be read, and take long to lay out. */
#define MOST_THREADS 24
#define MOST_HELD 8
#define LABEL 40 /* columns */

/* Inside a quoted string of dot: hz_visible() has left no control character. */
static const char *quoted(struct hz_arena *arena, const char *text)
{
    const char *visible = hz_visible(arena, text, false);
    char *out = hz_alloc(arena, sizeof "&amp;" * strlen(visible) + 1), *end = out;
    for (; *visible != '\0'; visible++) {
        if (*visible == '&') { /* dot knows the entities of HTML */
            end = stpcpy(end, "&amp;");
            continue;
        }
        if (*visible == '"' || *visible == '\\')
            *end++ = '\\';
        *end++ = *visible;
    }
    return out;
}

/* `root` BASE_NAMES: without any folder. */
static const char BASE_NAMES[] = "";

static const char *short_name(const char *file, const char *root)
{
    const char *slash = root == BASE_NAMES ? strrchr(file, '/') : NULL;
    if (slash != NULL)
        return slash + 1;
    size_t length = root != NULL ? strlen(root) : 0;
    bool below = length != 0 && strncmp(file, root, length) == 0 && file[length] == '/';
    return below ? file + length + 1 : file;
}

/* "bank.c:21" by the first frame that has a line, or NULL. */
static const char *place_of(struct hz_arena *arena, const struct hz_frame *frames, size_t n,
                            const char *root)
{
    for (size_t i = 0; i < n; i++)
        if (frames[i].file != NULL && frames[i].line > 0)
            return hz_printf(arena, "%s:%d", quoted(arena, short_name(frames[i].file, root)),
                             frames[i].line);
    return NULL;
}

/* One line or two, with a gap on both sides: an edge runs right beside its label. */
static const char *edge_label(struct hz_arena *arena, const char *first, const char *second)
{
    return second == NULL ? hz_printf(arena, "&#160;%s&#160;", first)
                          : hz_printf(arena, "&#160;%s&#160;\\n&#160;%s&#160;", first, second);
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
    size_t threads, held; /* so many are drawn, and of each of them so many locks */
    HZ_VEC(struct node) things;
    HZ_VEC(struct edge) edges;
};

/* "pid 70 " of "pid 70 tid 71"; "" where there is but one process. */
static const char *process_of(struct graph *graph, const struct hz_party *party)
{
    bool told = party->id != NULL && strncmp(party->id, "pid ", 4) == 0;
    return told ? hz_copy(&graph->arena, party->id, strcspn(party->id, "t")) : "";
}

/* Locks are ellipses, what bytes go through is a cylinder, and what is signalled a hexagon. */
static const char *shape_of(const char *kind)
{
    static const char *const shapes[][2] = {
        {"pipe", "cylinder"}, {"full pipe", "cylinder"}, {"FIFO", "cylinder"},
        {"condition", "hexagon"}, {"semaphore", "hexagon"}, {"barrier", "hexagon"},
    };
    for (size_t i = 0; kind != NULL && i < sizeof shapes / sizeof *shapes; i++)
        if (strcmp(kind, shapes[i][0]) == 0)
            return shapes[i][1];
    return "ellipse";
}

static const char *label_of(struct graph *graph, const char *text)
{
    return quoted(&graph->arena,
                  hz_cut(&graph->arena, hz_visible(&graph->arena, text, false), LABEL));
}

/* The thing's number; it is drawn when it is seen first. */
static size_t thing_of(struct graph *graph, const struct hz_party *party,
                       const struct hz_thing *thing)
{
    const char *process = process_of(graph, party);
    const char *name = thing->name != NULL ? thing->name : "?";
    for (size_t i = 0; i < graph->things.n; i++)
        if (strcmp(graph->things.at[i].process, process) == 0 &&
            strcmp(graph->things.at[i].name, name) == 0)
            return i;
    *hz_push(&graph->arena, &graph->things) = (struct node){process, name};
    fprintf(graph->out, "    f%zuo%zu [shape=%s, label=\"%s\\n%s\"];\n", graph->number,
            graph->things.n - 1, shape_of(thing->kind), quoted(&graph->arena, thing->kind),
            label_of(graph, name));
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
    const char *at = place_of(&graph->arena, party->stack.at, party->stack.n, graph->root);
    fprintf(graph->out, "    f%zut%zu [shape=box, label=\"%s%s%s\"];\n", graph->number, i,
            quoted(&graph->arena, hz_live_name(&graph->arena, graph->finding, i)),
            at != NULL ? "\\n" : "", at != NULL ? at : "");
}

static void draw_holds(struct graph *graph, size_t i)
{
    const struct hz_party *party = &graph->finding->parties.at[i];
    for (size_t k = 0; k < party->holds.n && k < graph->held; k++) {
        const struct hz_thing *held = &party->holds.at[k];
        const char *at = place_of(&graph->arena, &held->taken_at, 1, graph->root);
        draw_edge(graph, thing_of(graph, party, held), i,
                  edge_label(&graph->arena, at != NULL ? "held by, taken at" : "held by", at));
    }
}

/* Those who could end its wait, as far as they are drawn. */
static size_t wakers_of(const struct graph *graph, const struct hz_party *party,
                        size_t wakers[MOST_WAKERS])
{
    size_t n = 0;
    for (size_t k = 0; k < party->waits_on.n && n < MOST_WAKERS; k++)
        if (party->waits_on.at[k] < graph->threads)
            wakers[n++] = party->waits_on.at[k];
    return n;
}

static void draw_wait(struct graph *graph, size_t i)
{
    const struct hz_party *party = &graph->finding->parties.at[i];
    struct hz_live_words words = hz_live_words(party->waits_for.kind);
    size_t wakers[MOST_WAKERS], n = wakers_of(graph, party, wakers);
    const char *since =
        party->waited >= 0.005 ? hz_printf(&graph->arena, "for %.2f s", party->waited) : NULL;
    const char *does = edge_label(&graph->arena, words.does, since);
    if (words.by == NULL) {
        for (size_t k = 0; k < n; k++)
            fprintf(graph->out, "    f%zut%zu -> f%zut%zu [label=\"%s\"];\n", graph->number, i,
                    graph->number, wakers[k], does);
        return;
    }
    const char *by = edge_label(&graph->arena, words.by, NULL);
    size_t thing = thing_of(graph, party, &party->waits_for);
    fprintf(graph->out, "    f%zut%zu -> f%zuo%zu [label=\"%s\"];\n", graph->number, i,
            graph->number, thing, does);
    for (size_t k = 0; k < n; k++)
        draw_edge(graph, thing, wakers[k], by);
    if (party->waits_on.n > n)
        fprintf(graph->out,
                "    f%zuo%zu -> f%zum%zu [label=\"%s\"]; f%zum%zu [shape=plain, "
                "label=\"… %zu more\"];\n",
                graph->number, thing, graph->number, i, by, graph->number, i,
                party->waits_on.n - n);
}

/* Each thread below `graph.threads`, with what it holds and waits for. */
static void draw_threads(struct graph *graph)
{
    size_t n = graph->finding->parties.n < graph->threads ? graph->finding->parties.n
                                                          : graph->threads;
    for (size_t i = 0; i < n; i++)
        draw_thread(graph, i);
    for (size_t i = 0; i < n; i++)
        draw_holds(graph, i);
    for (size_t i = 0; i < n; i++)
        if (graph->finding->parties.at[i].waits_for.kind != NULL)
            draw_wait(graph, i);
}

static void draw_finding(FILE *out, const struct hz_finding *finding, size_t number,
                         const char *root)
{
    struct graph graph = {.out = out, .finding = finding, .number = number, .root = root,
                          .threads = SIZE_MAX, .held = SIZE_MAX};
    hz_arena_init(&graph.arena);
    fprintf(out, "  subgraph cluster%zu {\n    label=\"%s\";\n", number,
            quoted(&graph.arena, finding->summary));
    draw_threads(&graph);
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

/* ---- one finding as a graph of its own ---------------------------------------------- */

/* A box around the threads of each process, where there are several. */
static void draw_processes(struct graph *graph, size_t n)
{
    HZ_VEC(const char *) seen = {0};
    for (size_t i = 0; i < n; i++) {
        const char *process = process_of(graph, &graph->finding->parties.at[i]);
        size_t k = 0;
        while (k < seen.n && strcmp(seen.at[k], process) != 0)
            k++;
        if (k == seen.n)
            *hz_push(&graph->arena, &seen) = process;
    }
    for (size_t k = 0; seen.n > 1 && k < seen.n; k++) {
        fprintf(graph->out, "  subgraph cluster%zu { label=\"%s\";", k,
                label_of(graph, seen.at[k]));
        for (size_t i = 0; i < n; i++)
            if (strcmp(process_of(graph, &graph->finding->parties.at[i]), seen.at[k]) == 0)
                fprintf(graph->out, " f%zut%zu;", graph->number, i);
        fputs(" }\n", graph->out);
    }
}

/* From a lock to one that was taken while it was held. */
static void draw_order(struct graph *graph, size_t i)
{
    const struct hz_party *party = &graph->finding->parties.at[i];
    if (party->waits_for.name == NULL)
        return;
    size_t taken = thing_of(graph, party, &party->waits_for);
    const char *then = hz_printf(&graph->arena, "then, in %s",
                                 label_of(graph, hz_live_name(&graph->arena, graph->finding, i)));
    const char *label = edge_label(
        &graph->arena, then, place_of(&graph->arena, party->stack.at, party->stack.n, graph->root));
    for (size_t k = 0; k < party->holds.n && k < graph->held; k++)
        fprintf(graph->out, "    f%zuo%zu -> f%zuo%zu [label=\"%s\"];\n", graph->number,
                thing_of(graph, party, &party->holds.at[k]), graph->number, taken, label);
}

bool hz_dot_drawable(const struct hz_finding *finding)
{
    bool order = finding->class == HZ_DEADLOCK && !hz_live_hangs(finding);
    for (size_t i = 0; finding->class == HZ_DEADLOCK && i < finding->parties.n; i++) {
        const struct hz_party *party = &finding->parties.at[i];
        if (party->waits_for.kind != NULL && (!order || party->holds.n != 0))
            return true;
    }
    return false;
}

void hz_dot_graph(FILE *out, const struct hz_finding *finding, size_t number)
{
    struct graph graph = {.out = out, .finding = finding, .root = BASE_NAMES,
                          .threads = MOST_THREADS, .held = MOST_HELD};
    size_t n = finding->parties.n < MOST_THREADS ? finding->parties.n : MOST_THREADS;
    hz_arena_init(&graph.arena);
    /* Names of processes stand to the left, as edges end in the middle. */
    fprintf(out,
            "digraph g%zu {\n  bgcolor=transparent; nodesep=0.4; labeljust=l;\n"
            "  fontname=\"sans-serif\"; fontsize=12;\n"
            "  node [fontname=\"monospace\", fontsize=13];\n"
            "  edge [fontname=\"sans-serif\", fontsize=12];\n",
            number);
    if (hz_live_hangs(finding)) {
        draw_processes(&graph, n);
        draw_threads(&graph);
    } else {
        for (size_t i = 0; i < n; i++)
            draw_order(&graph, i);
    }
    if (finding->parties.n > n)
        fprintf(out, "  more [shape=plain, label=\"… %zu more threads\"];\n",
                finding->parties.n - n);
    fputs("}\n", out);
    hz_arena_free(&graph.arena);
}
