#include "watchdog/starve_parts.h"

#include <stdlib.h>

/* ---- keys and their doors ------------------------------------------------------- */

static size_t door_hash(pid_t pid, uint64_t object)
{
    return (size_t)((object ^ (uint64_t)(uint32_t)pid << 40) * 0x9e3779b97f4a7c15ull >> 24);
}

struct hzw_key *hzw_key_at(const struct hzw_glance *look, uint32_t key)
{
    return &look->starve->table.keys.at[key];
}

const struct hzw_door *hzw_next_door(const struct hzw_table *table, const struct hzw_door *from,
                                     pid_t pid, uint64_t object, uint64_t caller)
{
    uint32_t next = 0;
    if (from != NULL)
        next = from->next;
    else if (table->room != 0)
        next = table->heads[door_hash(pid, object) & (table->room - 1)];
    for (; next != 0; next = table->doors.at[next - 1].next) {
        const struct hzw_door *door = &table->doors.at[next - 1];
        if (door->object == object && door->pid == pid && door->caller == caller)
            return door;
    }
    return NULL;
}

static void hang(struct hzw_table *table, uint32_t index)
{
    struct hzw_door *door = &table->doors.at[index];
    uint32_t *head = &table->heads[door_hash(door->pid, door->object) & (table->room - 1)];
    door->next = *head;
    *head = index + 1;
}

void hzw_add_door(struct hzw_glance *look, struct hzw_door door)
{
    struct hzw_table *table = &look->starve->table;
    *hz_push(look->memory, &table->doors) = door;
    if (table->doors.n <= table->room) {
        hang(table, (uint32_t)table->doors.n - 1);
        return;
    }
    table->room = table->room != 0 ? 2 * table->room : 256;
    table->heads = hz_alloc(look->memory, table->room * sizeof *table->heads);
    for (size_t i = 0; i < table->doors.n; i++)
        hang(table, (uint32_t)i);
}

/* The key of which the process itself is the first. */
static const struct hzw_door *own_door(const struct hzw_table *table, pid_t pid, uint64_t object,
                                       uint64_t caller)
{
    const struct hzw_door *door = NULL;
    do
        door = hzw_next_door(table, door, pid, object, caller);
    while (door != NULL &&
           (table->keys.at[door->key].pid != pid || table->keys.at[door->key].object != object));
    return door;
}

/* What is known of it from the look before, if it was waited for then. */
static void inherit(struct hzw_glance *look, struct hzw_key *key, uint32_t index)
{
    const struct hzw_door *door = own_door(&look->then.table, key->pid, key->object, key->caller);
    if (door == NULL)
        return;
    struct hzw_key *before = &look->then.table.keys.at[door->key];
    before->successor = index + 1;
    key->old = true;
    key->asked = before->asked;
    key->file = before->file;
    key->hold = before->hold;
    key->epochs = before->epochs;
    for (uint32_t e = 0; e < before->epochs; e++)
        key->epoch[e] = (struct hzw_epoch){.begin = before->epoch[e].begin,
                                           .last = before->epoch[e].last,
                                           .passing = before->epoch[e].passing,
                                           .looks = before->epoch[e].looks};
    for (size_t i = 0; i < before->aliases.n; i++) {
        *hz_push(look->memory, &key->aliases) = before->aliases.at[i];
        key->aliases.at[i].fresh = false;
    }
}

static uint32_t key_of(struct hzw_glance *look, pid_t pid, uint64_t object, uint64_t caller)
{
    struct hzw_table *table = &look->starve->table;
    const struct hzw_door *door = own_door(table, pid, object, caller);
    if (door != NULL)
        return door->key;
    uint32_t index = (uint32_t)table->keys.n;
    struct hzw_key *key = hz_push(look->memory, &table->keys);
    *key = (struct hzw_key){.pid = pid, .object = object, .caller = caller, .fresh = -1};
    for (uint32_t e = 0; e < HZW_EPOCHS; e++)
        key->now[e] = -1;
    inherit(look, key, index);
    hzw_add_door(look, (struct hzw_door){pid, object, caller, index, 0, false});
    return index;
}

void hzw_follow(struct hzw_glance *look, struct hzw_follow *what, pid_t pid, uint64_t object,
                uint64_t caller)
{
    what->key = key_of(look, pid, object, caller);
    struct hzw_key *key = hzw_key_at(look, what->key);
    if (what->epoch >= 0 && (uint32_t)what->epoch < key->epochs) {
        key->used[what->epoch]++;
    } else {
        what->epoch = -1;
        key->pending++;
    }
    look->starve->steps++;
}

/* ---- epochs --------------------------------------------------------------------- */

/* Those that nobody belongs to any more are over. */
static void drop_unused(struct hzw_key *key)
{
    uint32_t kept = 0;
    for (uint32_t e = 0; e < key->epochs; e++) {
        key->now[e] = key->used[e] > 0 ? (int8_t)kept : -1;
        if (key->used[e] > 0)
            key->epoch[kept++] = key->epoch[e];
    }
    key->epochs = kept;
}

/* Gives up the baseline whose waiters lose the smallest share of their time by it. */
static void merge_two(struct hzw_key *key, uint64_t now)
{
    uint32_t least = 0;
    double loss = 2;
    for (uint32_t e = 0; e + 1 < key->epochs; e++) {
        double share = (double)(key->epoch[e + 1].begin - key->epoch[e].begin) /
                       (double)(now - key->epoch[e].begin + 1);
        if (share < loss) {
            loss = share;
            least = e;
        }
    }
    for (uint32_t e = least; e + 1 < key->epochs; e++)
        key->epoch[e] = key->epoch[e + 1];
    key->epochs--;
    for (uint32_t e = 0; e < HZW_EPOCHS; e++)
        key->now[e] = (int8_t)(key->now[e] - (key->now[e] > (int8_t)least));
}

static void settle(struct hzw_glance *look, struct hzw_key *key)
{
    double spacing = look->starve->options.bypass_seconds / 8;
    drop_unused(key);
    if (key->pending == 0 ||
        (key->epochs > 0 && hzw_seconds(key->epoch[key->epochs - 1].begin, look->now) < spacing))
        return;
    if (key->epochs == HZW_EPOCHS)
        merge_two(key, look->now);
    key->fresh = (int8_t)key->epochs;
    key->epoch[key->epochs++] = (struct hzw_epoch){.begin = look->now, .last = look->now};
}

static void place_in_epoch(const struct hzw_glance *look, struct hzw_follow *what)
{
    const struct hzw_key *key = hzw_key_at(look, what->key);
    what->epoch = what->epoch >= 0 ? key->now[what->epoch] : key->fresh;
}

void hzw_settle_epochs(struct hzw_glance *look)
{
    struct hzw_starve *starve = look->starve;
    for (size_t i = 0; i < starve->table.keys.n; i++) {
        hzw_step(starve);
        settle(look, &starve->table.keys.at[i]);
    }
    for (size_t i = 0; i < starve->waiters.n; i++) {
        place_in_epoch(look, &starve->waiters.at[i].what);
        if (starve->waiters.at[i].how == HZW_IN_EPISODE)
            place_in_epoch(look, &starve->waiters.at[i].mutex);
    }
    for (size_t i = 0; i < look->then.rows.n; i++)
        if (look->then.rows.at[i].followed)
            place_in_epoch(look, &look->then.rows.at[i].what);
    starve->steps += starve->table.keys.n + starve->waiters.n + look->then.rows.n;
}

/* ---- accounts ------------------------------------------------------------------- */

#define FILTER_BITS 65536

/* One pass over all accounts. */
struct pass {
    struct hzw_glance *look;
    uint64_t filter[FILTER_BITS / 64]; /* the objects of the doors; most others are not in it */
    size_t from, row_from;             /* how far the counts and rows of the look before are read */
    uint32_t actor;
    bool same;               /* the slot's thread is the one of the look before */
    uint32_t held[HZW_HELD]; /* keys that it holds */
    uint32_t held_n;
};

static uint32_t filter_bit(uint64_t object)
{
    return (uint32_t)(object * 0x9e3779b97f4a7c15ull >> 48) % FILTER_BITS;
}

static void fill_filter(struct pass *pass)
{
    const struct hzw_table *table = &pass->look->starve->table;
    for (size_t i = 0; i < table->doors.n; i++) {
        uint32_t bit = filter_bit(table->doors.at[i].object);
        pass->filter[bit / 64] |= 1ull << bit % 64;
    }
}

static bool may_be_waited_for(const struct pass *pass, uint64_t object)
{
    uint32_t bit = filter_bit(object);
    return (pass->filter[bit / 64] >> bit % 64 & 1) != 0;
}

/* NULL if there is no room for it: then it is left out, and what it passed is not counted. */
static struct hzw_count_of *add_count(struct hzw_counts *counts)
{
    if (counts->n == counts->room) {
        size_t room = counts->room + counts->room / 4 + 1024;
        struct hzw_count_of *at = realloc(counts->at, room * sizeof *at);
        if (at == NULL)
            return NULL;
        counts->at = at;
        counts->room = room;
    }
    counts->at[counts->n] = (struct hzw_count_of){0};
    return &counts->at[counts->n++];
}

/* The same account at the look before; NULL if it was not there. */
static const struct hzw_count_of *count_before(struct pass *pass, uint32_t place, uint32_t key)
{
    const struct hzw_glance *look = pass->look;
    const struct hzw_counts *before = &look->starve->counts[1 - look->starve->turn];
    while (pass->from < before->n && before->at[pass->from].place < place)
        pass->from++;
    for (size_t i = pass->from; i < before->n && before->at[i].place == place; i++)
        if (look->then.table.keys.at[before->at[i].key].successor == key + 1)
            return pass->same ? &before->at[i] : NULL;
    return NULL;
}

/*
 * How often the thread got the object and gave it back. A semaphore that a thread only
 * ever decrements counts work to do and is no resource: a worker that finds less of it
 * than another one does not starve. Nor is it known of one that holds too much to be listed.
 */
static uint64_t times_got(const struct hzw_slot *slot, const struct hzw_count *count)
{
    if (count->kind != HZW_SEM)
        return count->taken;
    struct hzw_held held = hzw_find_held(slot, count->object);
    if (held.object == 0 && slot->held_n > HZW_HELD)
        return 0;
    return count->taken > held.depth ? count->taken - held.depth : 0;
}

/* How often it got it since the look before, as far as that is known. */
static uint32_t got_since(const struct pass *pass, const struct hzw_count_of *before,
                          const struct hzw_count *count, const struct hzw_door *door, uint32_t got)
{
    if (before != NULL)
        return (int32_t)(got - before->got) > 0 ? got - before->got : 0;
    /* Of a condition only the last place of waiting is known: there it may have been before. */
    bool knew = hzw_key_at(pass->look, door->key)->old && pass->same && !door->fresh;
    return knew && count->kind != HZW_COND && count->kind != HZW_SEM ? got : 0;
}

static uint32_t add_up(uint32_t a, uint32_t b)
{
    return a + b >= a ? a + b : UINT32_MAX;
}

static bool holds_key(const struct pass *pass, uint32_t key)
{
    for (uint32_t i = 0; i < pass->held_n; i++)
        if (pass->held[i] == key)
            return true;
    return false;
}

/* Adds one thread's count to what is known of the epochs. */
static void weigh(const struct pass *pass, struct hzw_key *key, const struct hzw_count_of *count,
                  uint32_t kind)
{
    const struct hzw_starve *starve = pass->look->starve;
    for (uint32_t e = 0; e < key->epochs; e++) {
        struct hzw_epoch *epoch = &key->epoch[e];
        uint32_t since = count->since[e];
        if (since == 0)
            continue;
        epoch->total += since;
        epoch->n++;
        epoch->each += since >= starve->options.bypass_each;
        epoch->alone += kind != HZW_RWLOCK_READ;
        if (since > epoch->most) {
            epoch->most = since;
            epoch->most_by = (uint32_t)(pass->look->counts->n - 1);
        }
    }
}

static void read_count_for(struct pass *pass, const struct hzw_slot *slot, uint32_t place,
                           const struct hzw_count *read, const struct hzw_door *door)
{
    struct hzw_key *key = hzw_key_at(pass->look, door->key);
    const struct hzw_count_of *before = count_before(pass, place, door->key);
    struct hzw_count_of *count = add_count(pass->look->counts);
    if (count == NULL)
        return;
    count->place = place;
    count->key = door->key;
    count->actor = pass->actor;
    count->got = (uint32_t)times_got(slot, read);
    uint32_t more = got_since(pass, before, read, door, count->got);
    bool holds = holds_key(pass, door->key);
    /* Of two epochs that became one the younger comes last. */
    for (uint32_t e = 0; e < HZW_EPOCHS; e++) {
        if (!key->old || key->now[e] < 0 || (before == NULL && more == 0))
            continue;
        uint32_t since = before != NULL ? before->since[e] : 0;
        uint16_t held = before != NULL ? before->held[e] : 0;
        count->since[key->now[e]] = add_up(since, more);
        count->held[key->now[e]] =
            (uint16_t)(held + (holds && key->epoch[key->now[e]].looks < UINT16_MAX));
    }
    if (key->fresh >= 0) {
        count->since[key->fresh] = 0;
        count->held[key->fresh] = 0;
    }
    key->grew |= more > 0;
    weigh(pass, key, count, read->kind);
}

static void read_tally(struct pass *pass, const struct hzw_actor *actor, uint32_t i)
{
    const struct hzw_tally *tally = hzw_tally_at(actor->slot, i);
    uint64_t object = atomic_load_explicit(&tally->object, memory_order_relaxed);
    bool waited_for = object != 0 && may_be_waited_for(pass, object);
    if (object == 0 ||
        (!waited_for && atomic_load_explicit(&tally->refused, memory_order_relaxed) == 0))
        return;
    struct hzw_count count = hzw_read_count(tally);
    uint32_t place = actor->place * HZW_TALLIES + i;
    if (count.object != 0 && count.refused != 0)
        hzw_follow_row(pass->look, place, pass->actor, &count, &pass->row_from);
    if (count.object == 0 || !waited_for || count.kind == HZW_IO)
        return;
    pid_t pid = hzw_pid_of(actor->owner);
    uint64_t caller = count.kind == HZW_COND ? count.caller : 0;
    const struct hzw_table *table = &pass->look->starve->table;
    const struct hzw_door *door = NULL;
    while ((door = hzw_next_door(table, door, pid, count.object, caller)) != NULL) {
        read_count_for(pass, actor->slot, place, &count, door);
        pass->look->starve->steps++;
    }
}

/* Which of the keys the thread holds. */
static void read_held(struct pass *pass, const struct hzw_actor *actor)
{
    pass->held_n = 0;
    for (uint32_t i = 0, n = hzw_held_named(actor->slot); i < n; i++) {
        uint64_t object = hzw_held_at(actor->slot, i)->object;
        pass->look->starve->steps++;
        if (!may_be_waited_for(pass, object))
            continue;
        const struct hzw_door *door = NULL;
        while ((door = hzw_next_door(&pass->look->starve->table, door, hzw_pid_of(actor->owner),
                                     object, 0)) != NULL) {
            struct hzw_key *key = hzw_key_at(pass->look, door->key);
            key->holders++;
            key->holder = pass->actor;
            if (pass->held_n < HZW_HELD)
                pass->held[pass->held_n++] = door->key;
        }
    }
}

static void date_passes(struct hzw_glance *look)
{
    uint64_t longest = (uint64_t)(look->starve->options.bypass_seconds / 4 * 1e9);
    struct hzw_table *table = &look->starve->table;
    for (size_t i = 0; i < table->keys.n; i++) {
        struct hzw_key *key = &table->keys.at[i];
        for (uint32_t e = 0; e < key->epochs; e++) {
            struct hzw_epoch *epoch = &key->epoch[e];
            epoch->looks += (int8_t)e != key->fresh && epoch->looks < UINT16_MAX;
            if (!key->grew)
                continue;
            uint64_t between = look->now > epoch->last ? look->now - epoch->last : 0;
            epoch->passing += between < longest ? between : longest;
            epoch->last = look->now;
        }
    }
}

void hzw_read_accounts(struct hzw_glance *look)
{
    struct pass *pass = hz_alloc(look->memory, sizeof *pass);
    pass->look = look;
    fill_filter(pass);
    for (size_t i = 0; i < look->actors.n; i++) {
        hzw_step(look->starve);
        const struct hzw_actor *actor = &look->actors.at[i];
        pass->actor = (uint32_t)i;
        pass->same = look->starve->owners[actor->place] == actor->owner;
        read_held(pass, actor);
        uint32_t tallies = hzw_tallies_most(actor->slot);
        for (uint32_t t = 0; t < tallies; t++)
            read_tally(pass, actor, t);
        look->starve->steps += tallies;
    }
    date_passes(look);
}
