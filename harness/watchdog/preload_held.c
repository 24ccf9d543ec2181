/*
 * What a thread holds, in the order in which it was taken: the oldest HZW_HELD where the
 * monitor sees them, in its slot or far from it, and the rest in memory of its own.
 */
#include "watchdog/preload.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* ---- the rest ------------------------------------------------------------------- */

/*
 * In order of taking, each entry at a position from `first` to before `end`; one that was
 * let go leaves a hole, with object 0. `at` finds the position (plus one) of an object by
 * linear probing: a place that leads to a hole, or to an entry that came to stand where
 * its own was, is passed by. So every step takes constant time, however many there are.
 */
struct rest {
    struct hzw_held held;
    uint64_t hash; /* what it was counted with in hzw_more.hash */
};

struct hzw_more {
    uint64_t bytes;    /* of the map, with what follows */
    uint32_t capacity; /* entries; a power of two, with twice as many places in `at` */
    uint32_t first, end, live;
    uint32_t places; /* of `at`, that are not 0 */
    uint32_t locks;  /* live ones that are no semaphores */
    uint64_t hash;   /* sum over the locks */
    uint32_t *at;
    struct rest entry[];
};

static uint32_t place_of(const struct hzw_more *more, uint64_t object)
{
    return (uint32_t)(hzw_mix(object) >> 32) & (2 * more->capacity - 1);
}

static uint32_t next_place(const struct hzw_more *more, uint32_t place)
{
    return (place + 1) & (2 * more->capacity - 1);
}

/* The place of an object in `at`, or the free one where the search for it ends. */
static uint32_t find_place(const struct hzw_more *more, uint64_t object)
{
    uint32_t place = place_of(more, object);
    while (more->at[place] != 0 && more->entry[more->at[place] - 1].held.object != object)
        place = next_place(more, place);
    return place;
}

static struct rest *find_rest(struct hzw_more *more, uint64_t object)
{
    if (more == NULL || more->live == 0)
        return NULL;
    uint32_t position = more->at[find_place(more, object)];
    return position != 0 ? &more->entry[position - 1] : NULL;
}

static struct hzw_more *map_more(uint32_t capacity)
{
    uint64_t entries = sizeof(struct hzw_more) + capacity * sizeof(struct rest);
    uint64_t bytes = entries + 2 * capacity * sizeof(uint32_t);
    int before = errno;
    struct hzw_more *more =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    errno = before;
    if (more == MAP_FAILED)
        return NULL;
    more->bytes = bytes;
    more->capacity = capacity;
    more->at = (uint32_t *)(void *)((char *)more + entries);
    return more;
}

static void put(struct hzw_more *more, const struct rest *rest)
{
    more->entry[more->end] = *rest;
    uint32_t place = place_of(more, rest->held.object);
    while (more->at[place] != 0)
        place = next_place(more, place);
    more->at[place] = ++more->end;
    more->places++;
    more->live++;
    if (rest->held.kind != HZW_SEM) {
        more->locks++;
        more->hash += rest->hash;
    }
}

/* A list with room for one more: the same, or a new one without the holes; or NULL. */
static struct hzw_more *make_room(void)
{
    struct hzw_more *old = hzw_self.more;
    if (old != NULL && old->end < old->capacity && old->places <= old->capacity)
        return old;
    uint32_t capacity = old == NULL ? 64 : old->capacity;
    if (old != NULL && old->live > capacity / 2)
        capacity *= 2;
    struct hzw_more *more = capacity != 0 ? map_more(capacity) : NULL;
    if (more == NULL)
        return NULL;
    for (uint32_t i = old != NULL ? old->first : 0; old != NULL && i < old->end; i++)
        if (old->entry[i].held.object != 0)
            put(more, &old->entry[i]);
    hzw_self.more = more; /* before the old one goes: a signal handler may look */
    if (old != NULL)
        munmap(old, old->bytes);
    return more;
}

static bool add_rest(const struct hzw_held *held)
{
    struct hzw_more *more = make_room();
    if (more == NULL)
        return false;
    struct rest rest = {*held, hzw_hash_lock(held->object, held->kind, hzw_birth(held->object))};
    put(more, &rest);
    return true;
}

static void remove_rest(struct hzw_more *more, struct rest *rest)
{
    uint32_t place = find_place(more, rest->held.object);
    if (rest->held.kind != HZW_SEM) {
        more->locks--;
        more->hash -= rest->hash;
    }
    rest->held.object = 0;
    more->live--;
    if (more->at[next_place(more, place)] == 0) {
        more->at[place] = 0;
        more->places--;
    }
    while (more->end > more->first && more->entry[more->end - 1].held.object == 0)
        more->end--;
    while (more->first < more->end && more->entry[more->first].held.object == 0)
        more->first++;
    if (more->live == 0)
        more->first = more->end = 0;
}

/* NULL if there is none, whatever the counts say: a signal handler may have been at it. */
static struct rest *oldest_rest(struct hzw_more *more)
{
    for (uint32_t i = more != NULL ? more->first : 0; more != NULL && i < more->end; i++)
        if (more->entry[i].held.object != 0)
            return &more->entry[i];
    if (more != NULL)
        more->live = 0;
    return NULL;
}

/* ---- the list ------------------------------------------------------------------- */

static uint32_t rest_n(void)
{
    return hzw_self.more != NULL ? hzw_self.more->live : 0;
}

/* Of held_n, those that the slot names. They have no holes, and zeros after their end. */
static uint32_t named(const struct hzw_slot *slot)
{
    uint32_t n = slot->held_n - hzw_self.unnamed - rest_n();
    return n <= HZW_HELD ? n : HZW_HELD;
}

static struct hzw_held *find_named(struct hzw_slot *slot, uint64_t object)
{
    for (uint32_t i = named(slot); i > 0; i--)
        if (hzw_held_at(slot, i - 1)->object == object)
            return hzw_my_held(slot, i - 1);
    return NULL;
}

static struct hzw_held *find(struct hzw_slot *slot, uint64_t object)
{
    struct hzw_held *held = find_named(slot, object);
    if (held != NULL)
        return held;
    struct rest *rest = find_rest(hzw_self.more, object);
    return rest != NULL ? &rest->held : NULL;
}

const struct hzw_held *hzw_held_by(struct hzw_slot *slot, uint64_t object)
{
    return find(slot, object);
}

/* Those taken later move up; the oldest of the rest comes after them. */
static void remove_named(struct hzw_slot *slot, struct hzw_held *held)
{
    uint32_t i = 0, n = named(slot);
    while (i < n && hzw_held_at(slot, i) != held)
        i++;
    if (i == n)
        return;
    for (; i + 1 < n; i++)
        *hzw_my_held(slot, i) = *hzw_held_at(slot, i + 1);
    struct hzw_held *last = hzw_my_held(slot, n - 1);
    struct rest *oldest = oldest_rest(hzw_self.more);
    *last = (struct hzw_held){0};
    if (oldest != NULL) {
        *last = oldest->held;
        remove_rest(hzw_self.more, oldest);
    }
    slot->held_n--;
}

static void remove_held(struct hzw_slot *slot, struct hzw_held *held)
{
    if (find_named(slot, held->object) == held) {
        remove_named(slot, held);
        return;
    }
    remove_rest(hzw_self.more, (struct rest *)(void *)held);
    slot->held_n--;
}

static void append(struct hzw_slot *slot, const struct hzw_held *held)
{
    uint32_t n = named(slot);
    if (n == HZW_HELD_NEAR)
        hzw_go_far(slot, HZW_FAR_HELD);
    if (n < HZW_HELD && rest_n() == 0)
        *hzw_my_held(slot, n) = *held;
    else if (!add_rest(held))
        hzw_self.unnamed++;
    slot->held_n++;
}

bool hzw_hold(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller, int how)
{
    struct hzw_held *held = find(slot, object);
    if (held != NULL && (how & HZW_FRESH) == 0) {
        held->depth++;
        return false;
    }
    /* It was let go by another thread, or its memory was. */
    if (held != NULL)
        remove_held(slot, held);
    append(slot, &(struct hzw_held){object, caller, kind, 1});
    return true;
}

struct hzw_held hzw_drop_named(struct hzw_slot *slot, uint64_t object)
{
    struct hzw_held *held = find(slot, object);
    if (held == NULL)
        return (struct hzw_held){0};
    struct hzw_held before = *held;
    if (held->depth > 1)
        held->depth--;
    else
        remove_held(slot, held);
    return before;
}

bool hzw_drop_any(struct hzw_slot *slot, uint64_t object)
{
    struct hzw_held before = hzw_drop_named(slot, object);
    if (before.object == 0 && hzw_self.unnamed > 0 && slot->held_n > 0) {
        hzw_self.unnamed--;
        slot->held_n--;
    }
    return before.depth <= 1;
}

void hzw_forget(struct hzw_slot *slot, uint64_t object)
{
    struct hzw_held *held = find(slot, object);
    if (held != NULL)
        remove_held(slot, held);
}

/* ---- all of it ------------------------------------------------------------------ */

/*
 * A semaphore of one may stand before locks like another lock. One that was decremented
 * twice and not posted between is no such gate, but a signal.
 */
static bool guards(const struct hzw_held *held)
{
    return held->kind != HZW_SEM || held->depth == 1;
}

struct hzw_holding hzw_holding(struct hzw_slot *slot, uint64_t object)
{
    struct hzw_more *more = hzw_self.more;
    struct hzw_holding holding = {0};
    for (uint32_t i = 0; i < named(slot); i++) {
        const struct hzw_held *held = hzw_held_at(slot, i);
        holding.has |= held->object == object;
        if (!guards(held) || held->object == object)
            continue;
        holding.locks += held->kind != HZW_SEM;
        holding.gates += held->kind == HZW_SEM;
        holding.hash += hzw_hash_lock(held->object, held->kind, hzw_birth(held->object));
    }
    if (rest_n() != 0) {
        holding.has |= find_rest(more, object) != NULL;
        holding.locks += more->locks;
        holding.hash += more->hash;
    }
    return holding;
}

static bool list_one(struct hzw_entry *entries, uint32_t *n, const struct hzw_held *held)
{
    if (held->object == 0 || !guards(held))
        return true;
    entries[HZW_LISTED - ++*n] = (struct hzw_entry){.object = held->object,
                                                    .caller = held->caller,
                                                    .birth = hzw_birth(held->object),
                                                    .kind = held->kind};
    return *n < HZW_LISTED;
}

/* From the last one on, into the end of `entries`; then to where they belong. */
uint32_t hzw_list(struct hzw_slot *slot, struct hzw_entry *entries)
{
    uint32_t n = 0;
    bool room = true;
    struct hzw_more *more = hzw_self.more;
    for (uint32_t i = rest_n() != 0 ? more->end : 0; room && i > 0; i--)
        room = list_one(entries, &n, &more->entry[i - 1].held);
    for (uint32_t i = named(slot); room && i > 0; i--)
        room = list_one(entries, &n, hzw_held_at(slot, i - 1));
    memmove(entries, entries + HZW_LISTED - n, n * sizeof *entries);
    return n;
}

void hzw_each_held(struct hzw_slot *slot, bool (*visit)(const struct hzw_held *, void *),
                   void *argument)
{
    for (uint32_t i = 0; i < named(slot); i++)
        if (!visit(hzw_held_at(slot, i), argument))
            return;
    struct hzw_more *more = hzw_self.more;
    for (uint32_t i = rest_n() != 0 ? more->first : 0; rest_n() != 0 && i < more->end; i++)
        if (more->entry[i].held.object != 0 && !visit(&more->entry[i].held, argument))
            return;
}

/* ---- fork, end ------------------------------------------------------------------ */

/* The rest needs no copy: the child has it as it was at the fork. */
static _Thread_local struct {
    struct hzw_held held[HZW_HELD];
    uint32_t n;
} kept __attribute__((tls_model("initial-exec")));

void hzw_keep_held(const struct hzw_slot *slot)
{
    memset(kept.held, 0, sizeof kept.held);
    for (uint32_t i = 0; i < named(slot); i++)
        kept.held[i] = *hzw_held_at(slot, i);
    kept.n = slot->held_n;
}

void hzw_take_held(struct hzw_slot *slot)
{
    if (kept.n > HZW_HELD_NEAR)
        hzw_go_far(slot, HZW_FAR_HELD);
    for (uint32_t i = 0; i < hzw_held_most(slot); i++)
        *hzw_my_held(slot, i) = kept.held[i];
    slot->held_n = kept.n;
}

void hzw_end_held(void)
{
    if (hzw_self.more != NULL)
        munmap(hzw_self.more, hzw_self.more->bytes);
    hzw_self.more = NULL;
    hzw_self.unnamed = 0;
}
