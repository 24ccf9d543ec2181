#include "explorer/runtime/views.h"

#include "explorer/runtime/access.h"
#include "explorer/runtime/notes.h"
#include "explorer/runtime/races.h"
#include "explorer/runtime/spin.h"
#include "explorer/runtime/views_graph.h"

#include <string.h>

struct hzx_graph hzx_graph;

static uint32_t picked; /* the store that an update reads, or position that it was given */

void hzx_views_begin(void)
{
    if (hzx_graph.events_n > 1) {
        memset(hzx_graph.table, 0, sizeof hzx_graph.table);
        memset(hzx_graph.after, 0, hzx_graph.nodes_n * sizeof *hzx_graph.after);
    }
    hzx_graph.events_n = 1;
    hzx_graph.places_n = hzx_graph.nodes_n = hzx_graph.clocks_n = hzx_graph.arena_n = 0;
    hzx_graph.full = false;
}

/* ---- clocks ---- */

static uint32_t *clock_new(void)
{
    uint32_t *clock = &hzx_graph.clocks[hzx_graph.clocks_n];
    hzx_graph.clocks_n += hzx_clock_n;
    return clock;
}

const uint32_t *hzx_graph_clock(const uint32_t *from)
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

/* ---- words ---- */

bool hzx_graph_room(void)
{
    if (hzx_graph.events_n + 2 >= EVENTS || hzx_graph.places_n + 1 >= TABLE ||
        hzx_graph.nodes_n + 1 >= NODES || hzx_graph.clocks_n + 8 * HZX_THREADS >= CLOCKS)
        hzx_graph.full = true;
    if (hzx_graph.full)
        hzx.shared->left_out |= HZX_LEFT_STORES;
    return !hzx_graph.full;
}

static void insert(struct place *place, uint32_t store, uint32_t position)
{
    if (place->stores_n == place->room) {
        uint32_t more = place->room == 0 ? 8 : 2 * place->room;
        if (hzx_graph.arena_n + more > CLOCKS)
            hzx_end(HZX_CUT, 0, "too many atomic stores for the C11 memory model");
        uint32_t *stores = &hzx_graph.arena[hzx_graph.arena_n];
        hzx_graph.arena_n += more;
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
    uint32_t index = hzx_graph.events_n++;
    *event_at(index) = (struct event){.value = value, .thread = -1, .store = true,
                                      .place = (uint32_t)(place - hzx_graph.places)};
    place->stores_n = 0;
    insert(place, index, 0);
}

static struct place *place_at(uintptr_t address, unsigned size)
{
    uint32_t at = (uint32_t)(address * 0x9e3779b97f4a7c15u >> 40) % (2 * TABLE);
    while (hzx_graph.table[at] != 0 && hzx_graph.places[hzx_graph.table[at] - 1].address != address)
        at = (at + 1) % (2 * TABLE);
    uint64_t value = hzx_value(address, size);
    if (hzx_graph.table[at] == 0) {
        struct place *place = &hzx_graph.places[hzx_graph.places_n++];
        hzx_graph.table[at] = (uint16_t)hzx_graph.places_n;
        *place = (struct place){.address = address, .size = size};
        begin_history(place, value);
        return place;
    }
    struct place *place = &hzx_graph.places[hzx_graph.table[at] - 1];
    if (place->size != size || event_at(place->stores[place->stores_n - 1])->value != value) {
        place->size = size;
        begin_history(place, value); /* something else has written it */
    }
    return place;
}

/* The position of the newest store that the thread, with `clock`, knows. */
uint32_t hzx_graph_newest(const struct place *place, const uint32_t *clock, unsigned self)
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
    if (hzx_graph.nodes_n == 0)
        return true;
    int order = wish->comparison && !update ? wish->failed : wish->order;
    hzx_clock clock;
    clock_after(wish->load ? at : NULL, acquires(order), clock);
    struct ends ends;
    hzx_psc_ends(place, position, store, order == __ATOMIC_SEQ_CST, clock, &ends);
    return hzx_psc_consistent(&ends, order == __ATOMIC_SEQ_CST);
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
    uint32_t oldest = hzx_graph_newest(place, self->clock, self->id), n = 0;
    uint32_t options[HZX_CHOICES];
    for (uint32_t i = newest + 1; i-- > oldest;) {
        if (!may(place, i, wish))
            continue;
        if (n == HZX_CHOICES) {
            hzx.shared->left_out |= HZX_LEFT_STORES;
            break;
        }
        options[n++] = i;
    }
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
    bool linked = hzx_graph.nodes_n > 0 || sc;
    if (linked)
        hzx_psc_ends(place, position, store, sc, clock, &ends);
    uint32_t index = hzx_graph.events_n++;
    struct event *event = event_at(index);
    *event = (struct event){.thread = (int)self->id, .epoch = self->clock[self->id],
                            .place = (uint32_t)(place - hzx_graph.places), .store = store,
                            .clock_n = hzx_clock_n, .clock = hzx_graph_clock(clock)};
    event->known = event->epoch + (store && releases(order));
    if (load) {
        event->source = place->stores[position];
        event->reader = at->reader;
        at->reader = index;
        at->updated = at->updated || store;
        join(acquires(order) ? self->clock : self->acquired, at, at->message);
    }
    if (sc)
        hzx_psc_node(index);
    if (linked)
        hzx_psc_commit(&ends, event);
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
    if (position + 1 < place->stores_n)
        hzx_note_old(value);
    if (hzx_graph_room())
        add_event(place, position, true, false, order);
    look(place->address, place->size, value, pc);
    return value;
}

uint64_t hzx_views_load(uintptr_t address, unsigned size, int order, uintptr_t pc)
{
    if (!hzx_graph_room()) {
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
    insert(place, (uint32_t)(event - hzx_graph.events), position + 1);
    if (releases(order))
        self->clock[self->id]++;
    if (event->position + 1 < place->stores_n)
        hzx_note_old(value);
    uint64_t newest = event_at(place->stores[place->stores_n - 1])->value;
    write_newest(place->address, place->size, newest);
    hzx_wrote(place->address, place->size, hzx_cell(place->address));
}

void hzx_views_store(uintptr_t address, unsigned size, uint64_t value, int order, uintptr_t pc)
{
    if (!hzx_graph_room()) {
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
    if (!hzx_graph_room())
        return hzx_value(address, size);
    struct place *place = place_at(address, size);
    picked = choose(place, &(struct wish){.load = true, .store = true, .order = order});
    return event_at(place->stores[picked])->value;
}

bool hzx_views_compare(uintptr_t address, unsigned size, uint64_t *expected, int order,
                       int failed, uintptr_t pc)
{
    if (!hzx_graph_room()) {
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
    if (hzx_graph.full) {
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
