#include "judge/judge.h"

/* From the worst on; of verdicts that are equally common the first here is the cell's. */
static const enum hz_verdict worst_first[HZ_VERDICTS] = {
    HZ_BROKEN,     HZ_FAILED,     HZ_FALSE_ALARM, HZ_MISSED, HZ_MISPLACED,
    HZ_WENT_WRONG, HZ_CAME_RIGHT, HZ_CAUGHT,      HZ_CLEAN,
};

void hz_cell_add(struct hz_cell *cell, enum hz_verdict verdict)
{
    cell->runs++;
    cell->of[verdict]++;
}

enum hz_verdict hz_cell_verdict(const struct hz_cell *cell)
{
    enum hz_verdict commonest = worst_first[0];
    for (int i = 1; i < HZ_VERDICTS; i++)
        if (cell->of[worst_first[i]] > cell->of[commonest])
            commonest = worst_first[i];
    return commonest;
}

bool hz_cell_flaky(const struct hz_cell *cell)
{
    int different = 0;
    for (int i = 0; i < HZ_VERDICTS; i++)
        different += cell->of[i] != 0;
    return different > 1;
}

/* The verdicts that a word allows, one bit each. */
static unsigned allowed(enum hz_variant variant, enum hz_word word)
{
    const unsigned buggy = 1U << HZ_CAUGHT | 1U << HZ_MISPLACED | 1U << HZ_MISSED;
    const unsigned fixed = 1U << HZ_CLEAN | 1U << HZ_FALSE_ALARM;
    switch (word) {
    case HZ_EXPECT_CAUGHT:
        return 1U << HZ_CAUGHT;
    case HZ_EXPECT_BLIND:
    case HZ_EXPECT_MISSED:
        return buggy & ~(1U << HZ_CAUGHT);
    case HZ_EXPECT_CLEAN:
        return 1U << HZ_CLEAN;
    case HZ_EXPECT_FALSE_ALARM:
        return 1U << HZ_FALSE_ALARM;
    case HZ_EXPECT_NONE:
    case HZ_EXPECT_SOMETIMES:
        break;
    }
    return variant == HZ_BUGGY ? buggy : fixed;
}

/* What bare may do: a buggy program whatever it likes, its twin nothing but hold. */
static unsigned allowed_bare(enum hz_variant variant)
{
    return variant == HZ_BUGGY ? 1U << HZ_WENT_WRONG | 1U << HZ_CAME_RIGHT : 1U << HZ_CLEAN;
}

/* What was expected, for the beginning of the line. */
static const char *wish(struct hz_arena *arena, enum hz_variant variant, bool bare,
                        enum hz_word word)
{
    if (bare && variant == HZ_FIXED)
        return "expected clean, ";
    if (bare || word == HZ_EXPECT_NONE)
        return "";
    return hz_printf(arena, "expected %s, ", hz_word_name(word));
}

const char *hz_cell_surprise(struct hz_arena *arena, const struct hz_cell *cell,
                             enum hz_variant variant, bool bare, struct hz_expectation expected)
{
    if (cell->runs == 0)
        return "nothing was run";
    unsigned may = bare ? allowed_bare(variant) : allowed(variant, expected.word);
    const char *others = "";
    for (int i = 0; i < HZ_VERDICTS; i++) {
        enum hz_verdict verdict = worst_first[i];
        if (cell->of[verdict] != 0 && (may & 1U << verdict) == 0)
            others = hz_printf(arena, "%s%s%s %u of %u", others, *others != '\0' ? ", " : "",
                               hz_verdict_name(verdict), cell->of[verdict], cell->runs);
    }
    if (*others == '\0')
        return NULL;
    return hz_printf(arena, "%s%s", wish(arena, variant, bare, expected.word), others);
}
