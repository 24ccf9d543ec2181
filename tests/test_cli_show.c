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

int main(void)
{
    Suite *suite = suite_create("cli-show");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_set_timeout(all, 120);
    tcase_add_test(all, show_prints_findings_as_a_compiler_does);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
