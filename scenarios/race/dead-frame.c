/*
 * A function starts a thread with the address of its own parameter and returns: the
 * thread reads a stack frame that is gone and used for something else.
 *
 * Up to the return all is well, and in the author's mind the number outlives the call
 * as the thread does. In memory it does not: the next call of any function puts its
 * own variables there, and the next call of this one puts the next number exactly
 * there. The user sees tiles that are drawn twice, left out, or with mad numbers.
 *
 * The twin puts the number on the heap and lets the thread free it. An array of
 * numbers that lives as long as the threads would do as well.
 *
 * @hazard   race/dead-frame
 * @concept  race, thread
 * @expect   tsan=caught helgrind=caught drd=missed watchdog=blind explorer=caught
 * @why      drd: leaves out what a thread does on its own stack unless --check-stack-var=yes
 * @why      watchdog: it watches waiting, not memory
 * @explore  TILES=2 PIXELS=2
 * @see      CWE-562
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

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
    unsigned mine = *tile; /* HAZARD: start_painter has returned, its frame is used again */

    return (void *)draw(mine);
}

static pthread_t start_painter(unsigned tile) /* HAZARD: each call overwrites the one before */
{
    pthread_t thread;

    pthread_create(&thread, NULL, painter, &tile);
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
