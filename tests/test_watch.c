/*
 * `hazmat watch` with its own streams and statuses, on real programs. What needs a terminal
 * is in test_watch_terminal.c, processes that run already in test_watch_pid.c, how a report reads
 * in test_live.c.
 */
#include "shell.h"

#include <jansson.h>

#define FAKE TEST_FAKE "/"

/* ---- what a user sees --------------------------------------------------------------- */

START_TEST(a_deadlock_is_explained_and_ended)
{
    ck_shell(1, "hazmat watch -- " FAKE "hang-abba");
    ck_says("deadlock, certain: 2 threads wait for each other's locks");
    ck_says("waits for mutex right held by tid");
    ck_says("holds mutex left, taken at ");
    ck_says("hang-abba.c:11 left_first\n");
    ck_says("--waits for--> right");
    ck_says("--held by--> hang-abba (tid ");
    ck_says("hazmat watch: 1 hazard found in ");
    ck_says("; the program was ended\n");
}
END_TEST

START_TEST(files_below_the_working_folder_are_short)
{
    ck_shell(1, "cp '" TEST_SOURCE "/tests/fake/hang-abba.c' . && cc -g -pthread hang-abba.c && "
                "hazmat watch -- ./a.out");
    ck_says("      hang-abba.c:11 left_first\n");
}
END_TEST

START_TEST(nothing_found_is_one_line_or_none)
{
    ck_shell(0, "hazmat watch -- true");
    ck_assert_ptr_eq(strstr(output, "hazmat watch: nothing found in "), output);
    ck_says("the program ended with exit status 0\n");
    ck_shell(0, "hazmat watch --quiet -- true");
    ck_assert_str_eq(output, "");
    ck_shell(1, "hazmat watch --quiet -- " FAKE "hang-self");
    ck_says("1 hazard found");
}
END_TEST

START_TEST(colour_only_where_it_is_wanted)
{
    ck_shell(1, "hazmat watch -- " FAKE "hang-self");
    ck_says_not("\033");
    ck_shell(1, "hazmat watch --color always -- " FAKE "hang-self");
    ck_says("\033[1m");
}
END_TEST

/* ---- the program's streams --------------------------------------------------------------- */

START_TEST(streams_are_the_users_own)
{
    ck_shell(0, "head -c 3000000 /dev/urandom > in && "
                "hazmat watch -o report -- cat < in > out && cmp in out && "
                "grep -q 'nothing found' report");
    ck_assert_str_eq(output, "");
    ck_shell(0, "hazmat watch -o report -- sh -c 'printf \"a\\0b\" >&2' 2> err; "
                "printf 'a\\0b' | cmp - err");
    ck_shell(0, "hazmat watch -- echo hallo 2>/dev/null");
    ck_assert_str_eq(output, "hallo\n");
    /* A pipe that ends early ends the program as ever, and us not at all. */
    ck_shell(0, "hazmat watch --propagate -- yes 2>report | head -1; test ${PIPESTATUS[0]} = 141");
    ck_assert_str_eq(output, "y\n");
}
END_TEST

START_TEST(descriptors_are_passed_on_and_none_of_ours)
{
    ck_shell(0, "echo five > f; hazmat watch -q -- cat /dev/fd/5 5< f");
    ck_assert_str_eq(output, "five\n");
    ck_shell(0, "sh -c 'ls /proc/$$/fd' > without; "
                "hazmat watch -q --json j -- sh -c 'ls /proc/$$/fd' > with; cmp with without");
    ck_shell(0, "hazmat watch -q --json j -- sh -c 'ls -1 /proc/$$/fd > fds' 0<&- 1>&- 2>&-; "
                "cat fds | tr '\\n' ' '; head -c 15 j");
    ck_says("{\"type\":\"start\"");
    ck_says_not("0 1 2");
    ck_shell(0, "hazmat watch --json j -- true 2>&-; hazmat report j");
}
END_TEST

START_TEST(environment_and_limits_are_kept)
{
    ck_shell(0, "ulimit -c 12; LD_PRELOAD=$DIR/mine.so hazmat watch -q -- bash -c "
                "'echo \"$LD_PRELOAD\"; ulimit -c' 2>/dev/null");
    ck_says("libhazmat-watch.so:");
    ck_says("/mine.so\n12\n");
}
END_TEST

START_TEST(what_is_ignored_stays_ignored)
{
    ck_shell(0, "trap '' HUP USR1; hazmat watch -q -- grep SigIgn /proc/self/status");
    ck_says("201\n");
    /* What blocks our own signals must not block the program's. */
    ck_shell(0, "hazmat watch -q -- grep SigBlk /proc/self/status");
    ck_says("0000000000000000\n");
}
END_TEST

/* Nobody reads the report, and the pipe is full: what is to be ended is ended nevertheless. */
START_TEST(a_report_that_nobody_reads_holds_nothing_up)
{
    ck_shell(1, "mkfifo f; exec 7<>f; head -c 65536 /dev/zero >&7; hazmat watch -o f -- " FAKE
                "hang-self");
}
END_TEST

START_TEST(a_reader_that_goes_away_does_not_end_us)
{
    ck_shell(7, "mkfifo f; (exec 8<f; exec 8<&-; touch gone) & hazmat watch -o f --propagate -- "
                "sh -c 'until test -e gone; do sleep 0.01; done; exit 7'");
}
END_TEST

START_TEST(help_teaches)
{
    ck_shell(0, "hazmat watch --help");
    ck_says("Examples:");
    ck_says("Exit status:");
    ck_says("(default 100;");
    ck_shell(0, "hazmat --generate bash > c && . ./c && COMP_WORDS=(hazmat watch --on) && "
                "COMP_CWORD=2 && _hazmat && echo \"${COMPREPLY[@]}\"");
    ck_says("--on-deadlock");
    ck_shell(0, "hazmat doctor");
    ck_says("watch      any process of yours, by --pid");
}
END_TEST

/* As under nohup. Two of them would otherwise end the program. */
START_TEST(a_hangup_that_is_ignored_is_ignored_by_us)
{
    ck_shell(
        4, "trap '' HUP; '" HAZMAT "' watch --propagate -- sh -c 'touch up; while ! test -e "
           "go; do sleep 0.01; done; exit 4' & w=$!; " UNTIL(
               "test -e up") "kill -HUP $w; sleep 0.1; kill -HUP $w; sleep 0.1; touch go; wait $w");
}
END_TEST

/* ---- exit statuses ------------------------------------------------------------------------- */

START_TEST(exit_statuses)
{
    ck_shell(0, "hazmat watch -- sh -c 'exit 7'");
    ck_says("ended with exit status 7");
    ck_shell(7, "hazmat watch --propagate -- sh -c 'exit 7'");
    ck_shell(0, "hazmat watch -- sh -c 'kill -SEGV $$'");
    ck_says("killed by signal 11");
    ck_shell(139, "hazmat watch --propagate -- sh -c 'kill -SEGV $$'");
    ck_shell(1, "hazmat watch --propagate -- " FAKE "hang-self");
    ck_shell(0, "hazmat watch --timeout 0.3 -- sleep 60");
    ck_says("ended at its deadline");
    ck_shell(3, "hazmat watch -- /nowhere/at/all");
    ck_says("could not be started: /nowhere/at/all: No such file");
    ck_shell(3, "hazmat watch -- no-such-program");
    ck_says("could not be started");
    ck_shell(3, "hazmat watch --json /nowhere/j -- true");
    ck_says("/nowhere/j");
    ck_shell(3, "hazmat watch --output /nowhere/o -- true");
    ck_shell(3, "hazmat watch --json /dev/full -- true");
}
END_TEST

START_TEST(a_wrong_command_line_is_status_2)
{
    ck_shell(2, "hazmat watch");
    ck_says("hazmat watch -- ./program");
    ck_shell(2, "hazmat watch --pid 1 -- true");
    ck_shell(2, "hazmat watch --pid 0");
    ck_shell(2, "hazmat watch --pid -5");
    ck_shell(2, "hazmat watch --pid x");
    ck_shell(2, "hazmat watch --pid 1 --propagate");
    ck_shell(2, "hazmat watch --on-deadlock explode -- true");
    ck_says("report, abort or kill");
    static const char *const numbers[] = {"bypass", "retries", "zombies"};
    static const char *const seconds[] = {"bypass-seconds", "hold-seconds", "stranded-seconds"};
    char line[128];
    for (size_t i = 0; i < 3; i++) {
        snprintf(line, sizeof line, "hazmat watch --%s 0 -- true", numbers[i]);
        ck_shell(2, line);
        ck_says(numbers[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        snprintf(line, sizeof line, "hazmat watch --%s nan -- true", seconds[i]);
        ck_shell(2, line);
        ck_says(seconds[i]);
    }
}
END_TEST

START_TEST(a_library_that_cannot_be_loaded_is_status_3)
{
    ck_shell(3, "cp '" HAZMAT "' hazmat; ./hazmat watch -- echo ran");
    ck_says("libhazmat-watch.so: No such file");
    ck_says_not("ran\n");
    ck_shell(3, "echo garbage > libhazmat-watch.so; ./hazmat watch -- echo ran");
    ck_says("cannot be preloaded");
    ck_says_not("ran\n");
}
END_TEST

/* ---- --on-deadlock ----------------------------------------------------------------------------
 */

START_TEST(report_goes_on)
{
    ck_shell(1, "hazmat watch --on-deadlock report -- " FAKE "hang-part");
    ck_says("deadlock, certain");
    ck_says("the program ended with exit status 0");
}
END_TEST

START_TEST(kill_does_not_wait)
{
    ck_shell(1, "hazmat watch -- sh -c '" FAKE "hang-self; echo went on'");
    ck_says("the program was ended");
    ck_says_not("went on");
}
END_TEST

START_TEST(abort_aborts_who_hangs)
{
    ck_shell(1, "hazmat watch --on-deadlock abort -- sh -c '" FAKE "hang-self; echo it got $?'");
    ck_says("it got 134");
    ck_says("the program ended with exit status 0");
}
END_TEST

/* Nothing hangs for certain here, so nothing is ended. */
START_TEST(only_a_certain_deadlock_ends_the_program)
{
    ck_shell(1, "hazmat watch --zombies 3 -- " FAKE "watch-threshold zombies");
    ck_says("the program ended with exit status 0");
}
END_TEST

START_TEST(what_becomes_certain_is_told_and_acted_on)
{
    ck_shell(1, "hazmat watch --json j -- " FAKE "watch-late");
    const char *first = strstr(output, "deadlock, probable: ");
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_nonnull(strstr(first, "certain by now:\ndeadlock, certain: "));
    ck_says("1 hazard found");
    ck_says("the program was ended");
    ck_shell(0, "test $(grep -c '\"type\":\"finding\".*\"number\":0' j) = 2");
}
END_TEST

/* ---- thresholds ---------------------------------------------------------------------------------
 */

START_TEST(thresholds_are_options)
{
    static const struct {
        const char *what, *options, *says;
    } rows[] = {
        {"rereads", "--retries 10", "asks again and again"},
        {"zombies", "--zombies 3", "dead children"},
        {"holds", "--hold-seconds 0.1", "has held a mutex for"},
        {"passes", "--bypass 10 --bypass-seconds 0.05", "passed over 1"},
    };
    char line[256];
    snprintf(line, sizeof line, "hazmat watch -- " FAKE "watch-threshold %s", rows[_i].what);
    ck_shell(0, line);
    snprintf(line, sizeof line, "hazmat watch %s -- " FAKE "watch-threshold %s", rows[_i].options,
             rows[_i].what);
    ck_shell(1, line);
    ck_says("starvation, ");
    ck_says(rows[_i].says);
}
END_TEST

START_TEST(both_bypass_thresholds_count)
{
    ck_shell(0, "hazmat watch --bypass 10 --bypass-seconds 20 -- " FAKE "watch-threshold passes");
    ck_shell(0, "hazmat watch --bypass 90 --bypass-seconds 0.01 -- " FAKE "watch-threshold passes");
}
END_TEST

START_TEST(the_wait_of_a_stranded_thread_is_an_option)
{
    ck_shell(0, "hazmat watch -- " FAKE "watch-threshold strands");
    ck_shell(1, "hazmat watch --stranded-seconds 0.3 -- " FAKE "watch-threshold strands");
    ck_says("deadlock, probable: ");
    ck_says("those who could");
    ck_says("the program ended with exit status 0");
}
END_TEST

/* ---- the stream and the graph
 * ---------------------------------------------------------------------- */

static json_t *line_of_stream(FILE *file, const char *type)
{
    char *line = NULL;
    size_t room = 0;
    ck_assert_int_gt(getline(&line, &room, file), 0);
    json_t *object = json_loads(line, 0, NULL);
    ck_assert_ptr_nonnull(object);
    ck_assert_str_eq(json_string_value(json_object_get(object, "type")), type);
    free(line);
    return object;
}

START_TEST(the_stream_has_findings_as_they_come)
{
    ck_shell(1, "hazmat watch --json j -- " FAKE "hang-abba");
    char path[128];
    snprintf(path, sizeof path, "%s/j", folder);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    json_t *start = line_of_stream(file, "start"), *finding = line_of_stream(file, "finding");
    json_t *run = line_of_stream(file, "run"), *end = line_of_stream(file, "end");
    ck_assert_int_eq(fgetc(file), EOF);
    fclose(file);
    ck_assert_str_eq(json_string_value(json_object_get(start, "command")), "watch");
    ck_assert_str_eq(json_string_value(json_object_get(finding, "kind")), "lock-cycle");
    ck_assert_uint_eq(json_array_size(json_object_get(finding, "threads")), 2);
    const json_t *all = json_object_get(run, "findings");
    ck_assert_uint_eq(json_array_size(all), 1);
    ck_assert(json_equal(json_object_get(json_array_get(all, 0), "threads"),
                         json_object_get(finding, "threads")));
    const json_t *outcome = json_object_get(run, "outcome");
    ck_assert_str_eq(json_string_value(json_object_get(outcome, "end")), "stopped");
    ck_assert_int_eq(json_integer_value(json_object_get(outcome, "signal")), 15);
    ck_assert(json_is_true(json_object_get(end, "complete")));
    json_decref(start), json_decref(finding), json_decref(run), json_decref(end);
    ck_shell(0, "hazmat report j");
    ck_says("deadlock: 2 threads wait for each other's locks");
}
END_TEST

/* Killed by what nothing can catch, after the finding and before the end. */
START_TEST(a_kill_leaves_the_findings_readable)
{
    ck_shell(0, "'" HAZMAT "' watch --on-deadlock report --json j -o o -- sh -c 'echo $$ > pid; "
                "exec " FAKE "hang-abba' & " UNTIL(
                    "grep -q finding j 2>/dev/null") "kill -KILL $!; wait $!; test $? = 137 || "
                                                     "exit 9; kill -KILL $(cat pid) || exit 8; "
                                                     "hazmat report j");
    ck_says("deadlock: 2 threads wait for each other's locks");
    ck_shell(0, "grep -q '\"type\":\"run\"' j && exit 7; head -c 300 j > cut; "
                "hazmat report cut; test $? = 3");
}
END_TEST

START_TEST(the_graph_is_one_that_dot_draws)
{
    ck_shell(1, "hazmat watch --dot d -- " FAKE "hang-abba");
    ck_shell(0, "cat d");
    ck_says("shape=box, label=\"hang-abba (tid ");
    ck_says("shape=ellipse, label=\"mutex\\nleft\"");
    ck_says("held by, taken at&#160;\\n");
    ck_shell(0, "! command -v dot > /dev/null || dot -Tsvg d | grep -c '<ellipse' | grep -qx 2");
    ck_shell(3, "hazmat watch --dot /nowhere/d -- echo ran");
    ck_says("/nowhere/d: No such file");
    ck_says_not("ran\n");
    ck_shell(0, "hazmat watch --dot d -- true && cat d");
    ck_says("digraph deadlocks {");
    ck_says_not("shape=box");
}
END_TEST

/* ---- what is left
 * ------------------------------------------------------------------------------------- */

/* The watchdog dies, the program lives on: with its locks, and with programs that it starts. */
START_TEST(the_program_outlives_a_killed_watchdog)
{
    ck_shell(0,
             "'" HAZMAT "' watch -o o -- sh -c 'echo $PPID > up; while kill -0 $PPID; do "
             "sleep 0.01; done 2>/dev/null; cat up > lived' & " UNTIL(
                 "test -s up") "kill -KILL $!; wait $!; " UNTIL("test -s lived") "test -s lived");
}
END_TEST

START_TEST(no_process_and_no_shared_memory_is_left)
{
    ck_shell(1,
             "ls /dev/shm > before; export MARK=watch-$$; hazmat watch -- sh -c 'sleep 300 & "
             "setsid sleep 300 & exec " FAKE "hang-shared-abba'; s=$?; ls /dev/shm | cmp - before "
             "|| echo LEFT; for f in /proc/[0-9]*/environ; do case $f in */$$/*) continue;; esac; "
             "grep -qz \"^MARK=$MARK\" $f 2>/dev/null && p=${f%/environ} && "
             "case $(cat $p/comm 2>/dev/null) in sleep | hang*) echo LEFT $p;; esac; done; "
             "exit $s");
    ck_says_not("LEFT");
}
END_TEST

START_TEST(a_daemon_is_watched_until_it_ends)
{
    ck_shell(6, "(" UNTIL("test -s pid")
                    UNTIL("grep -q running o") "kill $(cat pid)) & "
                                               "hazmat watch --propagate -o o -- " FAKE
                                               "watch-terminal leaves pid");
    ck_shell(0, "tr '\\n' ' ' < o");
    ck_says("left 1 process running: watch-terminal (pid ");
    ck_says("nothing found");
    /* A deadlock in what was left running is found like any other. */
    ck_shell(1, "hazmat watch -- sh -c 'setsid sh -c \"sleep 0.5; exec " FAKE "hang-abba\" &'");
    ck_says("running: ");
    ck_says("deadlock, certain");
}
END_TEST

/* A shell that had started something may become us: that is no business of ours. */
START_TEST(children_from_before_are_left_alone)
{
    ck_shell(5,
             "sh -c 'sleep 300 & echo $! > pid; exec " HAZMAT
             " watch --propagate -- sh -c \"sleep 300 & echo \\$! > own; exit 5\"' & w=$!; " UNTIL(
                 "test -s own") "kill $(cat own); wait $w; s=$?; "
                                "kill $(cat pid) || echo GONE; exit $s");
    ck_says_not("GONE");
}
END_TEST

START_TEST(a_term_ends_the_tree)
{
    ck_shell(130, "'" HAZMAT "' watch -- sh -c 'sleep 300 & echo $! > pid; wait' & w=$!; " UNTIL(
                      "test -s pid") "kill $w; wait $w; s=$?; kill -0 $(cat pid) 2>/dev/null && "
                                     "echo LEFT; exit $s");
    ck_says("interrupted, the program was ended");
    ck_says_not("LEFT");
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *one = tcase_create(name);
    tcase_set_timeout(one, 180);
    tcase_add_checked_fixture(one, setup, teardown);
    suite_add_tcase(suite, one);
    return one;
}

int main(void)
{
    Suite *suite = suite_create("watch");
    TCase *report = add_case(suite, "report");
    tcase_add_test(report, a_deadlock_is_explained_and_ended);
    tcase_add_test(report, files_below_the_working_folder_are_short);
    tcase_add_test(report, nothing_found_is_one_line_or_none);
    tcase_add_test(report, colour_only_where_it_is_wanted);
    tcase_add_test(report, a_report_that_nobody_reads_holds_nothing_up);
    tcase_add_test(report, a_reader_that_goes_away_does_not_end_us);
    tcase_add_test(report, help_teaches);
    TCase *program = add_case(suite, "program");
    tcase_add_test(program, streams_are_the_users_own);
    tcase_add_test(program, descriptors_are_passed_on_and_none_of_ours);
    tcase_add_test(program, environment_and_limits_are_kept);
    tcase_add_test(program, what_is_ignored_stays_ignored);
    tcase_add_test(program, a_hangup_that_is_ignored_is_ignored_by_us);
    TCase *status = add_case(suite, "status");
    tcase_add_test(status, exit_statuses);
    tcase_add_test(status, a_wrong_command_line_is_status_2);
    tcase_add_test(status, a_library_that_cannot_be_loaded_is_status_3);
    TCase *hang = add_case(suite, "deadlock");
    tcase_add_test(hang, report_goes_on);
    tcase_add_test(hang, kill_does_not_wait);
    tcase_add_test(hang, abort_aborts_who_hangs);
    tcase_add_test(hang, only_a_certain_deadlock_ends_the_program);
    tcase_add_test(hang, what_becomes_certain_is_told_and_acted_on);
    TCase *threshold = add_case(suite, "threshold");
    tcase_add_loop_test(threshold, thresholds_are_options, 0, 4);
    tcase_add_test(threshold, both_bypass_thresholds_count);
    tcase_add_test(threshold, the_wait_of_a_stranded_thread_is_an_option);
    TCase *file = add_case(suite, "file");
    tcase_add_test(file, the_stream_has_findings_as_they_come);
    tcase_add_test(file, a_kill_leaves_the_findings_readable);
    tcase_add_test(file, the_graph_is_one_that_dot_draws);
    TCase *end = add_case(suite, "end");
    tcase_add_test(end, the_program_outlives_a_killed_watchdog);
    tcase_add_test(end, no_process_and_no_shared_memory_is_left);
    tcase_add_test(end, a_daemon_is_watched_until_it_ends);
    tcase_add_test(end, children_from_before_are_left_alone);
    tcase_add_test(end, a_term_ends_the_tree);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
