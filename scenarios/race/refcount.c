/*
 * Threads share a font and count its users in a plain integer: a lost step leaves the
 * count too low, and the font is unloaded while somebody still draws with it.
 *
 * A reference count is meant to make sharing safe, so its own safety is forgotten.
 * `uses++` and `--uses` are each a read and a write; where two threads cross, one step
 * is lost. A lost `++` ends in an early unload (in C: use after free, then a second
 * free), a lost `--` in memory that never comes back. The user sees a crash in the
 * drawing code, far from the count.
 *
 * The twin counts with an atomic integer, and the one whose step reached 0 unloads. It
 * must look at the result of that step: to count down first and test later would let
 * two of them unload.
 *
 * @hazard   race/refcount
 * @concept  race, atomics, thread
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  TEXTS=2
 * @see      CWE-366, CWE-416, CWE-911
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#define PAINTERS 2
#define TEXTS 3000

struct font {
    int uses;
    bool loaded;
    int widths[128];
};

static struct font font;

static void load_font(void)
{
    for (int letter = 0; letter < 128; letter++)
        font.widths[letter] = 5 + letter % 3;
    font.loaded = true;
    font.uses = 1;
}

static void take_font(void)
{
    font.uses++; /* HAZARD: two threads take it at once, and one of them is not counted */
}

static void give_back_font(void)
{
    if (--font.uses == 0) /* HAZARD: reaches 0 although others draw with it */
        font.loaded = false;
}

static void *paint(void *argument)
{
    const char *text = argument;
    long spoilt = 0;

    for (int i = 0; i < TEXTS; i++) {
        long width = 0;
        take_font();
        for (const char *letter = text; *letter != '\0'; letter++)
            width += font.widths[(int)*letter];
        if (width == 0 || !font.loaded)
            spoilt++;
        give_back_font();
    }
    return (void *)spoilt;
}

int main(void)
{
    static char texts[PAINTERS][16] = {"File Edit View", "Page 1 of 20"};
    pthread_t painters[PAINTERS];
    long spoilt = 0;

    load_font(); /* main keeps it until the painters are done */
    for (int i = 0; i < PAINTERS; i++)
        pthread_create(&painters[i], NULL, paint, texts[i]);
    for (int i = 0; i < PAINTERS; i++) {
        void *count;
        pthread_join(painters[i], &count);
        spoilt += (long)count;
    }
    give_back_font();

    if (spoilt > 0 || font.loaded) {
        fprintf(stderr, "%ld texts had no font, and in the end it is %s\n", spoilt,
                font.loaded ? "still loaded" : "unloaded");
        return 1;
    }
    return 0;
}
