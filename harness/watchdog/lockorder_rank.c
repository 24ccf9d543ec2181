/*
 * The topological order of the components of locks, kept as edges come. Pearce and Kelly:
 * an edge that goes against the order makes those that can be reached from its end and
 * those that reach its start, between the two in the order, change their places. Those
 * in both sets are one component from then on.
 *
 * Locks and edges that go leave all as it is: a component may then be more than one in
 * truth, which costs searches and loses nothing.
 */
#include "watchdog/lockorder_parts.h"

#include <stdlib.h>

static struct hzw_component *component_of(const struct hzw_lockorder *order, hzw_ref lock)
{
    return hzw_component_at(order, hzw_lock_at(order, lock)->component);
}

void hzw_rank_new(struct hzw_lockorder *order, struct hzw_node_lock *lock)
{
    struct hzw_component *component = hzw_piece(&order->pool, sizeof *component);
    component->rank = ++order->last_rank;
    component->n = 1;
    HZW_PUT_FIRST(order, &component->locks, lock, of_component);
    lock->component = hzw_ref_of(&order->pool, component);
}

void hzw_rank_drop(struct hzw_lockorder *order, struct hzw_node_lock *lock)
{
    struct hzw_component *component = hzw_component_at(order, lock->component);
    HZW_TAKE(order, &component->locks, lock, of_component);
    if (--component->n == 0)
        hzw_piece_free(&order->pool, component, sizeof *component);
}

/* ---- who is reached ---------------------------------------------------------------- */

static void push(struct hzw_components *list, struct hzw_component *component)
{
    if (list->n == list->room) {
        list->room = list->room == 0 ? 64 : list->room * 2;
        list->at = hzw_room(list->at, list->room * sizeof *list->at);
    }
    list->at[list->n++] = component;
}

static void visit_forward(struct hzw_lockorder *order, struct hzw_component *component,
                          int64_t most)
{
    if (component->forward == order->visits || component->rank > most)
        return;
    component->forward = order->visits;
    push(&order->forward, component);
}

/* Above `most` are only those whose edges, of the same shape, are yet to be put in order. */
static void visit_backward(struct hzw_lockorder *order, struct hzw_component *component,
                           int64_t least, int64_t most)
{
    if (component->backward == order->visits || component->rank < least || component->rank > most)
        return;
    component->backward = order->visits;
    push(&order->backward, component);
}

static void reach_forward(struct hzw_lockorder *order, struct hzw_component *from, int64_t most)
{
    order->forward.n = 0;
    visit_forward(order, from, most);
    for (size_t i = 0; i < order->forward.n; i++) {
        struct hzw_node_lock *lock;
        HZW_EACH(order, order->forward.at[i]->locks, lock, of_component)
        {
            struct hzw_holding *holding;
            HZW_EACH(order, lock->holders, holding, of_lock)
            visit_forward(order, component_of(order, hzw_shape_at(order, holding->shape)->takes),
                          most);
        }
    }
}

static void reach_backward(struct hzw_lockorder *order, struct hzw_component *from, int64_t least)
{
    int64_t most = from->rank;
    order->backward.n = 0;
    visit_backward(order, from, least, most);
    for (size_t i = 0; i < order->backward.n; i++) {
        struct hzw_node_lock *lock;
        HZW_EACH(order, order->backward.at[i]->locks, lock, of_component)
        {
            struct hzw_shape *shape;
            HZW_EACH(order, lock->takers, shape, of_lock)
            for (uint32_t k = 0; k < shape->n; k++)
                visit_backward(order, component_of(order, shape->holds[k].lock), least, most);
        }
    }
}

/* ---- the new order ------------------------------------------------------------------ */

static int by_rank(const void *a, const void *b)
{
    const struct hzw_component *left = *(struct hzw_component *const *)a;
    const struct hzw_component *right = *(struct hzw_component *const *)b;
    return (left->rank > right->rank) - (left->rank < right->rank);
}

static int by_value(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void merge(struct hzw_lockorder *order, struct hzw_component *into,
                  struct hzw_component *from)
{
    struct hzw_node_lock *lock;
    while ((lock = hzw_lock_at(order, from->locks)) != NULL) {
        HZW_TAKE(order, &from->locks, lock, of_component);
        HZW_PUT_FIRST(order, &into->locks, lock, of_component);
        lock->component = hzw_ref_of(&order->pool, into);
    }
    into->n += from->n;
    hzw_piece_free(&order->pool, from, sizeof *from);
}

/* Makes one of those that are in both lists, and takes them out of these; NULL: there are none. */
static struct hzw_component *merge_common(struct hzw_lockorder *order)
{
    struct hzw_components *forward = &order->forward, *backward = &order->backward;
    struct hzw_component *largest = NULL;
    size_t kept = 0;
    for (size_t i = 0; i < backward->n; i++)
        if (backward->at[i]->forward != order->visits)
            backward->at[kept++] = backward->at[i];
        else if (largest == NULL || backward->at[i]->n > largest->n)
            largest = backward->at[i];
    backward->n = kept;
    kept = 0;
    for (size_t i = 0; i < forward->n; i++)
        if (forward->at[i]->backward != order->visits)
            forward->at[kept++] = forward->at[i];
        else if (forward->at[i] != largest)
            merge(order, largest, forward->at[i]);
    forward->n = kept;
    return largest;
}

/*
 * Those before get the lowest of all the places, those after the highest, and what is one
 * component now one of those between.
 */
static void reorder(struct hzw_lockorder *order)
{
    struct hzw_components *forward = &order->forward, *backward = &order->backward;
    size_t n = 0, places = forward->n + backward->n;
    int64_t *ranks = hzw_room(NULL, places * sizeof *ranks);
    for (size_t i = 0; i < backward->n; i++)
        ranks[n++] = backward->at[i]->rank;
    for (size_t i = 0; i < forward->n; i++)
        if (forward->at[i]->backward != order->visits)
            ranks[n++] = forward->at[i]->rank;
    qsort(ranks, n, sizeof *ranks, by_value);
    struct hzw_component *merged = merge_common(order);
    qsort(backward->at, backward->n, sizeof *backward->at, by_rank);
    qsort(forward->at, forward->n, sizeof *forward->at, by_rank);
    for (size_t i = 0; i < backward->n; i++)
        backward->at[i]->rank = ranks[i];
    if (merged != NULL)
        merged->rank = ranks[backward->n];
    for (size_t i = 0; i < forward->n; i++)
        forward->at[i]->rank = ranks[n - forward->n + i];
    free(ranks);
}

static void add_edge(struct hzw_lockorder *order, hzw_ref held, hzw_ref taken)
{
    struct hzw_component *from = component_of(order, held), *to = component_of(order, taken);
    if (from == to || from->rank < to->rank)
        return;
    /* Where nothing leads to the one, or nothing on from the other, an end is a place for it. */
    if (from->n == 1 && hzw_lock_at(order, held)->takers == 0) {
        from->rank = --order->first_rank;
        return;
    }
    if (to->n == 1 && hzw_lock_at(order, taken)->holders == 0) {
        to->rank = ++order->last_rank;
        return;
    }
    order->visits++;
    int64_t least = to->rank, most = from->rank;
    reach_forward(order, to, most);
    reach_backward(order, from, least);
    reorder(order);
}

void hzw_rank_add(struct hzw_lockorder *order, const struct hzw_shape *shape)
{
    for (uint32_t i = 0; i < shape->n; i++)
        add_edge(order, shape->holds[i].lock, shape->takes);
}
