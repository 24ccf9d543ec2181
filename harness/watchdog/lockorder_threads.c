#include "watchdog/lockorder_parts.h"

#include <stdlib.h>
#include <string.h>

/* ---- process images ------------------------------------------------------------- */

struct hzw_space *hzw_space_find(const struct hzw_lockorder *order, uint64_t number)
{
    struct hzw_space *space = hzw_table_first(&order->pool, &order->spaces, hzw_hash(0, number));
    while (space != NULL && space->number != number)
        space = hzw_table_next(&order->pool, &space->link);
    return space;
}

struct hzw_space *hzw_space_of(struct hzw_lockorder *order, uint64_t number)
{
    struct hzw_space *space = hzw_space_find(order, number);
    if (space != NULL)
        return space;
    space = hzw_piece(&order->pool, sizeof *space);
    space->number = number;
    hzw_table_put(&order->pool, &order->spaces, &space->link, hzw_hash(0, number));
    return space;
}

void hzw_space_settle(struct hzw_lockorder *order, struct hzw_space *space)
{
    if (space->actors != 0 || space->locks != 0)
        return;
    hzw_table_take(&order->pool, &order->spaces, &space->link);
    hzw_piece_free(&order->pool, space, sizeof *space);
}

/* ---- clocks ----------------------------------------------------------------------- */

hzw_ref hzw_clock_share(const struct hzw_lockorder *order, hzw_ref clock)
{
    if (clock != 0)
        hzw_clock_at(order, clock)->references++;
    return clock;
}

void hzw_clock_drop(struct hzw_lockorder *order, hzw_ref ref)
{
    struct hzw_clock *clock = hzw_clock_at(order, ref);
    if (clock == NULL || --clock->references != 0)
        return;
    free(clock->at);
    hzw_piece_free(&order->pool, clock, sizeof *clock);
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
    struct hzw_actor *actor = hzw_table_first(&order->pool, &order->actors, hzw_hash(0, number));
    while (actor != NULL && actor->number != number)
        actor = hzw_table_next(&order->pool, &actor->link);
    return actor;
}

/* Takes out those without a dependency: they will have none that is before anything. */
static void purge(const struct hzw_lockorder *order, struct hzw_clock *clock)
{
    size_t kept = 0;
    for (size_t i = 0; i < clock->n; i++) {
        const struct hzw_actor *actor = find_actor(order, clock->at[i].thread);
        if (actor != NULL && actor->instances != 0)
            clock->at[kept++] = clock->at[i];
    }
    clock->n = kept;
}

/* One that nobody else refers to. */
static struct hzw_clock *copy_of(struct hzw_lockorder *order, const struct hzw_clock *clock)
{
    size_t n = clock != NULL ? clock->n : 0;
    struct hzw_clock *copy = hzw_piece(&order->pool, sizeof *copy);
    copy->references = 1;
    copy->room = n + 1;
    copy->at = hzw_room(NULL, copy->room * sizeof *copy->at);
    copy->n = n;
    if (n != 0)
        memcpy(copy->at, clock->at, n * sizeof *copy->at);
    purge(order, copy);
    return copy;
}

/* Of a clock that nobody else refers to. */
static void raise_to(const struct hzw_lockorder *order, struct hzw_clock *clock, uint64_t thread,
                     uint64_t below)
{
    if (clock->n == clock->room) {
        purge(order, clock);
        clock->room = 2 * clock->n + 2;
        clock->at = hzw_room(clock->at, clock->room * sizeof *clock->at);
    }
    size_t at = place_in(clock, thread);
    if (at < clock->n && clock->at[at].thread == thread) {
        if (clock->at[at].below < below)
            clock->at[at].below = below;
        return;
    }
    memmove(&clock->at[at + 1], &clock->at[at], (clock->n - at) * sizeof *clock->at);
    clock->at[at] = (struct hzw_before){thread, below};
    clock->n++;
}

static void raise_past(struct hzw_lockorder *order, struct hzw_actor *actor, uint64_t thread,
                       uint64_t below)
{
    struct hzw_clock *clock = hzw_clock_at(order, actor->clock);
    if (thread == actor->number || below_in(clock, thread) >= below)
        return;
    hzw_clock_drop(order, actor->child);
    actor->child = 0;
    if (clock == NULL || clock->references > 1) {
        struct hzw_clock *own = copy_of(order, clock);
        hzw_clock_drop(order, actor->clock);
        actor->clock = hzw_ref_of(&order->pool, own);
        clock = own;
    }
    raise_to(order, clock, thread, below);
}

static bool before(const struct hzw_lockorder *order, const struct hzw_instance *a,
                   const struct hzw_instance *b)
{
    return a->number <= b->floor ||
           (b->clock != 0 && below_in(hzw_clock_at(order, b->clock),
                                      hzw_actor_at(order, a->actor)->number) > a->segment);
}

bool hzw_concurrent(const struct hzw_lockorder *order, const struct hzw_instance *a,
                    const struct hzw_instance *b)
{
    return a->actor != b->actor && !before(order, a, b) && !before(order, b, a);
}

/* ---- threads ----------------------------------------------------------------------- */

static struct hzw_actor *new_actor(struct hzw_lockorder *order, uint64_t number, uint64_t image)
{
    struct hzw_actor *actor = hzw_piece(&order->pool, sizeof *actor);
    actor->number = number;
    actor->image = image;
    actor->gaps = order->gaps;
    hzw_table_put(&order->pool, &order->actors, &actor->link, hzw_hash(0, number));
    struct hzw_space *space = hzw_space_of(order, image);
    HZW_PUT_FIRST(order, &space->actors, actor, of_image);
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
    HZW_TAKE(order, &order->idle, actor, idle);
    actor->is_idle = false;
    order->idle_n--;
}

void hzw_actor_free(struct hzw_lockorder *order, struct hzw_actor *actor)
{
    leave_idle(order, actor);
    struct hzw_space *space = hzw_space_find(order, actor->image);
    HZW_TAKE(order, &space->actors, actor, of_image);
    hzw_space_settle(order, space);
    hzw_table_take(&order->pool, &order->actors, &actor->link);
    hzw_clock_drop(order, actor->clock);
    hzw_clock_drop(order, actor->child);
    hzw_piece_free(&order->pool, actor, sizeof *actor);
}

void hzw_actor_settle(struct hzw_lockorder *order, struct hzw_actor *actor)
{
    leave_idle(order, actor);
    if (actor->instances != 0)
        return;
    if (actor->gone && actor->joined) {
        hzw_actor_free(order, actor);
        return;
    }
    HZW_PUT_LAST(order, &order->idle, actor, idle);
    actor->is_idle = true;
    order->idle_n++;
}

void hzw_actors_trim(struct hzw_lockorder *order)
{
    while (order->idle_n > HZW_ORDER_IDLE)
        hzw_actor_free(order, hzw_actor_at(order, order->idle));
}

/* ---- records ------------------------------------------------------------------------ */

/*
 * The past of a thread that `creator` makes. All that the creator did until then is known,
 * so it is enough to name the last segment in which it did anything: then those that it
 * makes in a row have one clock together.
 */
static hzw_ref child_clock(struct hzw_lockorder *order, struct hzw_actor *creator, uint32_t segment)
{
    uint64_t below = creator->below < segment + 1ull ? creator->below : segment + 1ull;
    if (below == 0)
        return hzw_clock_share(order, creator->clock);
    if (creator->child == 0 || creator->child_below != below) {
        hzw_clock_drop(order, creator->child);
        struct hzw_clock *child = copy_of(order, hzw_clock_at(order, creator->clock));
        raise_to(order, child, creator->number, below);
        creator->child = hzw_ref_of(&order->pool, child);
        creator->child_below = below;
    }
    return hzw_clock_share(order, creator->child);
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
    /* One that went before may be freed; those that are yet to go are not. */
    struct hzw_instance *instance = hzw_instance_at(order, actor->instances), *next;
    for (; instance != NULL && !instance->gone; instance = next) {
        next = hzw_instance_at(order, instance->of_actor.next);
        if (next != NULL && next->gone)
            next = NULL;
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
        const struct hzw_clock *past = hzw_clock_at(order, other->clock);
        for (size_t i = 0; past != NULL && i < past->n; i++)
            raise_past(order, by, past->at[i].thread, past->at[i].below);
        if (other->instances != 0)
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
    while ((instance = hzw_instance_at(order, actor->instances)) != NULL)
        hzw_instance_drop(order, instance);
}

void hzw_lockorder_image_over(struct hzw_lockorder *order, uint64_t image)
{
    struct hzw_space *space = hzw_space_find(order, image);
    if (space == NULL)
        return;
    /* So that none of them goes with its last dependency, while the list is walked. */
    struct hzw_actor *actor, *next;
    HZW_EACH(order, space->actors, actor, of_image)
    actor->joined = false;
    for (actor = hzw_actor_at(order, space->actors); actor != NULL; actor = next) {
        next = hzw_actor_at(order, actor->of_image.next);
        forget(order, actor);
    }
    while ((space = hzw_space_find(order, image)) != NULL &&
           (actor = hzw_actor_at(order, space->actors)) != NULL)
        hzw_actor_free(order, actor);
    hzw_locks_forget(order, image);
}
