/*
 * The judge: what a run's findings are worth against the truth in the source,
 * what a cell's runs come to, whether that surprises, and the scores. Pure.
 */
#ifndef HZ_JUDGE_H
#define HZ_JUDGE_H

#include "base/base.h"
#include "catalog/catalog.h"
#include "finding/finding.h"

enum hz_verdict {
    HZ_CAUGHT,      /* buggy: right class, and a location is a marked line */
    HZ_MISPLACED,   /* buggy: right class, no marked line */
    HZ_MISSED,      /* buggy: nothing of the right class */
    HZ_CLEAN,       /* fixed: no finding, and its own check held */
    HZ_FALSE_ALARM, /* fixed: a finding of any class */
    HZ_FAILED,      /* fixed: its own check failed, it crashed or it hung, whatever was reported:
                       it is not right, so the report may be */
    HZ_BROKEN,      /* either: the tool crashed, was missing or could not be read */
    HZ_WENT_WRONG,  /* buggy, bare: its hazard showed by itself */
    HZ_CAME_RIGHT   /* buggy, bare: it did not show */
};
#define HZ_VERDICTS 9
const char *hz_verdict_name(enum hz_verdict verdict); /* "caught", "false-alarm", … */
bool hz_verdict_parse(const char *name, enum hz_verdict *out);

/* What a run did, as far as the judge needs it. */
struct hz_facts {
    bool broken;   /* the detector's reader said so */
    bool wrong;    /* the program's own check failed, it crashed, hung or met its deadline */
    const hz_findings *findings;
};

struct hz_judgement {
    enum hz_verdict verdict;
    int finding; /* index of the finding that decided it, or -1 */
    int line;    /* the marked line that it hit, or 0 */
};

/*
 * `bare` tells that the detector is bare, which has no findings but what it did.
 * The locations of a finding are the frames of its parties' stacks and where the
 * things that they hold or wait for were taken. Among several findings the first
 * that hits a marked line decides, else the first of the right class.
 */
struct hz_judgement hz_judge_run(const struct hz_pair *pair, enum hz_variant variant, bool bare,
                                 const struct hz_facts *facts);

/*
 * A cell: the runs of one pair × variant × detector. `verdict` is the one they
 * share, or the commonest where they differ (flaky; ties go to the worse). A cell
 * without runs is broken, and surprises: what did not run is not clean.
 */
struct hz_cell {
    unsigned runs;
    unsigned of[HZ_VERDICTS]; /* how many runs had each verdict */
};
void hz_cell_add(struct hz_cell *cell, enum hz_verdict verdict);
enum hz_verdict hz_cell_verdict(const struct hz_cell *cell);
bool hz_cell_flaky(const struct hz_cell *cell);

/*
 * Whether a cell is other than expected, in either direction: NULL if not, else
 * one line for people ("expected blind, caught 3 of 3"). A broken run always
 * surprises. `sometimes` allows any mix of caught (or false alarm) and not, but
 * no broken and no failed run; so does a cell of which the header says nothing.
 * `blind` and `missed` are surprised by a catch. For bare only a twin that failed
 * surprises.
 */
const char *hz_cell_surprise(struct hz_arena *arena, const struct hz_cell *cell,
                             enum hz_variant variant, bool bare, struct hz_expectation expected);

/*
 * An estimate with its 95 % Wilson score interval (Wilson 1927, JASA 22); `hits` is
 * never more than `of`.
 */
struct hz_rate {
    unsigned hits, of;
    double low, high; /* 0 and 1 where `of` is 0 */
};
struct hz_rate hz_rate(unsigned hits, unsigned of);

/*
 * A detector's score on one class. Recall: of the buggy pairs, how many runs
 * caught. Precision: of the runs that reported (caught, misplaced, false alarm),
 * how many caught. A report of another class on a buggy program is in neither, as the
 * truth in the source does not tell whether it is right. Broken runs count in neither;
 * they are named.
 */
struct hz_score {
    struct hz_rate recall, precision;
    double f1; /* NaN where recall or precision is not defined, 0 where nothing was caught */
    unsigned broken;
};
void hz_score_cell(struct hz_score *score, enum hz_variant variant, const struct hz_cell *cell);
/* Call once after the last cell: fills the intervals and F1. */
void hz_score_finish(struct hz_score *score);

#endif
