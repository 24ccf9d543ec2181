/* `hazmat watch --pid`: processes that run already, and those that it has to refuse. */
#include "shell.h"

#define FAKE TEST_FAKE "/"
#define BUILD(what) "cc -g -pthread " what " '" TEST_SOURCE "/tests/fake/hang-abba.c' && "

/* ---- a process that runs already
 * ------------------------------------------------------------------------- */

#define START(program) program " & p=$!; "
#define WATCH_IT "'" HAZMAT "' watch -o o --json j --pid $p & w=$!; "

START_TEST(a_running_process_is_explained_and_left_alone)
{
    ck_shell(1, START(FAKE "hang-abba") WATCH_IT UNTIL(
                    "grep -q finding j 2>/dev/null") "kill -INT $w; wait $w; s=$?; kill -0 $p || "
                                                     "echo GONE; kill -KILL $p; exit $s");
    ck_says_not("GONE");
    ck_shell(0, "cat o");
    ck_says("deadlock, certain: 2 threads");
    ck_says("--held by-->");
    ck_says(" goes on\n");
    ck_shell(0, "tail -1 j | grep -q '\"complete\":true'");
}
END_TEST

START_TEST(a_static_program_is_watched_from_outside)
{
    ck_shell(1, BUILD("-static") "hazmat watch -- ./a.out");
    ck_says("linked statically");
    ck_says("deadlock, certain");
    ck_says("hang-abba.c:11");
    ck_shell(1, "./a.out & p=$!; hazmat watch --on-deadlock kill --pid $p; s=$?; wait $p; "
                "test $? = 143 || exit 9; exit $s");
    ck_says("was ended");
}
END_TEST

START_TEST(watching_ends_with_the_process)
{
    ck_shell(0, START("sh -c 'until test -e go; do sleep 0.01; done'")
                    WATCH_IT UNTIL("grep -q watching o 2>/dev/null") "touch go; wait $w");
    ck_shell(0, "cat o");
    ck_says("nothing found in ");
    ck_says("has ended");
    ck_shell(0, START("sleep 300") "hazmat watch --timeout 0.2 --pid $p; s=$?; kill $p || s=9; "
                                   "exit $s");
    ck_says("goes on");
}
END_TEST

/* SIGTERM does not impress it, and its child is in a session of its own. */
START_TEST(kill_ends_a_running_tree)
{
    ck_shell(
        1,
        START("sh -c 'trap \"\" TERM; setsid sh -c \"echo \\$\\$ > pid; exec " FAKE
              "hang-self\" & wait'")
            UNTIL("test -s pid") "hazmat watch --on-deadlock kill --pid $p; s=$?; wait $p; "
                                 "test $? = 137 || s=9; c=/proc/$(cat pid)/status; test ! -e $c || "
                                 "grep -q '^State:.[ZX]' $c || echo LEFT; exit $s");
    ck_says_not("LEFT");
}
END_TEST

START_TEST(abort_of_a_running_process)
{
    ck_shell(1, START(FAKE "hang-self") "hazmat watch --on-deadlock abort --pid $p; s=$?; "
                                        "wait $p; test $? = 134 || s=9; exit $s");
    ck_says("has ended");
}
END_TEST

START_TEST(a_process_that_cannot_be_watched)
{
    ck_shell(3, "sleep 0 & p=$!; wait $p; hazmat watch --pid $p");
    ck_says("there is no process ");
    ck_shell(3, "hazmat watch --pid $$");
    ck_says("is hazmat itself, or started it");
    ck_shell(3, "hazmat watch -- sleep 300 2>/dev/null & w=$!; " UNTIL(
                    "pgrep -P $w >/dev/null") "w=$(pgrep -P $w hazmat || echo $w); hazmat watch "
                                              "--pid $w; s=$?; kill $w; wait; "
                                              "exit $s");
    ck_says("is a hazmat: name the program that it watches");
    ck_shell(3, FAKE "hang-self & p=$!; " FAKE "hang-abba & q=$!; " UNTIL(
                    "test $(ls /proc/$q/task | wc -l) = 3") "t=$(ls /proc/$q/task | tail -1); "
                                                            "hazmat watch --pid $t; s=$?; "
                                                            "kill -KILL $p $q; exit $s");
    ck_says("is a thread of process ");
    ck_shell(3, "test -e /proc/2 && grep -q '^VmSize' /proc/2/status && exit 3; "
                "hazmat watch --pid 2");
}
END_TEST

/* As another user, whose processes may not be looked into, and who may not look into ours. */
START_TEST(a_process_of_somebody_else)
{
    if (geteuid() != 0)
        return;
    ck_shell(3, "chmod 755 .; sleep 300 & p=$!; setpriv --reuid 65534 --clear-groups '" HAZMAT
                "' watch --pid $p; s=$?; kill $p; exit $s");
    ck_says("may not be looked into: what its threads wait for, which locks they hold and their "
            "stacks cannot be told");
    ck_says("another user's");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("watch --pid");
    TCase *all = tcase_create("watch --pid");
    tcase_set_timeout(all, 180);
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, a_running_process_is_explained_and_left_alone);
    tcase_add_test(all, a_static_program_is_watched_from_outside);
    tcase_add_test(all, watching_ends_with_the_process);
    tcase_add_test(all, kill_ends_a_running_tree);
    tcase_add_test(all, abort_of_a_running_process);
    tcase_add_test(all, a_process_that_cannot_be_watched);
    tcase_add_test(all, a_process_of_somebody_else);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
