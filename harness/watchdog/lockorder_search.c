/*
 * The search for chains, from the new dependency on: a chain is first found among shapes,
 * where neither threads nor segments count, and then threads are chosen for it.
 */
#include "watchdog/lockorder_parts.h"

/* One shape of the chain, and where the walk through those that may come after it is. */
struct hzw_level {
    struct hzw_shape *shape;
    struct hzw_holding *by;      /* how it holds what the one before takes */
    struct hzw_holding *holding; /* of the lock that it takes: the next ones that hold it, */
    struct hzw_shape *at;        /* and those that hold it because these do; NULL: at the start */
    struct hzw_instance *chosen;
};

struct search {
    struct hzw_lockorder *order;
    struct hzw_instance *start;
    struct hz_arena *arena;
    hzw_order_cycles *out;
    size_t steps;
};

static bool exhausted(const struct search *search)
{
    return search->steps > search->order->limit;
}

/* ---- the chain ---------------------------------------------------------------------- */

static void mark(struct search *search, const struct hzw_shape *shape, uint32_t one)
{
    for (; shape != NULL; shape = hzw_shape_at(search->order, shape->parent))
        for (uint32_t i = 0; i < shape->n; i++) {
            struct hzw_node_lock *lock = hzw_lock_at(search->order, shape->holds[i].lock);
            *(shape->holds[i].kind == HZW_RWLOCK_READ ? &lock->readers : &lock->owners) += one;
            search->steps++;
        }
}

static void enter(struct search *search, struct hzw_shape *shape, struct hzw_holding *by)
{
    struct hzw_lockorder *order = search->order;
    struct hzw_levels *chain = &order->chain;
    if (chain->n + 1 >= chain->room) {
        chain->room = chain->room == 0 ? 64 : chain->room * 2;
        chain->at = hzw_room(chain->at, chain->room * sizeof *chain->at);
    }
    struct hzw_node_lock *takes = hzw_lock_at(order, shape->takes);
    chain->at[chain->n++] = (struct hzw_level){
        .shape = shape, .by = by, .holding = hzw_holding_at(order, takes->holders)};
    takes->taken = true;
    mark(search, shape, 1);
}

static void leave(struct search *search)
{
    struct hzw_levels *chain = &search->order->chain;
    struct hzw_shape *shape = chain->at[--chain->n].shape;
    hzw_lock_at(search->order, shape->takes)->taken = false;
    mark(search, shape, -1u);
}

/* The next shape that holds what this one takes, listed or not; NULL after the last. */
static struct hzw_shape *next_shape(const struct hzw_lockorder *order, struct hzw_level *level,
                                    struct hzw_holding **by)
{
    if (level->holding == NULL)
        return NULL;
    *by = level->holding;
    struct hzw_shape *root = hzw_shape_at(order, level->holding->shape), *at = level->at;
    if (at == NULL)
        return level->at = root;
    if (at->children != 0)
        return level->at = hzw_shape_at(order, at->children);
    while (at != root && at->sibling.next == 0)
        at = hzw_shape_at(order, at->parent);
    if (at != root)
        return level->at = hzw_shape_at(order, at->sibling.next);
    level->holding = hzw_holding_at(order, level->holding->of_lock.next);
    level->at = NULL;
    return next_shape(order, level, by);
}

/* ---- what may come next --------------------------------------------------------------- */

/* Whether all that a thread does alone is done by one that is in the chain. */
static bool in_use(struct search *search, uint64_t sole)
{
    const struct hzw_levels *chain = &search->order->chain;
    if (sole == HZW_SEVERAL)
        return false;
    if (sole == hzw_actor_at(search->order, search->start->actor)->number)
        return true;
    for (size_t i = 1; i < chain->n; i++, search->steps++)
        if (chain->at[i].shape->sole == sole)
            return true;
    return false;
}

static bool shares_gate(struct search *search, const struct hzw_shape *shape)
{
    for (; shape != NULL; shape = hzw_shape_at(search->order, shape->parent))
        for (uint32_t i = 0; i < shape->n; i++) {
            const struct hzw_node_lock *lock = hzw_lock_at(search->order, shape->holds[i].lock);
            search->steps++;
            if (lock->owners != 0 ||
                (lock->readers != 0 && shape->holds[i].kind != HZW_RWLOCK_READ))
                return true;
        }
    return false;
}

static bool meets_start(struct search *search, const struct hzw_shape *shape)
{
    const hzw_ref lists[] = {shape->live, shape->gone};
    const struct hzw_instance *instance;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        HZW_EACH(search->order, lists[i], instance, of_shape)
        {
            search->steps++;
            if (hzw_concurrent(search->order, search->start, instance))
                return true;
        }
    return false;
}

/* ---- a chain that is closed -------------------------------------------------------------- */

static struct hzw_instance *after(const struct hzw_lockorder *order, const struct hzw_shape *shape,
                                  const struct hzw_instance *instance)
{
    hzw_ref next = instance == NULL ? shape->live : instance->of_shape.next;
    if (next == 0 && (instance == NULL || !instance->gone))
        next = shape->gone;
    return hzw_instance_at(order, next);
}

static bool meets_all(struct search *search, const struct hzw_level *levels, size_t n)
{
    for (size_t i = 0; i < n; i++, search->steps++)
        if (!hzw_concurrent(search->order, levels[i].chosen, levels[n].chosen))
            return false;
    return true;
}

/* A thread for each shape, so that all of them may meet. */
static bool choose(struct search *search)
{
    struct hzw_levels *chain = &search->order->chain;
    chain->at[0].chosen = search->start;
    size_t i = 1;
    chain->at[1].chosen = NULL;
    while (i > 0 && i < chain->n && !exhausted(search)) {
        struct hzw_level *level = &chain->at[i];
        level->chosen = after(search->order, level->shape, level->chosen);
        search->steps++;
        if (level->chosen == NULL)
            i--;
        else if (meets_all(search, chain->at, i) && ++i < chain->n)
            chain->at[i].chosen = NULL;
    }
    return i == chain->n;
}

/* Its locks and its places in the code, in whatever order. */
static void key_of(const struct hzw_lockorder *order, uint64_t key[2])
{
    const struct hzw_levels *chain = &order->chain;
    key[0] = key[1] = 0;
    for (size_t i = 0; i < chain->n; i++) {
        const struct hzw_level *level = &chain->at[i];
        const struct hzw_shape *shape = level->shape;
        struct hzw_lock_name name = hzw_lock_name_of(order, hzw_lock_at(order, shape->takes));
        uint64_t lock = hzw_hash(hzw_hash(hzw_hash(1, name.space), name.offset), name.birth);
        uint64_t place = hzw_hash(2, hzw_how_at(order, shape->how)->caller);
        uint64_t held = hzw_hash(2, hzw_how_at(order, level->by->how)->caller);
        key[0] += lock + place + held;
        key[1] += hzw_hash(3, lock) + hzw_hash(3, place) + hzw_hash(3, held);
    }
}

static bool was_said(const struct hzw_lockorder *order, const uint64_t key[2])
{
    const struct hzw_said *said = hzw_table_first(&order->pool, &order->said, key[0]);
    while (said != NULL && (said->key[0] != key[0] || said->key[1] != key[1]))
        said = hzw_table_next(&order->pool, &said->link);
    return said != NULL;
}

static struct hzw_node_lock *takes_of(const struct hzw_lockorder *order, size_t level)
{
    return hzw_lock_at(order, order->chain.at[level].shape->takes);
}

/* It goes with the lock that is known for the shortest time: others may live on and on. */
static void say(struct hzw_lockorder *order, const uint64_t key[2])
{
    struct hzw_node_lock *youngest = takes_of(order, 0);
    for (size_t i = 1; i < order->chain.n; i++)
        if ((int32_t)(takes_of(order, i)->number - youngest->number) > 0)
            youngest = takes_of(order, i);
    struct hzw_said *said = hzw_piece(&order->pool, sizeof *said);
    said->key[0] = key[0];
    said->key[1] = key[1];
    said->lock = hzw_ref_of(&order->pool, youngest);
    hzw_table_put(&order->pool, &order->said, &said->link, key[0]);
    HZW_PUT_FIRST(order, &youngest->said, said, of_lock);
}

void hzw_said_drop(struct hzw_lockorder *order, struct hzw_said *said)
{
    hzw_table_take(&order->pool, &order->said, &said->link);
    HZW_TAKE(order, &hzw_lock_at(order, said->lock)->said, said, of_lock);
    hzw_piece_free(&order->pool, said, sizeof *said);
}

static void put_out(struct search *search)
{
    const struct hzw_lockorder *order = search->order;
    const struct hzw_levels *chain = &order->chain;
    struct hzw_order_step *steps = hz_alloc(search->arena, chain->n * sizeof *steps);
    for (size_t i = 0; i < chain->n; i++) {
        const struct hzw_level *level = &chain->at[i];
        const struct hzw_shape *shape = level->shape;
        const struct hzw_holding *by = level->by;
        const struct hzw_actor *actor = hzw_actor_at(order, level->chosen->actor);
        steps[i] = (struct hzw_order_step){
            .thread = actor->number,
            .owner = actor->owner,
            .holds = hzw_lock_taken(order, hzw_lock_at(order, by->lock), by->kind, by->how),
            .takes = hzw_lock_taken(order, takes_of(order, i), shape->kind, shape->how),
            .from = hzw_how_at(order, shape->how)->from,
        };
    }
    *hz_push(search->arena, search->out) = (struct hzw_order_cycle){steps, chain->n};
}

/* With `shape` as the last of the chain. */
static void closed(struct search *search, struct hzw_shape *shape, struct hzw_holding *by)
{
    struct hzw_lockorder *order = search->order;
    uint64_t key[2];
    order->chain.at[0].by = hzw_holding_at(order, hzw_lock_at(order, shape->takes)->start);
    order->chain.at[order->chain.n++] = (struct hzw_level){.shape = shape, .by = by};
    key_of(order, key);
    if (!was_said(order, key) && choose(search)) {
        say(order, key);
        put_out(search);
    }
    order->chain.n--;
}

/* ---- the walk ------------------------------------------------------------------------------ */

static void consider(struct search *search, struct hzw_shape *shape, struct hzw_holding *by)
{
    struct hzw_lockorder *order = search->order;
    const struct hzw_level *last = &order->chain.at[order->chain.n - 1];
    const struct hzw_node_lock *takes = hzw_lock_at(order, shape->takes);
    if (takes->taken || takes->component != hzw_lock_at(order, last->shape->takes)->component ||
        !hzw_conflict(last->shape->kind, by->kind))
        return;
    bool closes =
        takes->start != 0 && hzw_conflict(shape->kind, hzw_holding_at(order, takes->start)->kind);
    bool goes_on =
        takes->holders != 0 && (takes->sole == HZW_SEVERAL ||
                                (takes->sole != shape->sole && !in_use(search, takes->sole)));
    if ((!closes && !goes_on) || in_use(search, shape->sole) || shares_gate(search, shape) ||
        !meets_start(search, shape))
        return;
    if (closes)
        closed(search, shape, by);
    if (goes_on)
        enter(search, shape, by);
}

static void mark_start(const struct hzw_lockorder *order, const struct hzw_shape *shape, bool on)
{
    for (; shape != NULL; shape = hzw_shape_at(order, shape->parent))
        for (uint32_t i = 0; i < shape->n; i++)
            hzw_lock_at(order, shape->holds[i].lock)->start =
                on ? hzw_ref_of(&order->pool, &shape->holds[i]) : 0;
}

void hzw_search(struct hzw_lockorder *order, struct hzw_instance *start, struct hz_arena *arena,
                hzw_order_cycles *out)
{
    struct search search = {order, start, arena, out, 0};
    struct hzw_shape *first = hzw_shape_at(order, start->shape);
    order->counts.searches++;
    mark_start(order, first, true);
    order->chain.n = 0;
    enter(&search, first, NULL);
    /* That a thread holds 10,000 locks is no search yet. */
    search.steps = 0;
    while (order->chain.n > 0 && !exhausted(&search)) {
        struct hzw_holding *by;
        struct hzw_shape *shape = next_shape(order, &order->chain.at[order->chain.n - 1], &by);
        search.steps++;
        if (shape == NULL)
            leave(&search);
        else
            consider(&search, shape, by);
    }
    order->counts.searches_cut += exhausted(&search);
    while (order->chain.n > 0)
        leave(&search);
    mark_start(order, first, false);
}
