/* The explorer has in hand what a program may call: the rarer locks, channels, time, processes. */
#include "explore_cases.h"
#include "explorer/lines.h"

/* ---- locks ---- */

static const struct {
    const char *name;
    enum hzx_end end;   /* HZX_FINE: in no order does it go wrong */
    unsigned classes;   /* of equivalent schedules */
} locks[] = {
    {"robust", HZX_FINE, 2},        {"robust-lost", HZX_FINE, 3},
    {"robust-wait", HZX_FINE, 2},   {"robust-wrong", HZX_ASSERTION, 2},
    {"timed", HZX_FINE, 2},         {"reader", HZX_FINE, 2},
    {"reader-tries", HZX_FINE, 2},  {"writer-tried", HZX_FINE, 5},
    {"writer-wrong", HZX_DEADLOCK, 5}, {"named", HZX_FINE, 1},
    {"early", HZX_FINE, 2},         {"no-time", HZX_FINE, 1},
    {"loop", HZX_FINE, 3},          {"loop-wrong", HZX_LIVELOCK, 2},
};

START_TEST(rare_locks_are_controlled)
{
    static const enum hzx_strategy_name strategies[] = {HZX_DPOR, HZX_BRUTE};
    for (size_t i = 0; i < 2; i++) {
        struct hzx_config config = {.strategy = strategies[i], .keep_going = 1, .mode = HZX_FORK};
        struct hzx_shared *shared = run_small("locks", locks[_i].name, config);
        ck_assert_msg(shared->state == HZX_EXHAUSTED, "%s: %s", locks[_i].name,
                      hzx_result_text(&arena, shared));
        for (unsigned end = HZX_CUT + 1; end < HZX_ENDS; end++)
            ck_assert_msg((shared->failures[end] > 0) == (end == locks[_i].end), "%s: %s",
                          locks[_i].name, hzx_end_text(end));
        ck_assert_uint_eq(shared->classes, locks[_i].classes);
        ck_assert_uint_eq(shared->uncontrolled_n, 0);
    }
}
END_TEST

/* ---- channels ---- */

static const char *const channels[] = {
    "read", "readv", "select", "pselect", "poll", "ppoll", "epoll_wait", "epoll_pwait",
    "recv", "recvfrom", "recvmsg", "eventfd", "eventfd_read", "accept"};

START_TEST(a_channel_is_waited_for_and_written_to_in_each_order)
{
    struct hzx_config config = {.strategy = HZX_DPOR, .mode = HZX_FORK};
    struct hzx_shared *shared = run_small("channels", channels[_i], config);
    ck_assert_msg(shared->state == HZX_FOUND && shared->outcome.end == HZX_STATUS &&
                  shared->outcome.status == 1, "%s: %s", channels[_i],
                  hzx_result_text(&arena, shared));
    ck_assert_uint_eq(shared->uncontrolled_n, 0);
    hz_explore_close(&made);
    char *argv[] = {(char *)small(&arena, "channels"), (char *)channels[_i], "alone", NULL};
    shared = explored(&arena, &made, config, argv);
    ck_assert_msg(shared->state == HZX_FOUND && shared->outcome.end == HZX_STUCK, "%s: %s",
                  channels[_i], hzx_result_text(&arena, shared));
}
END_TEST

START_TEST(a_message_larger_than_there_is_room_for_is_passed_on)
{
    struct hzx_config config = {.strategy = HZX_RANDOM, .mode = HZX_FORK, .schedules = 20,
                                .keep_going = 1};
    struct hzx_shared *shared = run_small("channels", "large", config);
    ck_assert_uint_eq(shared->failures[HZX_FINE], 20);
}
END_TEST

/* ---- what is not controlled ---- */

#define FOREIGN TEST_SOURCE "/tests/explorer/small/foreign.c"
#define ENDS_OUTSIDE "some waits end only by what is not controlled"

static const struct {
    const char *name;
    uint32_t left; /* HZX_LEFT_… */
    const char *text;
} foreign[] = {
    {"posix_spawnp", 0, "makes processes"}, {"execlp", 0, "makes processes"},
    {"syscall", 0, "makes processes"},      {"flock", 0, ""},
    {"fdopen", 0, ""},                      {"dlopen", 0, ""},
    {"timer_settime", HZX_LEFT_OUTSIDE, ENDS_OUTSIDE},
    {"timerfd_settime", HZX_LEFT_OUTSIDE, ENDS_OUTSIDE},
    {"signalfd", HZX_LEFT_OUTSIDE, ENDS_OUTSIDE},
    {"alarm", HZX_LEFT_OUTSIDE, ENDS_OUTSIDE},
};

START_TEST(what_is_not_controlled_is_named_and_no_failure)
{
    const char *name = foreign[_i].name;
    struct hzx_config config = {.strategy = HZX_DPOR, .mode = HZX_FORK};
    struct hzx_shared *shared = run_small("foreign", name, config);
    const char *told = hzx_result_text(&arena, shared);
    ck_assert_msg(shared->state == (*foreign[_i].text == '\0' ? HZX_EXHAUSTED : HZX_SPENT),
                  "%s: %s", name, told);
    ck_assert_uint_eq(shared->left_out, foreign[_i].left);
    ck_assert_msg(strstr(told, foreign[_i].text) != NULL, "%s: %s", name, told);
    ck_assert_uint_eq(shared->uncontrolled_n, 1);
    ck_assert_int_eq(strncmp(shared->uncontrolled[0].name, name, strlen(name)), 0);
    struct hz_error error;
    struct hzx_lines *lines = hzx_lines_open(made.program, shared, &error);
    struct hz_frame frame = hzx_lines_frame(&arena, lines, shared->uncontrolled[0].pc);
    ck_assert_int_eq(frame.line, line_of(FOREIGN, hz_printf(&arena, "/* %s */", name)));
    hzx_lines_close(lines);
}
END_TEST

/* ---- ends ---- */

static const struct {
    const char *how;
    enum hzx_end one, other; /* the ends that there are beside FINE */
} ends[] = {
    {"_exit", HZX_ASSERTION, HZX_ASSERTION}, {"quick_exit", HZX_ASSERTION, HZX_ASSERTION},
    {"assert", HZX_ASSERTION, HZX_STATUS},   {"abort", HZX_ABORTED, HZX_STATUS},
    {"crash", HZX_CRASH, HZX_STATUS},        {"misuse", HZX_MISUSE, HZX_STATUS},
};

START_TEST(an_end_in_the_middle_hides_nothing_that_comes_later)
{
    static const enum hzx_strategy_name strategies[] = {HZX_DPOR, HZX_BRUTE};
    for (size_t i = 0; i < 2; i++) {
        struct hzx_shared *shared =
            run_small("ends", ends[_i].how,
                      (struct hzx_config){.strategy = strategies[i], .keep_going = 1});
        ck_assert_int_eq(shared->state, HZX_EXHAUSTED);
        for (unsigned end = HZX_CUT + 1; end < HZX_ENDS; end++)
            ck_assert_msg((shared->failures[end] > 0) ==
                              (end == ends[_i].one || end == ends[_i].other),
                          "%s, %s: %s", hzx_strategy_text(strategies[i]), ends[_i].how,
                          hzx_end_text(end));
    }
}
END_TEST

/* ---- time ---- */

static const struct {
    const char *how;
    unsigned classes;
    bool fails; /* in each of them, with exit status 1 or 2 */
} clocks[] = {
    {"read", 2, true}, {"slept", 2, true}, {"waited", 2, true}, {"joined", 1, true},
    {"loop", 1, false},
};

/* Readings are in each order with each other, with sleeping and with time-outs, where there is more
 * than one. */
START_TEST(what_the_clock_tells_is_told_in_each_order)
{
    for (unsigned mode = 0; mode <= HZX_FORK; mode++) {
        struct hzx_config config = {.strategy = HZX_DPOR, .keep_going = 1, .keep_sorts = 1,
                                    .mode = mode};
        struct hzx_shared *shared = run_small("clocks", clocks[_i].how, config);
        ck_assert_msg(shared->state == HZX_EXHAUSTED, "%s: %s", clocks[_i].how,
                      hzx_result_text(&arena, shared));
        ck_assert_uint_eq(shared->classes, clocks[_i].classes);
        ck_assert_uint_eq(shared->failures[HZX_FINE], clocks[_i].fails ? 0 : shared->schedules);
        ck_assert_uint_eq(shared->sorts_n, clocks[_i].fails ? clocks[_i].classes : 0);
        for (uint32_t i = 0; i < shared->sorts_n; i++)
            ck_assert_int_eq(shared->sorts[i].outcome.end, HZX_STATUS);
    }
    struct hzx_shared *brute =
        run_small("clocks", clocks[_i].how,
                  (struct hzx_config){.strategy = HZX_BRUTE, .keep_going = 1});
    ck_assert_uint_eq(brute->classes, clocks[_i].classes);
}
END_TEST

/* ---- memory ---- */

static const struct {
    const char *name;
    enum hzx_end end;
} mapped[] = {{"plain", HZX_RACE}, {"locked", HZX_FINE}, {"gone", HZX_CRASH},
              {"given", HZX_RACE}, {"given-locked", HZX_FINE}};

/* In one process it is given back after each schedule, so that all have the same addresses. */
START_TEST(mapped_memory_is_watched)
{
    uint64_t hash[2];
    for (unsigned mode = HZX_IN_PROCESS; mode <= HZX_FORK; mode++) {
        struct hzx_config config = {.strategy = HZX_DPOR, .mode = mode, .keep_going = 1,
                                    .no_races = mapped[_i].end != HZX_RACE};
        struct hzx_shared *shared = run_small("mapped", mapped[_i].name, config);
        ck_assert_msg(shared->state == HZX_EXHAUSTED, "%s", hzx_result_text(&arena, shared));
        ck_assert_uint_gt(shared->schedules, 1);
        ck_assert_uint_gt(shared->failures[mapped[_i].end], 0);
        ck_assert_uint_eq(shared->failures[HZX_FINE],
                          mapped[_i].end == HZX_FINE ? shared->schedules : 0);
        ck_assert_uint_eq(shared->uncontrolled_n, 0);
        hash[mode] = shared->hash;
    }
    ck_assert_uint_eq(hash[0], hash[1]);
}
END_TEST

START_TEST(memory_of_others_is_named)
{
    struct hzx_shared *shared =
        run_small("mapped", "library", (struct hzx_config){.mode = HZX_FORK, .schedules = 50});
    ck_assert_uint_eq(shared->uncontrolled_n, 1);
    ck_assert_str_eq(shared->uncontrolled[0].name, "memory that is not the program's own");
    struct hz_error error;
    struct hzx_lines *lines = hzx_lines_open(made.program, shared, &error);
    struct hz_frame frame = hzx_lines_frame(&arena, lines, shared->uncontrolled[0].pc);
    ck_assert_int_eq(frame.line, line_of(TEST_SOURCE "/tests/explorer/small/mapped.c", "named: "));
    hzx_lines_close(lines);
}
END_TEST

START_TEST(names_and_numbers_are_the_same_in_each_schedule)
{
    for (unsigned mode = 0; mode < HZX_MODES; mode++) {
        struct hzx_config config = {.strategy = HZX_RANDOM, .mode = mode, .schedules = 5,
                                    .keep_going = 1};
        struct hzx_shared *shared = run_small("names", "", config);
        ck_assert_msg(shared->failures[HZX_FINE] == 5, "%s", shared->outcome.text);
        ck_assert_uint_eq(shared->outcomes_n, 1);
        ck_assert_uint_eq(shared->outcomes[0].times, 5);
    }
}
END_TEST

START_TEST(what_does_not_fail_again_is_told_all_the_same)
{
    for (unsigned again = 0; again < 20; again++) { /* each time half of it is chance */
        struct hzx_config config = {.strategy = HZX_RANDOM, .mode = HZX_FORK, .schedules = 1000};
        struct hzx_shared *shared = run_small("outside", "", config);
        ck_assert_int_eq(shared->state, HZX_FOUND);
        ck_assert_int_eq(shared->outcome.end, HZX_STATUS);
        ck_assert_int_eq(shared->outcome.status, 1);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explore_control");
    TCase *tests = tcase_create("control");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, rare_locks_are_controlled, 0,
                        (int)(sizeof locks / sizeof *locks));
    tcase_add_loop_test(tests, a_channel_is_waited_for_and_written_to_in_each_order, 0,
                        (int)(sizeof channels / sizeof *channels));
    tcase_add_test(tests, a_message_larger_than_there_is_room_for_is_passed_on);
    tcase_add_loop_test(tests, what_is_not_controlled_is_named_and_no_failure, 0,
                        (int)(sizeof foreign / sizeof *foreign));
    tcase_add_loop_test(tests, mapped_memory_is_watched, 0,
                        (int)(sizeof mapped / sizeof *mapped));
    tcase_add_loop_test(tests, an_end_in_the_middle_hides_nothing_that_comes_later, 0,
                        (int)(sizeof ends / sizeof *ends));
    tcase_add_loop_test(tests, what_the_clock_tells_is_told_in_each_order, 0,
                        (int)(sizeof clocks / sizeof *clocks));
    tcase_add_test(tests, memory_of_others_is_named);
    tcase_add_test(tests, names_and_numbers_are_the_same_in_each_schedule);
    tcase_add_test(tests, what_does_not_fail_again_is_told_all_the_same);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
