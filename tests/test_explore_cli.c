/* `hazmat cc`, `explore` and `replay` as their users call them. */
#include "shell.h"

#define CASES TEST_SOURCE "/tests/explorer/small/cases.c"
#define LIAR TEST_SOURCE "/tests/explorer/small/liar.c"

static void compiled(void)
{
    ck_shell(0, "hazmat cc -std=gnu17 -pthread " CASES " -o cases");
}

static void ck_tells(const char *text)
{
    ck_assert_msg(strstr(output, text) != NULL, "\"%s\" is not in:\n%s", text, output);
}

START_TEST(a_failure_is_status_1_and_leaves_a_schedule)
{
    compiled();
    ck_shell(1, "hazmat explore -- ./cases crossed");
    ck_tells("error: deadlock: every thread waits: T");
    ck_tells("deadlock in schedule ");
    ck_tells("cases.c:");
    ck_tells("hazmat replay cases.schedule --print");
    ck_shell(1, "hazmat replay -n 20 cases.schedule");
    ck_tells("deadlock: 20 of 20");
    ck_tells("the same each time");
    ck_shell(1, "hazmat replay --print --width 100 cases.schedule");
    ck_tells("T1");
    ck_tells("pthread_mutex_lock(&a);");
}
END_TEST

/* What a finding says beside its class, which is printed before it. */
START_TEST(a_summary_says_more_than_its_class)
{
    compiled();
    ck_shell(1, "hazmat explore -- ./cases strange-unlock");
    ck_tells("error: misuse: unlock of a lock that is free [misuse; explorer]");
    ck_shell(0, "sed 's/^#define MEALS .*/#define MEALS 1/' " TEST_SOURCE
                "/scenarios/deadlock/philosophers.c > five.c && hazmat cc -pthread five.c -o five");
    ck_shell(1, "hazmat explore -- ./five");
    ck_tells(" T4 for forks[4], and 2 more [lock-cycle; explorer]"); /* of five, and main */
}
END_TEST

START_TEST(several_searches_at_a_time)
{
    compiled();
    ck_shell(1, "hazmat explore -j 4 --strategy random -- ./cases crossed");
    ck_shell(1, "hazmat replay -n 20 cases.schedule");
    ck_tells("deadlock: 20 of 20");
    ck_shell(0, "hazmat explore -j 3 --strategy random --budget 100 -- ./cases ordered");
    ck_tells("nothing in 300 schedules");
    ck_shell(0, "hazmat explore -j 2 -- ./cases ordered");
    ck_tells("exhausted");
    ck_shell(0, "sleep 0.2; ! pgrep -f '[c]ases ordered'");
}
END_TEST

START_TEST(what_is_right_is_status_0)
{
    compiled();
    ck_shell(0, "hazmat explore -- ./cases ordered");
    ck_tells("exhausted: ");
    ck_shell(1, "test -e cases.schedule");
}
END_TEST

START_TEST(each_strategy_has_its_name)
{
    compiled();
    ck_shell(0, "for i in dpor bound brute sweep surw rff pos pct random portfolio; do "
                "hazmat explore -q --budget 20 --strategy $i -- ./cases ordered || exit 1; done");
    ck_shell(2, "hazmat explore --strategy replay -- ./cases ordered");
    ck_tells("--strategy takes");
}
END_TEST

START_TEST(the_stream_holds_the_findings)
{
    compiled();
    ck_shell(1, "hazmat explore -q --json out.jsonl -- ./cases plain");
    ck_shell(0, "grep -q '\"search\":{\"schedules\":[0-9]*,\"found\":true' out.jsonl && "
                "grep -q '\"explored\"' out.jsonl && grep -q data-race out.jsonl");
    ck_shell(0, "hazmat explore -q --report-only --json out.jsonl -- ./cases plain");
}
END_TEST

START_TEST(run_leaves_it_to_explore)
{
    compiled();
    ck_shell(0, "hazmat run --results r -- ./cases ordered");
    ck_tells("explorer takes no part: `hazmat explore` runs this program");
    ck_tells("tsan takes no part: the program was built by `hazmat cc`");
    ck_tells("drd takes no part: the program was built by `hazmat cc`");
    ck_tells("0 hazards found");
}
END_TEST

static const char sorts[] =
    "#include <assert.h>\\n#include <pthread.h>\\n#include <stdlib.h>\\n"
    "static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;\\n"
    "static int n, racy;\\n"
    "static void *go(void *x)\\n{\\n"
    "pthread_mutex_lock(&a);\\nn++;\\npthread_mutex_lock(&b);\\n"
    "pthread_mutex_unlock(&b);\\npthread_mutex_unlock(&a);\\nracy++;\\nreturn x;\\n}\\n"
    "int main(void)\\n{\\npthread_t t;\\npthread_create(&t, 0, go, 0);\\n"
    "pthread_mutex_lock(&a);\\nint k = n;\\npthread_mutex_unlock(&a);\\n"
    "if (getenv(\"EARLY\"))\\nassert(k == 0);\\n"
    "pthread_mutex_lock(&b);\\npthread_mutex_lock(&a);\\npthread_mutex_unlock(&a);\\n"
    "pthread_mutex_unlock(&b);\\nracy++;\\n"
    "pthread_join(t, 0);\\nreturn k == 0 ? 0 : 3;\\n}\\n";

/* Of a deadlock, an exit status and races on one pair of lines there is one each. */
START_TEST(each_sort_of_failure_has_its_schedule)
{
    char command[2000];
    snprintf(command, sizeof command, "printf '%s' > s.c; hazmat cc s.c -o s", sorts);
    ck_shell(0, command);
    ck_shell(1, "hazmat explore --keep-going --json out.jsonl -- ./s");
    ck_tells("(data race on racy)");
    ck_tells("(wrong result: exit status 3)");
    ck_tells("(every thread waits: T0 for a, T1 for b)");
    ck_shell(0, "ls *.schedule | wc -l | grep -qx 3");
    ck_shell(0, "for i in s.schedule s.2.schedule s.3.schedule; do "
                "grep -q '\"schedule\":\"'$i'\"' out.jsonl || exit 1; done");
    ck_shell(0, "for i in *.schedule; do hazmat replay -n 5 $i; done > out; "
                "for i in 'data race' 'wrong result' deadlock; do "
                "grep -q \"^$i: 5 of 5\" out || exit 1; done");
    ck_shell(1, "hazmat explore --keep-going --no-races --strategy dpor -o kept -- ./s");
    ck_shell(0, "ls kept kept.2 && ! test -e kept.3");
    ck_shell(0, "EARLY=1 hazmat explore --keep-going --no-races --strategy dpor --report-only "
                "-o early -- ./s; ls early*");
    ck_tells("early.2");
}
END_TEST

START_TEST(a_race_has_a_way_on)
{
    compiled();
    ck_shell(1, "hazmat explore -- ./cases plain");
    ck_tells("--no-races   explores what comes of it");
    ck_shell(1, "hazmat explore -- ./cases crossed | grep no-races");
}
END_TEST

START_TEST(a_trace_of_the_schedule)
{
    compiled();
    ck_shell(1, "hazmat explore -q --json out.jsonl -- ./cases crossed");
    ck_shell(0, "hazmat report -f trace -o t.json out.jsonl && grep -q '\"thread_name\"' t.json &&"
                " grep -q '\"waits for a\"\\|\"waits for b\"' t.json");
    ck_shell(2, "hazmat report -f tracé out.jsonl");
    ck_tells("--format takes terminal, html, junit, sarif, jsonl or trace");
}
END_TEST

START_TEST(an_ordinary_build_in_two_steps)
{
    ck_shell(0, "cp " CASES " cases.c; printf 'cases: cases.o\\n\\t$(CC) cases.o -o cases -pthread\\n'"
                " > Makefile; make -s CC='" HAZMAT " cc' CFLAGS='-O2 -std=gnu17'");
    ck_shell(1, "hazmat explore -- ./cases turns");
    ck_tells("wrong result");
    ck_shell(7, "for i in $(seq 200); do ./cases locked || exit 1; done; exit 7");
}
END_TEST

/* Its globals are seen, and told by their names and lines; a race there is replayed. */
START_TEST(a_shared_library_of_ones_own)
{
    ck_shell(0, "printf 'int count;\\nvoid add(void)\\n{\\n    count++;\\n}\\n' > add.c; "
                "printf '#include <pthread.h>\\nvoid add(void);\\n"
                "static void *go(void *a) { add(); return a; }\\n"
                "int main(void) { pthread_t t; pthread_create(&t, 0, go, 0); add();"
                " return pthread_join(t, 0); }\\n' > main.c; "
                "hazmat cc -shared -fPIC add.c -o libadd.so && "
                "hazmat cc main.c -L. -ladd -Wl,-rpath,\"$PWD\" -o main");
    ck_shell(1, "hazmat explore -- ./main");
    ck_tells("add.c:4: error: race: data race on count");
    ck_shell(1, "hazmat replay -n 5 main.schedule");
    ck_tells("data race: 5 of 5");
}
END_TEST

/* As makefiles and configure scripts call a compiler. */
START_TEST(a_compiler_is_called_in_many_ways)
{
    compiled();
    ck_shell(0, "hazmat cc -x c - -pthread -std=gnu17 -o piped < " CASES);
    ck_shell(1, "hazmat explore -q -- ./piped crossed");
    ck_shell(0, "hazmat cc -static -nostdlib -c -std=gnu17 " CASES " -o cases.o && "
                "hazmat cc -r cases.o -o all.o && hazmat cc all.o -pthread -o partly");
    ck_shell(1, "hazmat explore -q -- ./partly crossed");
    ck_shell(0, "echo '-std=gnu17 " CASES " -pthread -o answered' > words && hazmat cc @words");
    ck_shell(1, "hazmat explore -q -- ./answered crossed");
    ck_shell(0, "hazmat cc -flto -O2 -fsanitize=thread -std=gnu17 " CASES " -pthread -o whole");
    ck_shell(1, "hazmat explore -q -- ./whole crossed");
    ck_shell(0, "hazmat cc -E " CASES " | grep -q pthread_create && "
                "hazmat cc -MM -MF rule " CASES " && grep -q 'cases.o:' rule");
    ck_shell(2, "hazmat cc -fno-sanitize=thread " CASES);
    ck_tells("-fno-sanitize=thread cannot be had");
    ck_shell(2, "hazmat cc -nostdlib " CASES);
    ck_tells("-nostdlib cannot be had");
}
END_TEST

START_TEST(what_cannot_be_explored_is_said)
{
    ck_shell(2, "hazmat explore -- /bin/true");
    ck_tells("was not built for the explorer");
    ck_shell(2, "hazmat explore");
    ck_shell(2, "hazmat explore -- ./there-is-none");
    ck_tells("./there-is-none: No such file");
    ck_shell(2, "hazmat explore --strategy best -- ./x");
    ck_tells("--strategy takes");
    ck_shell(2, "hazmat explore --budget 0 -- ./x");
    ck_shell(2, "hazmat cc -static x.c");
    ck_tells("-static cannot be had");
}
END_TEST

START_TEST(a_wrong_schedule_is_told_with_its_line)
{
    compiled();
    ck_shell(1, "hazmat explore -- ./cases crossed");
    ck_shell(2, "echo nothing > a.schedule; hazmat replay a.schedule");
    ck_tells("a.schedule:1: this is no schedule");
    ck_shell(2, "sed 's/^T0.*/T0 soon/' cases.schedule > b.schedule; hazmat replay b.schedule");
    ck_tells("a schedule has no line \"T0 soon\"");
    ck_shell(2, "hazmat replay none.schedule");
    ck_shell(2, "hazmat replay");
}
END_TEST

START_TEST(late_writes_are_replayed)
{
    compiled();
    static const char *const models[] = {"tso", "c11"};
    for (int i = 0; i < 2; i++) {
        char command[400];
        snprintf(command, sizeof command, "hazmat explore --no-races --memory %s -- "
                 "./cases store-buffers", models[i]);
        ck_shell(1, command);
        ck_tells("assertion");
        ck_shell(1, "hazmat replay --no-races -n 100 cases.schedule");
        ck_tells("assertion: 100 of 100");
    }
    ck_shell(0, "hazmat replay --no-races --print --width 200 cases.schedule >trace; "
                "grep -F '= 0 (old)' trace"); /* C11's */
    ck_shell(0, "hazmat explore --no-races -- ./cases store-buffers");
    ck_shell(2, "echo 'choose 0 3' >> cases.schedule; hazmat replay cases.schedule");
    ck_tells("a schedule has no line \"choose 0 3\"");
}
END_TEST

START_TEST(another_build_is_refused)
{
    compiled();
    ck_shell(1, "hazmat explore -- ./cases crossed");
    ck_shell(2, "hazmat cc -O2 -std=gnu17 -pthread " CASES " -o cases; hazmat replay cases.schedule");
    ck_tells("another build");
}
END_TEST

START_TEST(several_processes_are_not_followed)
{
    ck_shell(0, "printf '#include <unistd.h>\\nint main(void) { return fork() < 0; }\\n' > f.c;"
                "hazmat cc f.c -o f && hazmat explore -- ./f");
    ck_tells("not followed");
}
END_TEST

/* Counts, kinds, values and text that no runtime would write; seed 0: as many as there can be. */
START_TEST(a_program_that_lies_does_no_harm)
{
    static const char *const modes[] = {"fibers", "fork"};
    ck_shell(0, "hazmat cc -std=gnu17 " LIAR " -o liar");
    for (int i = 0; i < 2; i++) {
        char command[400];
        snprintf(command, sizeof command, "hazmat explore --mode %s --print --keep-going --json l "
                 "-- ./liar %d > out", modes[i], _i);
        ck_shell(1, command);
        ck_assert_str_eq(output, "");
        ck_shell(1, "LC_ALL=C grep -aq '[[:cntrl:]]' out");
    }
}
END_TEST

START_TEST(a_value_has_the_bytes_of_its_access)
{
    ck_shell(0, "hazmat cc -std=gnu17 " LIAR " -o liar");
    ck_shell(0, "hazmat explore --mode fibers --print -- ./liar 1 | grep -q 'read = -1$'");
}
END_TEST

START_TEST(it_ends_with_its_budget)
{
    ck_shell(0, "printf 'volatile int x;\\nint main(void) { for (;;) x++; }\\n' > f.c;"
                "hazmat cc f.c -o f && timeout 20 '" HAZMAT "' explore --budget 1s -- ./f");
    ck_tells("not exhaustive");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explore_cli");
    TCase *tests = tcase_create("commands");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, a_failure_is_status_1_and_leaves_a_schedule);
    tcase_add_test(tests, a_summary_says_more_than_its_class);
    tcase_add_test(tests, several_searches_at_a_time);
    tcase_add_test(tests, what_is_right_is_status_0);
    tcase_add_test(tests, each_strategy_has_its_name);
    tcase_add_test(tests, the_stream_holds_the_findings);
    tcase_add_test(tests, run_leaves_it_to_explore);
    tcase_add_test(tests, each_sort_of_failure_has_its_schedule);
    tcase_add_test(tests, a_race_has_a_way_on);
    tcase_add_test(tests, a_trace_of_the_schedule);
    tcase_add_test(tests, an_ordinary_build_in_two_steps);
    tcase_add_test(tests, a_shared_library_of_ones_own);
    tcase_add_test(tests, a_compiler_is_called_in_many_ways);
    tcase_add_test(tests, what_cannot_be_explored_is_said);
    tcase_add_test(tests, a_wrong_schedule_is_told_with_its_line);
    tcase_add_test(tests, late_writes_are_replayed);
    tcase_add_test(tests, another_build_is_refused);
    tcase_add_test(tests, several_processes_are_not_followed);
    tcase_add_loop_test(tests, a_program_that_lies_does_no_harm, 0, 8);
    tcase_add_test(tests, a_value_has_the_bytes_of_its_access);
    tcase_add_test(tests, it_ends_with_its_budget);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
