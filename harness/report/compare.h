/*
 * Two event streams compared, an old one and one of now: what is worse, what is better, what is
 * otherwise. For a new version of a tool, another number of processors, one's own program
 * before and after a fix. Pure: made of the streams and their matrices alone.
 *
 * Chance: races do not show in every run. Of a judged cell a change is told where the runs of
 * each stream agree among themselves and the two do not, or where the 95 % intervals of the two
 * rates do not meet. A finding that is new or gone is told in any case, with how often it was
 * seen, and whether chance alone could do that.
 */
#ifndef HZ_COMPARE_H
#define HZ_COMPARE_H

#include "report/matrix.h"
#include "report/text.h"

/* A change of time is told of a cell if it is of more than this factor, and of so many seconds. */
#define HZ_COMPARE_FACTOR 2.0
#define HZ_COMPARE_SECONDS 0.1

enum hz_change {
    HZ_CHANGE_WORSE,  /* a cell: not as expected, as it was not before; a finding: it is new */
    HZ_CHANGE_BETTER, /* a cell: as expected again; a finding: it is gone */
    HZ_CHANGE_OTHER,  /* a cell: other verdicts; a finding: at other lines */
    HZ_CHANGE_TIME,   /* a cell: the same, but faster or slower */
    HZ_CHANGE_ADDED,  /* was not run, or looked for, before */
    HZ_CHANGE_LEFT,   /* is not run, or looked for, now */
    HZ_CHANGE_NONE,
    HZ_CHANGES
};
const char *hz_change_name(enum hz_change change); /* "worse", "better", "other", … */

/* One pair × variant × detector; what was not run has `runs` 0. */
struct hz_cell_change {
    enum hz_change change;
    const char *pair, *detector;
    enum hz_variant variant;
    const struct hz_matrix_cell *old, *now;
};

/* In how many of the runs of the detectors that see it. */
struct hz_sighting {
    unsigned seen, runs;
};

/* A finding in a program of the user's, which nobody judges. */
struct hz_finding_change {
    enum hz_change change;
    const struct hz_finding *finding; /* as it is now; as it was, if it is not seen now */
    HZ_VEC(const char *) detectors;   /* that saw it, then or now */
    struct hz_sighting old, now;
    bool chance; /* it is new or gone, and chance alone could do that */
};

/* Something of the environment that is not as it was; NULL: it was not told. */
struct hz_setting_change {
    const char *what, *old, *now;
};

struct hz_time_change {
    const char *detector;
    double ratio;   /* median over its cells of time now against then */
    unsigned cells; /* that were run both times */
};

struct hz_comparison {
    HZ_VEC(struct hz_setting_change) settings;
    HZ_VEC(struct hz_cell_change) cells; /* HZ_CHANGE_NONE is left out */
    HZ_VEC(struct hz_finding_change) findings;
    HZ_VEC(struct hz_time_change) times;
    unsigned compared; /* cells that were run both times */
    bool worse;        /* a cell or a finding is */
};

/* The streams and matrices have to live as long as the comparison. */
void hz_compare(struct hz_arena *arena, const struct hz_stream *old,
                const struct hz_matrix *old_matrix, const struct hz_stream *now,
                const struct hz_matrix *now_matrix, struct hz_comparison *out);

/* The part of it that is about findings which nobody judges. */
void hz_compare_findings(struct hz_arena *arena, const struct hz_stream *old,
                         const struct hz_stream *now, struct hz_comparison *out);

/* The two rates cannot well be one: their intervals do not meet. */
bool hz_rates_differ(struct hz_rate a, struct hz_rate b);

/* For people. */
void hz_compare_print(const struct hz_paper *paper, const struct hz_comparison *comparison);

/* For programs: JSON lines, as docs/events.md has them. */
void hz_compare_write(FILE *out, const struct hz_comparison *comparison);

#endif
