/*
 * The matrix: the runs of an event stream put together by pair, variant and
 * detector, with what surprised and with the scores. What every report shows is
 * taken from here; a matrix is made from the stream alone.
 */
#ifndef HZ_MATRIX_H
#define HZ_MATRIX_H

#include "report/events.h"

/* One pair × variant × detector. */
struct hz_matrix_cell {
    struct hz_cell cell; /* runs 0: not run */
    struct hz_expectation expected;
    const char *surprise;   /* NULL: as expected */
    const char *broken;     /* why the first broken run is broken, or NULL */
    const struct hz_run *example; /* a run with the cell's verdict, or NULL */
    double seconds;         /* median over its runs */
    long peak_kib;          /* median over its runs */
};

struct hz_matrix_row {
    const char *pair;
    enum hz_class class;
    struct hz_matrix_cell *cells[2]; /* by variant, then by index of detector */
};

struct hz_matrix_score {
    struct hz_score score;
    unsigned cells;   /* cells of the class that were run */
    double seconds;   /* median of the cells' medians */
    long peak_kib;
    /* Median over the twins of time against bare's; NaN without bare, and of the explorer. */
    double ratio;
};

struct hz_matrix {
    HZ_VEC(const char *) detectors; /* in the order of the columns; bare is among them if it ran */
    HZ_VEC(struct hz_matrix_row) rows; /* sorted by class, then name */
    struct hz_matrix_score *scores[HZ_CLASSES]; /* by class, then by index of detector */
    unsigned surprises, broken;                 /* cells */
    unsigned caught, buggy; /* pairs whose buggy program was caught in every run by some detector */
    unsigned clean, fixed;  /* twins that no detector had anything against, of those run */
};

bool hz_detector_is_bare(const char *detector);
/*
 * Whether it runs programs in many orders, and smaller ones than others do (@explore of a pair):
 * its times are not to be compared with theirs.
 */
bool hz_detector_explores(const char *detector);
/* What that smaller program #defines otherwise; NULL: the detector runs the pair's as it stands. */
const char *hz_pair_sizes(const struct hz_pair *pair, const char *detector);

/*
 * A sentence, without its full stop, that says that the source is not the one that was run;
 * NULL if it is, or if the stream does not say which one was. Names of files are untrusted text.
 */
const char *hz_run_outdated(struct hz_arena *arena, const struct hz_run *run,
                            const struct hz_source *source);

void hz_matrix_build(struct hz_arena *arena, const struct hz_stream *stream,
                     struct hz_matrix *out);

#endif
