/* Two streams compared: what counts as a change, and what chance explains. */
#include "report/compare.h"
#include "runs.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct hz_stream then, now;
static struct hz_comparison comparison;

static void setup(void)
{
    hz_arena_init(&arena);
    then = now = (struct hz_stream){.complete = true};
}

static void teardown(void)
{
    hz_stream_free(&then);
    hz_stream_free(&now);
    hz_arena_free(&arena);
}

static void compare(void)
{
    static struct hz_matrix old_matrix, now_matrix;
    hz_matrix_build(&arena, &then, &old_matrix);
    hz_matrix_build(&arena, &now, &now_matrix);
    hz_compare(&arena, &then, &old_matrix, &now, &now_matrix, &comparison);
}

/* ---- cells ---- */

/* `n` runs of a cell, of which the first `k` have the one verdict and the rest the other. */
static void add(struct hz_stream *stream, const char *pair, enum hz_variant variant,
                const char *detector, enum hz_word expected, unsigned n, enum hz_verdict one,
                unsigned k, enum hz_verdict other)
{
    for (unsigned i = 0; i < n; i++) {
        struct hz_run *run =
            make_run(stream, pair, HZ_RACE, variant, detector, i < k ? one : other);
        run->repetition = i + 1;
        run->expected.word = expected;
        run->outcome.seconds = 0.2;
        if (run->verdict == HZ_BROKEN)
            run->broken = "it crashed";
    }
}

/* The change of the only pair's buggy cell under that detector. */
static enum hz_change change_of(const char *detector)
{
    compare();
    for (size_t i = 0; i < comparison.cells.n; i++)
        if (strcmp(comparison.cells.at[i].detector, detector) == 0)
            return comparison.cells.at[i].change;
    return HZ_CHANGE_NONE;
}

static void ck_change(enum hz_change change, const char *detector, enum hz_word expected,
                      unsigned n, unsigned old_caught, unsigned now_caught)
{
    bool bare = hz_detector_is_bare(detector);
    enum hz_verdict hit = bare ? HZ_WENT_WRONG : HZ_CAUGHT;
    enum hz_verdict miss = bare ? HZ_CAME_RIGHT : HZ_MISSED;
    then.runs.n = now.runs.n = 0;
    add(&then, "race/a", HZ_BUGGY, detector, expected, n, hit, old_caught, miss);
    add(&now, "race/a", HZ_BUGGY, detector, expected, n, hit, now_caught, miss);
    enum hz_change got = change_of(detector);
    ck_assert_msg(got == change, "%s %u/%u -> %u/%u: %s, not %s", detector, old_caught, n,
                  now_caught, n, hz_change_name(got), hz_change_name(change));
    ck_assert_int_eq(comparison.worse, change == HZ_CHANGE_WORSE);
    ck_assert_uint_eq(comparison.compared, 1);
}

START_TEST(what_counts_as_a_change_of_a_cell)
{
    ck_change(HZ_CHANGE_NONE, "tsan", HZ_EXPECT_CAUGHT, 3, 3, 3);
    ck_change(HZ_CHANGE_WORSE, "tsan", HZ_EXPECT_CAUGHT, 3, 3, 2);
    ck_change(HZ_CHANGE_BETTER, "tsan", HZ_EXPECT_CAUGHT, 3, 2, 3);
    ck_change(HZ_CHANGE_WORSE, "tsan", HZ_EXPECT_BLIND, 1, 0, 1); /* a surprise either way */
    ck_change(HZ_CHANGE_OTHER, "tsan", HZ_EXPECT_SOMETIMES, 1, 1, 0);
    ck_change(HZ_CHANGE_OTHER, "tsan", HZ_EXPECT_SOMETIMES, 10, 9, 1);
    ck_change(HZ_CHANGE_OTHER, "tsan", HZ_EXPECT_SOMETIMES, 10, 1, 9);
    ck_change(HZ_CHANGE_NONE, "tsan", HZ_EXPECT_CAUGHT, 3, 1, 2);     /* as surprising as it was */
    ck_change(HZ_CHANGE_NONE, "tsan", HZ_EXPECT_SOMETIMES, 10, 6, 4); /* the commonest differs */
    ck_change(HZ_CHANGE_NONE, "tsan", HZ_EXPECT_SOMETIMES, 10, 10, 8);
    ck_change(HZ_CHANGE_OTHER, "bare", HZ_EXPECT_NONE, 10, 10, 0);
    ck_change(HZ_CHANGE_NONE, "bare", HZ_EXPECT_NONE, 1, 1,
              0); /* a program is not sure of itself */
}
END_TEST

START_TEST(twins_and_broken_runs)
{
    add(&then, "race/a", HZ_FIXED, "tsan", HZ_EXPECT_CLEAN, 2, HZ_CLEAN, 2, HZ_CLEAN);
    add(&now, "race/a", HZ_FIXED, "tsan", HZ_EXPECT_CLEAN, 2, HZ_FALSE_ALARM, 2, HZ_CLEAN);
    add(&then, "race/a", HZ_BUGGY, "drd", HZ_EXPECT_SOMETIMES, 1, HZ_CAUGHT, 1, HZ_CAUGHT);
    add(&now, "race/a", HZ_BUGGY, "drd", HZ_EXPECT_SOMETIMES, 1, HZ_BROKEN, 1, HZ_CAUGHT);
    ck_assert_int_eq(change_of("tsan"), HZ_CHANGE_WORSE);
    ck_assert_int_eq(comparison.cells.at[0].variant, HZ_FIXED);
    ck_assert_int_eq(change_of("drd"), HZ_CHANGE_WORSE);
}
END_TEST

/* A rate is of the runs that said something. */
START_TEST(broken_runs_are_in_no_rate)
{
    add(&then, "race/a", HZ_BUGGY, "drd", HZ_EXPECT_SOMETIMES, 20, HZ_CAUGHT, 10, HZ_BROKEN);
    add(&now, "race/a", HZ_BUGGY, "drd", HZ_EXPECT_SOMETIMES, 20, HZ_CAUGHT, 1, HZ_BROKEN);
    ck_assert_int_eq(change_of("drd"), HZ_CHANGE_NONE);
}
END_TEST

/* What took no time that could be measured is no measure of another. */
START_TEST(no_time_has_no_ratio)
{
    add(&then, "race/a", HZ_BUGGY, "drd", HZ_EXPECT_CAUGHT, 1, HZ_CAUGHT, 1, HZ_CAUGHT);
    add(&now, "race/a", HZ_BUGGY, "drd", HZ_EXPECT_CAUGHT, 1, HZ_CAUGHT, 1, HZ_CAUGHT);
    then.runs.at[0].outcome.seconds = 0;
    compare();
    for (size_t i = 0; i < comparison.times.n; i++)
        ck_assert(isfinite(comparison.times.at[i].ratio));
}
END_TEST

START_TEST(cells_that_come_and_go)
{
    add(&then, "race/a", HZ_BUGGY, "drd", HZ_EXPECT_CAUGHT, 1, HZ_CAUGHT, 1, HZ_CAUGHT);
    add(&then, "race/c", HZ_BUGGY, "tsan", HZ_EXPECT_CAUGHT, 1, HZ_CAUGHT, 1, HZ_CAUGHT);
    add(&now, "race/c", HZ_BUGGY, "tsan", HZ_EXPECT_CAUGHT, 1, HZ_CAUGHT, 1, HZ_CAUGHT);
    add(&now, "race/b", HZ_BUGGY, "tsan", HZ_EXPECT_CAUGHT, 1, HZ_CAUGHT, 1, HZ_CAUGHT);
    add(&now, "race/d", HZ_BUGGY, "tsan", HZ_EXPECT_CAUGHT, 1, HZ_MISSED, 1, HZ_CAUGHT);
    compare();
    static const struct {
        const char *pair;
        enum hz_change change;
    } wanted[] = {{"race/a", HZ_CHANGE_LEFT},
                  {"race/b", HZ_CHANGE_ADDED},
                  {"race/d", HZ_CHANGE_WORSE}}; /* new, and not as expected */
    ck_assert_uint_eq(comparison.cells.n, 3);
    for (int i = 0; i < 3; i++) {
        ck_assert_str_eq(comparison.cells.at[i].pair, wanted[i].pair);
        ck_assert_int_eq(comparison.cells.at[i].change, wanted[i].change);
    }
    ck_assert_uint_eq(comparison.compared, 1);
}
END_TEST

START_TEST(time_counts_if_it_is_much)
{
    static const double times[][2] = {{1, 2.1}, {2.1, 1}, {1, 1.9}, {0.01, 0.1}, {0.01, 0.2}};
    static const bool told[] = {true, true, false, false, true};
    for (int i = 0; i < 5; i++) {
        then.runs.n = now.runs.n = 0;
        add(&then, "race/a", HZ_BUGGY, "tsan", HZ_EXPECT_CAUGHT, 1, HZ_CAUGHT, 1, HZ_CAUGHT);
        add(&now, "race/a", HZ_BUGGY, "tsan", HZ_EXPECT_CAUGHT, 1, HZ_CAUGHT, 1, HZ_CAUGHT);
        then.runs.at[0].outcome.seconds = times[i][0];
        now.runs.at[0].outcome.seconds = times[i][1];
        ck_assert_int_eq(change_of("tsan"), told[i] ? HZ_CHANGE_TIME : HZ_CHANGE_NONE);
        ck_assert_uint_eq(comparison.times.n, 1);
        ck_assert(fabs(comparison.times.at[0].ratio - times[i][1] / times[i][0]) < 1e-6);
        ck_assert(!comparison.worse);
    }
}
END_TEST

START_TEST(the_environment)
{
    static const char old[] = "{\"environment\":{\"hazmat\":\"1\",\"processors\":2,\"when\":\"a\","
                              "\"detectors\":{\"drd\":{\"version\":\"3.19\"},\"tsan\":{}}}}";
    static const char new[] = "{\"environment\":{\"hazmat\":\"1\",\"processors\":8,\"when\":\"b\","
                              "\"detectors\":{\"drd\":{\"version\":\"3.20\"},"
                              "\"tsan\":{\"version\":\"14\"}}}}";
    then.start = json_loads(old, 0, NULL);
    now.start = json_loads(new, 0, NULL);
    compare();
    ck_assert_uint_eq(comparison.settings.n, 3);
    ck_assert_str_eq(comparison.settings.at[0].what, "processors");
    ck_assert_str_eq(comparison.settings.at[0].old, "2");
    ck_assert_str_eq(comparison.settings.at[0].now, "8");
    ck_assert_str_eq(comparison.settings.at[1].what, "drd");
    ck_assert_str_eq(comparison.settings.at[1].now, "3.20");
    ck_assert_ptr_null(comparison.settings.at[2].old);
}
END_TEST

/* ---- findings ---- */

static struct hz_run *add_run(struct hz_stream *stream, const char *detector)
{
    struct hz_run *run = make_run(stream, "./bank", HZ_RACE, HZ_BUGGY, detector, HZ_CLEAN);
    run->judged = false;
    return run;
}

static void find(struct hz_run *run, const char *function, int line)
{
    struct hz_finding *finding = make_finding(run, "data-race", "two writes");
    add_frame(hz_push(&arena, &finding->parties), function, "/src/bank.c", line);
}

/* The only change of findings. */
static const struct hz_finding_change *only(void)
{
    compare();
    ck_assert_uint_eq(comparison.findings.n, 1);
    return &comparison.findings.at[0];
}

START_TEST(findings_are_new_gone_moved_or_there)
{
    struct hz_run *old = add_run(&then, "tsan"), *is = add_run(&now, "tsan");
    find(old, "stays", 10);
    find(is, "stays", 10);
    find(old, "moves", 20);
    find(is, "moves", 25);
    find(old, "goes", 30);
    find(is, "comes", 40);
    compare();
    static const struct {
        const char *function;
        enum hz_change change;
    } wanted[] = {{"stays", HZ_CHANGE_NONE},
                  {"moves", HZ_CHANGE_OTHER},
                  {"comes", HZ_CHANGE_WORSE},
                  {"goes", HZ_CHANGE_BETTER}};
    ck_assert_uint_eq(comparison.findings.n, 4);
    for (int i = 0; i < 4; i++) {
        const struct hz_finding_change *change = &comparison.findings.at[i];
        ck_assert_str_eq(change->finding->parties.at[0].stack.at[0].function, wanted[i].function);
        ck_assert_int_eq(change->change, wanted[i].change);
    }
    ck_assert_int_eq(comparison.findings.at[1].finding->parties.at[0].stack.at[0].line, 25);
    ck_assert(comparison.worse);
}
END_TEST

/* Seen in every run of ten, and in none of ten: no chance. In one of one: perhaps. */
START_TEST(what_chance_could_do)
{
    for (int i = 0; i < 10; i++) {
        struct hz_run *run = add_run(&then, "tsan");
        find(run, "add", 10);
        find(run, "add", 10); /* twice in a run is one run */
        add_run(&now, "tsan");
    }
    const struct hz_finding_change *change = only();
    ck_assert_int_eq(change->change, HZ_CHANGE_BETTER);
    ck_assert_uint_eq(change->old.seen, 10);
    ck_assert_uint_eq(change->old.runs, 10);
    ck_assert_uint_eq(change->now.seen, 0);
    ck_assert_uint_eq(change->now.runs, 10);
    ck_assert(!change->chance);
    then.runs.n = now.runs.n = 1;
    ck_assert(only()->chance);
    ck_assert(!comparison.worse);
}
END_TEST

START_TEST(who_did_not_run_has_not_looked)
{
    find(add_run(&then, "drd"), "add", 10);
    find(add_run(&then, "tsan"), "add", 10);
    add_run(&now, "helgrind");
    ck_assert_int_eq(only()->change, HZ_CHANGE_LEFT);
    const struct hz_finding_change *change = &comparison.findings.at[0];
    ck_assert_uint_eq(change->detectors.n, 2); /* in the order of the columns */
    ck_assert_str_eq(change->detectors.at[0], "tsan");
    ck_assert_str_eq(change->detectors.at[1], "drd");
    add_run(&now, "tsan")->broken = "it crashed";
    ck_assert_int_eq(only()->change, HZ_CHANGE_LEFT);
    add_run(&now, "tsan");
    ck_assert_int_eq(only()->change, HZ_CHANGE_BETTER);
    struct hz_stream other = then;
    then = now;
    now = other;
    then.runs.n = 1; /* helgrind alone */
    ck_assert_int_eq(only()->change, HZ_CHANGE_ADDED);
    ck_assert(!comparison.worse);
}
END_TEST

/* ---- what is printed ---- */

static char *printed(void (*print)(FILE *file))
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    print(file);
    fclose(file);
    return text;
}

static void as_text(FILE *file)
{
    struct hz_paper paper = {.file = file, .width = 80};
    hz_compare_print(&paper, &comparison);
}

static void as_json(FILE *file)
{
    hz_compare_write(file, &comparison);
}

static void make_everything(void)
{
    then.start = json_loads("{\"environment\":{\"hazmat\":\"\\u001b[2J\",\"jobs\":[1]}}", 0, NULL);
    add(&then, "race/a", HZ_BUGGY, "tsan", HZ_EXPECT_CAUGHT, 5, HZ_CAUGHT, 5, HZ_MISSED);
    add(&now, "race/a", HZ_BUGGY, "tsan", HZ_EXPECT_CAUGHT, 5, HZ_CAUGHT, 2, HZ_MISSED);
    for (int i = 0; i < 20; i++)
        add(&now, hz_printf(&arena, "race/new\033-%d", i), HZ_FIXED, "dr\033d", HZ_EXPECT_CLEAN, 1,
            HZ_CLEAN, 1, HZ_CLEAN);
    find(add_run(&then, "tsan"), "goes", 30);
    find(add_run(&now, "tsan"), "com\xff", 40);
    now.runs.at[now.runs.n - 1].findings.at[0].summary = "hostile \033[2J \xff\n";
    compare();
}

START_TEST(people_read_it)
{
    make_everything();
    char *text = printed(as_text), *rest;
    ck_assert_ptr_null(strchr(text, '\033'));
    static const char *const wanted[] = {
        "not on the same terms\n  hazmat: -, was \\x1b[2J\n  jobs: -, was [1]\n",
        "worse: not as expected\n  race/a buggy under tsan: 2/5, was caught (5 runs; were 5)\n",
        "run now, not then\n  race/new\\x1b-0 fixed under dr\\x1bd\n",
        "  and 12 more\n",
        "new findings\n  /src/bank.c:40: data-race: hostile \\x1b[2J \\xff\\x0a [tsan]\n"
        "      in 1 of 1 run, was in 0 of 1; chance alone could do that: repeat with -n\n",
        "findings that are gone\n  /src/bank.c:30: ",
        "cells compared: 1; worse 1, better 0, other 0, time 0, added 20, left out 0\n",
        "findings: new 1, gone 1, still there 0\n"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        ck_assert_msg(strstr(text, wanted[i]) != NULL, "no \"%s\" in:\n%s", wanted[i], text);
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        ck_assert_msg(hz_columns(line) <= 80, "%s", line);
    free(text);
}
END_TEST

START_TEST(programs_read_it)
{
    make_everything();
    char *text = printed(as_json), *rest;
    unsigned lines = 0, cells = 0, findings = 0;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        json_t *object = json_loads(line, 0, NULL);
        ck_assert_msg(object != NULL, "%s", line);
        const char *type = json_string_value(json_object_get(object, "type"));
        ck_assert_ptr_nonnull(type);
        ck_assert(lines++ > 0 || json_is_true(json_object_get(object, "worse")));
        cells += strcmp(type, "cell") == 0;
        findings += strcmp(type, "finding") == 0;
        json_decref(object);
    }
    ck_assert_uint_eq(cells, 21);
    ck_assert_uint_eq(findings, 2);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("compare");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_set_timeout(all, 60);
    tcase_add_test(all, what_counts_as_a_change_of_a_cell);
    tcase_add_test(all, twins_and_broken_runs);
    tcase_add_test(all, broken_runs_are_in_no_rate);
    tcase_add_test(all, no_time_has_no_ratio);
    tcase_add_test(all, cells_that_come_and_go);
    tcase_add_test(all, time_counts_if_it_is_much);
    tcase_add_test(all, the_environment);
    tcase_add_test(all, findings_are_new_gone_moved_or_there);
    tcase_add_test(all, what_chance_could_do);
    tcase_add_test(all, who_did_not_run_has_not_looked);
    tcase_add_test(all, people_read_it);
    tcase_add_test(all, programs_read_it);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
