/*
 * Locks, and shapes: what dependencies have in common that differ in the thread alone.
 */
#include "watchdog/lockorder_parts.h"

#include <string.h>

/* ---- locks ------------------------------------------------------------------------- */

struct hzw_lock_name hzw_lock_name_of(const struct hzw_lockorder *order,
                                      const struct hzw_node_lock *lock)
{
    return (struct hzw_lock_name){hzw_space_at(order, lock->space)->number, lock->offset,
                                  lock->birth};
}

struct hzw_order_lock hzw_lock_taken(const struct hzw_lockorder *order,
                                     const struct hzw_node_lock *lock, uint32_t kind, hzw_ref how)
{
    const struct hzw_how *as = hzw_how_at(order, how);
    return (struct hzw_order_lock){hzw_lock_name_of(order, lock), kind, as->caller,
                                   lock->offset + as->away};
}

bool hzw_same_place(const struct hzw_lock_name *a, const struct hzw_lock_name *b)
{
    return a->space == b->space && a->offset == b->offset;
}

static uint64_t place_hash(const struct hzw_lock_name *name)
{
    return hzw_hash(hzw_hash(0, name->space), name->offset);
}

static bool is_at(const struct hzw_lockorder *order, const struct hzw_node_lock *lock,
                  const struct hzw_lock_name *name)
{
    return lock->offset == name->offset && hzw_space_at(order, lock->space)->number == name->space;
}

/* What is known at that place, of whatever birth. */
static struct hzw_node_lock *find_lock(const struct hzw_lockorder *order,
                                       const struct hzw_lock_name *name)
{
    struct hzw_node_lock *lock = hzw_table_first(&order->pool, &order->locks, place_hash(name));
    while (lock != NULL && !is_at(order, lock, name))
        lock = hzw_table_next(&order->pool, &lock->link);
    return lock;
}

static struct hzw_node_lock *lock_of(struct hzw_lockorder *order, const struct hzw_lock_name *name)
{
    struct hzw_node_lock *lock = find_lock(order, name);
    if (lock != NULL)
        return lock;
    lock = hzw_piece(&order->pool, sizeof *lock);
    struct hzw_space *space = hzw_space_of(order, name->space);
    lock->space = hzw_ref_of(&order->pool, space);
    lock->offset = name->offset;
    lock->birth = name->birth;
    lock->number = ++order->last_lock;
    hzw_table_put(&order->pool, &order->locks, &lock->link, place_hash(name));
    HZW_PUT_FIRST(order, &space->locks, lock, of_space);
    hzw_rank_new(order, lock);
    return lock;
}

/* Drops the older lock at that place. False if the one there is the newer one. */
bool hzw_lock_up_to_date(struct hzw_lockorder *order, const struct hzw_lock_name *name)
{
    struct hzw_node_lock *lock = find_lock(order, name);
    if (lock == NULL || lock->birth == name->birth)
        return true;
    if ((int32_t)(name->birth - lock->birth) < 0)
        return false;
    hzw_lock_drop(order, lock);
    return true;
}

/* ---- shapes ------------------------------------------------------------------------- */

/*
 * The hash of what is held, in its order, once `lock` is taken as well: of the shape by
 * which it is taken, and what the hashes of those start with that hold it then. No more
 * than a link keeps of it, so that it is the same whether it starts there or at nothing.
 */
static uint32_t lock_hash(uint32_t hash, const struct hzw_order_lock *lock)
{
    uint64_t all = hzw_hash(hzw_hash(hash, place_hash(&lock->name)), lock->name.birth);
    return (uint32_t)hzw_hash(hzw_hash(hzw_hash(all, lock->kind), lock->caller), lock->address);
}

static bool is_lock(const struct hzw_lockorder *order, hzw_ref ref, uint32_t kind, hzw_ref how,
                    const struct hzw_order_lock *other)
{
    const struct hzw_node_lock *lock = hzw_lock_at(order, ref);
    const struct hzw_how *as = hzw_how_at(order, how);
    return is_at(order, lock, &other->name) && lock->birth == other->name.birth &&
           kind == other->kind && as->caller == other->caller &&
           lock->offset + as->away == other->address;
}

static bool is_taken(const struct hzw_lockorder *order, const struct hzw_shape *shape,
                     const struct hzw_order_lock *lock)
{
    return is_lock(order, shape->takes, shape->kind, shape->how, lock);
}

/*
 * What a dependency holds, as far as it is known from other shapes: `taken` is the one by
 * which holds[at] was taken with all before that held; NULL: none is known.
 */
struct known {
    struct hzw_shape *taken;
    uint32_t at;
};

/*
 * Whether the shape holds the first `n` locks of the dependency, and what is `more` than
 * those: what that is, `oldest` has.
 */
static bool holds_first(const struct hzw_lockorder *order, const struct hzw_shape *shape,
                        const struct hzw_dependency *dependency, uint32_t n, struct known known,
                        const struct hzw_shape *oldest)
{
    while (shape->n <= n) {
        for (uint32_t i = 0; i < shape->n; i++) {
            const struct hzw_holding *held = &shape->holds[shape->n - 1 - i];
            if (!is_lock(order, held->lock, held->kind, held->how, &dependency->holds[n - 1 - i]))
                return false;
        }
        n -= shape->n;
        const struct hzw_shape *parent = hzw_shape_at(order, shape->parent);
        if ((parent == known.taken && n == known.at) || (parent == oldest && n == 0))
            return true;
        if (parent == NULL)
            return false;
        shape = parent;
    }
    return false;
}

/* The shape by which `lock` is taken with the first `n` of the dependency held. */
static struct hzw_shape *find_shape(const struct hzw_lockorder *order,
                                    const struct hzw_dependency *dependency, uint32_t n,
                                    const struct hzw_order_lock *lock, uint32_t hash,
                                    struct known known, const struct hzw_shape *oldest)
{
    struct hzw_shape *shape = hzw_table_first(&order->pool, &order->shapes, hash);
    for (; shape != NULL; shape = hzw_table_next(&order->pool, &shape->link))
        if (shape->total == (uint64_t)n + dependency->more && is_taken(order, shape, lock) &&
            holds_first(order, shape, dependency, n, known, oldest))
            break;
    return shape;
}

/* `from`: HZW_FROM of them. */
static hzw_ref how_of(struct hzw_lockorder *order, const struct hzw_order_lock *lock,
                      const uint64_t *from)
{
    uint64_t away = lock->address - lock->name.offset;
    uint64_t hash = hzw_hash(hzw_hash(0, lock->caller), away);
    for (size_t i = 0; i < HZW_FROM; i++)
        hash = hzw_hash(hash, from[i]);
    struct hzw_how *how = hzw_table_first(&order->pool, &order->hows, hash);
    while (how != NULL && (how->caller != lock->caller || how->away != away ||
                           memcmp(how->from, from, sizeof how->from) != 0))
        how = hzw_table_next(&order->pool, &how->link);
    if (how == NULL) {
        how = hzw_piece(&order->pool, sizeof *how);
        how->caller = lock->caller;
        how->away = away;
        memcpy(how->from, from, sizeof how->from);
        hzw_table_put(&order->pool, &order->hows, &how->link, hash);
    }
    how->users++;
    return hzw_ref_of(&order->pool, how);
}

static void list_holds(struct hzw_lockorder *order, struct hzw_shape *shape,
                       const struct hzw_order_lock *holds)
{
    static const uint64_t nobody[HZW_FROM];
    for (uint32_t i = 0; i < shape->n; i++) {
        const struct hzw_order_lock *held = &holds[i];
        struct hzw_node_lock *lock = lock_of(order, &held->name);
        struct hzw_holding *holding = &shape->holds[i];
        holding->lock = hzw_ref_of(&order->pool, lock);
        holding->how = how_of(order, held, nobody);
        holding->kind = held->kind;
        holding->shape = hzw_ref_of(&order->pool, shape);
        HZW_PUT_FIRST(order, &lock->holders, holding, of_lock);
    }
}

/* Lists what is held from where another shape took it: that one has the locks before. */
static struct hzw_shape *new_shape(struct hzw_lockorder *order,
                                   const struct hzw_dependency *dependency, struct known known,
                                   uint32_t hash)
{
    uint32_t n = dependency->n - known.at;
    struct hzw_shape *shape = hzw_piece(&order->pool, sizeof *shape + n * sizeof *shape->holds);
    shape->parent = hzw_ref_of(&order->pool, known.taken);
    if (known.taken != NULL)
        HZW_PUT_FIRST(order, &known.taken->children, shape, sibling);
    shape->n = n;
    shape->total = dependency->n + dependency->more;
    list_holds(order, shape, &dependency->holds[known.at]);
    struct hzw_node_lock *takes = lock_of(order, &dependency->takes.name);
    shape->takes = hzw_ref_of(&order->pool, takes);
    shape->kind = dependency->takes.kind;
    shape->how = how_of(order, &dependency->takes, dependency->from);
    HZW_PUT_FIRST(order, &takes->takers, shape, of_lock);
    hzw_table_put(&order->pool, &order->shapes, &shape->link, hash);
    hzw_rank_add(order, shape);
    return shape;
}

struct hzw_shape *hzw_shape_of(struct hzw_lockorder *order, const struct hzw_dependency *dependency,
                               struct hzw_shape *oldest)
{
    struct known known = {oldest, 0};
    uint32_t hash = oldest != NULL ? oldest->link.hash : lock_hash(0, &dependency->holds[0]);
    for (uint32_t i = 1; i < dependency->n; i++) {
        const struct hzw_order_lock *held = &dependency->holds[i];
        hash = lock_hash(hash, held);
        struct hzw_shape *shape = find_shape(order, dependency, i, held, hash, known, oldest);
        if (shape != NULL)
            known = (struct known){shape, i};
    }
    hash = lock_hash(hash, &dependency->takes);
    struct hzw_shape *shape =
        find_shape(order, dependency, dependency->n, &dependency->takes, hash, known, oldest);
    return shape != NULL ? shape : new_shape(order, dependency, known, hash);
}

/*
 * The shape by which the thread took the oldest lock that is listed. A thread may have
 * taken it with these locks held at one time and with those at another, and may have given
 * some back since: unless there is just one such shape, it is not known which. A lock that
 * was got by trying has none: then the place where it was taken is another one.
 */
struct hzw_shape *hzw_shape_above(const struct hzw_lockorder *order, const struct hzw_actor *actor,
                                  const struct hzw_dependency *dependency)
{
    const struct hzw_node_lock *lock = find_lock(order, &dependency->holds[0].name);
    struct hzw_shape *shape, *found = NULL;
    if (lock == NULL || actor->gaps != order->gaps)
        return NULL;
    HZW_EACH(order, lock->takers, shape, of_lock)
    {
        if (hzw_instance_first(order, shape, actor->number) == NULL)
            continue;
        if (found != NULL)
            return NULL;
        found = shape;
    }
    if (found == NULL || found->total != dependency->more ||
        !is_taken(order, found, &dependency->holds[0]))
        return NULL;
    return found;
}
