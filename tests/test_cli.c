/*
 * End to end, through the built `hazmat`, with the real tools: what a user types and
 * sees. Each test has a results folder of its own.
 */
#include "shell.h"

/* ---- the command line ---- */

START_TEST(help_teaches)
{
    static const char *const commands[] = {"check", "list", "show", "diff", "run", "report",
                                           "doctor"};
    ck_shell(0, "hazmat --help");
    ck_says("hazmat run -- ./program");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i) {
        char line[64];
        snprintf(line, sizeof line, "hazmat %s --help", commands[i]);
        ck_shell(0, line);
        ck_says("Examples:");
        ck_says("Exit status:");
    }
    ck_shell(0, "hazmat --version");
}
END_TEST

START_TEST(a_wrong_command_line_is_status_2)
{
    ck_shell(2, "hazmat");
    ck_shell(2, "hazmat frobnicate");
    ck_says("no command \"frobnicate\"");
    ck_shell(2, "hazmat check --frobnicate");
    ck_says("--frobnicate");
    ck_shell(2, "hazmat check --repeat 0");
    ck_shell(2, "hazmat check --repeat -1");
    ck_shell(2, "hazmat check --repeat");
    ck_says("value is missing");
    ck_shell(2, "hazmat check --timeout nan");
    ck_shell(2, "hazmat check --class misuse");
    ck_shell(2, "hazmat check -d nobody");
    ck_shell(2, "hazmat check lost-update");
    ck_says("-k");
    ck_shell(2, "hazmat check -k '(race'");
    ck_shell(2, "hazmat check -k 'race or'");
    ck_shell(2, "hazmat check -k 'race race'");
    ck_shell(2, "hazmat show");
    ck_shell(4, "hazmat show no-such-pair");
    ck_shell(4, "hazmat diff lost-up");
    ck_says("race/lost-update");
    ck_shell(4, "hazmat check -k no-such-pair");
    ck_shell(4, "hazmat list -k 'race and not race'");
}
END_TEST

START_TEST(list_selects)
{
    ck_shell(0, "hazmat list -k 'lost-update'");
    ck_says("race/lost-update");
    ck_shell(0, "hazmat list -k 'deadlock/ and not race'");
    ck_says("deadlock/transfer-order");
    ck_says_not("race/lost-update");
    ck_shell(0, "hazmat list -k lock");
    ck_says("race/lost-update");
    ck_says_not("deadlock/lost-signal");
    ck_shell(0, "hazmat list -k '(daemon or pipe) and process' -c deadlock");
    ck_says("deadlock/proc-pipes-both-full");
    ck_says_not("race/");
}
END_TEST

START_TEST(colour_only_where_it_is_wanted)
{
    ck_shell(0, "hazmat list");
    ck_says_not("\033");
    ck_shell(0, "hazmat list --color always");
    ck_says("\033");
    ck_shell(0, "NO_COLOR=1 hazmat list");
    ck_says_not("\033");
}
END_TEST

START_TEST(diff_shows_both_sides)
{
    ck_shell(0, "hazmat diff lost-update --width 80");
    ck_says("--- scenarios/race/lost-update.c");
    ck_says("FIX:");
    ck_shell(0, "hazmat diff race/lost-update --width 160");
    ck_says(" | ");
    ck_says("HAZARD:");
}
END_TEST

START_TEST(man_and_completions_agree_with_the_options)
{
    ck_shell(0, "hazmat --generate man > man.1 && man --warnings -l -Tutf8 man.1 2>&1 >/dev/null");
    ck_assert_str_eq(output, "");
    ck_shell(0, "hazmat --generate bash > c.bash && bash -n c.bash && . ./c.bash && "
                "COMP_WORDS=(hazmat check --fail) COMP_CWORD=2 && _hazmat && "
                "echo \"${COMPREPLY[@]}\"");
    ck_says("--fail-fast");
    ck_shell(0, "hazmat --generate zsh > _hazmat; ! command -v zsh >/dev/null || zsh -n _hazmat");
    ck_shell(2, "hazmat --generate fish");
}
END_TEST

START_TEST(doctor_says_what_is_missing_and_how_to_repair_it)
{
    ck_shell(0, "hazmat doctor");
    ck_says("helgrind");
    ck_shell(3, "PATH=/nowhere; hazmat doctor");
    ck_says("apt-get install");
}
END_TEST

/* ---- the matrix ---- */

START_TEST(check_catches_and_writes_everything)
{
    ck_shell(0, "hazmat check -k 'race/lost-update or deadlock/self-lock' --results r");
    ck_says("2 of 2 hazards caught");
    ck_shell(0, "test -s r/latest/events.jsonl && test -s r/latest/junit.xml && "
                "test -s r/latest/report.html && ls r/latest/raw/race/lost-update/buggy/tsan/1 && "
                "ls r/latest/raw/race/lost-update/buggy/helgrind/1/*.xml");
    ck_shell(0, "hazmat report --results r");
    ck_says("2 of 2 hazards caught");
    ck_shell(0, "hazmat report --results r -f junit");
    ck_says("<testsuites");
    ck_shell(0, "hazmat report --results r -f jsonl > again.jsonl && "
                "hazmat report again.jsonl");
    ck_says("2 of 2 hazards caught");
    ck_shell(0, "hazmat show race/lost-update --results r -d tsan");
    ck_says("lost-update.c:");
    ck_shell(0, "hazmat show self-lock --results r");
    ck_says("caught");
}
END_TEST

/*
 * A detector that lies: it has nothing against a buggy program, and something against
 * its twin. Both must fail the check.
 */
START_TEST(a_lying_detector_is_found_out)
{
    ck_shell(0, "mkdir bin && cat > bin/valgrind <<'END'\n"
                "#!/bin/sh\n"
                "case $1 in --version) echo valgrind-3.19.0; exit;; esac\n"
                "for word; do case $word in --xml-file=*) file=${word#--xml-file=};; esac; "
                "program=$word; done\n"
                "[ -n \"$file\" ] || exit 0\n"
                "file=$(echo \"$file\" | sed \"s/%p/$$/\")\n"
                "{ echo '<?xml version=\"1.0\"?><valgrindoutput><protocolversion>4</protocolversion>"
                "<protocoltool>helgrind</protocoltool><status><state>RUNNING</state></status>'\n"
                "case $program in */fixed/*) echo '<error><unique>0x0</unique><tid>1</tid>"
                "<kind>Race</kind><xwhat><text>Possible data race during write of size 4 at 0x1 by "
                "thread #1</text><hthreadid>1</hthreadid></xwhat><stack><frame><ip>0x1</ip>"
                "<obj>/x</obj><fn>count</fn><dir>/x</dir><file>lost-update.c</file><line>1</line>"
                "</frame></stack></error>';; esac\n"
                "echo '<status><state>FINISHED</state></status><errorcounts></errorcounts>"
                "<suppcounts></suppcounts></valgrindoutput>'; } > \"$file\"\n"
                "END\nchmod +x bin/valgrind");
    ck_shell(1, "PATH=$DIR/bin:$PATH; hazmat check -k race/lost-update -d helgrind --results r");
    ck_says("buggy under helgrind: expected caught");
    ck_says("fixed under helgrind: expected clean");
    ck_says("2 cells surprised");
    /* The same in the report that is made without a run. */
    ck_shell(1, "hazmat report --results r");
    ck_says("2 cells surprised");
}
END_TEST

START_TEST(a_tool_that_crashes_is_broken)
{
    ck_shell(0, "mkdir bin && printf '#!/bin/sh\\ncase $1 in --version) echo valgrind-3.19.0; "
                "exit;; esac\\ncase \"$*\" in *xml-file*) kill -SEGV $$;; esac\\n' > bin/valgrind "
                "&& chmod +x bin/valgrind");
    ck_shell(3, "PATH=$DIR/bin:$PATH; hazmat check -k race/lost-update -d helgrind --results r");
    ck_says("BROKEN");
    ck_says("2 broken");
}
END_TEST

START_TEST(a_missing_tool_is_named_and_broken)
{
    ck_shell(3, "mkdir bin; for t in sh ls cat env clang llvm-symbolizer; do "
                "ln -s $(command -v $t) bin/; done; PATH=$DIR/bin; "
                "hazmat check -k race/lost-update -d helgrind,watchdog --results r");
    ck_says("helgrind cannot be used");
    ck_says("apt-get install");
    ck_says("2 broken");
}
END_TEST

/* Takes the pair's fix out of the twin, and puts it into the buggy program. */
START_TEST(a_changed_corpus_is_found_out)
{
    ck_shell(0, "cp -r '" TEST_SOURCE "/scenarios' '" TEST_SOURCE "/fixed' .");
    ck_shell(0, "hazmat list --corpus .");
    ck_shell(2, "rm fixed/race/lost-update.c; hazmat list --corpus .");
    ck_says("scenarios/race/lost-update.c");
    ck_says("nothing was run");
    ck_shell(0, "cp '" TEST_SOURCE "/fixed/race/lost-update.c' fixed/race/");
    ck_shell(2, "sed -i 's/@concept/@koncept/' scenarios/race/lost-update.c; "
                "sed -i 's/FIX:/HAZARD:/' fixed/race/wrong-lock.c; hazmat check --corpus .");
    ck_says("scenarios/race/lost-update.c:");
    ck_says("fixed/race/wrong-lock.c:");
    ck_shell(2, "hazmat list --corpus /nowhere");
}
END_TEST

START_TEST(results_that_cannot_be_written)
{
    ck_shell(3, "hazmat check -k race/lost-update -d bare --results /proc/nowhere");
    ck_says("--results");
    ck_shell(3, "echo '{\"type\":\"start\",\"version\":1}' > x.jsonl; "
                "hazmat report x.jsonl -o /dev/full || "
                "{ echo \"{\\\"type\\\":\\\"nothing\\\"}\" >> x.jsonl; hazmat report x.jsonl; }");
}
END_TEST

/* Somebody puts a folder where the report is to be written, while the runs go on. */
START_TEST(a_report_file_that_cannot_be_written)
{
    static const char *const names[] = {"junit.xml", "report.html"};
    char command[512], complaint[64];
    snprintf(command, sizeof command,
             "(for i in $(seq 3000); do mkdir r/latest/%s 2>/dev/null && exit; "
             "sleep 0.01; done) & hazmat check -k race/lost-update -d helgrind --results r",
             names[_i]);
    snprintf(complaint, sizeof complaint, "%s: Is a directory", names[_i]);
    ck_shell(3, command);
    ck_says(complaint);
    ck_says("1 of 1 hazards caught");
}
END_TEST

START_TEST(a_page_of_several_streams_has_the_raw_output_of_each)
{
    ck_shell(0, "hazmat check -k race/lost-update -d helgrind -V buggy --results one && "
                "hazmat check -k deadlock/self-lock -d helgrind -V buggy --results two");
    ck_says("report: ");
    ck_shell(0, "hazmat report -f html -o page.html {one,two}/latest/events.jsonl && "
                "grep -c '^<!doctype html>' page.html && grep 'in <code>raw/.*helgrind.*xml' page.html");
    ck_says("raw/race/lost-update/buggy/helgrind/1</code>");
    ck_says("raw/deadlock/self-lock/buggy/helgrind/1</code>");
    ck_shell(0, "hazmat report -f html --corpus /nowhere -o page.html one/latest/events.jsonl; "
                "grep 'not in the corpus' page.html");
}
END_TEST

START_TEST(report_of_nothing_readable)
{
    ck_shell(3, "hazmat report nowhere.jsonl");
    ck_says("nowhere.jsonl");
    ck_shell(3, "echo garbage > x.jsonl; hazmat report x.jsonl");
    ck_says("x.jsonl:1: not JSON");
    ck_shell(3, "hazmat report --results r");
    ck_says("hazmat check");
}
END_TEST

/* ---- stopping ---- */

/* Ctrl-C: what was done is shown, and nothing is left. */
START_TEST(interrupt_leaves_nothing)
{
    ck_shell(130, "export MARK=hazmat-interrupt-$$; "
                  "'" HAZMAT "' check -c deadlock -d helgrind --results r > out 2>&1 & pid=$!; "
                  "for i in $(seq 300); do grep -q '\"run\"' r/latest/events.jsonl 2>/dev/null && "
                  "break; sleep 0.1; done; kill -INT $pid; wait $pid; status=$?; cat out; "
                  "sleep 0.2; grep -lz \"^MARK=$MARK\" /proc/[0-9]*/environ 2>/dev/null | "
                  "grep -v -e \"/$$/\" -e self | while read f; do p=${f#/proc/}; p=${p%/environ}; "
                  "case $(cat /proc/$p/comm 2>/dev/null) in grep | sh | '') ;; *) echo \"LEFT $p "
                  "$(cat /proc/$p/comm)\";; esac; done; exit $status");
    ck_says("cut short");
    ck_says_not("LEFT");
}
END_TEST

/* A kill that nothing can catch: the lines before it are whole. */
START_TEST(kill_leaves_a_readable_stream)
{
    ck_shell(0, "'" HAZMAT "' check -c race -d bare --results r > out 2>&1 & pid=$!; "
                "for i in $(seq 300); do [ $(grep -c '\"run\"' r/latest/events.jsonl 2>/dev/null || "
                "echo 0) -ge 3 ] && break; sleep 0.1; done; kill -KILL $pid; wait $pid; "
                "hazmat report --results r; test $? -le 1");
    ck_says("cut short");
}
END_TEST

/* ---- programs of the user's ---- */

START_TEST(run_merges_what_detectors_see)
{
    ck_shell(1, "hazmat run --results r -d helgrind,drd --json f.jsonl -- "
                "'" TEST_BUILD "/bin/native/buggy/race/lost-update'");
    ck_says("warning: race:");
    ck_says("[data-race; helgrind, drd");
    ck_shell(0, "hazmat run --results r -d helgrind,drd,watchdog -- "
                "'" TEST_BUILD "/bin/native/fixed/race/lost-update'");
    ck_says("0 hazards found");
    ck_shell(1, "hazmat run --results r -- '" TEST_BUILD "/bin/tsan/buggy/race/lost-update'");
    ck_says("helgrind takes no part");
    ck_says("tsan");
    ck_shell(1, "hazmat run --results r -d watchdog -- "
                "'" TEST_BUILD "/bin/native/buggy/deadlock/self-lock'");
    ck_says("error: deadlock:");
    ck_says("[self-lock; ");
    ck_says("hung");
    ck_shell(1, "hazmat run --results r -d helgrind,drd,watchdog -- "
                "'" TEST_BUILD "/bin/native/buggy/deadlock/self-lock'");
    ck_says("[self-lock; helgrind, drd, watchdog]");
    ck_says("1 hazard found");
    ck_shell(1, "hazmat run --results r -- '" TEST_BUILD "/bin/tsan/buggy/deadlock/transfer-order'");
    ck_says("; tsan, watchdog"); /* of an order, or of the deadlock if it came to that */
    ck_says("1 hazard found");
    ck_shell(1, "hazmat report f.jsonl || hazmat report f.jsonl; hazmat run -d bare -- false; "
                "hazmat run -d watchdog -- sh -c 'kill -SEGV $$'");
}
END_TEST

START_TEST(run_names_who_was_left_behind)
{
    ck_shell(0, "hazmat run --results r -d bare -- sh -c 'sleep 60 & true'");
    ck_says("left 1 process behind: sleep; 0 findings");
    ck_shell(0, "hazmat run --results r -d bare -- "
                "sh -c 'sleep 60 & sleep 60 & sleep 60 & sleep 60 & true'");
    ck_says("left 4 processes behind: sleep, sleep, sleep, …; 0 findings");
}
END_TEST

START_TEST(run_of_what_is_no_program)
{
    ck_shell(2, "hazmat run -- ./nowhere");
    ck_says("No such file");
    ck_shell(2, "echo text > plain; hazmat run -- ./plain");
    ck_says("Permission denied");
    ck_shell(2, "hazmat run");
    ck_shell(2, "hazmat run -- no-such-program-anywhere");
    ck_says("PATH");
    ck_shell(4, "hazmat run -d tsan -- true");
    ck_says("-fsanitize=thread");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cli");
    TCase *words = tcase_create("words"), *matrix = tcase_create("matrix"),
          *stopping = tcase_create("stopping"), *programs = tcase_create("programs");
    TCase *const cases[] = {words, matrix, stopping, programs};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        tcase_add_checked_fixture(cases[i], setup, teardown);
        tcase_set_timeout(cases[i], 120);
        suite_add_tcase(suite, cases[i]);
    }
    tcase_add_test(words, help_teaches);
    tcase_add_test(words, a_wrong_command_line_is_status_2);
    tcase_add_test(words, list_selects);
    tcase_add_test(words, colour_only_where_it_is_wanted);
    tcase_add_test(words, diff_shows_both_sides);
    tcase_add_test(words, man_and_completions_agree_with_the_options);
    tcase_add_test(words, doctor_says_what_is_missing_and_how_to_repair_it);
    tcase_add_test(matrix, check_catches_and_writes_everything);
    tcase_add_test(matrix, a_lying_detector_is_found_out);
    tcase_add_test(matrix, a_tool_that_crashes_is_broken);
    tcase_add_test(matrix, a_missing_tool_is_named_and_broken);
    tcase_add_test(matrix, a_changed_corpus_is_found_out);
    tcase_add_test(matrix, results_that_cannot_be_written);
    tcase_add_loop_test(matrix, a_report_file_that_cannot_be_written, 0, 2);
    tcase_add_test(matrix, a_page_of_several_streams_has_the_raw_output_of_each);
    tcase_add_test(matrix, report_of_nothing_readable);
    tcase_add_test(stopping, interrupt_leaves_nothing);
    tcase_add_test(stopping, kill_leaves_a_readable_stream);
    tcase_add_test(programs, run_merges_what_detectors_see);
    tcase_add_test(programs, run_names_who_was_left_behind);
    tcase_add_test(programs, run_of_what_is_no_program);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
