#include "watchdog/lockorder_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

_Noreturn void hzw_no_room(void)
{
    fputs("hazmat: out of memory\n", stderr);
    _exit(3);
}

void *hzw_room(void *old, size_t size)
{
    void *new = old == NULL ? calloc(1, size) : realloc(old, size);
    if (new == NULL)
        hzw_no_room();
    return new;
}

/* The finalizer of splitmix64. */
uint64_t hzw_hash(uint64_t hash, uint64_t value)
{
    uint64_t x = (hash ^ value) + 0x9e3779b97f4a7c15ull;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    return x ^ x >> 31;
}

static void grow(const struct hzw_pool *pool, struct hzw_table *table)
{
    size_t room = table->room == 0 ? 64 : table->room * 2;
    hzw_ref *at = hzw_room(NULL, room * sizeof *at);
    for (size_t i = 0; i < table->room; i++)
        for (hzw_ref ref = table->at[i], next; ref != 0; ref = next) {
            struct hzw_link *link = hzw_at(pool, ref);
            next = link->next;
            link->next = at[link->hash % room];
            at[link->hash % room] = ref;
        }
    free(table->at);
    table->at = at;
    table->room = room;
}

void hzw_table_put(const struct hzw_pool *pool, struct hzw_table *table, struct hzw_link *link,
                   uint64_t hash)
{
    if (table->n++ >= table->room)
        grow(pool, table);
    link->hash = (uint32_t)hash;
    link->next = table->at[link->hash % table->room];
    table->at[link->hash % table->room] = hzw_ref_of(pool, link);
}

void hzw_table_take(const struct hzw_pool *pool, struct hzw_table *table, struct hzw_link *link)
{
    hzw_ref *at = &table->at[link->hash % table->room], ref = hzw_ref_of(pool, link);
    while (*at != ref)
        at = &((struct hzw_link *)hzw_at(pool, *at))->next;
    *at = link->next;
    table->n--;
}

static void *with_hash(const struct hzw_pool *pool, hzw_ref ref, uint32_t hash)
{
    struct hzw_link *link = hzw_at(pool, ref);
    while (link != NULL && link->hash != hash)
        link = hzw_at(pool, link->next);
    return link;
}

void *hzw_table_first(const struct hzw_pool *pool, const struct hzw_table *table, uint64_t hash)
{
    return table->room == 0
               ? NULL
               : with_hash(pool, table->at[(uint32_t)hash % table->room], (uint32_t)hash);
}

void *hzw_table_next(const struct hzw_pool *pool, const struct hzw_link *link)
{
    return with_hash(pool, link->next, link->hash);
}
