#include "watchdog/waitgraph.h"

size_t hzw_add(struct hz_arena *arena, struct hzw_graph *graph)
{
    struct hzw_node *node = hz_push(arena, &graph->nodes);
    node->live = true;
    node->root = -1;
    return graph->nodes.n - 1;
}

void hzw_blocks(struct hz_arena *arena, struct hzw_graph *graph, size_t waiter, size_t waker)
{
    *hz_push(arena, &graph->nodes.at[waiter].wakers) = waker;
}

/* ---- the stuck set ----------------------------------------------------------- */

/* The edges the other way round: whom a node may release. Rows of one array. */
struct reverse {
    size_t *first; /* row of node i: at[first[i]] to at[first[i + 1] - 1] */
    size_t *at;
};

static struct reverse turn_round(struct hz_arena *arena, const struct hzw_graph *graph)
{
    size_t n = graph->nodes.n, edges = 0;
    struct reverse turned = {.first = hz_alloc(arena, (n + 2) * sizeof(size_t))};
    for (size_t i = 0; i < n; i++) {
        const struct hzw_node *node = &graph->nodes.at[i];
        edges += node->wakers.n;
        for (size_t j = 0; j < node->wakers.n; j++)
            turned.first[node->wakers.at[j] + 2]++;
    }
    for (size_t i = 2; i < n + 2; i++)
        turned.first[i] += turned.first[i - 1];
    turned.at = hz_alloc(arena, edges * sizeof(size_t));
    for (size_t i = 0; i < n; i++) {
        const struct hzw_node *node = &graph->nodes.at[i];
        for (size_t j = 0; j < node->wakers.n; j++)
            turned.at[turned.first[node->wakers.at[j] + 1]++] = i;
    }
    return turned;
}

/*
 * Starts with every blocked node stuck and takes out what can be released, until
 * nothing more can: the greatest fixpoint. `left` counts down the wakers that have
 * yet to act before a node is released: one for ANY, all of them for ALL.
 */
static void find_stuck(struct hz_arena *arena, struct hzw_graph *graph)
{
    size_t n = graph->nodes.n, todo = 0;
    struct reverse turned = turn_round(arena, graph);
    size_t *left = hz_alloc(arena, n * sizeof *left);
    size_t *work = hz_alloc(arena, n * sizeof *work);
    for (size_t i = 0; i < n; i++) {
        struct hzw_node *node = &graph->nodes.at[i];
        left[i] = node->need == HZW_NEED_ALL ? node->wakers.n : 1;
        node->stuck = !node->live && left[i] != 0;
        if (!node->stuck)
            work[todo++] = i;
    }
    while (todo > 0) {
        size_t waker = work[--todo];
        for (size_t k = turned.first[waker]; k < turned.first[waker + 1]; k++) {
            size_t waiter = turned.at[k];
            struct hzw_node *node = &graph->nodes.at[waiter];
            if (node->stuck && --left[waiter] == 0) {
                node->stuck = false;
                work[todo++] = waiter;
            }
        }
    }
}

/* ---- the roots --------------------------------------------------------------- */

/* Tarjan's algorithm with a stack of its own in place of recursion. */
struct walk {
    size_t *index, *low; /* order of discovery from 1 on, 0: not seen; lowest that it reaches */
    size_t *next;        /* the next waker of each node to look at */
    size_t *path;        /* where the walk is: the nodes from its start to here */
    size_t *open;        /* nodes that are seen and whose component is not complete */
    bool *is_open;
    bool *leaves; /* a stuck waker outside of the node's component was found from it */
    size_t paths, opens, seen;
};

static void enter(struct walk *walk, size_t node)
{
    walk->index[node] = walk->low[node] = ++walk->seen;
    walk->path[walk->paths++] = node;
    walk->open[walk->opens++] = node;
    walk->is_open[node] = true;
}

/* Takes a complete component off the open nodes; it is a root if nothing leaves it. */
static void close_component(struct hzw_graph *graph, struct walk *walk, size_t head)
{
    size_t from = walk->opens;
    bool leaves = false;
    do {
        from--;
        leaves |= walk->leaves[walk->open[from]];
    } while (walk->open[from] != head);
    for (size_t i = from; i < walk->opens; i++) {
        walk->is_open[walk->open[i]] = false;
        if (!leaves)
            graph->nodes.at[walk->open[i]].root = graph->roots;
    }
    if (!leaves)
        graph->roots++;
    walk->opens = from;
}

static void lower(size_t *low, size_t to)
{
    if (to < *low)
        *low = to;
}

/* One step: on to the next waker of the node at the end of the path, or back from it. */
static void step(struct hzw_graph *graph, struct walk *walk)
{
    size_t here = walk->path[walk->paths - 1];
    struct hzw_node *node = &graph->nodes.at[here];
    while (walk->next[here] < node->wakers.n) {
        size_t waker = node->wakers.at[walk->next[here]++];
        if (!graph->nodes.at[waker].stuck)
            continue;
        if (walk->index[waker] == 0) {
            enter(walk, waker);
            return;
        }
        if (walk->is_open[waker])
            lower(&walk->low[here], walk->index[waker]);
        else
            walk->leaves[here] = true;
    }
    walk->paths--;
    bool complete = walk->low[here] == walk->index[here];
    if (complete)
        close_component(graph, walk, here);
    if (walk->paths == 0)
        return;
    size_t before = walk->path[walk->paths - 1];
    lower(&walk->low[before], walk->low[here]);
    walk->leaves[before] |= complete;
}

static void find_roots(struct hz_arena *arena, struct hzw_graph *graph)
{
    size_t n = graph->nodes.n;
    struct walk walk = {
        .index = hz_alloc(arena, n * sizeof(size_t)),
        .low = hz_alloc(arena, n * sizeof(size_t)),
        .next = hz_alloc(arena, n * sizeof(size_t)),
        .path = hz_alloc(arena, n * sizeof(size_t)),
        .open = hz_alloc(arena, n * sizeof(size_t)),
        .is_open = hz_alloc(arena, n * sizeof(bool)),
        .leaves = hz_alloc(arena, n * sizeof(bool)),
    };
    for (size_t i = 0; i < n; i++)
        graph->nodes.at[i].root = -1;
    for (size_t start = 0; start < n; start++) {
        if (!graph->nodes.at[start].stuck || walk.index[start] != 0)
            continue;
        enter(&walk, start);
        while (walk.paths > 0)
            step(graph, &walk);
    }
}

void hzw_solve(struct hz_arena *arena, struct hzw_graph *graph)
{
    graph->roots = 0;
    find_stuck(arena, graph);
    find_roots(arena, graph);
}
