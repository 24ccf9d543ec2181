#include "watchdog/lockorder_parts.h"

#include <stdlib.h>

/* ---- instances ----------------------------------------------------------------------- */

struct hzw_instance *hzw_instance_first(const struct hzw_lockorder *order,
                                        const struct hzw_shape *shape, uint64_t thread)
{
    hzw_ref ref = hzw_ref_of(&order->pool, shape);
    struct hzw_instance *instance =
        hzw_table_first(&order->pool, &order->instances, hzw_hash(ref, thread));
    while (instance != NULL &&
           (instance->shape != ref || hzw_actor_at(order, instance->actor)->number != thread))
        instance = hzw_table_next(&order->pool, &instance->link);
    return instance;
}

struct hzw_instance *hzw_instance_next(const struct hzw_lockorder *order,
                                       const struct hzw_instance *instance)
{
    struct hzw_instance *next = hzw_table_next(&order->pool, &instance->link);
    while (next != NULL && (next->shape != instance->shape || next->actor != instance->actor))
        next = hzw_table_next(&order->pool, &next->link);
    return next;
}

static void note_sole(uint64_t *sole, uint64_t thread)
{
    if (*sole != thread)
        *sole = *sole == HZW_NOBODY ? thread : HZW_SEVERAL;
}

static void drop_oldest(struct hzw_lockorder *order, struct hzw_instance *instance)
{
    struct hzw_instance *oldest = instance;
    size_t n = 0;
    for (; instance != NULL; instance = hzw_instance_next(order, instance), n++)
        if (instance->number < oldest->number)
            oldest = instance;
    if (n > HZW_ORDER_ALIKE)
        hzw_instance_drop(order, oldest);
}

/* A shape that is one of the thread's has told its own locks and those of the shapes above it. */
static void note_holder(const struct hzw_lockorder *order, const struct hzw_shape *shape,
                        uint64_t thread)
{
    do {
        for (uint32_t i = 0; i < shape->n; i++)
            note_sole(&hzw_lock_at(order, shape->holds[i].lock)->sole, thread);
        shape = hzw_shape_at(order, shape->parent);
    } while (shape != NULL && hzw_instance_first(order, shape, thread) == NULL);
}

static struct hzw_instance *new_instance(struct hzw_lockorder *order, struct hzw_shape *shape,
                                         struct hzw_actor *actor, uint64_t floor)
{
    struct hzw_instance *instance = hzw_piece(&order->pool, sizeof *instance);
    instance->shape = hzw_ref_of(&order->pool, shape);
    instance->actor = hzw_ref_of(&order->pool, actor);
    instance->clock = hzw_clock_share(order, actor->clock);
    instance->floor = floor;
    instance->number = order->last + 1;
    hzw_table_put(&order->pool, &order->instances, &instance->link,
                  hzw_hash(instance->shape, actor->number));
    HZW_PUT_FIRST(order, &shape->live, instance, of_shape);
    HZW_PUT_FIRST(order, &actor->instances, instance, of_actor);
    note_sole(&shape->sole, actor->number);
    note_holder(order, shape, actor->number);
    drop_oldest(order, hzw_instance_first(order, shape, actor->number));
    return instance;
}

/*
 * The dependency, or NULL if it is not new. One in a later segment stands for an earlier
 * one with the same past: whatever may meet the earlier one from now on may meet it.
 */
static struct hzw_instance *instance_of(struct hzw_lockorder *order, struct hzw_shape *shape,
                                        struct hzw_actor *actor,
                                        const struct hzw_dependency *dependency)
{
    uint64_t floor = actor->floor > order->floor ? actor->floor : order->floor;
    struct hzw_instance *instance = hzw_instance_first(order, shape, actor->number);
    while (instance != NULL && (instance->clock != actor->clock || instance->floor != floor))
        instance = hzw_instance_next(order, instance);
    if (instance != NULL && instance->segment >= dependency->segment)
        return NULL;
    if (instance == NULL)
        instance = new_instance(order, shape, actor, floor);
    instance->segment = dependency->segment;
    instance->number = ++order->last;
    if (actor->below < dependency->segment + 1ull)
        actor->below = dependency->segment + 1ull;
    return instance;
}

/* ---- in -------------------------------------------------------------------------------- */

static bool is_kind(uint32_t kind)
{
    return kind == HZW_MUTEX || kind == HZW_RWLOCK_READ || kind == HZW_RWLOCK_WRITE ||
           kind == HZW_SPIN;
}

/* Nobody waits for what he holds, or forever: that is no matter of order. */
static bool takes_what_it_holds(const struct hzw_dependency *dependency)
{
    for (uint32_t i = 0; i < dependency->n; i++)
        if (hzw_same_place(&dependency->holds[i].name, &dependency->takes.name))
            return true;
    return false;
}

static bool makes_sense(const struct hzw_dependency *dependency)
{
    bool good = is_kind(dependency->takes.kind) && dependency->thread != HZW_NOBODY &&
                dependency->thread != HZW_SEVERAL;
    for (uint32_t i = 0; i < dependency->n; i++) {
        good = good && (is_kind(dependency->holds[i].kind) || dependency->holds[i].kind == HZW_SEM);
        for (uint32_t j = 0; j < i; j++)
            good = good && !hzw_same_place(&dependency->holds[i].name, &dependency->holds[j].name);
    }
    return good;
}

static bool all_up_to_date(struct hzw_lockorder *order, const struct hzw_dependency *dependency)
{
    bool good = hzw_lock_up_to_date(order, &dependency->takes.name);
    for (uint32_t i = 0; i < dependency->n; i++)
        good &= hzw_lock_up_to_date(order, &dependency->holds[i].name);
    return good;
}

static bool may_close(const struct hzw_lockorder *order, const struct hzw_shape *shape)
{
    hzw_ref component = hzw_lock_at(order, shape->takes)->component;
    for (uint32_t i = 0; i < shape->n; i++)
        if (hzw_lock_at(order, shape->holds[i].lock)->component == component)
            return true;
    return false;
}

static void add(struct hzw_lockorder *order, struct hzw_actor *actor,
                const struct hzw_dependency *dependency, struct hz_arena *arena,
                hzw_order_cycles *out)
{
    struct hzw_shape *parent = NULL;
    if (dependency->more != 0 && (dependency->more > UINT32_MAX - dependency->n ||
                                  (parent = hzw_shape_above(order, actor, dependency)) == NULL)) {
        order->counts.incomplete++;
        hzw_actor_torn(order, actor);
        return;
    }
    actor->gone = actor->joined = false;
    actor->owner = dependency->owner;
    struct hzw_shape *shape = hzw_shape_of(order, dependency, parent);
    struct hzw_instance *instance = instance_of(order, shape, actor, dependency);
    if (instance != NULL && may_close(order, shape))
        hzw_search(order, instance, arena, out);
}

void hzw_lockorder_add(struct hzw_lockorder *order, const struct hzw_dependency *dependency,
                       struct hz_arena *arena, hzw_order_cycles *out)
{
    if (dependency->n == 0 || takes_what_it_holds(dependency))
        return;
    if (!makes_sense(dependency)) {
        order->counts.refused++;
        return;
    }
    bool good = all_up_to_date(order, dependency);
    struct hzw_actor *actor = hzw_actor_of(order, dependency->thread);
    if (good) {
        add(order, actor, dependency, arena, out);
    } else {
        order->counts.refused++;
        hzw_actor_torn(order, actor);
    }
    hzw_actor_settle(order, actor);
    hzw_actors_trim(order);
}

void hzw_lockorder_gap(struct hzw_lockorder *order)
{
    order->floor = order->last;
    hzw_lockorder_torn(order);
}

void hzw_lockorder_torn(struct hzw_lockorder *order)
{
    order->gaps++;
}

/* ---- opening and closing ------------------------------------------------------------------ */

struct hzw_lockorder *hzw_lockorder_open(void)
{
    struct hzw_lockorder *order = hzw_room(NULL, sizeof *order);
    order->limit = HZW_ORDER_STEPS;
    return order;
}

void hzw_lockorder_limit(struct hzw_lockorder *order, size_t steps)
{
    order->limit = steps;
}

static void close_spaces(struct hzw_lockorder *order)
{
    for (size_t i = 0; i < order->spaces.room; i++)
        while (order->spaces.at[i] != 0)
            hzw_lockorder_image_over(order, hzw_space_at(order, order->spaces.at[i])->number);
}

void hzw_lockorder_close(struct hzw_lockorder *order)
{
    if (order == NULL)
        return;
    close_spaces(order);
    struct hzw_table *tables[] = {&order->actors,    &order->spaces, &order->locks, &order->shapes,
                                  &order->instances, &order->said,   &order->hows};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        free(tables[i]->at);
    hzw_pool_free(&order->pool);
    free(order->forward.at);
    free(order->backward.at);
    free(order->chain.at);
    free(order);
}

struct hzw_order_counts hzw_lockorder_counts(const struct hzw_lockorder *order)
{
    struct hzw_order_counts counts = order->counts;
    counts.locks = order->locks.n;
    counts.shapes = order->shapes.n;
    counts.dependencies = order->instances.n;
    counts.threads = order->actors.n;
    return counts;
}
