/*
 * End to end: what was found, beside the source. `hazmat show` and `hazmat diff` with the
 * findings of the last run, and what `hazmat report` makes of them for other tools.
 */
#include "shell.h"

START_TEST(show_prints_findings_as_a_compiler_does)
{
    ck_shell(0, "hazmat check -k race/lost-update -d helgrind --results r");
    ck_shell(0, "hazmat show lost-update -d helgrind --results r");
    ck_says("scenarios/race/lost-update.c:41: warning: data-race: ");
    ck_says("   41 |         pages[request % PAGES].hits++; /* HAZARD: ");
    ck_says("\n      |         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n");
    ck_says("scenarios/race/lost-update.c:41: note: ");
    ck_says("hits line 41, marked: ");
    ck_says("fixed under helgrind: clean");
}
END_TEST

/* Beneath the marked line stands who found it; both sides have their own. */
START_TEST(diff_shows_what_was_found_at_each_line)
{
    ck_shell(0, "hazmat diff race/relaxed-publication --results r --width 80");
    ck_says("HAZARD:");
    ck_says("Not run yet: hazmat check -k race/relaxed-publication");
    ck_says_not("\n           ^");
    ck_shell(0, "hazmat check -k race/relaxed-publication -d helgrind,drd --results r");
    ck_shell(0, "hazmat diff race/relaxed-publication --results r --width 80");
    ck_says("  39 -         readings[i].celsius = i % 40;       /* HAZARD: ");
    ck_says("\n               ^ helgrind: data-race (write)\n");
    ck_says("^ helgrind, drd: data-race (read)\n");
    ck_says("^: what the last run found there (20");
    ck_shell(0, "hazmat diff race/relaxed-publication --results r --width 200");
    ck_says("^ helgrind: data-race (write) ");
    ck_shell(0, "hazmat diff race/relaxed-publication --results r --width 200 | "
                "grep '\\^.* | .*\\^' && ! hazmat diff race/relaxed-publication --results r "
                "--width 119 | grep '\\^.* | .*\\^'");
    /* A false alarm at a line that both programs have. */
    ck_shell(0, "hazmat check -k deadlock/gate-lock -d helgrind --results r && "
                "hazmat diff gate-lock --results r --width 80 | grep '\\^'");
    ck_says("           ^ helgrind: lock-order\n           ^ in the twin: helgrind: lock-order\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cli-show");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_set_timeout(all, 120);
    tcase_add_test(all, show_prints_findings_as_a_compiler_does);
    tcase_add_test(all, diff_shows_what_was_found_at_each_line);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
