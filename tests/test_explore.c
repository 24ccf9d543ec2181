/* The explorer end to end: what it finds, and how many schedules that takes. */
#include "explore_cases.h"

static struct hzx_shared *by(const char *name, enum hzx_strategy_name strategy)
{
    return run_case(name, (struct hzx_config){.strategy = strategy, .schedules = 20000});
}

/* ---- what it says ---- */

START_TEST(what_is_wrong_is_found_and_named)
{
    struct hzx_shared *shared = beside_races(wrong[_i].name, HZX_PORTFOLIO, wrong[_i].end);
    ck_assert_msg(shared->state == HZX_FOUND && shared->outcome.end == wrong[_i].end,
                  "%s: %s, not %s", wrong[_i].name, hzx_end_text(shared->outcome.end),
                  hzx_end_text(wrong[_i].end));
}
END_TEST

START_TEST(each_strategy_finds_it)
{
    static const enum hzx_strategy_name all[] = {HZX_RANDOM, HZX_PCT, HZX_POS, HZX_SURW, HZX_RFF,
                                                 HZX_BOUND, HZX_SWEEP, HZX_DPOR, HZX_BRUTE};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct hzx_shared *shared = by("crossed", all[i]);
        ck_assert_msg(shared->outcome.end == HZX_DEADLOCK, "%s", hzx_strategy_text(all[i]));
    }
}
END_TEST

static const char *const right[] = {"locked", "ordered", "publish", "publish-fence", "hand-lock",
                                    "condition", "timed", "sleep"};

START_TEST(what_is_right_is_exhausted)
{
    struct hzx_shared *shared = by(right[_i], HZX_DPOR);
    ck_assert_msg(shared->state == HZX_EXHAUSTED, "%s: %s", right[_i],
                  hzx_result_text(&arena, shared));
    shared = by(right[_i], HZX_POS);
    ck_assert_msg(shared->state == HZX_SPENT, "%s: %s", right[_i],
                  hzx_result_text(&arena, shared));
}
END_TEST

/* ---- how many schedules there are ---- */

START_TEST(the_literature_s_counts)
{
    static const struct {
        const char *name;
        unsigned schedules, deadlocks;
    } counts[] = {{"locked", 6, 0}, {"crossed", 3, 1}, {"ordered", 2, 0}, {"plain", 4, 0},
                  {"store-buffers", 3, 0}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct hzx_shared *shared =
            run_case(counts[i].name, (struct hzx_config){.strategy = HZX_DPOR, .schedules = 1000,
                                                         .keep_going = 1, .no_races = 1});
        ck_assert_int_eq(shared->state, HZX_EXHAUSTED);
        ck_assert_msg(shared->classes == counts[i].schedules &&
                          shared->failures[HZX_DEADLOCK] == counts[i].deadlocks,
                      "%s: %u schedules, %u deadlocks", counts[i].name,
                      (unsigned)shared->classes, (unsigned)shared->failures[HZX_DEADLOCK]);
    }
}
END_TEST

START_TEST(a_gate_makes_philosophers_take_turns)
{
    static const unsigned factorial[] = {6, 120, 5040};
    for (unsigned i = 0; i < 3; i++) {
        hz_explore_close(&made);
        char *argv[] = {(char *)small(&arena, "philosophers"),
                        hz_printf(&arena, "%u", 3 + 2 * i), NULL};
        struct hzx_config config = {.strategy = HZX_DPOR, .seed = 1};
        struct hzx_shared *shared = explored(&arena, &made, config, argv);
        ck_assert_int_eq(shared->state, HZX_EXHAUSTED);
        ck_assert_uint_eq(shared->classes, factorial[i]);
    }
}
END_TEST

/* ---- memory models ---- */

START_TEST(store_buffers_break_under_tso_and_c11)
{
    struct hzx_config config = {.strategy = HZX_DPOR, .schedules = 10000, .no_races = 1};
    ck_assert_int_eq(run_case("store-buffers", config)->state, HZX_EXHAUSTED);
    config.memory = HZX_TSO;
    ck_assert_int_eq(run_case("store-buffers", config)->outcome.end, HZX_ASSERTION);
    config.memory = HZX_C11;
    ck_assert_int_eq(run_case("store-buffers", config)->outcome.end, HZX_ASSERTION);
}
END_TEST

/* ---- waits that end for no reason ---- */

START_TEST(a_wait_may_end_for_no_reason_when_asked_for)
{
    struct hzx_config config = {.strategy = HZX_DPOR, .schedules = 1000};
    ck_assert_int_eq(run_case("if-not-while", config)->state, HZX_EXHAUSTED);
    config.spurious = 1;
    static const enum hzx_strategy_name all[] = {HZX_RANDOM, HZX_PCT, HZX_POS, HZX_SURW, HZX_RFF,
                                                 HZX_DPOR, HZX_BRUTE, HZX_PORTFOLIO};
    char *argv[] = {(char *)small(&arena, "cases"), "if-not-while", NULL};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        config.strategy = all[i];
        struct hzx_shared *found = run_case("if-not-while", config);
        ck_assert_msg(found->outcome.end == HZX_STATUS && found->text[0] == '\0', "%s: %s",
                      hzx_strategy_text(all[i]), hzx_result_text(&arena, found));
        uint64_t failed;
        replayed(found, argv, 5, HZX_IN_PROCESS, &failed);
        ck_assert_uint_eq(failed, 5);
    }
}
END_TEST

START_TEST(what_waits_in_a_loop_does_not_mind)
{
    uint64_t before = 0;
    for (uint32_t spurious = 0; spurious < 4; spurious++) {
        struct hzx_config config = {.strategy = HZX_BRUTE, .schedules = 10000,
                                    .spurious = spurious};
        struct hzx_shared *shared = run_case("condition", config);
        ck_assert_int_eq(shared->state, HZX_EXHAUSTED);
        ck_assert_uint_gt(shared->classes, before); /* there is more to try each time */
        before = shared->classes;
        config.strategy = HZX_DPOR;
        shared = run_case("condition", config);
        ck_assert_int_eq(shared->state, HZX_EXHAUSTED);
        ck_assert_uint_eq(shared->classes, before);
    }
    /* Nobody can rely on one. */
    struct hzx_config config = {.strategy = HZX_DPOR, .schedules = 10000, .spurious = 2};
    ck_assert_int_eq(run_case("lost-signal", config)->outcome.end, HZX_STUCK);
}
END_TEST

/* ---- threads that are asked to end ---- */

START_TEST(a_cancelled_thread_cleans_up)
{
    static const struct {
        const char *name;
        enum hzx_end end;
    } cases[] = {{"condition", HZX_FINE}, {"semaphore", HZX_FINE}, {"read", HZX_FINE},
                 {"test", HZX_FINE},      {"sleep", HZX_FINE},     {"refuse", HZX_FINE},
                 {"exit", HZX_FINE},      {"join", HZX_FINE},      {"leak", HZX_LOCK_LEAK},
                 {"not-asleep", HZX_STATUS}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *argv[] = {(char *)small(&arena, "cancel"), (char *)cases[i].name, NULL};
        for (unsigned mode = HZX_FORK; mode < HZX_MODES; mode++) {
            struct hzx_config config = {.strategy = HZX_BRUTE, .seed = 1, .schedules = 3000,
                                        .mode = mode};
            struct hzx_shared *shared = explored(&arena, &made, config, argv);
            ck_assert_msg(cases[i].end == HZX_FINE ? shared->state == HZX_EXHAUSTED
                                                   : shared->state == HZX_FOUND &&
                                                         shared->outcome.end == cases[i].end,
                          "%s, mode %u: %s; %s", cases[i].name, mode,
                          hzx_result_text(&arena, shared), shared->outcome.text);
            hz_explore_close(&made);
        }
    }
}
END_TEST

START_TEST(dpor_tries_each_order_of_a_cancellation)
{
    static const char *const cases[] = {"condition", "semaphore", "read", "test", "sleep",
                                        "refuse", "exit", "join"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *argv[] = {(char *)small(&arena, "cancel"), (char *)cases[i], NULL};
        struct hzx_config config = {.strategy = HZX_BRUTE, .seed = 1};
        uint64_t classes = explored(&arena, &made, config, argv)->classes;
        hz_explore_close(&made);
        config.strategy = HZX_DPOR;
        struct hzx_shared *shared = explored(&arena, &made, config, argv);
        ck_assert_msg(shared->state == HZX_EXHAUSTED && shared->classes == classes, "%s: %s",
                      cases[i], hzx_result_text(&arena, shared));
        hz_explore_close(&made);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explore");
    TCase *tests = tcase_create("explorer");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, what_is_wrong_is_found_and_named, 0,
                        (int)(sizeof wrong / sizeof *wrong));
    tcase_add_test(tests, each_strategy_finds_it);
    tcase_add_loop_test(tests, what_is_right_is_exhausted, 0,
                        (int)(sizeof right / sizeof *right));
    tcase_add_test(tests, the_literature_s_counts);
    tcase_add_test(tests, a_gate_makes_philosophers_take_turns);
    tcase_add_test(tests, store_buffers_break_under_tso_and_c11);
    tcase_add_test(tests, a_wait_may_end_for_no_reason_when_asked_for);
    tcase_add_test(tests, what_waits_in_a_loop_does_not_mind);
    tcase_add_test(tests, a_cancelled_thread_cleans_up);
    tcase_add_test(tests, dpor_tries_each_order_of_a_cancellation);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
