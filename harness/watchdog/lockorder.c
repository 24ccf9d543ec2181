#include "watchdog/lockorder_parts.h"

#include <stdlib.h>
#include <string.h>

/* ---- locks ------------------------------------------------------------------------- */

static bool same_place(const struct hzw_lock_name *a, const struct hzw_lock_name *b)
{
    return a->space == b->space && a->offset == b->offset;
}

static uint64_t place_hash(const struct hzw_lock_name *name)
{
    return hzw_hash(hzw_hash(0, name->space), name->offset);
}

/* What is known at that place, of whatever birth. */
static struct hzw_node_lock *find_lock(const struct hzw_lockorder *order,
                                       const struct hzw_lock_name *name)
{
    struct hzw_link *link = hzw_table_first(&order->locks, place_hash(name));
    while (link != NULL && !same_place(&((struct hzw_node_lock *)link)->name, name))
        link = hzw_table_next(link);
    return (struct hzw_node_lock *)link;
}

static struct hzw_node_lock *lock_of(struct hzw_lockorder *order, const struct hzw_lock_name *name)
{
    struct hzw_node_lock *lock = find_lock(order, name);
    if (lock != NULL)
        return lock;
    lock = hzw_piece(&order->pool, sizeof *lock);
    lock->name = *name;
    lock->number = ++order->last_lock;
    hzw_table_put(&order->locks, &lock->link, place_hash(name));
    lock->space = hzw_space_of(order, name->space);
    LIST_INSERT_HEAD(&lock->space->locks, lock, of_space);
    hzw_rank_new(order, lock);
    return lock;
}

/* Drops the older lock at that place. False if the one there is the newer one. */
static bool up_to_date(struct hzw_lockorder *order, const struct hzw_lock_name *name)
{
    struct hzw_node_lock *lock = find_lock(order, name);
    if (lock == NULL || lock->name.birth == name->birth)
        return true;
    if ((int32_t)(name->birth - lock->name.birth) < 0)
        return false;
    hzw_lock_drop(order, lock);
    return true;
}

/* ---- shapes ------------------------------------------------------------------------- */

/*
 * The hash of what is held, in its order, once `lock` is taken as well: of the shape by
 * which it is taken, and what the hashes of those start with that hold it then.
 */
static uint64_t lock_hash(uint64_t hash, const struct hzw_order_lock *lock)
{
    hash = hzw_hash(hzw_hash(hash, place_hash(&lock->name)), lock->name.birth);
    return hzw_hash(hzw_hash(hzw_hash(hash, lock->kind), lock->caller), lock->address);
}

static bool is_lock(const struct hzw_node_lock *lock, uint32_t kind, uint64_t caller,
                    uint64_t address, const struct hzw_order_lock *other)
{
    return same_place(&lock->name, &other->name) && lock->name.birth == other->name.birth &&
           kind == other->kind && caller == other->caller && address == other->address;
}

static bool is_taken(const struct hzw_shape *shape, const struct hzw_order_lock *lock)
{
    return is_lock(shape->takes, shape->kind, shape->caller, shape->address, lock);
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
static bool holds_first(const struct hzw_shape *shape, const struct hzw_dependency *dependency,
                        uint32_t n, struct known known, const struct hzw_shape *oldest)
{
    while (shape->n <= n) {
        for (uint32_t i = 0; i < shape->n; i++) {
            const struct hzw_holding *held = &shape->holds[shape->n - 1 - i];
            if (!is_lock(held->lock, held->kind, held->caller, held->address,
                         &dependency->holds[n - 1 - i]))
                return false;
        }
        n -= shape->n;
        if ((shape->parent == known.taken && n == known.at) || (shape->parent == oldest && n == 0))
            return true;
        if (shape->parent == NULL)
            return false;
        shape = shape->parent;
    }
    return false;
}

/* The shape by which `lock` is taken with the first `n` of the dependency held. */
static struct hzw_shape *find_shape(const struct hzw_lockorder *order,
                                    const struct hzw_dependency *dependency, uint32_t n,
                                    const struct hzw_order_lock *lock, uint64_t hash,
                                    struct known known, const struct hzw_shape *oldest)
{
    struct hzw_link *link = hzw_table_first(&order->shapes, hash);
    for (; link != NULL; link = hzw_table_next(link)) {
        struct hzw_shape *shape = (struct hzw_shape *)link;
        if (shape->total == (uint64_t)n + dependency->more && is_taken(shape, lock) &&
            holds_first(shape, dependency, n, known, oldest))
            return shape;
    }
    return NULL;
}

static void list_holds(struct hzw_lockorder *order, struct hzw_shape *shape,
                       const struct hzw_order_lock *holds)
{
    for (uint32_t i = 0; i < shape->n; i++) {
        const struct hzw_order_lock *held = &holds[i];
        shape->holds[i] = (struct hzw_holding){.lock = lock_of(order, &held->name),
                                               .kind = held->kind,
                                               .caller = held->caller,
                                               .address = held->address,
                                               .shape = shape};
        LIST_INSERT_HEAD(&shape->holds[i].lock->holders, &shape->holds[i], of_lock);
    }
}

static struct hzw_callers *callers_of(struct hzw_lockorder *order, const uint64_t *from)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < HZW_FROM; i++)
        hash = hzw_hash(hash, from[i]);
    struct hzw_link *link = hzw_table_first(&order->callers, hash);
    while (link != NULL &&
           memcmp(((struct hzw_callers *)link)->from, from, HZW_FROM * sizeof *from) != 0)
        link = hzw_table_next(link);
    struct hzw_callers *callers = (struct hzw_callers *)link;
    if (callers == NULL) {
        callers = hzw_piece(&order->pool, sizeof *callers);
        memcpy(callers->from, from, sizeof callers->from);
        hzw_table_put(&order->callers, &callers->link, hash);
    }
    callers->shapes++;
    return callers;
}

/* Lists what is held from where another shape took it: that one has the locks before. */
static struct hzw_shape *new_shape(struct hzw_lockorder *order,
                                   const struct hzw_dependency *dependency, struct known known,
                                   uint64_t hash)
{
    uint32_t n = dependency->n - known.at;
    struct hzw_shape *shape = hzw_piece(&order->pool, sizeof *shape + n * sizeof *shape->holds);
    shape->parent = known.taken;
    if (known.taken != NULL)
        LIST_INSERT_HEAD(&known.taken->children, shape, sibling);
    shape->n = n;
    shape->total = dependency->n + dependency->more;
    TAILQ_INIT(&shape->live);
    TAILQ_INIT(&shape->gone);
    list_holds(order, shape, &dependency->holds[known.at]);
    shape->takes = lock_of(order, &dependency->takes.name);
    shape->kind = dependency->takes.kind;
    shape->caller = dependency->takes.caller;
    shape->callers = callers_of(order, dependency->from);
    shape->address = dependency->takes.address;
    LIST_INSERT_HEAD(&shape->takes->takers, shape, of_lock);
    hzw_table_put(&order->shapes, &shape->link, hash);
    hzw_rank_add(order, shape);
    return shape;
}

static struct hzw_shape *shape_of(struct hzw_lockorder *order,
                                  const struct hzw_dependency *dependency, struct hzw_shape *oldest)
{
    struct known known = {oldest, 0};
    uint64_t hash = oldest != NULL ? oldest->link.hash : lock_hash(0, &dependency->holds[0]);
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
static struct hzw_shape *find_parent(const struct hzw_lockorder *order,
                                     const struct hzw_actor *actor,
                                     const struct hzw_dependency *dependency)
{
    const struct hzw_node_lock *lock = find_lock(order, &dependency->holds[0].name);
    struct hzw_shape *shape, *found = NULL;
    if (lock == NULL || actor->gaps != order->gaps)
        return NULL;
    LIST_FOREACH(shape, &lock->takers, of_lock)
    {
        if (hzw_instance_first(order, shape, actor->number) == NULL)
            continue;
        if (found != NULL)
            return NULL;
        found = shape;
    }
    if (found == NULL || found->total != dependency->more ||
        !is_taken(found, &dependency->holds[0]))
        return NULL;
    return found;
}

/* ---- instances ----------------------------------------------------------------------- */

struct hzw_instance *hzw_instance_first(const struct hzw_lockorder *order,
                                        const struct hzw_shape *shape, uint64_t thread)
{
    struct hzw_link *link = hzw_table_first(&order->instances, hzw_hash((uintptr_t)shape, thread));
    for (; link != NULL; link = hzw_table_next(link)) {
        struct hzw_instance *instance = (struct hzw_instance *)link;
        if (instance->shape == shape && instance->actor->number == thread)
            return instance;
    }
    return NULL;
}

struct hzw_instance *hzw_instance_next(const struct hzw_instance *instance)
{
    struct hzw_link *link = hzw_table_next(&instance->link);
    for (; link != NULL; link = hzw_table_next(link)) {
        struct hzw_instance *next = (struct hzw_instance *)link;
        if (next->shape == instance->shape && next->actor == instance->actor)
            return next;
    }
    return NULL;
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
    for (; instance != NULL; instance = hzw_instance_next(instance), n++)
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
            note_sole(&shape->holds[i].lock->sole, thread);
        shape = shape->parent;
    } while (shape != NULL && hzw_instance_first(order, shape, thread) == NULL);
}

static struct hzw_instance *new_instance(struct hzw_lockorder *order, struct hzw_shape *shape,
                                         struct hzw_actor *actor, uint64_t floor)
{
    struct hzw_instance *instance = hzw_piece(&order->pool, sizeof *instance);
    instance->shape = shape;
    instance->actor = actor;
    instance->clock = hzw_clock_share(actor->clock);
    instance->floor = floor;
    instance->number = order->last + 1;
    hzw_table_put(&order->instances, &instance->link, hzw_hash((uintptr_t)shape, actor->number));
    TAILQ_INSERT_HEAD(&shape->live, instance, of_shape);
    TAILQ_INSERT_HEAD(&actor->instances, instance, of_actor);
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
        instance = hzw_instance_next(instance);
    if (instance != NULL && instance->segment >= dependency->segment)
        return NULL;
    if (instance == NULL)
        instance = new_instance(order, shape, actor, floor);
    instance->segment = dependency->segment;
    instance->owner = dependency->owner;
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
        if (same_place(&dependency->holds[i].name, &dependency->takes.name))
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
            good = good && !same_place(&dependency->holds[i].name, &dependency->holds[j].name);
    }
    return good;
}

static bool all_up_to_date(struct hzw_lockorder *order, const struct hzw_dependency *dependency)
{
    bool good = up_to_date(order, &dependency->takes.name);
    for (uint32_t i = 0; i < dependency->n; i++)
        good &= up_to_date(order, &dependency->holds[i].name);
    return good;
}

static bool may_close(const struct hzw_shape *shape)
{
    for (uint32_t i = 0; i < shape->n; i++)
        if (shape->holds[i].lock->component == shape->takes->component)
            return true;
    return false;
}

static void add(struct hzw_lockorder *order, struct hzw_actor *actor,
                const struct hzw_dependency *dependency, struct hz_arena *arena,
                hzw_order_cycles *out)
{
    struct hzw_shape *parent = NULL;
    if (dependency->more != 0 && (dependency->more > UINT32_MAX - dependency->n ||
                                  (parent = find_parent(order, actor, dependency)) == NULL)) {
        order->counts.incomplete++;
        hzw_actor_torn(order, actor);
        return;
    }
    actor->gone = actor->joined = false;
    struct hzw_shape *shape = shape_of(order, dependency, parent);
    struct hzw_instance *instance = instance_of(order, shape, actor, dependency);
    if (instance != NULL && may_close(shape))
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
    TAILQ_INIT(&order->idle);
    return order;
}

void hzw_lockorder_limit(struct hzw_lockorder *order, size_t steps)
{
    order->limit = steps;
}

static void close_spaces(struct hzw_lockorder *order)
{
    for (size_t i = 0; i < order->spaces.room; i++)
        while (order->spaces.at[i] != NULL)
            hzw_lockorder_image_over(order, ((struct hzw_space *)order->spaces.at[i])->number);
}

void hzw_lockorder_close(struct hzw_lockorder *order)
{
    if (order == NULL)
        return;
    close_spaces(order);
    struct hzw_table *tables[] = {&order->actors,    &order->spaces, &order->locks,  &order->shapes,
                                  &order->instances, &order->said,   &order->callers};
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
