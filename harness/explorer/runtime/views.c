#include "explorer/runtime/views.h"

#include "explorer/runtime/access.h"
#include "explorer/runtime/engine.h"
#include "explorer/runtime/races.h"
#include "explorer/runtime/spin.h"

#include <string.h>

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

static struct {
    uint32_t events_n, places_n, nodes_n, clocks_n, arena_n;
    struct event events[EVENTS];
    struct place places[TABLE];
    uint16_t table[2 * TABLE]; /* index + 1 */
    nodes after[NODES];        /* psc, transitively closed: after[a] has b if a is before b */
    uint32_t node_event[NODES];
    uint32_t clocks[CLOCKS];
    uint32_t arena[CLOCKS];
    bool full; /* too long to be kept: from here on all are the newest */
} graph;

static uint32_t picked; /* the store that an update reads, or position that it was given */

void hzx_views_begin(void)
{
    if (graph.events_n > 1) {
        memset(graph.table, 0, sizeof graph.table);
        memset(graph.after, 0, graph.nodes_n * sizeof *graph.after);
    }
    graph.events_n = 1;
    graph.places_n = graph.nodes_n = graph.clocks_n = graph.arena_n = 0;
    graph.full = false;
}

/* ---- clocks ---- */

static uint32_t *clock_new(void)
{
    uint32_t *clock = &graph.clocks[graph.clocks_n];
    graph.clocks_n += hzx_clock_n;
    return clock;
}

static const uint32_t *clock_of(const uint32_t *from)
{
    uint32_t *clock = clock_new();
    hzx_clock_copy(clock, from);
    return clock;
}

static void join(uint32_t *to, const struct event *event, const uint32_t *from)
{
    for (unsigned i = 0; i < event->clock_n && from != NULL; i++)
        to[i] = to[i] > from[i] ? to[i] : from[i];
}

static bool acquires(int order)
{
    return order == __ATOMIC_CONSUME || order == __ATOMIC_ACQUIRE || order == __ATOMIC_ACQ_REL ||
           order == __ATOMIC_SEQ_CST;
}

static bool releases(int order)
{
    return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

/* Whether `event` comes before what thread `self` does next, knowing `clock`. */
static bool knows(const uint32_t *clock, unsigned self, const struct event *event)
{
    return event->thread < 0 || event->thread == (int)self ||
           clock[event->thread] >= event->epoch;
}

/* Whether event `a` happens before event `b`, of those that were. */
static bool before(const struct event *a, const struct event *b)
{
    if (a->thread < 0 || a->thread == b->thread)
        return a < b;
    return (unsigned)a->thread < b->clock_n && b->clock[a->thread] >= a->epoch;
}

/* ---- words ---- */

static struct event *event_at(uint32_t index)
{
    return &graph.events[index];
}

static bool room(void)
{
    if (graph.events_n + 2 >= EVENTS || graph.places_n + 1 >= TABLE ||
        graph.nodes_n + 1 >= NODES || graph.clocks_n + 8 * HZX_THREADS >= CLOCKS)
        graph.full = true;
    return !graph.full;
}

static void insert(struct place *place, uint32_t store, uint32_t position)
{
    if (place->stores_n == place->room) {
        uint32_t more = place->room == 0 ? 8 : 2 * place->room;
        if (graph.arena_n + more > CLOCKS)
            hzx_end(HZX_CUT, 0, "too many atomic stores for the C11 memory model");
        uint32_t *stores = &graph.arena[graph.arena_n];
        graph.arena_n += more;
        memcpy(stores, place->stores, place->stores_n * sizeof *stores);
        place->stores = stores;
        place->room = more;
    }
    for (uint32_t i = place->stores_n++; i > position; i--) {
        place->stores[i] = place->stores[i - 1];
        event_at(place->stores[i])->position = i;
    }
    place->stores[position] = store;
    event_at(store)->position = position;
}

static void begin_history(struct place *place, uint64_t value)
{
    uint32_t index = graph.events_n++;
    *event_at(index) = (struct event){.value = value, .thread = -1, .store = true,
                                      .place = (uint32_t)(place - graph.places)};
    place->stores_n = 0;
    insert(place, index, 0);
}

static struct place *place_at(uintptr_t address, unsigned size)
{
    uint32_t at = (uint32_t)(address * 0x9e3779b97f4a7c15u >> 40) % (2 * TABLE);
    while (graph.table[at] != 0 && graph.places[graph.table[at] - 1].address != address)
        at = (at + 1) % (2 * TABLE);
    uint64_t value = hzx_value(address, size);
    if (graph.table[at] == 0) {
        struct place *place = &graph.places[graph.places_n++];
        graph.table[at] = (uint16_t)graph.places_n;
        *place = (struct place){.address = address, .size = size};
        begin_history(place, value);
        return place;
    }
    struct place *place = &graph.places[graph.table[at] - 1];
    if (place->size != size || event_at(place->stores[place->stores_n - 1])->value != value) {
        place->size = size;
        begin_history(place, value); /* something else has written it */
    }
    return place;
}

/* The position of the newest store that the thread, with `clock`, knows. */
static uint32_t newest_known(const struct place *place, const uint32_t *clock, unsigned self)
{
    for (uint32_t i = place->stores_n; i-- > 1;) {
        const struct event *store = event_at(place->stores[i]);
        if (knows(clock, self, store))
            return i;
        for (uint32_t r = store->reader; r != NONE; r = event_at(r)->reader)
            if (knows(clock, self, event_at(r)))
                return i;
    }
    return 0;
}

/* ---- psc ---- */

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
    for (unsigned n = 0; n < graph.nodes_n; n++)
        if (has(set, n))
            for (unsigned i = 0; i < WORDS; i++)
                set[i] |= graph.after[n][i];
}

static bool is_fence(unsigned node)
{
    return event_at(graph.node_event[node])->place == UINT32_MAX;
}

static void edge(unsigned from, unsigned to)
{
    if (has(graph.after[from], to))
        return;
    for (unsigned n = 0; n < graph.nodes_n; n++) {
        if (n != from && !has(graph.after[n], from))
            continue;
        add(graph.after[n], to);
        for (unsigned i = 0; i < WORDS; i++)
            graph.after[n][i] |= graph.after[to][i];
    }
}

/* What an access that is to come would be in psc. */
struct ends {
    nodes fences; /* that happen before it */
    nodes in;     /* before it, if it is SC itself */
    nodes out;    /* after it, and after the fences */
    nodes beyond; /* after the fences alone */
};

/* The access: reads, or comes behind, the store at `position`. */
static void find_ends(const struct place *place, uint32_t position, bool store, bool sc,
                      const uint32_t *clock, struct ends *ends)
{
    unsigned self = hzx.self->id;
    memset(ends, 0, sizeof *ends);
    for (uint32_t i = position + 1; i < place->stores_n; i++) {
        const struct event *later = event_at(place->stores[i]);
        if (later->node != 0)
            add(ends->out, later->node - 1);
        for (unsigned n = 0; n < graph.nodes_n; n++) {
            const struct event *fence = event_at(graph.node_event[n]);
            if (!is_fence(n))
                continue;
            if (before(later, fence))
                add(ends->out, n);
            for (uint32_t r = later->reader; r != NONE; r = event_at(r)->reader)
                if (before(event_at(r), fence))
                    add(ends->beyond, n);
        }
    }
    uint32_t index = (uint32_t)(place - graph.places);
    for (unsigned n = 0; n < graph.nodes_n; n++) {
        const struct event *event = event_at(graph.node_event[n]);
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
        for (unsigned n = 0; n < graph.nodes_n; n++) {
            const struct event *fence = event_at(graph.node_event[n]);
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

static bool consistent(const struct ends *ends, bool sc)
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

static void commit(const struct ends *ends, struct event *event)
{
    for (unsigned f = 0; f < graph.nodes_n; f++)
        for (unsigned n = 0; n < graph.nodes_n && has(ends->fences, f); n++)
            if (has(ends->out, n) || has(ends->beyond, n))
                edge(f, n);
    if (event->node == 0)
        return;
    unsigned node = event->node - 1;
    for (unsigned n = 0; n < graph.nodes_n; n++) {
        if (has(ends->in, n))
            edge(n, node);
        if (has(ends->out, n))
            edge(node, n);
    }
}

static void new_node(uint32_t index)
{
    graph.node_event[graph.nodes_n++] = index;
    event_at(index)->node = graph.nodes_n;
}

void hzx_views_fence(const uint32_t *known)
{
    if (!room())
        return;
    struct hzx_thread *self = hzx.self;
    nodes in = {0};
    /* Of each event: is something before the fence after it, in its word's order? */
    for (uint32_t p = 0; p < graph.places_n; p++) {
        const struct place *place = &graph.places[p];
        uint32_t stored = 0, seen = newest_known(place, self->clock, self->id);
        for (uint32_t i = 0; i < place->stores_n; i++)
            if (knows(self->clock, self->id, event_at(place->stores[i])))
                stored = i;
        for (unsigned n = 0; n < graph.nodes_n; n++) {
            const struct event *event = event_at(graph.node_event[n]);
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
    for (unsigned n = 0; n < graph.nodes_n; n++) {
        const struct event *event = event_at(graph.node_event[n]);
        if (knows(is_fence(n) ? self->clock : known, self->id, event))
            add(in, n);
    }
    uint32_t index = graph.events_n++;
    *event_at(index) = (struct event){
        .thread = (int)self->id, .epoch = self->clock[self->id], .known = self->clock[self->id] + 1,
        .place = UINT32_MAX, .clock_n = hzx_clock_n, .clock = clock_of(self->clock)};
    new_node(index);
    for (unsigned n = 0; n + 1 < graph.nodes_n; n++)
        if (has(in, n))
            edge(n, graph.nodes_n - 1);
}

/* ---- accesses ---- */

/* What this thread knows once it has read `store`. */
static void clock_after(const struct event *store, bool acquire, uint32_t *clock)
{
    hzx_clock_copy(clock, hzx.self->clock);
    if (acquire && store != NULL)
        join(clock, store, store->message);
}

/* `comparison`: an update if the value is `expected`. */
struct wish {
    bool load, store, comparison;
    uint64_t expected;
    int order, failed;
};

static bool updates(const struct wish *wish, const struct event *store)
{
    return wish->load && (wish->store || (wish->comparison && store->value == wish->expected));
}

static bool may(const struct place *place, uint32_t position, const struct wish *wish)
{
    const struct event *at = event_at(place->stores[position]);
    bool update = updates(wish, at), store = update || (wish->store && !wish->load);
    if (position + 1 == place->stores_n)
        return true; /* nothing comes after it: no cycle */
    if (store && at->updated)
        return false;
    if (graph.nodes_n == 0)
        return true;
    int order = wish->comparison && !update ? wish->failed : wish->order;
    hzx_clock clock;
    clock_after(wish->load ? at : NULL, acquires(order), clock);
    struct ends ends;
    find_ends(place, position, store, order == __ATOMIC_SEQ_CST, clock, &ends);
    return consistent(&ends, order == __ATOMIC_SEQ_CST);
}

/* The schedule's choice of a position. */
static uint32_t choose(const struct place *place, const struct wish *wish)
{
    struct hzx_thread *self = hzx.self;
    uint32_t newest = place->stores_n - 1;
    bool now = self->newest;
    self->newest = false;
    if (now)
        return newest;
    uint32_t oldest = newest_known(place, self->clock, self->id), n = 0;
    uint32_t options[HZX_CHOICES];
    for (uint32_t i = newest + 1; i-- > oldest && n < HZX_CHOICES;)
        if (may(place, i, wish))
            options[n++] = i;
    return options[hzx_choose(n)];
}

/* Adds the event: it reads, or is behind, the store at `position`. */
static struct event *add_event(struct place *place, uint32_t position, bool load, bool store,
                               int order)
{
    struct hzx_thread *self = hzx.self;
    struct event *at = event_at(place->stores[position]);
    hzx_clock clock;
    struct ends ends;
    bool sc = order == __ATOMIC_SEQ_CST;
    clock_after(load ? at : NULL, acquires(order), clock);
    bool linked = graph.nodes_n > 0 || sc;
    if (linked)
        find_ends(place, position, store, sc, clock, &ends);
    uint32_t index = graph.events_n++;
    struct event *event = event_at(index);
    *event = (struct event){.thread = (int)self->id, .epoch = self->clock[self->id],
                            .place = (uint32_t)(place - graph.places), .store = store,
                            .clock_n = hzx_clock_n, .clock = clock_of(clock)};
    event->known = event->epoch + (store && releases(order));
    if (load) {
        event->source = place->stores[position];
        event->reader = at->reader;
        at->reader = index;
        at->updated = at->updated || store;
        join(acquires(order) ? self->clock : self->acquired, at, at->message);
    }
    if (sc)
        new_node(index);
    if (linked)
        commit(&ends, event);
    return event;
}

static void look(uintptr_t address, unsigned size, uint64_t value, uintptr_t pc)
{
    hzx_access(address, size, false, true, pc);
    hzx_spin_looked(pc, address, size, value, NULL);
}

static void write_newest(uintptr_t address, unsigned size, uint64_t value)
{
    memcpy((void *)address, &value, size);
}

static uint64_t load_at(struct place *place, uint32_t position, int order, uintptr_t pc)
{
    uint64_t value = event_at(place->stores[position])->value;
    if (room())
        add_event(place, position, true, false, order);
    look(place->address, place->size, value, pc);
    return value;
}

uint64_t hzx_views_load(uintptr_t address, unsigned size, int order, uintptr_t pc)
{
    if (!room()) {
        look(address, size, hzx_value(address, size), pc);
        return hzx_value(address, size);
    }
    struct place *place = place_at(address, size);
    return load_at(place, choose(place, &(struct wish){.load = true, .order = order}), order, pc);
}

/* A store behind, or an update of, the store at `position`. */
static void store_at(struct place *place, uint32_t position, bool update, uint64_t value, int order,
                     uintptr_t pc)
{
    struct hzx_thread *self = hzx.self;
    uint32_t source = place->stores[position], previous = NONE;
    for (uint32_t i = 0; i < place->stores_n; i++) { /* its own latest: the one done last */
        uint32_t s = place->stores[i];
        if (event_at(s)->thread == (int)self->id && s > previous)
            previous = s;
    }
    struct event *event = add_event(place, position, update, true, order);
    hzx_access(place->address, place->size, true, true, pc);
    uint32_t *own = clock_new();
    hzx_clock_copy(own, releases(order) ? self->clock : self->released);
    if (previous != NONE)
        join(own, event_at(previous), event_at(previous)->own);
    uint32_t *message = own;
    if (update) {
        message = clock_new();
        hzx_clock_copy(message, own);
        join(message, event_at(source), event_at(source)->message);
    }
    event->own = own;
    event->message = message;
    event->value = value;
    insert(place, (uint32_t)(event - graph.events), position + 1);
    if (releases(order))
        self->clock[self->id]++;
    uint64_t newest = event_at(place->stores[place->stores_n - 1])->value;
    write_newest(place->address, place->size, newest);
    hzx_wrote(place->address, place->size, hzx_cell(place->address));
}

void hzx_views_store(uintptr_t address, unsigned size, uint64_t value, int order, uintptr_t pc)
{
    if (!room()) {
        hzx_access(address, size, true, true, pc);
        write_newest(address, size, value);
        hzx_wrote(address, size, hzx_cell(address));
        return;
    }
    struct place *place = place_at(address, size);
    uint32_t position = choose(place, &(struct wish){.store = true, .order = order});
    store_at(place, position, false, value, order, pc);
}

uint64_t hzx_views_before_update(uintptr_t address, unsigned size, int order)
{
    if (!room())
        return hzx_value(address, size);
    struct place *place = place_at(address, size);
    picked = choose(place, &(struct wish){.load = true, .store = true, .order = order});
    return event_at(place->stores[picked])->value;
}

bool hzx_views_compare(uintptr_t address, unsigned size, uint64_t *expected, int order,
                       int failed, uintptr_t pc)
{
    if (!room()) {
        uint64_t value = hzx_value(address, size);
        bool same = value == *expected;
        *expected = value;
        return same;
    }
    struct place *place = place_at(address, size);
    picked = choose(place, &(struct wish){.load = true, .comparison = true, .expected = *expected,
                                          .order = order, .failed = failed});
    if (event_at(place->stores[picked])->value == *expected)
        return true;
    *expected = load_at(place, picked, failed, pc);
    return false;
}

void hzx_views_update(uintptr_t address, unsigned size, uint64_t value, int order, uintptr_t pc)
{
    if (graph.full) {
        hzx_access(address, size, true, true, pc);
        write_newest(address, size, value);
        hzx_wrote(address, size, hzx_cell(address));
        return;
    }
    struct place *place = place_at(address, size);
    bool silent = value == event_at(place->stores[picked])->value;
    store_at(place, picked, true, value, order, pc);
    if (silent)
        hzx_spin_looked(pc, address, size, value, NULL);
}
