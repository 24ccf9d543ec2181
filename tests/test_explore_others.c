/* The explorer on programs in C++, and on those that use signals and futexes. */
#include "explore_cases.h"

static const struct {
    const char *program, *name;
    enum hzx_end end;
} wrong_beside[] = {
    {"cxx_queue", "if", HZX_ABORTED},       {"cxx_queue", "untold", HZX_STUCK},
    {"cxx_queue", "unlocked", HZX_RACE},    {"cxx_queue", "deleted", HZX_USE_AFTER_FREE},
    {"cxx_atomic", "relaxed", HZX_RACE},    {"cxx_atomic", "lost-update", HZX_STATUS},
    {"cxx_atomic", "rwlock-race", HZX_RACE}, {"cxx_atomic", "crossed", HZX_DEADLOCK},
    {"cxx_atomic", "reset", HZX_USE_AFTER_FREE},
    {"cxx_async", "race", HZX_RACE},        {"cxx_async", "unkept", HZX_STUCK},
    {"cxx_async", "unnotified", HZX_STUCK}, {"signals", "unwoken", HZX_STUCK},
};

START_TEST(what_is_wrong_in_others_is_found)
{
    struct hzx_shared *shared =
        run_small(wrong_beside[_i].program, wrong_beside[_i].name,
                  (struct hzx_config){.schedules = 20000});
    ck_assert_msg(shared->state == HZX_FOUND && shared->outcome.end == wrong_beside[_i].end,
                  "%s %s: %s", wrong_beside[_i].program, wrong_beside[_i].name,
                  hzx_result_text(&arena, shared));
    ck_assert_str_eq(shared->text, "");
    ck_assert_uint_eq(shared->uncontrolled_n, 0);
}
END_TEST

static const struct {
    const char *program, *name;
} right_beside[] = {
    {"cxx_queue", "timed"},     {"cxx_atomic", "shared-ptr"}, {"cxx_atomic", "static"},
    {"cxx_atomic", "once"},     {"cxx_atomic", "published"},  {"cxx_atomic", "spin-lock"},
    {"cxx_atomic", "update"},   {"cxx_atomic", "rwlock"},     {"cxx_atomic", "local"},
    {"cxx_async", "sum"},       {"cxx_async", "throws"},      {"cxx_async", "promise"},
    {"cxx_async", "wait"},      {"cxx_async", "number"},
        {"signals", "waited"},        {"signals", "suspended"},
    {"signals", "futex"},       {"signals", "expired"},
};

START_TEST(what_is_right_in_others_is_exhausted)
{
    for (uint32_t memory = HZX_SC; memory <= HZX_TSO; memory++) {
        struct hzx_shared *shared =
            run_small(right_beside[_i].program, right_beside[_i].name,
                      (struct hzx_config){.strategy = HZX_DPOR, .schedules = 20000,
                                          .memory = memory});
        ck_assert_msg(shared->state == HZX_EXHAUSTED, "%s %s: %s", right_beside[_i].program,
                      right_beside[_i].name, hzx_result_text(&arena, shared));
        ck_assert_uint_eq(shared->uncontrolled_n, 0);
    }
}
END_TEST

/* Too many orders to try all: std::lock goes back and tries again. */
START_TEST(what_is_right_and_large_is_clean)
{
    static const char *const large[][2] = {
        {"cxx_queue", "right"}, {"cxx_atomic", "scoped-lock"}, {"cxx_async", "latch"},
        {"cxx_async", "stopped"}};
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        struct hzx_shared *shared = run_small(large[i][0], large[i][1],
                                              (struct hzx_config){.schedules = 500});
        ck_assert_msg(shared->state == HZX_SPENT || shared->state == HZX_EXHAUSTED, "%s %s: %s",
                      large[i][0], large[i][1], hzx_result_text(&arena, shared));
        ck_assert_uint_eq(shared->failures[HZX_CUT], shared->blocked); /* each has an end */
    }
}
END_TEST

START_TEST(a_signal_at_any_moment_is_said_to_be_unexplored)
{
    struct hzx_shared *shared =
        run_small("signals", "paused", (struct hzx_config){.schedules = 100});
    ck_assert_uint_eq(shared->uncontrolled_n, 1);
    ck_assert_str_eq(shared->uncontrolled[0].name, "pthread_kill");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explore_others");
    TCase *tests = tcase_create("C++, signals, futexes");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, what_is_wrong_in_others_is_found, 0,
                        (int)(sizeof wrong_beside / sizeof *wrong_beside));
    tcase_add_loop_test(tests, what_is_right_in_others_is_exhausted, 0,
                        (int)(sizeof right_beside / sizeof *right_beside));
    tcase_add_test(tests, what_is_right_and_large_is_clean);
    tcase_add_test(tests, a_signal_at_any_moment_is_said_to_be_unexplored);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
