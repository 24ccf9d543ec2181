#include "report/picture_parts.h"

#include "report/text.h"

#include <math.h>

/* In units of the picture. */
enum {
    LABEL = 190, PLOT = 420, WIDTH = LABEL + PLOT + 150, ROW = 20, BAR = 12, SCALE = 40,
    MOST_LOCKS = 20, MOST_THREADS = 8, DECADES = 9
};
#define FIRST 1e-7 /* seconds, at the left of the scale of times */
#define COLUMNS 26

/* Times differ by powers of ten. */
static double x_of(double seconds)
{
    double at = seconds > FIRST ? log10(seconds / FIRST) / DECADES : 0;
    return LABEL + PLOT * fmin(at, 1);
}

static void write_label(FILE *out, int y, const char *text)
{
    fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" font-size=\"12\" "
                 "fill=\"currentColor\">", LABEL - 8, y);
    hz_xml_cut(out, text, COLUMNS);
    fputs("</text>", out);
}

static void write_note(FILE *out, double x, int y, const char *anchor, const char *text)
{
    fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\" font-size=\"11\" "
                 "fill=\"currentColor\">%s</text>", x, y, anchor, text);
}

/* ---- shares ------------------------------------------------------------------------------ */

static void write_shares(FILE *out, struct hz_arena *arena, const struct hz_lock *lock, int y)
{
    size_t n = lock->threads.n < MOST_THREADS ? lock->threads.n : MOST_THREADS;
    for (size_t i = 0; i < n; i++, y += ROW) {
        const struct hz_lock_user *user = &lock->threads.at[i];
        double part =
            lock->taken > 0 ? fmin((double)user->taken / (double)lock->taken, 1) : 0;
        write_label(out, y + BAR - 1, hz_printf(arena, "%.80s (tid %ld)", user->routine, user->tid));
        fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" "
                     "stroke=\"currentColor\" stroke-width=\"0.5\"/><rect class=\"hz-share\" "
                     "x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"currentColor\"/>",
                LABEL, y, PLOT, BAR, LABEL, y, PLOT * part, BAR);
        write_note(out, LABEL + PLOT + 6, y + BAR - 1, "start",
                   hz_printf(arena, "%.1f %% (%lu times)", 100 * part, user->taken));
    }
    if (lock->threads.n > n)
        write_label(out, y + BAR - 1, hz_printf(arena, "… %zu more threads", lock->threads.n - n));
}

/* ---- times -------------------------------------------------------------------------------- */

static void write_mark(FILE *out, double x, int y, const char *class)
{
    fprintf(out, "<path class=\"%s\" d=\"M%.1f %dv%d\" stroke=\"currentColor\" "
                 "stroke-width=\"2\"/>", class, x, y, BAR);
}

/* A line from nothing to the longest, thick up to the 99th percentile, with a mark at the median. */
static void write_times(FILE *out, struct hz_arena *arena, const char *what,
                        const struct hz_spread *spread, int y)
{
    write_label(out, y + BAR - 1, what);
    if (spread->n == 0) {
        write_note(out, LABEL + 4, y + BAR - 2, "start", "none measured");
        return;
    }
    fprintf(out, "<path d=\"M%d %.1fH%.1f\" stroke=\"currentColor\" stroke-width=\"1\"/>"
                 "<path class=\"hz-p99\" d=\"M%d %.1fH%.1f\" stroke=\"currentColor\" "
                 "stroke-width=\"6\"/>", LABEL, y + BAR / 2.0, x_of(spread->longest), LABEL,
            y + BAR / 2.0, x_of(spread->p99));
    write_mark(out, x_of(spread->median), y, "hz-median");
    write_mark(out, x_of(spread->longest), y, "hz-longest");
    write_note(out, LABEL + PLOT + 6, y + BAR - 1, "start",
               hz_printf(arena, "longest %s", hz_time_text(arena, spread->longest)));
}

static void write_scale(FILE *out, int y)
{
    static const struct {
        double at;
        const char *text;
    } ticks[] = {{1e-6, "1 us"}, {1e-3, "1 ms"}, {1, "1 s"}};
    for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++) {
        fprintf(out, "<path d=\"M%.1f %dv-%d\" stroke=\"currentColor\" stroke-width=\"0.5\" "
                     "stroke-dasharray=\"2 3\"/>", x_of(ticks[i].at), y, 2 * ROW);
        write_note(out, x_of(ticks[i].at), y + 12, "middle", ticks[i].text);
    }
    write_note(out, LABEL + PLOT + 6, y + 12, "start", "thick: 99 %");
}

/* ---- one lock ------------------------------------------------------------------------------ */

static void write_spread_words(FILE *out, struct hz_arena *arena, const char *what,
                               const struct hz_spread *spread)
{
    if (spread->n != 0)
        fprintf(out, "; %s: median %s, 99 %% %s, longest %s", what,
                hz_time_text(arena, spread->median), hz_time_text(arena, spread->p99),
                hz_time_text(arena, spread->longest));
}

static void write_words(FILE *out, struct hz_arena *arena, const struct hz_lock *lock)
{
    hz_xml_cut(out, hz_printf(arena, "%.80s %.200s", lock->kind, lock->name), 80);
    fprintf(out, ": taken %lu times", lock->taken);
    if (lock->fairness > 0 && lock->threads.n > 1)
        fprintf(out, " by %zu threads, fairness %.2f of 1 (Jain)", lock->threads.n, lock->fairness);
    if (lock->waiting > 0)
        fprintf(out, "; %lu still wait", lock->waiting);
    write_spread_words(out, arena, "waits", &lock->waits);
    write_spread_words(out, arena, "holds", &lock->holds);
}

static void write_lock(FILE *out, const struct hz_lock *lock, size_t number, size_t i)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    size_t rows = lock->threads.n > MOST_THREADS ? MOST_THREADS + 1 : lock->threads.n;
    int times = 4 + ROW * (int)rows + 8, height = times + 2 * ROW + SCALE / 2;
    fprintf(out, "<figure class=\"hz-lock\"><figcaption id=\"hz-lock-%zu-%zu\">", number, i);
    write_words(out, &arena, lock);
    fprintf(out, ".</figcaption><svg role=\"img\" aria-labelledby=\"hz-lock-%zu-%zu\" "
                 "width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\">",
            number, i, WIDTH, height, WIDTH, height);
    write_shares(out, &arena, lock, 4);
    write_scale(out, times + 2 * ROW);
    write_times(out, &arena, "waits", &lock->waits, times);
    write_times(out, &arena, "holds", &lock->holds, times + ROW);
    fputs("</svg></figure>\n", out);
    hz_arena_free(&arena);
}

void hz_picture_locks(FILE *out, const struct hz_locks *locks, size_t number)
{
    size_t n = locks->locks.n;
    for (size_t i = 0; i < n && i < MOST_LOCKS; i++)
        write_lock(out, &locks->locks.at[i], number, i);
    if (n > MOST_LOCKS)
        fprintf(out, "<p class=\"hz-left-out\">… %zu more locks, which were waited for less.</p>\n",
                n - MOST_LOCKS);
}
