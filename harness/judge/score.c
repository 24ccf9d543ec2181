#include "judge/judge.h"

#include <math.h>

/* The normal distribution's 97.5th percentile. */
static const double z = 1.959963984540054;

struct hz_rate hz_rate(unsigned hits, unsigned of)
{
    struct hz_rate rate = {hits, of, 0, 1};
    if (of == 0)
        return rate;
    double n = of, p = hits / n;
    double middle = p + z * z / (2 * n);
    double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    double scale = 1 + z * z / n;
    /* At the ends the bound is exact, and rounding must not show. */
    rate.low = hits == 0 ? 0 : (middle - half) / scale;
    rate.high = hits == of ? 1 : (middle + half) / scale;
    return rate;
}

void hz_score_cell(struct hz_score *score, enum hz_variant variant, const struct hz_cell *cell)
{
    const unsigned *of = cell->of;
    score->broken += of[HZ_BROKEN];
    if (variant == HZ_FIXED) {
        score->precision.of += of[HZ_FALSE_ALARM];
        return;
    }
    score->recall.hits += of[HZ_CAUGHT];
    score->recall.of += of[HZ_CAUGHT] + of[HZ_MISPLACED] + of[HZ_MISSED];
    score->precision.hits += of[HZ_CAUGHT];
    score->precision.of += of[HZ_CAUGHT] + of[HZ_MISPLACED];
}

void hz_score_finish(struct hz_score *score)
{
    score->recall = hz_rate(score->recall.hits, score->recall.of);
    score->precision = hz_rate(score->precision.hits, score->precision.of);
    score->f1 = NAN;
    if (score->recall.of == 0 || score->precision.of == 0)
        return;
    double recall = (double)score->recall.hits / score->recall.of;
    double precision = (double)score->precision.hits / score->precision.of;
    score->f1 = score->recall.hits != 0 ? 2 * recall * precision / (recall + precision) : 0;
}
