#include "watchdog/lockorder_parts.h"

static void unlink_instance(struct hzw_lockorder *order, struct hzw_instance *instance)
{
    struct hzw_shape *shape = hzw_shape_at(order, instance->shape);
    struct hzw_actor *actor = hzw_actor_at(order, instance->actor);
    hzw_table_take(&order->pool, &order->instances, &instance->link);
    shape->gone_n -= instance->gone;
    HZW_TAKE(order, instance->gone ? &shape->gone : &shape->live, instance, of_shape);
    HZW_TAKE(order, &actor->instances, instance, of_actor);
    hzw_clock_drop(order, instance->clock);
    hzw_piece_free(&order->pool, instance, sizeof *instance);
    hzw_actor_settle(order, actor);
}

static void free_lock(struct hzw_lockorder *order, struct hzw_node_lock *lock)
{
    struct hzw_said *said;
    while ((said = hzw_said_at(order, lock->said)) != NULL)
        hzw_said_drop(order, said);
    hzw_rank_drop(order, lock);
    hzw_table_take(&order->pool, &order->locks, &lock->link);
    struct hzw_space *space = hzw_space_at(order, lock->space);
    HZW_TAKE(order, &space->locks, lock, of_space);
    hzw_space_settle(order, space);
    hzw_piece_free(&order->pool, lock, sizeof *lock);
}

static void settle_lock(struct hzw_lockorder *order, struct hzw_node_lock *lock)
{
    if (!lock->pinned && lock->holders == 0 && lock->takers == 0 && lock->said == 0)
        free_lock(order, lock);
}

static void lose_instances(struct hzw_lockorder *order, const hzw_ref *list)
{
    struct hzw_instance *instance;
    while ((instance = hzw_instance_at(order, *list)) != NULL) {
        hzw_actor_torn(order, hzw_actor_at(order, instance->actor));
        unlink_instance(order, instance);
    }
}

static void drop_how(struct hzw_lockorder *order, hzw_ref ref)
{
    struct hzw_how *how = hzw_how_at(order, ref);
    if (--how->users != 0)
        return;
    hzw_table_take(&order->pool, &order->hows, &how->link);
    hzw_piece_free(&order->pool, how, sizeof *how);
}

static void drop_leaf(struct hzw_lockorder *order, struct hzw_shape *shape)
{
    lose_instances(order, &shape->live);
    lose_instances(order, &shape->gone);
    hzw_table_take(&order->pool, &order->shapes, &shape->link);
    if (shape->parent != 0)
        HZW_TAKE(order, &hzw_shape_at(order, shape->parent)->children, shape, sibling);
    for (uint32_t i = 0; i < shape->n; i++) {
        struct hzw_holding *held = &shape->holds[i];
        struct hzw_node_lock *lock = hzw_lock_at(order, held->lock);
        HZW_TAKE(order, &lock->holders, held, of_lock);
        settle_lock(order, lock);
        drop_how(order, held->how);
    }
    struct hzw_node_lock *takes = hzw_lock_at(order, shape->takes);
    HZW_TAKE(order, &takes->takers, shape, of_lock);
    settle_lock(order, takes);
    drop_how(order, shape->how);
    hzw_piece_free(&order->pool, shape, sizeof *shape + shape->n * sizeof *shape->holds);
}

static bool is_needed(const struct hzw_shape *shape)
{
    return shape->live != 0 || shape->gone != 0 || shape->children != 0;
}

/* With all shapes that hold what it holds, and those above that it was the last to need. */
static void drop_shape(struct hzw_lockorder *order, struct hzw_shape *shape)
{
    struct hzw_shape *above = hzw_shape_at(order, shape->parent), *at = shape, *next;
    for (bool last = false; !last; at = next) {
        while (at->children != 0)
            at = hzw_shape_at(order, at->children);
        next = hzw_shape_at(order, at->parent);
        last = at == shape;
        drop_leaf(order, at);
    }
    for (; above != NULL && !is_needed(above); above = next) {
        next = hzw_shape_at(order, above->parent);
        drop_leaf(order, above);
    }
}

void hzw_instance_drop(struct hzw_lockorder *order, struct hzw_instance *instance)
{
    struct hzw_shape *shape = hzw_shape_at(order, instance->shape);
    unlink_instance(order, instance);
    if (!is_needed(shape))
        drop_shape(order, shape);
}

void hzw_instance_gone(struct hzw_lockorder *order, struct hzw_instance *instance)
{
    struct hzw_shape *shape = hzw_shape_at(order, instance->shape);
    HZW_TAKE(order, &shape->live, instance, of_shape);
    HZW_PUT_LAST(order, &shape->gone, instance, of_shape);
    instance->gone = true;
    if (++shape->gone_n > HZW_ORDER_ALIKE)
        hzw_instance_drop(order, hzw_instance_at(order, shape->gone));
}

void hzw_lock_drop(struct hzw_lockorder *order, struct hzw_node_lock *lock)
{
    lock->pinned = true;
    while (lock->holders != 0)
        drop_shape(order, hzw_shape_at(order, hzw_holding_at(order, lock->holders)->shape));
    while (lock->takers != 0)
        drop_shape(order, hzw_shape_at(order, lock->takers));
    free_lock(order, lock);
}

void hzw_locks_forget(struct hzw_lockorder *order, uint64_t number)
{
    struct hzw_space *space;
    while ((space = hzw_space_find(order, number)) != NULL && space->locks != 0)
        hzw_lock_drop(order, hzw_lock_at(order, space->locks));
}
