/* The explorer end to end: what it finds, how many schedules that takes, and the same again. */
#include "explore_run.h"

#include "explorer/lines.h"
#include "explorer/schedule.h"

static struct hz_arena arena;
static struct hz_exploration made;

static void setup(void)
{
    hz_arena_init(&arena);
}

static void teardown(void)
{
    hz_explore_close(&made);
    hz_arena_free(&arena);
}

static struct hzx_shared *run_case(const char *name, struct hzx_config config)
{
    hz_explore_close(&made);
    char *argv[] = {(char *)small(&arena, "cases"), (char *)name, NULL};
    config.seed = config.seed != 0 ? config.seed : 1;
    config.depth = 3;
    config.preemptions = 2;
    return explored(&arena, &made, config, argv);
}

static struct hzx_shared *by(const char *name, enum hzx_strategy_name strategy)
{
    return run_case(name, (struct hzx_config){.strategy = strategy, .schedules = 20000});
}

/* For what is wrong beside a race. */
static struct hzx_shared *beside_races(const char *name, enum hzx_strategy_name strategy,
                                       enum hzx_end end)
{
    return run_case(name, (struct hzx_config){.strategy = strategy, .schedules = 20000,
                                              .no_races = end != HZX_RACE});
}

/* ---- what it says ---- */

static const struct {
    const char *name;
    enum hzx_end end;
} wrong[] = {
    {"plain", HZX_RACE},           {"plain-checked", HZX_RACE},
    {"crossed", HZX_DEADLOCK},     {"turns", HZX_STATUS},
    {"lost-signal", HZX_STUCK},    {"use-after-free", HZX_USE_AFTER_FREE},
    {"double-free", HZX_DOUBLE_FREE}, {"spin", HZX_LIVELOCK},
    {"lock-leak", HZX_LOCK_LEAK},  {"strange-unlock", HZX_MISUSE},
    {"crash", HZX_CRASH},          {"semaphore", HZX_STUCK},
};

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

/* ---- the same again ---- */

START_TEST(both_modes_choose_alike)
{
    static const enum hzx_strategy_name all[] = {HZX_RANDOM, HZX_PCT, HZX_POS, HZX_SURW, HZX_RFF,
                                                 HZX_SWEEP, HZX_DPOR, HZX_PORTFOLIO};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct hzx_config config = {.strategy = all[i], .schedules = 200, .keep_going = 1};
        uint64_t here = run_case("turns", config)->hash, schedules = made.shared->schedules;
        config.mode = HZX_FORK;
        struct hzx_shared *forked = run_case("turns", config);
        ck_assert_msg(forked->hash == here && forked->schedules == schedules, "%s",
                      hzx_strategy_text(all[i]));
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
        uint32_t n = found->segments_n;
        struct hzx_segment *segments = hz_alloc(&arena, (n + 1) * sizeof *segments);
        memcpy(segments, found->segments, n * sizeof *segments);
        struct hzx_config config = {.strategy = HZX_REPLAY, .times = 1000, .seed = 1,
                                    .max_steps = UINT32_MAX, .sought = found->outcome.end,
                                    .no_races = wrong[i].end != HZX_RACE};
        char *argv[] = {(char *)small(&arena, "cases"), (char *)wrong[i].name, NULL};
        struct hz_exploration again = {.config = config, .argv = argv, .program = argv[0],
                                       .seconds = 60, .segments = segments, .segments_n = n};
        struct hz_error error;
        ck_assert_msg(hz_explore(&arena, &again, &error), "%s", error.text);
        ck_assert_msg(again.shared->failures[wrong[i].end] == 1000 && again.shared->text[0] == 0,
                      "%s: %u of 1000; %s", wrong[i].name,
                      (unsigned)again.shared->failures[wrong[i].end], again.shared->text);
        hz_explore_close(&again);
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
    tcase_add_test(tests, both_modes_choose_alike);
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
