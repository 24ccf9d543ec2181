/*
 * The wait-for graph: who is blocked, on whom, and who can never go on. Pure:
 * the monitor fills it from what it saw, and asks.
 *
 * A node is a thread. A blocked thread waits for one or more *wakers*, and is
 * released either when ANY of them acts (a condition, a pipe, a child: an OR
 * node) or only when ALL of them have (the holders of a rwlock: an AND node);
 * a mutex or a join has a single waker. This is the AND-OR model of Knapp,
 * "Deadlock detection in distributed databases", ACM Computing Surveys 1987.
 *
 * A thread is *stuck* if no order of events inside the graph can release it: the
 * greatest set of blocked threads such that an OR node's wakers are all in the
 * set (a node with no waker at all is in it) and an AND node has at least one
 * waker in it. A node that is `live` (running, sleeping on a timer, waiting for
 * input from outside) is never stuck.
 *
 * The *roots* of a stuck set are its strongly connected components (Tarjan 1972)
 * that wait for no stuck thread outside of themselves: the cycles, and the waits
 * that nobody can end. All other stuck threads only wait for those.
 */
#ifndef HZ_WAITGRAPH_H
#define HZ_WAITGRAPH_H

#include "base/base.h"

enum hzw_need { HZW_NEED_ANY, HZW_NEED_ALL };

struct hzw_node {
    bool live;
    enum hzw_need need;
    HZ_VEC(size_t) wakers; /* indices of nodes; may hold the node itself */
    /* Filled by hzw_solve(): */
    bool stuck;
    int root; /* number of the root component that it belongs to, or -1 */
};

struct hzw_graph {
    HZ_VEC(struct hzw_node) nodes;
    int roots;
};

/* Adds a live node and returns its index. */
size_t hzw_add(struct hz_arena *arena, struct hzw_graph *graph);
void hzw_blocks(struct hz_arena *arena, struct hzw_graph *graph, size_t waiter, size_t waker);

/* Finds the stuck set and its roots; linear in nodes and edges, and not recursive. */
void hzw_solve(struct hz_arena *arena, struct hzw_graph *graph);

#endif
