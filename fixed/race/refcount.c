/*
 * The count is atomic: no step is lost, and the one that takes it to 0 is told so by its
 * own step, which happens to one thread only.
 *
 * @repairs  race/refcount
 * @explore  TEXTS=2
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define PAINTERS 2
#define TEXTS 3000

struct font {
    atomic_int uses; /* FIX: steps of several threads do not cross */
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
    font.uses++;
}

static void give_back_font(void)
{
    if (--font.uses == 0)
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
