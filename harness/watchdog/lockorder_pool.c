/*
 * Memory of the lock order: for each lock there are some small pieces, a hundred thousand
 * times. They come from one range of addresses, of which the front is in use, so that a
 * piece never moves and 32 bits say where it is. What is given back goes to a list of its
 * size. The range itself costs nothing: it may not even be touched where it is not in use.
 */
#include "watchdog/lockorder_parts.h"

#include <string.h>
#include <sys/mman.h>

#define MOST ((size_t)HZW_GRAIN << 32) /* what a reference can reach */
#define LEAST ((size_t)64 << 20)
#define STEP ((size_t)1 << 20) /* that is made usable at once */

/* A limit on the space of addresses may leave room for less. */
static void reserve(struct hzw_pool *pool)
{
    for (pool->size = MOST; pool->size >= LEAST; pool->size /= 2) {
        void *base =
            mmap(NULL, pool->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (base != MAP_FAILED) {
            pool->base = base;
            pool->used = HZW_GRAIN; /* 0 is no reference */
            return;
        }
    }
    hzw_no_room();
}

static void *fresh(struct hzw_pool *pool, size_t size)
{
    if (pool->base == NULL)
        reserve(pool);
    if (size > pool->size - pool->used)
        hzw_no_room();
    size_t end = pool->used + size;
    if (end > pool->usable) {
        size_t usable = (end + STEP - 1) / STEP * STEP;
        if (mprotect(pool->base + pool->usable, usable - pool->usable, PROT_READ | PROT_WRITE) != 0)
            hzw_no_room();
        pool->usable = usable;
    }
    void *piece = pool->base + pool->used;
    pool->used = end;
    return piece;
}

/* The list of pieces of that size, and what size these have: large ones a power of two. */
static hzw_ref *list_of(struct hzw_pool *pool, size_t size, size_t *rounded)
{
    size_t grains = (size + HZW_GRAIN - 1) / HZW_GRAIN, power = 0;
    if (grains < HZW_PIECES) {
        *rounded = grains * HZW_GRAIN;
        return &pool->free[grains];
    }
    while ((size_t)HZW_PIECES << power < grains)
        power++;
    *rounded = ((size_t)HZW_PIECES << power) * HZW_GRAIN;
    return &pool->large[power];
}

void *hzw_piece(struct hzw_pool *pool, size_t size)
{
    hzw_ref *list = list_of(pool, size, &size);
    hzw_ref *piece = hzw_at(pool, *list);
    if (piece == NULL)
        return fresh(pool, size);
    *list = *piece;
    return memset(piece, 0, size);
}

void hzw_piece_free(struct hzw_pool *pool, void *memory, size_t size)
{
    hzw_ref *list = list_of(pool, size, &size), *piece = memory;
    *piece = *list;
    *list = hzw_ref_of(pool, piece);
}

void hzw_pool_free(struct hzw_pool *pool)
{
    if (pool->base != NULL)
        munmap(pool->base, pool->size);
}

/* ---- lists -------------------------------------------------------------------------- */

static struct hzw_hook *hook_at(const struct hzw_pool *pool, hzw_ref ref, size_t hook)
{
    return (struct hzw_hook *)(void *)((char *)hzw_at(pool, ref) + hook);
}

void hzw_list_put(const struct hzw_pool *pool, hzw_ref *list, void *piece, size_t hook, bool last)
{
    hzw_ref ref = hzw_ref_of(pool, piece);
    struct hzw_hook *own = hook_at(pool, ref, hook);
    if (*list == 0) {
        *own = (struct hzw_hook){.previous = ref};
        *list = ref;
        return;
    }
    struct hzw_hook *first = hook_at(pool, *list, hook);
    if (last) {
        *own = (struct hzw_hook){.previous = first->previous};
        hook_at(pool, first->previous, hook)->next = ref;
    } else {
        *own = (struct hzw_hook){.next = *list, .previous = first->previous};
        *list = ref;
    }
    first->previous = ref;
}

void hzw_list_take(const struct hzw_pool *pool, hzw_ref *list, void *piece, size_t hook)
{
    hzw_ref ref = hzw_ref_of(pool, piece);
    const struct hzw_hook *own = hook_at(pool, ref, hook);
    if (*list == ref)
        *list = own->next;
    else
        hook_at(pool, own->previous, hook)->next = own->next;
    hzw_ref after = own->next != 0 ? own->next : *list;
    if (after != 0)
        hook_at(pool, after, hook)->previous = own->previous;
}
