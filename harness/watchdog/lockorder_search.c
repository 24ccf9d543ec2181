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

static void mark(struct search *search, const struct hzw_shape *shape, unsigned one)
{
    for (; shape != NULL; shape = shape->parent)
        for (uint32_t i = 0; i < shape->n; i++) {
            struct hzw_node_lock *lock = shape->holds[i].lock;
            *(shape->holds[i].kind == HZW_RWLOCK_READ ? &lock->readers : &lock->owners) += one;
            search->steps++;
        }
}

static void enter(struct search *search, struct hzw_shape *shape, struct hzw_holding *by)
{
    struct hzw_levels *chain = &search->order->chain;
    if (chain->n + 1 >= chain->room) {
        chain->room = chain->room == 0 ? 64 : chain->room * 2;
        chain->at = hzw_room(chain->at, chain->room * sizeof *chain->at);
    }
    chain->at[chain->n++] =
        (struct hzw_level){.shape = shape, .by = by, .holding = LIST_FIRST(&shape->takes->holders)};
    shape->takes->taken = true;
    mark(search, shape, 1);
}

static void leave(struct search *search)
{
    struct hzw_levels *chain = &search->order->chain;
    struct hzw_shape *shape = chain->at[--chain->n].shape;
    shape->takes->taken = false;
    mark(search, shape, -1u);
}

/* The next shape that holds what this one takes, listed or not; NULL after the last. */
static struct hzw_shape *next_shape(struct hzw_level *level, struct hzw_holding **by)
{
    if (level->holding == NULL)
        return NULL;
    *by = level->holding;
    if (level->at == NULL)
        return level->at = level->holding->shape;
    struct hzw_shape *root = level->holding->shape, *at = level->at;
    if (!LIST_EMPTY(&at->children))
        return level->at = LIST_FIRST(&at->children);
    while (at != root && LIST_NEXT(at, sibling) == NULL)
        at = at->parent;
    if (at != root)
        return level->at = LIST_NEXT(at, sibling);
    level->holding = LIST_NEXT(level->holding, of_lock);
    level->at = NULL;
    return next_shape(level, by);
}

/* ---- what may come next --------------------------------------------------------------- */

/* Whether all that a thread does alone is done by one that is in the chain. */
static bool in_use(struct search *search, uint64_t sole)
{
    const struct hzw_levels *chain = &search->order->chain;
    if (sole == HZW_SEVERAL)
        return false;
    if (sole == search->start->actor->number)
        return true;
    for (size_t i = 1; i < chain->n; i++, search->steps++)
        if (chain->at[i].shape->sole == sole)
            return true;
    return false;
}

static bool shares_gate(struct search *search, const struct hzw_shape *shape)
{
    for (; shape != NULL; shape = shape->parent)
        for (uint32_t i = 0; i < shape->n; i++) {
            const struct hzw_node_lock *lock = shape->holds[i].lock;
            search->steps++;
            if (lock->owners != 0 ||
                (lock->readers != 0 && shape->holds[i].kind != HZW_RWLOCK_READ))
                return true;
        }
    return false;
}

static bool meets_start(struct search *search, const struct hzw_shape *shape)
{
    const struct hzw_instance *instance;
    TAILQ_FOREACH(instance, &shape->live, of_shape)
    {
        search->steps++;
        if (hzw_concurrent(search->start, instance))
            return true;
    }
    TAILQ_FOREACH(instance, &shape->gone, of_shape)
    {
        search->steps++;
        if (hzw_concurrent(search->start, instance))
            return true;
    }
    return false;
}

/* ---- a chain that is closed -------------------------------------------------------------- */

static struct hzw_instance *after(const struct hzw_shape *shape, struct hzw_instance *instance)
{
    if (instance == NULL)
        instance = TAILQ_FIRST(&shape->live);
    else if (instance->gone)
        return TAILQ_NEXT(instance, of_shape);
    else
        instance = TAILQ_NEXT(instance, of_shape);
    return instance != NULL ? instance : TAILQ_FIRST(&shape->gone);
}

static bool meets_all(struct search *search, const struct hzw_level *levels, size_t n)
{
    for (size_t i = 0; i < n; i++, search->steps++)
        if (!hzw_concurrent(levels[i].chosen, levels[n].chosen))
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
        level->chosen = after(level->shape, level->chosen);
        search->steps++;
        if (level->chosen == NULL)
            i--;
        else if (meets_all(search, chain->at, i) && ++i < chain->n)
            chain->at[i].chosen = NULL;
    }
    return i == chain->n;
}

/* Its locks and its places in the code, in whatever order. */
static void key_of(const struct hzw_levels *chain, uint64_t key[2])
{
    key[0] = key[1] = 0;
    for (size_t i = 0; i < chain->n; i++) {
        const struct hzw_level *level = &chain->at[i];
        const struct hzw_lock_name *name = &level->shape->takes->name;
        uint64_t lock = hzw_hash(hzw_hash(hzw_hash(1, name->space), name->offset), name->birth);
        uint64_t place = hzw_hash(2, level->shape->caller), held = hzw_hash(2, level->by->caller);
        key[0] += lock + place + held;
        key[1] += hzw_hash(3, lock) + hzw_hash(3, place) + hzw_hash(3, held);
    }
}

static bool was_said(const struct hzw_lockorder *order, const uint64_t key[2])
{
    const struct hzw_link *link = hzw_table_first(&order->said, key[0]);
    while (link != NULL && ((const struct hzw_said *)link)->more != key[1])
        link = hzw_table_next(link);
    return link != NULL;
}

/* It goes with the lock that is known for the shortest time: others may live on and on. */
static void say(struct hzw_lockorder *order, const uint64_t key[2])
{
    struct hzw_node_lock *youngest = order->chain.at[0].shape->takes;
    for (size_t i = 1; i < order->chain.n; i++)
        if (order->chain.at[i].shape->takes->number > youngest->number)
            youngest = order->chain.at[i].shape->takes;
    struct hzw_said *said = hzw_piece(&order->pool, sizeof *said);
    said->more = key[1];
    hzw_table_put(&order->said, &said->link, key[0]);
    LIST_INSERT_HEAD(&youngest->said, said, of_lock);
}

void hzw_said_drop(struct hzw_lockorder *order, struct hzw_said *said)
{
    hzw_table_take(&order->said, &said->link);
    LIST_REMOVE(said, of_lock);
    hzw_piece_free(&order->pool, said, sizeof *said);
}

static void put_out(struct search *search)
{
    const struct hzw_levels *chain = &search->order->chain;
    struct hzw_order_step *steps = hz_alloc(search->arena, chain->n * sizeof *steps);
    for (size_t i = 0; i < chain->n; i++) {
        const struct hzw_level *level = &chain->at[i];
        const struct hzw_shape *shape = level->shape;
        const struct hzw_holding *by = level->by;
        steps[i] = (struct hzw_order_step){
            .thread = level->chosen->actor->number,
            .owner = level->chosen->owner,
            .holds = {by->lock->name, by->kind, by->caller, by->address},
            .takes = {shape->takes->name, shape->kind, shape->caller, shape->address},
            .from = shape->callers->from,
        };
    }
    *hz_push(search->arena, search->out) = (struct hzw_order_cycle){steps, chain->n};
}

/* With `shape` as the last of the chain. */
static void closed(struct search *search, struct hzw_shape *shape, struct hzw_holding *by)
{
    struct hzw_lockorder *order = search->order;
    uint64_t key[2];
    order->chain.at[0].by = shape->takes->start;
    order->chain.at[order->chain.n++] = (struct hzw_level){.shape = shape, .by = by};
    key_of(&order->chain, key);
    if (!was_said(order, key) && choose(search)) {
        say(order, key);
        put_out(search);
    }
    order->chain.n--;
}

/* ---- the walk ------------------------------------------------------------------------------ */

static void consider(struct search *search, struct hzw_shape *shape, struct hzw_holding *by)
{
    const struct hzw_level *last = &search->order->chain.at[search->order->chain.n - 1];
    struct hzw_node_lock *takes = shape->takes;
    if (takes->taken || takes->component != last->shape->takes->component ||
        !hzw_conflict(last->shape->kind, by->kind))
        return;
    bool closes = takes->start != NULL && hzw_conflict(shape->kind, takes->start->kind);
    bool goes_on = !LIST_EMPTY(&takes->holders) &&
                   (takes->sole == HZW_SEVERAL ||
                    (takes->sole != shape->sole && !in_use(search, takes->sole)));
    if ((!closes && !goes_on) || in_use(search, shape->sole) || shares_gate(search, shape) ||
        !meets_start(search, shape))
        return;
    if (closes)
        closed(search, shape, by);
    if (goes_on)
        enter(search, shape, by);
}

static void mark_start(struct hzw_shape *shape, bool on)
{
    for (; shape != NULL; shape = shape->parent)
        for (uint32_t i = 0; i < shape->n; i++)
            shape->holds[i].lock->start = on ? &shape->holds[i] : NULL;
}

void hzw_search(struct hzw_lockorder *order, struct hzw_instance *start, struct hz_arena *arena,
                hzw_order_cycles *out)
{
    struct search search = {order, start, arena, out, 0};
    order->counts.searches++;
    mark_start(start->shape, true);
    order->chain.n = 0;
    enter(&search, start->shape, NULL);
    /* That a thread holds 10,000 locks is no search yet. */
    search.steps = 0;
    while (order->chain.n > 0 && !exhausted(&search)) {
        struct hzw_holding *by;
        struct hzw_shape *shape = next_shape(&order->chain.at[order->chain.n - 1], &by);
        search.steps++;
        if (shape == NULL)
            leave(&search);
        else
            consider(&search, shape, by);
    }
    order->counts.searches_cut += exhausted(&search);
    while (order->chain.n > 0)
        leave(&search);
    mark_start(start->shape, false);
}
