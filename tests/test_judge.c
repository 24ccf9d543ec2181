/* The judge: verdicts, cells, surprises, scores; no detector is run, only imitated. */
#include "judge/judge.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MARKED 42
#define BUGGY "/corpus/scenarios/deadlock/transfer.c"
#define FIXED "/corpus/fixed/deadlock/transfer.c"

static struct hz_arena arena;
static struct hz_pair pair;
static hz_findings findings;

static void setup(void)
{
    hz_arena_init(&arena);
    findings = (hz_findings){0};
    pair = (struct hz_pair){
        .id = "deadlock/transfer",
        .class = HZ_DEADLOCK,
        .source = {{.path = BUGGY, .name = "scenarios/deadlock/transfer.c"},
                   {.path = FIXED, .name = "fixed/deadlock/transfer.c"}},
    };
    *hz_push(&arena, &pair.source[HZ_BUGGY].markers) = (struct hz_marker){MARKED, "here"};
    *hz_push(&arena, &pair.source[HZ_BUGGY].markers) = (struct hz_marker){MARKED + 9, "and here"};
    *hz_push(&arena, &pair.source[HZ_FIXED].markers) = (struct hz_marker){MARKED, "mended"};
}

static void teardown(void)
{
    hz_arena_free(&arena);
}

/* A finding whose second thread is, one frame out, at that line. */
static struct hz_finding *report(enum hz_class class, const char *file, int line)
{
    struct hz_finding *finding = hz_push(&arena, &findings);
    *finding = (struct hz_finding){.detector = "d", .class = class, .kind = "k", .times = 1};
    (void)hz_push(&arena, &finding->parties);
    struct hz_party *party = hz_push(&arena, &finding->parties);
    *hz_push(&arena, &party->stack) = (struct hz_frame){.function = "pthread_mutex_lock"};
    *hz_push(&arena, &party->stack) = (struct hz_frame){.file = file, .line = line};
    return finding;
}

static struct hz_judgement judge(enum hz_variant variant, bool bare, bool broken, bool wrong)
{
    struct hz_facts facts = {.broken = broken, .wrong = wrong, .findings = &findings};
    return hz_judge_run(&pair, variant, bare, &facts);
}

static void judged(enum hz_variant variant, enum hz_verdict verdict, int finding, int line)
{
    struct hz_judgement judgement = judge(variant, false, false, false);
    ck_assert_str_eq(hz_verdict_name(judgement.verdict), hz_verdict_name(verdict));
    ck_assert_int_eq(judgement.finding, finding);
    ck_assert_int_eq(judgement.line, line);
}

START_TEST(verdicts_have_names_both_ways)
{
    static const char *const names[] = {"caught", "misplaced",   "missed",
                                        "clean",  "false-alarm", "failed",
                                        "broken", "went-wrong",  "came-right"};
    ck_assert_uint_eq(sizeof names / sizeof *names, HZ_VERDICTS);
    for (int i = 0; i < HZ_VERDICTS; i++) {
        enum hz_verdict verdict;
        ck_assert_str_eq(hz_verdict_name((enum hz_verdict)i), names[i]);
        ck_assert(hz_verdict_parse(names[i], &verdict));
        ck_assert_int_eq(verdict, i);
    }
    enum hz_verdict verdict;
    ck_assert(!hz_verdict_parse("Caught", &verdict));
    ck_assert(!hz_verdict_parse("", &verdict));
}
END_TEST

/* ---- a run ---- */

START_TEST(a_report_at_the_marked_line_is_caught)
{
    report(HZ_DEADLOCK, BUGGY, MARKED);
    judged(HZ_BUGGY, HZ_CAUGHT, 0, MARKED);
}
END_TEST

START_TEST(the_first_finding_that_hits_decides)
{
    report(HZ_RACE, BUGGY, MARKED);
    report(HZ_DEADLOCK, BUGGY, 7);
    report(HZ_DEADLOCK, BUGGY, MARKED + 9);
    report(HZ_DEADLOCK, BUGGY, MARKED);
    judged(HZ_BUGGY, HZ_CAUGHT, 2, MARKED + 9);
}
END_TEST

START_TEST(the_program_may_have_been_built_elsewhere)
{
    report(HZ_DEADLOCK, "/build/7/scenarios/deadlock/transfer.c", MARKED);
    judged(HZ_BUGGY, HZ_CAUGHT, 0, MARKED);
}
END_TEST

START_TEST(where_a_held_or_awaited_thing_was_taken_is_a_location)
{
    struct hz_frame marked = {.file = BUGGY, .line = MARKED};
    struct hz_party *party = &report(HZ_DEADLOCK, NULL, 0)->parties.at[0];
    *hz_push(&arena, &party->holds) = (struct hz_thing){.kind = "mutex", .taken_at = marked};
    judged(HZ_BUGGY, HZ_CAUGHT, 0, MARKED);
    party->holds.n = 0;
    judged(HZ_BUGGY, HZ_MISPLACED, 0, 0);
    party->waits_for = (struct hz_thing){.kind = "mutex", .taken_at = marked};
    judged(HZ_BUGGY, HZ_CAUGHT, 0, MARKED);
}
END_TEST

/* A detector that reports the right class, but never where the hazard is. */
START_TEST(a_liar_about_the_line_is_misplaced)
{
    report(HZ_RACE, BUGGY, MARKED);
    report(HZ_DEADLOCK, BUGGY, MARKED + 1);                           /* the wrong line */
    report(HZ_DEADLOCK, FIXED, MARKED);                               /* the twin's line */
    report(HZ_DEADLOCK, "/corpus/scenarios/race/transfer.c", MARKED); /* another pair's */
    report(HZ_DEADLOCK, "/x/myscenarios/deadlock/transfer.c", MARKED);
    report(HZ_DEADLOCK, "transfer.c", MARKED);
    report(HZ_DEADLOCK, NULL, MARKED);
    report(HZ_DEADLOCK, BUGGY, 0);
    report(HZ_DEADLOCK, BUGGY, -1);
    judged(HZ_BUGGY, HZ_MISPLACED, 1, 0);
}
END_TEST

START_TEST(a_liar_about_the_class_missed)
{
    report(HZ_RACE, BUGGY, MARKED);
    report(HZ_STARVATION, BUGGY, MARKED);
    report(HZ_MISUSE, BUGGY, MARKED);
    judged(HZ_BUGGY, HZ_MISSED, -1, 0);
}
END_TEST

START_TEST(silence_is_missed_even_where_the_program_went_wrong)
{
    judged(HZ_BUGGY, HZ_MISSED, -1, 0);
    ck_assert_int_eq(judge(HZ_BUGGY, false, false, true).verdict, HZ_MISSED);
}
END_TEST

START_TEST(misuse_names_the_hazard_only_where_the_pair_says_so)
{
    report(HZ_MISUSE, BUGGY, MARKED);
    judged(HZ_BUGGY, HZ_MISSED, -1, 0);
    pair.also_misuse = true;
    judged(HZ_BUGGY, HZ_CAUGHT, 0, MARKED);
    findings.at[0].class = HZ_RACE;
    judged(HZ_BUGGY, HZ_MISSED, -1, 0);
}
END_TEST

/* A detector that invents: any class, any place, or no place at all. */
START_TEST(a_liar_about_the_twin_is_a_false_alarm)
{
    report((enum hz_class)_i, "/elsewhere.c", 1);
    judged(HZ_FIXED, HZ_FALSE_ALARM, 0, 0);
    findings.at[0].parties.n = 0;
    judged(HZ_FIXED, HZ_FALSE_ALARM, 0, 0);
}
END_TEST

START_TEST(a_twin_is_clean_only_if_it_held)
{
    judged(HZ_FIXED, HZ_CLEAN, -1, 0);
    ck_assert_int_eq(judge(HZ_FIXED, false, false, true).verdict, HZ_FAILED);
    report(HZ_DEADLOCK, FIXED, MARKED);
    ck_assert_int_eq(judge(HZ_FIXED, false, false, true).verdict, HZ_FAILED);
}
END_TEST

START_TEST(broken_is_never_anything_else)
{
    report(HZ_DEADLOCK, BUGGY, MARKED);
    for (int variant = HZ_BUGGY; variant <= HZ_FIXED; variant++) {
        for (int i = 0; i < 4; i++) {
            struct hz_judgement judgement = judge((enum hz_variant)variant, i & 1, true, i & 2);
            ck_assert_int_eq(judgement.verdict, HZ_BROKEN);
            ck_assert_int_eq(judgement.finding, -1);
        }
    }
}
END_TEST

START_TEST(bare_is_judged_by_what_it_did)
{
    report(HZ_DEADLOCK, BUGGY, MARKED);
    ck_assert_int_eq(judge(HZ_BUGGY, true, false, true).verdict, HZ_WENT_WRONG);
    ck_assert_int_eq(judge(HZ_BUGGY, true, false, false).verdict, HZ_CAME_RIGHT);
    ck_assert_int_eq(judge(HZ_FIXED, true, false, true).verdict, HZ_FAILED);
    ck_assert_int_eq(judge(HZ_FIXED, true, false, false).verdict, HZ_CLEAN);
    ck_assert_int_eq(judge(HZ_FIXED, true, false, false).finding, -1);
}
END_TEST

START_TEST(no_list_of_findings_is_an_empty_one)
{
    struct hz_facts facts = {0};
    ck_assert_int_eq(hz_judge_run(&pair, HZ_BUGGY, false, &facts).verdict, HZ_MISSED);
    ck_assert_int_eq(hz_judge_run(&pair, HZ_FIXED, false, &facts).verdict, HZ_CLEAN);
}
END_TEST

/* ---- a cell ---- */

/* "caught caught missed" as a cell. */
static struct hz_cell cell_of(const char *verdicts)
{
    struct hz_cell cell = {0};
    char *words = hz_dup(&arena, verdicts);
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
        enum hz_verdict verdict;
        ck_assert_msg(hz_verdict_parse(word, &verdict), "%s", word);
        hz_cell_add(&cell, verdict);
    }
    return cell;
}

static const struct {
    const char *runs, *verdict;
    bool flaky;
} cells[] = {
    {"", "broken", false},
    {"caught", "caught", false},
    {"caught caught caught", "caught", false},
    {"caught missed caught", "caught", true},
    {"missed missed caught", "missed", true},
    {"broken caught caught", "caught", true},
    /* ties */
    {"caught missed", "missed", true},
    {"caught misplaced", "misplaced", true},
    {"misplaced missed", "missed", true},
    {"caught misplaced missed", "missed", true},
    {"missed broken", "broken", true},
    {"clean false-alarm", "false-alarm", true},
    {"clean failed", "failed", true},
    {"false-alarm failed", "failed", true},
    {"failed broken clean", "broken", true},
    {"went-wrong came-right", "went-wrong", true},
    {"came-right broken", "broken", true},
};

START_TEST(a_cell_has_the_commonest_verdict_and_ties_go_to_the_worse)
{
    struct hz_cell cell = cell_of(cells[_i].runs);
    ck_assert_str_eq(hz_verdict_name(hz_cell_verdict(&cell)), cells[_i].verdict);
    ck_assert_int_eq(hz_cell_flaky(&cell), cells[_i].flaky);
}
END_TEST

static const struct {
    enum hz_variant variant;
    const char *word, *runs, *surprise; /* `word` "bare": bare, of which nothing is expected */
} surprises[] = {
    {HZ_BUGGY, "caught", "caught caught", NULL},
    {HZ_BUGGY, "caught", "caught missed caught", "expected caught, missed 1 of 3"},
    {HZ_BUGGY, "caught", "misplaced missed missed",
     "expected caught, missed 2 of 3, misplaced 1 of 3"},
    {HZ_BUGGY, "blind", "missed missed missed", NULL},
    {HZ_BUGGY, "blind", "misplaced", NULL},
    {HZ_BUGGY, "blind", "caught caught caught", "expected blind, caught 3 of 3"},
    {HZ_BUGGY, "missed", "missed misplaced", NULL},
    {HZ_BUGGY, "missed", "missed caught", "expected missed, caught 1 of 2"},
    {HZ_BUGGY, "sometimes", "caught missed misplaced", NULL},
    {HZ_BUGGY, "sometimes", "caught", NULL},
    {HZ_BUGGY, "sometimes", "missed", NULL},
    {HZ_BUGGY, "none", "caught missed", NULL},
    {HZ_FIXED, "clean", "clean clean", NULL},
    {HZ_FIXED, "clean", "clean false-alarm", "expected clean, false-alarm 1 of 2"},
    {HZ_FIXED, "false-alarm", "false-alarm", NULL},
    {HZ_FIXED, "false-alarm", "false-alarm clean", "expected false-alarm, clean 1 of 2"},
    {HZ_FIXED, "sometimes", "false-alarm clean", NULL},
    {HZ_FIXED, "none", "false-alarm clean", NULL},
    /* failed: never expected */
    {HZ_FIXED, "clean", "failed", "expected clean, failed 1 of 1"},
    {HZ_FIXED, "false-alarm", "false-alarm failed", "expected false-alarm, failed 1 of 2"},
    {HZ_FIXED, "sometimes", "clean failed", "expected sometimes, failed 1 of 2"},
    {HZ_FIXED, "none", "failed", "failed 1 of 1"},
    /* broken: never expected */
    {HZ_BUGGY, "caught", "caught caught broken", "expected caught, broken 1 of 3"},
    {HZ_BUGGY, "blind", "broken", "expected blind, broken 1 of 1"},
    {HZ_BUGGY, "missed", "broken", "expected missed, broken 1 of 1"},
    {HZ_BUGGY, "sometimes", "broken caught", "expected sometimes, broken 1 of 2"},
    {HZ_BUGGY, "none", "broken", "broken 1 of 1"},
    {HZ_FIXED, "clean", "broken failed", "expected clean, broken 1 of 2, failed 1 of 2"},
    {HZ_FIXED, "false-alarm", "broken", "expected false-alarm, broken 1 of 1"},
    /* not run: never expected */
    {HZ_BUGGY, "missed", "", "nothing was run"},
    {HZ_FIXED, "clean", "", "nothing was run"},
    {HZ_FIXED, "bare", "", "nothing was run"},
    {HZ_BUGGY, "bare", "went-wrong came-right", NULL},
    {HZ_BUGGY, "bare", "broken came-right", "broken 1 of 2"},
    {HZ_FIXED, "bare", "clean clean", NULL},
    {HZ_FIXED, "bare", "clean failed", "expected clean, failed 1 of 2"},
    {HZ_FIXED, "bare", "broken", "expected clean, broken 1 of 1"},
};

START_TEST(a_cell_other_than_expected_surprises_in_either_direction)
{
    struct hz_expectation expected = {.detector = "d", .word = HZ_EXPECT_NONE};
    bool bare = strcmp(surprises[_i].word, "bare") == 0;
    ck_assert(bare || hz_word_parse(surprises[_i].word, &expected.word));
    struct hz_cell cell = cell_of(surprises[_i].runs);
    const char *surprise = hz_cell_surprise(&arena, &cell, surprises[_i].variant, bare, expected);
    if (surprises[_i].surprise == NULL)
        ck_assert_msg(surprise == NULL, "%s", surprise);
    else
        ck_assert_str_eq(surprise != NULL ? surprise : "(none)", surprises[_i].surprise);
}
END_TEST

/* ---- scores ---- */

/* Roots of (p - hits/of)^2 = z^2 p (1 - p) / of, found by bisection, not by the closed form. */
static const struct {
    unsigned hits, of;
    double low, high;
} intervals[] = {
    {0, 0, 0, 1},
    {0, 1, 0, 0.793451},
    {1, 1, 0.206549, 1},
    {0, 10, 0, 0.277533},
    {1, 10, 0.017876, 0.404150},
    {5, 10, 0.236593, 0.763407},
    {8, 10, 0.490162, 0.943318},
    {10, 10, 0.722467, 1},
    {50, 100, 0.403832, 0.596168},
    {999, 1000, 0.994357, 0.999823},
};

START_TEST(the_interval_is_wilsons)
{
    struct hz_rate rate = hz_rate(intervals[_i].hits, intervals[_i].of);
    ck_assert_uint_eq(rate.hits, intervals[_i].hits);
    ck_assert_uint_eq(rate.of, intervals[_i].of);
    ck_assert_double_eq_tol(rate.low, intervals[_i].low, 1e-6);
    ck_assert_double_eq_tol(rate.high, intervals[_i].high, 1e-6);
}
END_TEST

START_TEST(an_interval_holds_its_rate_and_stays_between_nothing_and_all)
{
    for (unsigned of = 1; of <= 60; of++) {
        for (unsigned hits = 0; hits <= of; hits++) {
            struct hz_rate rate = hz_rate(hits, of);
            double p = (double)hits / of;
            ck_assert(rate.low >= 0 && rate.low <= p && p <= rate.high && rate.high <= 1);
            ck_assert((rate.low == 0) == (hits == 0) && (rate.high == 1) == (hits == of));
        }
    }
}
END_TEST

static struct hz_score score_of(const char *const *buggy, const char *const *fixed)
{
    struct hz_score score = {0};
    for (; *buggy != NULL; buggy++) {
        struct hz_cell cell = cell_of(*buggy);
        hz_score_cell(&score, HZ_BUGGY, &cell);
    }
    for (; *fixed != NULL; fixed++) {
        struct hz_cell cell = cell_of(*fixed);
        hz_score_cell(&score, HZ_FIXED, &cell);
    }
    hz_score_finish(&score);
    return score;
}

START_TEST(a_score_counts_runs)
{
    struct hz_score score = score_of(
        (const char *const[]){"caught caught missed broken", "misplaced caught", "missed", NULL},
        (const char *const[]){"clean clean", "false-alarm broken failed", NULL});
    ck_assert_uint_eq(score.recall.hits, 3);
    ck_assert_uint_eq(score.recall.of, 6);
    ck_assert_uint_eq(score.precision.hits, 3);
    ck_assert_uint_eq(score.precision.of, 5);
    ck_assert_uint_eq(score.broken, 2);
    ck_assert_double_eq_tol(score.f1, 2 * 0.5 * 0.6 / 1.1, 1e-12);
    ck_assert_double_eq_tol(score.recall.low, hz_rate(3, 6).low, 1e-12);
    ck_assert_double_eq_tol(score.precision.high, hz_rate(3, 5).high, 1e-12);
}
END_TEST

START_TEST(a_detector_that_never_runs_has_no_score)
{
    struct hz_score score = score_of((const char *const[]){"broken broken", NULL},
                                     (const char *const[]){"broken", NULL});
    ck_assert_uint_eq(score.recall.of, 0);
    ck_assert_uint_eq(score.precision.of, 0);
    ck_assert_uint_eq(score.broken, 3);
    ck_assert(isnan(score.f1));
    ck_assert_double_eq(score.recall.high, 1);
}
END_TEST

START_TEST(a_silent_detector_has_recall_but_no_precision)
{
    struct hz_score score =
        score_of((const char *const[]){"missed", NULL}, (const char *const[]){"clean", NULL});
    ck_assert_uint_eq(score.recall.of, 1);
    ck_assert_uint_eq(score.precision.of, 0);
    ck_assert(isnan(score.f1));
}
END_TEST

/* It shouts at everything and never hits: worthless, which is 0 and not unknown. */
START_TEST(a_lying_detector_scores_nothing)
{
    struct hz_score score = score_of((const char *const[]){"misplaced", NULL},
                                     (const char *const[]){"false-alarm", NULL});
    ck_assert_uint_eq(score.precision.of, 2);
    ck_assert_uint_eq(score.precision.hits, 0);
    ck_assert_double_eq(score.f1, 0);
}
END_TEST

/* A twin that failed says nothing of the detector. */
START_TEST(a_failed_twin_counts_for_no_detector)
{
    struct hz_score score =
        score_of((const char *const[]){"caught", NULL}, (const char *const[]){"failed", NULL});
    ck_assert_uint_eq(score.precision.of, 1);
    ck_assert_double_eq(score.f1, 1);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

int main(void)
{
    Suite *suite = suite_create("judge");
    TCase *tests = tcase_create("judge");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, verdicts_have_names_both_ways);
    tcase_add_test(tests, a_report_at_the_marked_line_is_caught);
    tcase_add_test(tests, the_first_finding_that_hits_decides);
    tcase_add_test(tests, the_program_may_have_been_built_elsewhere);
    tcase_add_test(tests, where_a_held_or_awaited_thing_was_taken_is_a_location);
    tcase_add_test(tests, a_liar_about_the_line_is_misplaced);
    tcase_add_test(tests, a_liar_about_the_class_missed);
    tcase_add_test(tests, silence_is_missed_even_where_the_program_went_wrong);
    tcase_add_test(tests, misuse_names_the_hazard_only_where_the_pair_says_so);
    tcase_add_loop_test(tests, a_liar_about_the_twin_is_a_false_alarm, 0, HZ_CLASSES);
    tcase_add_test(tests, a_twin_is_clean_only_if_it_held);
    tcase_add_test(tests, broken_is_never_anything_else);
    tcase_add_test(tests, bare_is_judged_by_what_it_did);
    tcase_add_test(tests, no_list_of_findings_is_an_empty_one);
    tcase_add_loop_test(tests, a_cell_has_the_commonest_verdict_and_ties_go_to_the_worse, 0,
                        COUNT(cells));
    tcase_add_loop_test(tests, a_cell_other_than_expected_surprises_in_either_direction, 0,
                        COUNT(surprises));
    tcase_add_loop_test(tests, the_interval_is_wilsons, 0, COUNT(intervals));
    tcase_add_test(tests, an_interval_holds_its_rate_and_stays_between_nothing_and_all);
    tcase_add_test(tests, a_score_counts_runs);
    tcase_add_test(tests, a_detector_that_never_runs_has_no_score);
    tcase_add_test(tests, a_silent_detector_has_recall_but_no_precision);
    tcase_add_test(tests, a_lying_detector_scores_nothing);
    tcase_add_test(tests, a_failed_twin_counts_for_no_detector);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
