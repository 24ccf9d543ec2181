/* The page of two runs: what is worse, better or otherwise than in the older one. */
#include "html_page.h"

static struct hz_stream older;
static struct hz_comparison comparison;

/* What was added so far is the older run; what is added from now on is the run of now. */
static void that_was_then(void)
{
    older = stream;
    stream = (struct hz_stream){.complete = true};
}

static void compare(void)
{
    struct hz_matrix *then = hz_alloc(&arena, sizeof *then);
    struct hz_matrix *now = hz_alloc(&arena, sizeof *now);
    hz_matrix_build(&arena, &older, then);
    hz_matrix_build(&arena, &stream, now);
    comparison = (struct hz_comparison){0};
    hz_compare(&arena, &older, then, &stream, now, &comparison);
    html.comparison = &comparison;
    make_page();
    hz_stream_free(&older);
}

static void expect_caught(struct hz_run *run)
{
    run->expected.word = HZ_EXPECT_CAUGHT;
}

START_TEST(a_page_of_one_run_compares_nothing)
{
    add_run("race/a", HZ_RACE, HZ_BUGGY, "tsan", HZ_CAUGHT);
    make_page();
    ck_assert_int_eq(count("//*[@id='compared']"), 0);
}
END_TEST

START_TEST(cells_are_told_by_what_became_of_them)
{
    expect_caught(add_run("race/a", HZ_RACE, HZ_BUGGY, "tsan", HZ_CAUGHT));
    expect_caught(add_run("race/b", HZ_RACE, HZ_BUGGY, "tsan", HZ_MISSED));
    expect_caught(add_run("race/left", HZ_RACE, HZ_BUGGY, "tsan", HZ_CAUGHT));
    that_was_then();
    expect_caught(add_run("race/a", HZ_RACE, HZ_BUGGY, "tsan", HZ_MISSED));
    expect_caught(add_run("race/b", HZ_RACE, HZ_BUGGY, "tsan", HZ_CAUGHT));
    expect_caught(add_run("race/added", HZ_RACE, HZ_BUGGY, "tsan", HZ_CAUGHT));
    compare();
    ck_assert_str_eq(text_of("//*[@id='compared']/p/b"), "something is worse");
    ck_assert_str_eq(text_of("//*[@id='compared']/p/small"), "2 cells were run both times");
    ck_assert_str_eq(text_of("//table[starts-with(caption,'Worse')]//tr/th[@scope='row']"),
                     "race/a");
    ck_assert_str_eq(text_of("//table[starts-with(caption,'Worse')]//tr/td[3]/b"), "caught");
    ck_assert_str_eq(text_of("//table[starts-with(caption,'Worse')]//tr/td[4]/b"), "missed");
    ck_assert_str_eq(text_of("//table[starts-with(caption,'Better')]//tr/th[@scope='row']"),
                     "race/b");
    ck_assert_str_eq(text_of("//table[caption='Not run before']//tr/th[@scope='row']/a"),
                     "race/added");
    /* It has no place on the page that a link could lead to. */
    ck_assert_str_eq(text_of("//table[caption='Not run now']//tr/th[@scope='row']"), "race/left");
    ck_assert_int_eq(count("//table[caption='Not run now']//a"), 0);
}
END_TEST

START_TEST(findings_of_ones_own_program_are_new_or_gone)
{
    struct hz_run *run = add_run("./bank", HZ_RACE, HZ_BUGGY, "tsan", HZ_CLEAN);
    run->judged = false;
    add_party(add_finding(run, "gone-kind"), "T1", "writes", "/x/bank.c", 3);
    that_was_then();
    run = add_run("./bank", HZ_RACE, HZ_BUGGY, "tsan", HZ_CLEAN);
    run->judged = false;
    struct hz_finding *finding = add_finding(run, "new-kind");
    finding->summary = "<script>alert(1)</script>\033[2J";
    add_party(finding, "T1", "writes", "/x/bank.c", 30);
    compare();
    ck_assert_str_eq(text_of("//*[@id='compared']//h3[1]/following-sibling::ul[1]/li/b"),
                     "new-kind");
    ck_assert_str_eq(text_of("//*[@id='compared']//h3[2]/following-sibling::ul[1]/li/b"),
                     "gone-kind");
    ck_assert_int_eq(count("//*[@id='compared']//script"), 0);
    ck_assert_int_eq(count("//*[@id='compared']/p/small"), 0); /* it has no cells */
    ck_has("\\x1b[2J");
}
END_TEST

/* A new detector brings a cell for each pair. */
START_TEST(of_many_changes_the_first_are_named_and_the_others_counted)
{
    add_run("race/same", HZ_RACE, HZ_BUGGY, "tsan", HZ_CAUGHT);
    that_was_then();
    for (int i = 0; i < 100; ++i)
        add_run(hz_printf(&arena, "race/p%03d", i), HZ_RACE, HZ_BUGGY, "tsan", HZ_CAUGHT);
    compare();
    ck_assert_int_eq(count("//table[caption='Not run before']/tbody/tr"), 60);
    ck_has("and 40 more");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("html_compared");
    TCase *tests = tcase_create("compared");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_page_of_one_run_compares_nothing);
    tcase_add_test(tests, cells_are_told_by_what_became_of_them);
    tcase_add_test(tests, findings_of_ones_own_program_are_new_or_gone);
    tcase_add_test(tests, of_many_changes_the_first_are_named_and_the_others_counted);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
