/* The explorer end to end: what it finds, how many schedules that takes, and the same again. */
#include "explore_run.h"

#include "explorer/lines.h"
#include "explorer/schedule.h"

#include <sys/wait.h>

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

/* The segments of `found`, run again so often; its trace and how often it failed alike. */
static uint64_t replayed(const struct hzx_shared *found, char *const *argv, uint32_t times,
                         enum hzx_mode mode, uint64_t *failed)
{
    struct hzx_config config = {.strategy = HZX_REPLAY, .times = times, .seed = 1, .mode = mode,
                                .spurious = UINT32_MAX, .max_steps = UINT32_MAX, .sought = found->outcome.end,
                                .no_races = found->outcome.end != HZX_RACE};
    struct hz_exploration again = {.config = config, .argv = argv, .program = argv[0],
                                   .seconds = 60, .segments = found->segments,
                                   .segments_n = found->segments_n};
    struct hz_error error;
    ck_assert_msg(hz_explore(&arena, &again, &error), "%s", error.text);
    ck_assert_str_eq(again.shared->text, "");
    ck_assert_uint_gt(again.shared->events_n, 0);
    *failed = again.shared->failures[found->outcome.end];
    uint64_t trace = again.shared->trace_hash;
    hz_explore_close(&again);
    return trace;
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

/* ---- C++, signals, futexes ---- */

static struct hzx_shared *run_small(const char *program, const char *name,
                                    struct hzx_config config)
{
    hz_explore_close(&made);
    char *argv[] = {(char *)small(&arena, program), (char *)name, NULL};
    config.seed = 1;
    return explored(&arena, &made, config, argv);
}

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
    {"cxx_async", "wait"},      {"signals", "waited"},        {"signals", "suspended"},
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
        {"cxx_queue", "right"}, {"cxx_atomic", "scoped-lock"}, {"cxx_async", "latch"}};
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        struct hzx_shared *shared = run_small(large[i][0], large[i][1],
                                              (struct hzx_config){.schedules = 500});
        ck_assert_msg(shared->state == HZX_SPENT || shared->state == HZX_EXHAUSTED, "%s %s: %s",
                      large[i][0], large[i][1], hzx_result_text(&arena, shared));
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
        config.strategy = HZX_DPOR; /* it says that it leaves out some */
        shared = run_case("condition", config);
        ck_assert_int_eq(shared->state, spurious == 0 ? HZX_EXHAUSTED : HZX_SPENT);
        ck_assert(spurious == 0 || strstr(shared->text, "spurious") != NULL);
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

START_TEST(dpor_says_that_it_leaves_out_orders_of_cancellation)
{
    char *argv[] = {(char *)small(&arena, "cancel"), "semaphore", NULL};
    struct hzx_config config = {.strategy = HZX_DPOR, .seed = 1};
    struct hzx_shared *shared = explored(&arena, &made, config, argv);
    ck_assert_int_eq(shared->state, HZX_SPENT);
    ck_assert_msg(strstr(shared->text, "pthread_cancel") != NULL, "%s", shared->text);
}
END_TEST

/* ---- the same again ---- */

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

/* What `hazmat explore` says of the program, and its exit status. */
static const char *printed(const char *options, const char *program, const char *redirected,
                           int *status)
{
    const char *line = hz_printf(&arena, "%s/hazmat explore --budget 20 --output /dev/null %s -- %s "
                                         "%s", TEST_BUILD, options, small(&arena, program),
                                 redirected);
    FILE *pipe = popen(line, "r");
    ck_assert_ptr_nonnull(pipe);
    char *text = hz_alloc(&arena, 1024);
    text[fread(text, 1, 1023, pipe)] = '\0';
    *status = WEXITSTATUS(pclose(pipe));
    return text;
}

/* On standard error. */
static const char *said(const char *options, const char *program, int *status)
{
    return printed(options, program, "2>&1 >/dev/null", status);
}

START_TEST(a_mode_that_is_taken_is_said)
{
    int status;
    const char *text = said("", "keeps", &status);
    ck_assert_int_eq(status, 0);
    ck_assert_msg(strstr(text, "--mode fork") != NULL && strstr(text, "umask()") != NULL, "%s",
                  text);
    ck_assert_str_eq(said("--quiet", "keeps", &status), "");
    ck_assert_int_eq(status, 0);
    ck_assert_str_eq(said("--mode threads", "keeps", &status), "");
    ck_assert_int_eq(status, 0);
    ck_assert_str_eq(said("--mode fibers", "keeps", &status), "");
    ck_assert_int_eq(status, 1); /* what was asked for: what it keeps is not put back */
    ck_assert_str_eq(said("", "cases locked", &status), "");
    ck_assert_int_eq(status, 0);
}
END_TEST

#define BEYOND TEST_SOURCE "/tests/explorer/small/beyond.c"

static int line_of(const char *path, const char *marker)
{
    char line[256];
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    int number = 1;
    while (fgets(line, sizeof line, file) != NULL && strstr(line, marker) == NULL)
        number++;
    fclose(file);
    return number;
}

START_TEST(what_is_not_controlled_is_named_with_its_line)
{
    static const struct {
        const char *program, *named;
        const char *marker;
    } all[] = {{"beyond stack", "a stack has 256 KiB, not more", "named: stack"},
               {"beyond", "explored: asynchronous cancellation", "named: type"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        int status;
        const char *text = printed("", all[i].program, "2>/dev/null", &status);
        const char *named = hz_printf(&arena, "%s (%s:%d)\n", all[i].named, BEYOND,
                                      line_of(BEYOND, all[i].marker));
        ck_assert_msg(strstr(text, named) != NULL, "%s: %s", named, text);
        ck_assert_int_eq(status, 0);
    }
}
END_TEST

START_TEST(a_stack_that_overflows_is_said_to)
{
    static const char said[] = "the stack of T1 overflows: under the explorer it has 256 KiB";
    char *argv[] = {(char *)small(&arena, "beyond"), "deep", NULL};
    for (unsigned mode = 0; mode < HZX_MODES; mode++) {
        struct hzx_config config = {.strategy = HZX_POS, .seed = 1, .schedules = 3, .mode = mode};
        struct hzx_shared *shared = explored(&arena, &made, config, argv);
        ck_assert_int_eq(shared->outcome.end, HZX_CRASH);
        ck_assert_str_eq(shared->outcome.text, said);
        ck_assert_str_eq(shared->text, ""); /* it failed again */
        hz_explore_close(&made);
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
    Suite *suite = suite_create("explore");
    TCase *tests = tcase_create("explorer");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, what_is_wrong_is_found_and_named, 0,
                        (int)(sizeof wrong / sizeof *wrong));
    tcase_add_test(tests, each_strategy_finds_it);
    tcase_add_loop_test(tests, what_is_right_is_exhausted, 0,
                        (int)(sizeof right / sizeof *right));
    tcase_add_loop_test(tests, what_is_wrong_in_others_is_found, 0,
                        (int)(sizeof wrong_beside / sizeof *wrong_beside));
    tcase_add_loop_test(tests, what_is_right_in_others_is_exhausted, 0,
                        (int)(sizeof right_beside / sizeof *right_beside));
    tcase_add_test(tests, what_is_right_and_large_is_clean);
    tcase_add_test(tests, a_signal_at_any_moment_is_said_to_be_unexplored);
    tcase_add_test(tests, the_literature_s_counts);
    tcase_add_test(tests, a_gate_makes_philosophers_take_turns);
    tcase_add_test(tests, store_buffers_break_under_tso_and_c11);
    tcase_add_test(tests, a_wait_may_end_for_no_reason_when_asked_for);
    tcase_add_test(tests, what_waits_in_a_loop_does_not_mind);
    tcase_add_test(tests, a_cancelled_thread_cleans_up);
    tcase_add_test(tests, dpor_says_that_it_leaves_out_orders_of_cancellation);
    tcase_add_loop_test(tests, all_modes_choose_alike, 0, 3);
    tcase_add_loop_test(tests, a_replay_is_the_same_in_all_modes, 0,
                        (int)(sizeof wrong / sizeof *wrong));
    tcase_add_test(tests, a_mode_that_is_taken_is_said);
    tcase_add_test(tests, what_is_not_controlled_is_named_with_its_line);
    tcase_add_test(tests, a_stack_that_overflows_is_said_to);
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
