/*
 * End to end: what was found, beside the source. `hazmat show` and `hazmat diff` with the
 * findings of the last run, and what `hazmat report` makes of them for other tools.
 */
#include "shell.h"

START_TEST(show_prints_findings_as_a_compiler_does)
{
    ck_shell(0, "hazmat check -k race/lost-update -d helgrind --results r");
    ck_shell(0, "hazmat show lost-update -d helgrind --results r");
    ck_says("scenarios/race/lost-update.c:41: warning: race: ");
    ck_says("   41 |         pages[request % PAGES].hits++; /* HAZARD: ");
    ck_says("\n      |         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n");
    ck_says("scenarios/race/lost-update.c:41: note: ");
    ck_says("hits line 41, marked: ");
    ck_says("fixed under helgrind: clean");
    ck_shell(0, "hazmat check -k race/lost-update -d watchdog --results r");
    ck_shell(0, "hazmat show lost-update -d watchdog --results r");
    ck_says("buggy under watchdog: blind");
}
END_TEST

START_TEST(show_says_that_the_explorer_ran_a_smaller_program)
{
    static const char sizes[] = "counts and times are of a smaller program, built with REQUESTS=2L";
    ck_shell(0, "hazmat check -k race/lost-update -d explorer,watchdog --results r");
    ck_shell(0, "hazmat show lost-update -d explorer --results r");
    ck_says(sizes);
    ck_shell(0, "hazmat show lost-update -d watchdog --results r");
    ck_says_not(sizes);
    ck_shell(0, "hazmat show lost-update --results r");
    ck_says(sizes);
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
    ck_says("  39           readings[i].celsius = i % 40;       /* HAZARD: ");
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

START_TEST(diff_breaks_long_lines_at_blanks)
{
    ck_shell(0, "hazmat diff race/relaxed-publication --results r --width 120");
    ck_says("   2 -  * A weather station publishes each new reading     |    2 +  * The pointer");
    ck_says("\n       through an atomic pointer, but with ");
}
END_TEST

/* ---- for other tools ---- */

/* `show` and `diff` beside the program as it is now, and the page. */
START_TEST(which_source_has_changed_since_the_run_is_said)
{
    static const char said[] = "scenarios/race/lost-update.c has changed since the run";
    ck_shell(0, "hazmat check -k race/lost-update -d watchdog --results r");
    ck_shell(0, "hazmat show race/lost-update -d watchdog --results r");
    ck_says_not("has changed");
    ck_shell(0, "hazmat report --results r -f html");
    ck_says("scenarios/race/lost-update.c");
    ck_says_not(said);
    ck_shell(0, "mkdir corpus && cp -r " TEST_SOURCE "/scenarios " TEST_SOURCE "/fixed corpus && "
                "echo '/* new */' >> corpus/scenarios/race/lost-update.c && "
                "hazmat show race/lost-update -d watchdog --results r --corpus corpus");
    ck_says(said);
    ck_says("other lines than");
    ck_says_not("fixed/race/lost-update.c has changed");
    ck_shell(0, "hazmat diff race/lost-update --results r --corpus corpus");
    ck_says(said);
    ck_says_not("fixed/race/lost-update.c has changed");
    ck_shell(0, "hazmat diff race/lost-update --results r");
    ck_says_not("has changed");
    ck_shell(0, "hazmat report --results r --corpus corpus -f html");
    ck_says(said);
    ck_says_not("fixed/race/lost-update.c has changed");
}
END_TEST

#define BIN "'" TEST_BUILD "/bin/native/"

START_TEST(sarif_of_the_corpus_and_of_programs)
{
    ck_shell(0, "hazmat check -k race/lost-update -d helgrind --results r && "
                "hazmat report --results r -f sarif -o r.sarif && cat r.sarif");
    ck_says("\"uri\": \"scenarios/race/lost-update.c\"");
    ck_says("\"kind\": \"inSource\"");
    ck_says("three steps: another's hit falls in between");
    ck_shell(1, "hazmat run --results r -d watchdog --json f.jsonl -- " BIN
                "buggy/deadlock/transfer-meet'");
    ck_shell(0, "cd '" TEST_SOURCE "' && hazmat report -f sarif \"$DIR/f.jsonl\"");
    ck_says("\"uri\": \"scenarios/deadlock/transfer-meet.c\"");
    ck_says("\"threadFlows\"");
    ck_says("\"sourceNodeId\": \"t0\"");
    ck_says_not("suppressions");
    ck_shell(0, "hazmat report -f sarif f.jsonl");
    ck_says("\"uri\": \"file:///");
}
END_TEST

/* A program before and after its fix; and the other way round, which is worse. */
START_TEST(a_fix_is_seen_against_what_was)
{
    ck_shell(1, "hazmat run --results r -d helgrind,drd --json old.jsonl -- " BIN
                "buggy/race/lost-update'");
    ck_shell(0, "hazmat run --results r -d helgrind,drd --json new.jsonl -- " BIN
                "fixed/race/lost-update'");
    ck_shell(0, "hazmat report --against old.jsonl new.jsonl");
    ck_says("findings that are gone");
    ck_says("[helgrind, drd]");
    ck_shell(1, "hazmat report --against new.jsonl old.jsonl");
    ck_says("new findings");
    ck_shell(1, "hazmat report --against new.jsonl old.jsonl -f jsonl");
    ck_says("\"worse\":true");
    ck_shell(0, "hazmat report --against old.jsonl old.jsonl");
    ck_says("findings still there");
    ck_shell(2, "hazmat report --against old.jsonl new.jsonl -f junit");
    ck_shell(2, "hazmat report --against old.jsonl new.jsonl -f sarif");
    ck_says("--against");
    ck_shell(3, "hazmat report --against nowhere.jsonl new.jsonl");
    ck_says("nowhere.jsonl");
    /* What broke now has said nothing, so that nothing is worse is not known. */
    ck_shell(
        3, "sed 's/\"judged\":false/\"judged\":false,\"broken\":\"crashed\"/' new.jsonl > x.jsonl; "
           "hazmat report --against old.jsonl x.jsonl");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cli-show");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_set_timeout(all, 120);
    tcase_add_test(all, show_prints_findings_as_a_compiler_does);
    tcase_add_test(all, show_says_that_the_explorer_ran_a_smaller_program);
    tcase_add_test(all, diff_shows_what_was_found_at_each_line);
    tcase_add_test(all, diff_breaks_long_lines_at_blanks);
    tcase_add_test(all, which_source_has_changed_since_the_run_is_said);
    tcase_add_test(all, sarif_of_the_corpus_and_of_programs);
    tcase_add_test(all, a_fix_is_seen_against_what_was);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
