#include "watchdog/lockorder_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *hzw_room(void *old, size_t size)
{
    void *new = old == NULL ? calloc(1, size) : realloc(old, size);
    if (new == NULL) {
        fputs("hazmat: out of memory\n", stderr);
        _exit(3);
    }
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

static void grow(struct hzw_table *table)
{
    size_t room = table->room == 0 ? 64 : table->room * 2;
    struct hzw_link **at = hzw_room(NULL, room * sizeof *at);
    for (size_t i = 0; i < table->room; i++)
        for (struct hzw_link *link = table->at[i], *next; link != NULL; link = next) {
            next = link->next;
            link->next = at[link->hash % room];
            at[link->hash % room] = link;
        }
    free(table->at);
    table->at = at;
    table->room = room;
}

void hzw_table_put(struct hzw_table *table, struct hzw_link *link, uint64_t hash)
{
    if (table->n++ >= table->room)
        grow(table);
    link->hash = hash;
    link->next = table->at[hash % table->room];
    table->at[hash % table->room] = link;
}

void hzw_table_take(struct hzw_table *table, struct hzw_link *link)
{
    struct hzw_link **at = &table->at[link->hash % table->room];
    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    table->n--;
}

static struct hzw_link *with_hash(struct hzw_link *link, uint64_t hash)
{
    while (link != NULL && link->hash != hash)
        link = link->next;
    return link;
}

struct hzw_link *hzw_table_first(const struct hzw_table *table, uint64_t hash)
{
    return table->room == 0 ? NULL : with_hash(table->at[hash % table->room], hash);
}

struct hzw_link *hzw_table_next(const struct hzw_link *link)
{
    return with_hash(link->next, link->hash);
}
