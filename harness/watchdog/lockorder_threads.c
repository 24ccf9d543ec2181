#include "watchdog/lockorder_parts.h"

#include <stdlib.h>
#include <string.h>

/* ---- process images ------------------------------------------------------------- */

struct hzw_space *hzw_space_find(const struct hzw_lockorder *order, uint64_t number)
{
    struct hzw_link *link = hzw_table_first(&order->spaces, hzw_hash(0, number));
    while (link != NULL && ((struct hzw_space *)link)->number != number)
        link = hzw_table_next(link);
    return (struct hzw_space *)link;
}

struct hzw_space *hzw_space_of(struct hzw_lockorder *order, uint64_t number)
{
    struct hzw_space *space = hzw_space_find(order, number);
    if (space != NULL)
        return space;
    space = hzw_piece(&order->pool, sizeof *space);
    space->number = number;
    hzw_table_put(&order->spaces, &space->link, hzw_hash(0, number));
    return space;
}

void hzw_space_settle(struct hzw_lockorder *order, struct hzw_space *space)
{
    if (!LIST_EMPTY(&space->actors) || !LIST_EMPTY(&space->locks))
        return;
    hzw_table_take(&order->spaces, &space->link);
    hzw_piece_free(&order->pool, space, sizeof *space);
}

/* ---- clocks ----------------------------------------------------------------------- */

struct hzw_clock *hzw_clock_share(struct hzw_clock *clock)
{
    if (clock != NULL)
        clock->references++;
    return clock;
}

void hzw_clock_drop(struct hzw_clock *clock)
{
    if (clock != NULL && --clock->references == 0)
        free(clock);
}

/* Where the thread is in the clock, or would be. */
static size_t place_in(const struct hzw_clock *clock, uint64_t thread)
{
    size_t from = 0, to = clock->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (clock->at[middle].thread < thread)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static uint64_t below_in(const struct hzw_clock *clock, uint64_t thread)
{
    if (clock == NULL)
        return 0;
    size_t at = place_in(clock, thread);
    return at < clock->n && clock->at[at].thread == thread ? clock->at[at].below : 0;
}

static struct hzw_actor *find_actor(const struct hzw_lockorder *order, uint64_t number)
{
    struct hzw_link *link = hzw_table_first(&order->actors, hzw_hash(0, number));
    while (link != NULL && ((struct hzw_actor *)link)->number != number)
        link = hzw_table_next(link);
    return (struct hzw_actor *)link;
}

/* Takes out those without a dependency: they will have none that is before anything. */
static void purge(const struct hzw_lockorder *order, struct hzw_clock *clock)
{
    size_t kept = 0;
    for (size_t i = 0; i < clock->n; i++) {
        const struct hzw_actor *actor = find_actor(order, clock->at[i].thread);
        if (actor != NULL && !TAILQ_EMPTY(&actor->instances))
            clock->at[kept++] = clock->at[i];
    }
    clock->n = kept;
}

static struct hzw_clock *copy_of(const struct hzw_lockorder *order, const struct hzw_clock *clock)
{
    size_t n = clock != NULL ? clock->n : 0;
    struct hzw_clock *copy = hzw_room(NULL, sizeof *copy + (n + 1) * sizeof *copy->at);
    copy->references = 1;
    copy->room = n + 1;
    copy->n = n;
    if (n != 0)
        memcpy(copy->at, clock->at, n * sizeof *copy->at);
    purge(order, copy);
    return copy;
}

/* Of a clock that nobody else refers to. */
static struct hzw_clock *raise_to(const struct hzw_lockorder *order, struct hzw_clock *clock,
                                  uint64_t thread, uint64_t below)
{
    if (clock->n == clock->room) {
        purge(order, clock);
        clock->room = 2 * clock->n + 2;
        clock = hzw_room(clock, sizeof *clock + clock->room * sizeof *clock->at);
    }
    size_t at = place_in(clock, thread);
    if (at < clock->n && clock->at[at].thread == thread) {
        if (clock->at[at].below < below)
            clock->at[at].below = below;
        return clock;
    }
    memmove(&clock->at[at + 1], &clock->at[at], (clock->n - at) * sizeof *clock->at);
    clock->at[at] = (struct hzw_before){thread, below};
    clock->n++;
    return clock;
}

static void raise_past(struct hzw_lockorder *order, struct hzw_actor *actor, uint64_t thread,
                       uint64_t below)
{
    if (thread == actor->number || below_in(actor->clock, thread) >= below)
        return;
    hzw_clock_drop(actor->child);
    actor->child = NULL;
    if (actor->clock == NULL || actor->clock->references > 1) {
        struct hzw_clock *own = copy_of(order, actor->clock);
        hzw_clock_drop(actor->clock);
        actor->clock = own;
    }
    actor->clock = raise_to(order, actor->clock, thread, below);
}

static bool before(const struct hzw_instance *a, const struct hzw_instance *b)
{
    return a->number <= b->floor || below_in(b->clock, a->actor->number) > a->segment;
}

bool hzw_concurrent(const struct hzw_instance *a, const struct hzw_instance *b)
{
    return a->actor != b->actor && !before(a, b) && !before(b, a);
}

/* ---- threads ----------------------------------------------------------------------- */

static struct hzw_actor *new_actor(struct hzw_lockorder *order, uint64_t number, uint64_t image)
{
    struct hzw_actor *actor = hzw_piece(&order->pool, sizeof *actor);
    actor->number = number;
    actor->image = image;
    actor->gaps = order->gaps;
    TAILQ_INIT(&actor->instances);
    hzw_table_put(&order->actors, &actor->link, hzw_hash(0, number));
    struct hzw_space *space = hzw_space_of(order, image);
    LIST_INSERT_HEAD(&space->actors, actor, of_image);
    return actor;
}

void hzw_actor_torn(const struct hzw_lockorder *order, struct hzw_actor *actor)
{
    actor->gaps = order->gaps - 1;
}

struct hzw_actor *hzw_actor_of(struct hzw_lockorder *order, uint64_t number)
{
    struct hzw_actor *actor = find_actor(order, number);
    if (actor != NULL)
        return actor;
    actor = new_actor(order, number, 0);
    actor->floor = order->last;
    /* What it has logged before is not known: nor is then by which record it took a lock. */
    hzw_actor_torn(order, actor);
    return actor;
}

static void leave_idle(struct hzw_lockorder *order, struct hzw_actor *actor)
{
    if (!actor->is_idle)
        return;
    TAILQ_REMOVE(&order->idle, actor, idle);
    actor->is_idle = false;
    order->idle_n--;
}

void hzw_actor_free(struct hzw_lockorder *order, struct hzw_actor *actor)
{
    leave_idle(order, actor);
    LIST_REMOVE(actor, of_image);
    hzw_space_settle(order, hzw_space_find(order, actor->image));
    hzw_table_take(&order->actors, &actor->link);
    hzw_clock_drop(actor->clock);
    hzw_clock_drop(actor->child);
    hzw_piece_free(&order->pool, actor, sizeof *actor);
}

void hzw_actor_settle(struct hzw_lockorder *order, struct hzw_actor *actor)
{
    leave_idle(order, actor);
    if (!TAILQ_EMPTY(&actor->instances))
        return;
    if (actor->gone && actor->joined) {
        hzw_actor_free(order, actor);
        return;
    }
    TAILQ_INSERT_TAIL(&order->idle, actor, idle);
    actor->is_idle = true;
    order->idle_n++;
}

void hzw_actors_trim(struct hzw_lockorder *order)
{
    while (order->idle_n > HZW_ORDER_IDLE)
        hzw_actor_free(order, TAILQ_FIRST(&order->idle));
}

/* ---- records ------------------------------------------------------------------------ */

/*
 * The past of a thread that `creator` makes. All that the creator did until then is known,
 * so it is enough to name the last segment in which it did anything: then those that it
 * makes in a row have one clock together.
 */
static struct hzw_clock *child_clock(struct hzw_lockorder *order, struct hzw_actor *creator,
                                     uint32_t segment)
{
    uint64_t below = creator->below < segment + 1ull ? creator->below : segment + 1ull;
    if (below == 0)
        return hzw_clock_share(creator->clock);
    if (creator->child == NULL || creator->child_below != below) {
        hzw_clock_drop(creator->child);
        creator->child = raise_to(order, copy_of(order, creator->clock), creator->number, below);
        creator->child_below = below;
    }
    return hzw_clock_share(creator->child);
}

void hzw_lockorder_born(struct hzw_lockorder *order, uint64_t thread, uint64_t image,
                        uint64_t creator, uint32_t segment)
{
    if (thread == HZW_NOBODY || thread == HZW_SEVERAL || thread == creator ||
        find_actor(order, thread) != NULL) {
        order->counts.refused++;
        return;
    }
    struct hzw_actor *actor = new_actor(order, thread, image);
    if (creator != HZW_NOBODY) {
        struct hzw_actor *by = hzw_actor_of(order, creator);
        actor->clock = child_clock(order, by, segment);
        actor->floor = by->floor;
        hzw_actor_settle(order, by);
    }
    hzw_actor_settle(order, actor);
    hzw_actors_trim(order);
}

static void end(struct hzw_lockorder *order, struct hzw_actor *actor)
{
    if (actor->gone)
        return;
    actor->gone = true;
    struct hzw_instance *instance;
    while ((instance = TAILQ_FIRST(&actor->instances)) != NULL && !instance->gone) {
        TAILQ_REMOVE(&actor->instances, instance, of_actor);
        TAILQ_INSERT_TAIL(&actor->instances, instance, of_actor);
        hzw_instance_gone(order, instance);
    }
}

void hzw_lockorder_gone(struct hzw_lockorder *order, uint64_t thread)
{
    struct hzw_actor *actor = find_actor(order, thread);
    if (actor == NULL)
        return;
    end(order, actor);
    hzw_actor_settle(order, actor);
    hzw_actors_trim(order);
}

void hzw_lockorder_joined(struct hzw_lockorder *order, uint64_t joiner, uint64_t joined)
{
    if (joiner == HZW_NOBODY || joiner == HZW_SEVERAL || joiner == joined) {
        order->counts.refused++;
        return;
    }
    struct hzw_actor *by = hzw_actor_of(order, joiner), *other = find_actor(order, joined);
    if (other == NULL) {
        /* Too long ago: whatever it was after, it is before. */
        by->floor = order->last;
    } else {
        for (size_t i = 0; other->clock != NULL && i < other->clock->n; i++)
            raise_past(order, by, other->clock->at[i].thread, other->clock->at[i].below);
        if (!TAILQ_EMPTY(&other->instances))
            raise_past(order, by, joined, HZW_WHENEVER);
        if (by->floor < other->floor)
            by->floor = other->floor;
        end(order, other);
        other->joined = true;
        hzw_actor_settle(order, other);
    }
    hzw_actor_settle(order, by);
    hzw_actors_trim(order);
}

static void forget(struct hzw_lockorder *order, struct hzw_actor *actor)
{
    struct hzw_instance *instance;
    while ((instance = TAILQ_FIRST(&actor->instances)) != NULL)
        hzw_instance_drop(order, instance);
}

void hzw_lockorder_image_over(struct hzw_lockorder *order, uint64_t image)
{
    struct hzw_space *space = hzw_space_find(order, image);
    if (space == NULL)
        return;
    /* So that none of them goes with its last dependency, while the list is walked. */
    struct hzw_actor *actor, *next;
    LIST_FOREACH(actor, &space->actors, of_image)
    actor->joined = false;
    for (actor = LIST_FIRST(&space->actors); actor != NULL; actor = next) {
        next = LIST_NEXT(actor, of_image);
        forget(order, actor);
    }
    while ((space = hzw_space_find(order, image)) != NULL &&
           (actor = LIST_FIRST(&space->actors)) != NULL)
        hzw_actor_free(order, actor);
    hzw_locks_forget(order, image);
}
