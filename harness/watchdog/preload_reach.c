/*
 * Who has to do with what: so that it can be told who may still end a wait when those who
 * used to end it are no more. A thread writes its own slot; the table in the shared memory
 * only when it signals something for the first time or the second.
 */
#include "watchdog/preload.h"

static void add_bit(_Atomic uint64_t *word, uint64_t bit)
{
    /* Nobody else writes a slot: no locked instruction. */
    uint64_t value = atomic_load_explicit(word, memory_order_relaxed);
    atomic_store_explicit(word, value | (uint64_t)1 << bit % 64, memory_order_relaxed);
}

static void add(_Atomic uint64_t *filter, uint32_t words, uint64_t object)
{
    uint64_t hash = hzw_mix(object), bits = words * 64u;
    uint64_t one = hash >> 8 & (bits - 1), other = hash >> 40 & (bits - 1);
    add_bit(&filter[one / 64], one);
    add_bit(&filter[other / 64], other);
}

void hzw_touch(struct hzw_slot *slot, uint64_t object)
{
    add(slot->reach.touched, HZW_TOUCHED, object);
}

static struct hzw_told *told_of(const struct hzw_slot *slot, uint64_t object, bool enter)
{
    struct hzw_told *table = hzw_shared()->told;
    bool added;
    uint64_t key = hzw_told_key(object, slot->image);
    const struct hzw_keys keys = {&table->key, sizeof *table, HZW_TOLD, HZW_TOLD_PROBES};
    uint64_t place = hzw_find_key(keys, key, key, enter ? &added : NULL);
    return place != HZW_NOWHERE ? &table[place] : NULL;
}

static void set(_Atomic uint64_t *word, uint64_t bits)
{
    if ((atomic_load(word) & bits) != bits)
        atomic_fetch_or(word, bits);
}

/* A main thread has none, and is known otherwise. */
static void add_start(struct hzw_told *told, uint64_t start)
{
    uint32_t i = 0;
    for (; i < HZW_STARTS - 1; i++) {
        uint64_t now = atomic_load(&told->starts[i]);
        if (now == start ||
            (now == 0 && atomic_compare_exchange_strong(&told->starts[i], &now, start)) ||
            now == start)
            return;
    }
    set(&told->starts[i], 1);
}

void hzw_signals_more(struct hzw_slot *slot, uint64_t object)
{
    hzw_touch(slot, object);
    struct hzw_told *told = told_of(slot, object, true);
    bool again = hzw_in(slot->reach.signalled, HZW_SIGNALLED, object);
    add(again ? slot->reach.again : slot->reach.signalled, HZW_SIGNALLED, object);
    if (told == NULL)
        return;
    set(&told->parents, hzw_thread_bit(slot->creator));
    if (slot->start != 0)
        add_start(told, slot->start);
    if (again)
        set(&told->again, hzw_thread_bit(slot->thread));
}

static void begin_anew(struct hzw_told *told, uint64_t made)
{
    atomic_store(&told->again, 0);
    atomic_store(&told->parents, 0);
    for (uint32_t i = 0; i < HZW_STARTS; i++)
        atomic_store(&told->starts[i], 0);
    atomic_store(&told->made, made);
}

void hzw_made(struct hzw_slot *slot, uint64_t object)
{
    hzw_touch(slot, object);
    struct hzw_told *told = told_of(slot, object, true);
    if (told != NULL)
        begin_anew(told, 1);
}

void hzw_unmade(const struct hzw_slot *slot, uint64_t object)
{
    struct hzw_told *told = told_of(slot, object, false);
    if (told != NULL)
        begin_anew(told, 0);
}
