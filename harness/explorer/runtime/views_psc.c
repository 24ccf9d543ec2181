/* The order of sequentially consistent accesses and fences: see views.h. */
#include "explorer/runtime/views.h"
#include "explorer/runtime/views_graph.h"

#include <string.h>

static bool has(const uint64_t *set, unsigned node)
{
    return set[node / 64] >> (node % 64) & 1;
}

static void add(uint64_t *set, unsigned node)
{
    set[node / 64] |= (uint64_t)1 << (node % 64);
}

static bool meet(const uint64_t *a, const uint64_t *b)
{
    uint64_t both = 0;
    for (unsigned i = 0; i < WORDS; i++)
        both |= a[i] & b[i];
    return both != 0;
}

static void close_over(uint64_t *set)
{
    for (unsigned n = 0; n < hzx_graph.nodes_n; n++)
        if (has(set, n))
            for (unsigned i = 0; i < WORDS; i++)
                set[i] |= hzx_graph.after[n][i];
}

static bool is_fence(unsigned node)
{
    return event_at(hzx_graph.node_event[node])->place == UINT32_MAX;
}

static void edge(unsigned from, unsigned to)
{
    if (has(hzx_graph.after[from], to))
        return;
    for (unsigned n = 0; n < hzx_graph.nodes_n; n++) {
        if (n != from && !has(hzx_graph.after[n], from))
            continue;
        add(hzx_graph.after[n], to);
        for (unsigned i = 0; i < WORDS; i++)
            hzx_graph.after[n][i] |= hzx_graph.after[to][i];
    }
}

/* The access: reads, or comes behind, the store at `position`. */
void hzx_psc_ends(const struct place *place, uint32_t position, bool store, bool sc,
                      const uint32_t *clock, struct ends *ends)
{
    unsigned self = hzx.self->id;
    memset(ends, 0, sizeof *ends);
    for (uint32_t i = position + 1; i < place->stores_n; i++) {
        const struct event *later = event_at(place->stores[i]);
        if (later->node != 0)
            add(ends->out, later->node - 1);
        for (unsigned n = 0; n < hzx_graph.nodes_n; n++) {
            const struct event *fence = event_at(hzx_graph.node_event[n]);
            if (!is_fence(n))
                continue;
            if (before(later, fence))
                add(ends->out, n);
            for (uint32_t r = later->reader; r != NONE; r = event_at(r)->reader)
                if (before(event_at(r), fence))
                    add(ends->beyond, n);
        }
    }
    uint32_t index = (uint32_t)(place - hzx_graph.places);
    for (unsigned n = 0; n < hzx_graph.nodes_n; n++) {
        const struct event *event = event_at(hzx_graph.node_event[n]);
        bool fence = is_fence(n);
        if (fence && knows(clock, self, event)) {
            add(ends->fences, n);
            add(ends->in, n);
        } else if (!fence && sc) {
            bool known = event->thread == (int)self ||
                         hzx.self->clock[event->thread] >= event->known ||
                         (event->place == index && knows(clock, self, event));
            bool earlier = store && event->place == index &&
                           (event->store ? event->position : event_at(event->source)->position) <=
                               position;
            if (known || earlier)
                add(ends->in, n);
        }
    }
    if (!sc || !store)
        return;
    /* Fences before those of which this store is the later. */
    for (uint32_t i = 0; i <= position; i++) {
        const struct event *earlier = event_at(place->stores[i]);
        for (unsigned n = 0; n < hzx_graph.nodes_n; n++) {
            const struct event *fence = event_at(hzx_graph.node_event[n]);
            if (!is_fence(n))
                continue;
            if (before(fence, earlier))
                add(ends->in, n);
            for (uint32_t r = earlier->reader; r != NONE; r = event_at(r)->reader)
                if (before(fence, event_at(r)))
                    add(ends->in, n);
        }
    }
}

bool hzx_psc_consistent(const struct ends *ends, bool sc)
{
    nodes from_fences, from_here;
    memcpy(from_here, ends->out, sizeof from_here);
    close_over(from_here);
    if (sc && meet(from_here, ends->in))
        return false;
    for (unsigned i = 0; i < WORDS; i++)
        from_fences[i] = ends->out[i] | ends->beyond[i];
    close_over(from_fences);
    return !meet(from_fences, ends->fences);
}

void hzx_psc_commit(const struct ends *ends, struct event *event)
{
    for (unsigned f = 0; f < hzx_graph.nodes_n; f++)
        for (unsigned n = 0; n < hzx_graph.nodes_n && has(ends->fences, f); n++)
            if (has(ends->out, n) || has(ends->beyond, n))
                edge(f, n);
    if (event->node == 0)
        return;
    unsigned node = event->node - 1;
    for (unsigned n = 0; n < hzx_graph.nodes_n; n++) {
        if (has(ends->in, n))
            edge(n, node);
        if (has(ends->out, n))
            edge(node, n);
    }
}

void hzx_psc_node(uint32_t index)
{
    hzx_graph.node_event[hzx_graph.nodes_n++] = index;
    event_at(index)->node = hzx_graph.nodes_n;
}

void hzx_views_fence(const uint32_t *known)
{
    if (!hzx_graph_room())
        return;
    struct hzx_thread *self = hzx.self;
    nodes in = {0};
    /* Of each event: is something before the fence after it, in its word's order? */
    for (uint32_t p = 0; p < hzx_graph.places_n; p++) {
        const struct place *place = &hzx_graph.places[p];
        uint32_t stored = 0, seen = hzx_graph_newest(place, self->clock, self->id);
        for (uint32_t i = 0; i < place->stores_n; i++)
            if (knows(self->clock, self->id, event_at(place->stores[i])))
                stored = i;
        for (unsigned n = 0; n < hzx_graph.nodes_n; n++) {
            const struct event *event = event_at(hzx_graph.node_event[n]);
            if (!is_fence(n)) {
                if (event->place == p &&
                    (event->store ? event->position : event_at(event->source)->position) < stored)
                    add(in, n);
                continue;
            }
            for (uint32_t i = 0; i <= seen; i++) {
                const struct event *store = event_at(place->stores[i]);
                if (before(event, store))
                    add(in, n);
                for (uint32_t r = store->reader; r != NONE && i < seen; r = event_at(r)->reader)
                    if (before(event, event_at(r)))
                        add(in, n);
            }
        }
    }
    for (unsigned n = 0; n < hzx_graph.nodes_n; n++) {
        const struct event *event = event_at(hzx_graph.node_event[n]);
        if (knows(is_fence(n) ? self->clock : known, self->id, event))
            add(in, n);
    }
    uint32_t index = hzx_graph.events_n++;
    *event_at(index) = (struct event){
        .thread = (int)self->id, .epoch = self->clock[self->id], .known = self->clock[self->id] + 1,
        .place = UINT32_MAX, .clock_n = hzx_clock_n, .clock = hzx_graph_clock(self->clock)};
    hzx_psc_node(index);
    for (unsigned n = 0; n + 1 < hzx_graph.nodes_n; n++)
        if (has(in, n))
            edge(n, hzx_graph.nodes_n - 1);
}
