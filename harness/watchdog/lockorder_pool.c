/*
 * Memory of the lock order: for each lock there are half a dozen small pieces, a hundred
 * thousand times. Pieces of one size come from blocks and go back to a list, without what
 * malloc() adds to each. A block is given back when the lock order is closed.
 */
#include "watchdog/lockorder_parts.h"

#include <stdlib.h>
#include <string.h>

#define GRAIN 8
#define BLOCK ((size_t)64 << 10)

struct hzw_block {
    struct hzw_block *next;
    _Alignas(GRAIN) char room[BLOCK - sizeof(struct hzw_block *)];
};

struct hzw_piece {
    struct hzw_piece *next;
};

void *hzw_piece(struct hzw_pool *pool, size_t size)
{
    size_t grains = (size + GRAIN - 1) / GRAIN;
    if (grains >= HZW_PIECES)
        return hzw_room(NULL, size);
    struct hzw_piece *piece = pool->free[grains];
    if (piece != NULL) {
        pool->free[grains] = piece->next;
        return memset(piece, 0, grains * GRAIN);
    }
    if (pool->blocks == NULL || pool->used + grains * GRAIN > sizeof pool->blocks->room) {
        struct hzw_block *block = hzw_room(NULL, sizeof *block);
        block->next = pool->blocks;
        pool->blocks = block;
        pool->used = 0;
    }
    pool->used += grains * GRAIN;
    return &pool->blocks->room[pool->used - grains * GRAIN];
}

void hzw_piece_free(struct hzw_pool *pool, void *memory, size_t size)
{
    size_t grains = (size + GRAIN - 1) / GRAIN;
    if (grains >= HZW_PIECES) {
        free(memory);
        return;
    }
    struct hzw_piece *piece = memory;
    piece->next = pool->free[grains];
    pool->free[grains] = piece;
}

void hzw_pool_free(struct hzw_pool *pool)
{
    for (struct hzw_block *block = pool->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
}
