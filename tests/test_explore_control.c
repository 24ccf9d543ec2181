/* The explorer has in hand what a program may call: the rarer locks, channels, time, processes. */
#include "explore_cases.h"

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

int main(void)
{
    Suite *suite = suite_create("explore_control");
    TCase *tests = tcase_create("control");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, rare_locks_are_controlled, 0,
                        (int)(sizeof locks / sizeof *locks));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
