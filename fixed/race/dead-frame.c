/*
 * The number is put on the heap, where it stays after start_painter has returned, and
 * the thread that was given it frees it.
 *
 * @repairs  race/dead-frame
 * @explore  TILES=2 PIXELS=2
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define TILES 16
#define PIXELS 256

static uintptr_t draw(unsigned tile)
{
    uintptr_t sum = tile;

    for (unsigned pixel = 0; pixel < PIXELS; pixel++)
        sum = sum * 31 + pixel % 16 * tile + pixel / 16;
    return sum;
}

static void *painter(void *argument)
{
    unsigned *tile = argument;
    unsigned mine = *tile;

    free(tile);
    return (void *)draw(mine);
}

static pthread_t start_painter(unsigned tile)
{
    pthread_t thread;
    unsigned *given = malloc(sizeof *given); /* FIX: outlives this call */

    *given = tile;
    pthread_create(&thread, NULL, painter, given);
    return thread;
}

int main(void)
{
    pthread_t painters[TILES];
    int wrong = 0;

    for (unsigned tile = 0; tile < TILES; tile++)
        painters[tile] = start_painter(tile);

    for (unsigned tile = 0; tile < TILES; tile++) {
        void *drawn;
        pthread_join(painters[tile], &drawn);
        if ((uintptr_t)drawn != draw(tile))
            wrong++;
    }
    if (wrong > 0) {
        fprintf(stderr, "%d of %d tiles are not what was ordered\n", wrong, TILES);
        return 1;
    }
    return 0;
}
