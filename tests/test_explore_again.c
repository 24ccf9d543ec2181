/* The same again: a seed gives the same search in each mode, a schedule the same failure. */
#include "explore_cases.h"

START_TEST(all_modes_choose_alike)
{
    static const enum hzx_strategy_name all[] = {HZX_RANDOM, HZX_PCT, HZX_POS, HZX_SURW, HZX_RFF,
                                                 HZX_BOUND, HZX_SWEEP, HZX_DPOR, HZX_BRUTE,
                                                 HZX_PORTFOLIO};
    static const char *const names[] = {"turns", "timed", "store-buffers"};
    const char *name = names[_i];
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct hzx_config config = {.strategy = all[i], .schedules = 200, .keep_going = 1,
                                    .memory = _i == 2 ? HZX_TSO : HZX_SC};
        uint64_t here = run_case(name, config)->hash, schedules = made.shared->schedules;
        for (config.mode = HZX_FORK; config.mode < HZX_MODES; config.mode++) {
            struct hzx_shared *other = run_case(name, config);
            ck_assert_msg(other->hash == here && other->schedules == schedules, "%s: %s, mode %u",
                          name, hzx_strategy_text(all[i]), config.mode);
        }
    }
}
END_TEST

START_TEST(a_replay_is_the_same_in_all_modes)
{
    struct hzx_shared *found = beside_races(wrong[_i].name, HZX_POS, wrong[_i].end);
    ck_assert_int_eq(found->state, HZX_FOUND);
    char *argv[] = {(char *)small(&arena, "cases"), (char *)wrong[_i].name, NULL};
    uint64_t failed, trace = replayed(found, argv, 3, HZX_IN_PROCESS, &failed);
    for (unsigned mode = HZX_FORK; mode < HZX_MODES; mode++) {
        ck_assert_msg(replayed(found, argv, 3, mode, &failed) == trace, "%s: mode %u",
                      wrong[_i].name, mode);
        ck_assert_uint_eq(failed, 3);
    }
}
END_TEST

START_TEST(another_seed_is_another_search)
{
    struct hzx_config config = {.strategy = HZX_RANDOM, .schedules = 50, .keep_going = 1};
    uint64_t one = run_case("turns", config)->hash;
    ck_assert_uint_eq(run_case("turns", config)->hash, one);
    config.seed = 2;
    ck_assert_uint_ne(run_case("turns", config)->hash, one);
}
END_TEST

START_TEST(a_thousand_replays_fail_alike)
{
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct hzx_shared *found = beside_races(wrong[i].name, HZX_POS, wrong[i].end);
        ck_assert_int_eq(found->state, HZX_FOUND);
        ck_assert_str_eq(found->text, "");
        char *argv[] = {(char *)small(&arena, "cases"), (char *)wrong[i].name, NULL};
        uint64_t failed;
        replayed(found, argv, 1000, HZX_IN_PROCESS, &failed);
        ck_assert_msg(failed == 1000, "%s: %u of 1000", wrong[i].name, (unsigned)failed);
    }
}
END_TEST

START_TEST(a_failing_schedule_is_made_short)
{
    for (unsigned seed = 1; seed <= 20; seed++) {
        struct hzx_shared *shared = run_case(
            "turns", (struct hzx_config){.strategy = HZX_RANDOM, .schedules = 1000, .seed = seed});
        ck_assert_int_eq(shared->state, HZX_FOUND);
        ck_assert_uint_le(shared->preemptions, 1);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explore_again");
    TCase *tests = tcase_create("the same again");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, all_modes_choose_alike, 0, 3);
    tcase_add_loop_test(tests, a_replay_is_the_same_in_all_modes, 0,
                        (int)(sizeof wrong / sizeof *wrong));
    tcase_add_test(tests, another_seed_is_another_search);
    tcase_add_test(tests, a_thousand_replays_fail_alike);
    tcase_add_test(tests, a_failing_schedule_is_made_short);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
