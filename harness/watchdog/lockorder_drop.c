#include "watchdog/lockorder_parts.h"

static void unlink_instance(struct hzw_lockorder *order, struct hzw_instance *instance)
{
    struct hzw_shape *shape = instance->shape;
    struct hzw_actor *actor = instance->actor;
    hzw_table_take(&order->instances, &instance->link);
    if (instance->gone) {
        TAILQ_REMOVE(&shape->gone, instance, of_shape);
        shape->gone_n--;
    } else {
        TAILQ_REMOVE(&shape->live, instance, of_shape);
    }
    TAILQ_REMOVE(&actor->instances, instance, of_actor);
    hzw_clock_drop(instance->clock);
    hzw_piece_free(&order->pool, instance, sizeof *instance);
    hzw_actor_settle(order, actor);
}

static void free_lock(struct hzw_lockorder *order, struct hzw_node_lock *lock)
{
    struct hzw_said *said;
    while ((said = LIST_FIRST(&lock->said)) != NULL)
        hzw_said_drop(order, said);
    hzw_rank_drop(order, lock);
    hzw_table_take(&order->locks, &lock->link);
    LIST_REMOVE(lock, of_space);
    hzw_space_settle(order, lock->space);
    hzw_piece_free(&order->pool, lock, sizeof *lock);
}

static void settle_lock(struct hzw_lockorder *order, struct hzw_node_lock *lock)
{
    if (!lock->pinned && LIST_EMPTY(&lock->holders) && LIST_EMPTY(&lock->takers) &&
        LIST_EMPTY(&lock->said))
        free_lock(order, lock);
}

static void lose_instance(struct hzw_lockorder *order, struct hzw_instance *instance)
{
    hzw_actor_torn(order, instance->actor);
    unlink_instance(order, instance);
}

static void drop_callers(struct hzw_lockorder *order, struct hzw_callers *callers)
{
    if (--callers->shapes != 0)
        return;
    hzw_table_take(&order->callers, &callers->link);
    hzw_piece_free(&order->pool, callers, sizeof *callers);
}

static void drop_leaf(struct hzw_lockorder *order, struct hzw_shape *shape)
{
    struct hzw_instance *instance;
    while ((instance = TAILQ_FIRST(&shape->live)) != NULL)
        lose_instance(order, instance);
    while ((instance = TAILQ_FIRST(&shape->gone)) != NULL)
        lose_instance(order, instance);
    hzw_table_take(&order->shapes, &shape->link);
    if (shape->parent != NULL)
        LIST_REMOVE(shape, sibling);
    for (uint32_t i = 0; i < shape->n; i++) {
        LIST_REMOVE(&shape->holds[i], of_lock);
        settle_lock(order, shape->holds[i].lock);
    }
    LIST_REMOVE(shape, of_lock);
    settle_lock(order, shape->takes);
    drop_callers(order, shape->callers);
    hzw_piece_free(&order->pool, shape, sizeof *shape + shape->n * sizeof *shape->holds);
}

static bool is_needed(const struct hzw_shape *shape)
{
    return !TAILQ_EMPTY(&shape->live) || !TAILQ_EMPTY(&shape->gone) ||
           !LIST_EMPTY(&shape->children);
}

/* With all shapes that hold what it holds, and those above that it was the last to need. */
static void drop_shape(struct hzw_lockorder *order, struct hzw_shape *shape)
{
    struct hzw_shape *above = shape->parent, *at = shape, *next;
    for (bool last = false; !last; at = next) {
        while (!LIST_EMPTY(&at->children))
            at = LIST_FIRST(&at->children);
        next = at->parent;
        last = at == shape;
        drop_leaf(order, at);
    }
    for (; above != NULL && !is_needed(above); above = next) {
        next = above->parent;
        drop_leaf(order, above);
    }
}

void hzw_instance_drop(struct hzw_lockorder *order, struct hzw_instance *instance)
{
    struct hzw_shape *shape = instance->shape;
    unlink_instance(order, instance);
    if (!is_needed(shape))
        drop_shape(order, shape);
}

void hzw_instance_gone(struct hzw_lockorder *order, struct hzw_instance *instance)
{
    struct hzw_shape *shape = instance->shape;
    TAILQ_REMOVE(&shape->live, instance, of_shape);
    TAILQ_INSERT_TAIL(&shape->gone, instance, of_shape);
    instance->gone = true;
    if (++shape->gone_n > HZW_ORDER_ALIKE)
        hzw_instance_drop(order, TAILQ_FIRST(&shape->gone));
}

void hzw_lock_drop(struct hzw_lockorder *order, struct hzw_node_lock *lock)
{
    lock->pinned = true;
    while (!LIST_EMPTY(&lock->holders))
        drop_shape(order, LIST_FIRST(&lock->holders)->shape);
    while (!LIST_EMPTY(&lock->takers))
        drop_shape(order, LIST_FIRST(&lock->takers));
    free_lock(order, lock);
}

void hzw_locks_forget(struct hzw_lockorder *order, uint64_t number)
{
    struct hzw_space *space;
    while ((space = hzw_space_find(order, number)) != NULL && !LIST_EMPTY(&space->locks))
        hzw_lock_drop(order, LIST_FIRST(&space->locks));
}
