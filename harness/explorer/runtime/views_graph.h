/*
 * The execution graph that views.c builds and views_psc.c keeps free of cycles: inside the
 * memory of C11 only.
 */
#ifndef HZX_VIEWS_GRAPH_H
#define HZX_VIEWS_GRAPH_H

#include "explorer/runtime/engine.h"

enum {
    EVENTS = 1 << 14,
    NODES = 256, /* sequentially consistent events */
    WORDS = NODES / 64,
    CLOCKS = 1 << 20,
    TABLE = 1 << 12,
    NONE = 0 /* event 0 is none */
};

typedef uint64_t nodes[WORDS];

/* An access or a fence. A store is its event. */
struct event {
    uint64_t value;       /* written */
    int32_t thread;       /* -1: what was there before */
    uint32_t epoch;       /* of its thread's clock */
    uint32_t known;       /* at the epoch from which on it is the thread's past */
    uint32_t place, node; /* places[]; + 1, of an SC event */
    uint32_t source;      /* store read; NONE */
    uint32_t reader;      /* first of a store; next of a reader */
    uint32_t position;    /* of a store, in its word's modification order */
    uint32_t clock_n;
    const uint32_t *clock;   /* what happens before it, at the end of it */
    const uint32_t *message; /* of a store: what a reader acquires; and without what it */
    const uint32_t *own;     /* carries on as an update of another's: the next store's too */
    bool store, updated;     /* updated: an update has read it */
};

struct place {
    uintptr_t address;
    uint32_t size, stores_n, room;
    uint32_t *stores; /* in modification order */
};

struct hzx_graph {
    uint32_t events_n, places_n, nodes_n, clocks_n, arena_n;
    struct event events[EVENTS];
    struct place places[TABLE];
    uint16_t table[2 * TABLE]; /* index + 1 */
    nodes after[NODES];        /* psc, transitively closed: after[a] has b if a is before b */
    uint32_t node_event[NODES];
    uint32_t clocks[CLOCKS];
    uint32_t arena[CLOCKS];
    bool full; /* too long to be kept: from here on all are the newest */
};
extern struct hzx_graph hzx_graph __attribute__((visibility("hidden")));

/* What an access that is to come would be in psc. */
struct ends {
    nodes fences; /* that happen before it */
    nodes in;     /* before it, if it is SC itself */
    nodes out;    /* after it, and after the fences */
    nodes beyond; /* after the fences alone */
};

static inline struct event *event_at(uint32_t index)
{
    return &hzx_graph.events[index];
}

/* Whether `event` comes before what thread `self` does next, knowing `clock`. */
static inline bool knows(const uint32_t *clock, unsigned self, const struct event *event)
{
    return event->thread < 0 || event->thread == (int)self ||
           clock[event->thread] >= event->epoch;
}

/* Whether event `a` happens before event `b`, of those that were. */
static inline bool before(const struct event *a, const struct event *b)
{
    if (a->thread < 0 || a->thread == b->thread)
        return a < b;
    return (unsigned)a->thread < b->clock_n && b->clock[a->thread] >= a->epoch;
}

/* Whether the graph can take what one operation adds; false from the first no on. */
bool hzx_graph_room(void);

/* A copy of a clock, kept to the end of the schedule. */
const uint32_t *hzx_graph_clock(const uint32_t *from);

/* The position of the newest store that thread `self` knows by `clock`. */
uint32_t hzx_graph_newest(const struct place *place, const uint32_t *clock, unsigned self);

/* ---- psc, the partial order of SC accesses and fences ---- */

/* What an access would be that reads, or comes behind, the store at `position`. */
void hzx_psc_ends(const struct place *place, uint32_t position, bool store, bool sc,
                  const uint32_t *clock, struct ends *ends);

/* Whether it closes no cycle. */
bool hzx_psc_consistent(const struct ends *ends, bool sc);

/* It is done: `event` takes its place. */
void hzx_psc_commit(const struct ends *ends, struct event *event);

/* Event `index` is an SC one. */
void hzx_psc_node(uint32_t index);

#endif
