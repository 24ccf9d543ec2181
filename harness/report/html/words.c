#include "report/html/parts.h"

#include "report/terminal.h"

#include <math.h>

/* "caught", or "caught 3/3" where there were several runs. */
static const char *with_rate(struct hz_arena *arena, const char *word, unsigned k, unsigned n)
{
    return n > 1 ? hz_printf(arena, "%s %u/%u", word, k, n) : word;
}

static struct hz_html_word buggy_word(struct hz_arena *arena, const struct hz_matrix_cell *cell)
{
    const struct hz_cell *runs = &cell->cell;
    if (hz_cell_flaky(runs))
        return (struct hz_html_word){
            "some", hz_printf(arena, "sometimes %u/%u", runs->of[HZ_CAUGHT], runs->runs)};
    switch (hz_cell_verdict(runs)) {
    case HZ_CAUGHT:
        return (struct hz_html_word){"caught", with_rate(arena, "caught", runs->runs, runs->runs)};
    case HZ_MISPLACED:
        return (struct hz_html_word){"misplaced",
                                     with_rate(arena, "misplaced", runs->runs, runs->runs)};
    default:
        if (cell->expected.word == HZ_EXPECT_BLIND)
            return (struct hz_html_word){"blind", "blind"};
        return (struct hz_html_word){"missed", with_rate(arena, "missed", 0, runs->runs)};
    }
}

static struct hz_html_word fixed_word(struct hz_arena *arena, const struct hz_matrix_cell *cell)
{
    const struct hz_cell *runs = &cell->cell;
    unsigned accused = runs->runs - runs->of[HZ_CLEAN];
    if (runs->of[HZ_FAILED] != 0)
        return (struct hz_html_word){
            "failed", with_rate(arena, "twin failed", runs->of[HZ_FAILED], runs->runs)};
    if (hz_cell_flaky(runs))
        return (struct hz_html_word){"some",
                                     hz_printf(arena, "false alarm %u/%u", accused, runs->runs)};
    if (hz_cell_verdict(runs) == HZ_FALSE_ALARM)
        return (struct hz_html_word){"alarm", with_rate(arena, "false alarm", accused, runs->runs)};
    return (struct hz_html_word){"ok", with_rate(arena, "ok", runs->runs, runs->runs)};
}

/* The program alone: how often it went wrong. */
static struct hz_html_word bare_word(struct hz_arena *arena, const struct hz_cell *runs,
                                     enum hz_variant variant)
{
    unsigned wrong = variant == HZ_BUGGY ? runs->of[HZ_WENT_WRONG] : runs->of[HZ_FAILED];
    const char *class = wrong == 0 ? "right" : variant == HZ_BUGGY ? "wrong" : "failed";
    return (struct hz_html_word){class, hz_printf(arena, "%u/%u went wrong", wrong, runs->runs)};
}

struct hz_html_word hz_html_word(const struct hz_html_page *page, const struct hz_matrix_cell *cell,
                                 enum hz_variant variant, bool bare)
{
    if (cell->cell.runs == 0)
        return (struct hz_html_word){"none", "not run"};
    if (cell->cell.of[HZ_BROKEN] != 0)
        return (struct hz_html_word){
            "broken", with_rate(page->arena, "broken", cell->cell.of[HZ_BROKEN], cell->cell.runs)};
    if (bare)
        return bare_word(page->arena, &cell->cell, variant);
    return variant == HZ_BUGGY ? buggy_word(page->arena, cell) : fixed_word(page->arena, cell);
}

bool hz_html_notable(const struct hz_matrix_cell *cell, bool bare)
{
    if (cell->cell.runs == 0 || bare)
        return false;
    if (hz_cell_flaky(&cell->cell))
        return true;
    enum hz_verdict verdict = hz_cell_verdict(&cell->cell);
    return verdict == HZ_MISPLACED || verdict == HZ_FALSE_ALARM ||
           (verdict == HZ_MISSED && cell->expected.word != HZ_EXPECT_BLIND);
}

void hz_html_seconds(const struct hz_html_page *page, double seconds)
{
    char text[32];
    hz_html_put(page, "%s", hz_seconds_text(text, sizeof text, seconds));
}
