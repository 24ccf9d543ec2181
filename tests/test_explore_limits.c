/* What the explorer says of what it does not do, and of how it runs a program. */
#include "explore_cases.h"

#include <sys/wait.h>

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

START_TEST(options_are_read_from_the_first_each_time)
{
    int status;
    const char *text = said("--strategy random", "options -a -b x", &status);
    ck_assert_int_eq(status, 0);
    ck_assert_msg(strstr(text, "getopt()") != NULL, "%s", text);
    said("--strategy random --mode fibers", "options -a -b x", &status);
    ck_assert_int_eq(status, 1);
}
END_TEST

/* hz_needs_fork() lets these be called in one process. */
static struct hzx_shared *called_often(const char *name, enum hzx_mode mode)
{
    const char *fork = hz_needs_fork(&arena, small(&arena, "put_back"));
    ck_assert_msg(fork == NULL, "%s", fork);
    return run_small("put_back", name, (struct hzx_config){.strategy = HZX_RANDOM, .mode = mode,
                                                           .schedules = 20, .keep_going = 1});
}

START_TEST(what_is_put_back_needs_no_fork)
{
    static const char *const names[] = {"sigprocmask", "pthread_sigmask", "alarm", "setitimer"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct hzx_shared *shared = called_often(names[i], HZX_IN_PROCESS);
        ck_assert_uint_eq(shared->schedules, 20);
        ck_assert_msg(shared->failures[HZX_FINE] == 20, "%s: %u of 20", names[i],
                      (unsigned)shared->failures[HZX_FINE]);
        uint64_t hash = shared->hash;
        ck_assert_uint_eq(called_often(names[i], HZX_FORK)->hash, hash);
    }
}
END_TEST

START_TEST(what_makes_processes_needs_no_fork)
{
    static const char *const names[] = {"fork", "vfork", "system", "popen", "daemon"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (unsigned mode = HZX_IN_PROCESS; mode <= HZX_FORK; mode++) {
            struct hzx_shared *shared = called_often(names[i], mode);
            ck_assert_uint_eq(shared->schedules, 1);
            ck_assert_int_eq(shared->state, HZX_SPENT);
            ck_assert_ptr_nonnull(strstr(shared->text, "makes processes"));
            ck_assert_str_eq(shared->uncontrolled[0].name, names[i]);
        }
}
END_TEST

#define BEYOND TEST_SOURCE "/tests/explorer/small/beyond.c"

START_TEST(what_is_not_controlled_is_named_with_its_line)
{
    static const struct {
        const char *program, *named;
        const char *marker;
    } all[] = {{"beyond threads", "there is room for 256 threads, under --memory tso 128",
                "named: threads"},
               {"beyond keys", "there is room for 128 keys", "named: keys"},
               {"beyond memory", "what is freed is not used again", "named: memory"},
               {"beyond stack", "a stack has 256 KiB, not more", "named: stack"},
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

/* Unfair schedules have no end: a search that did not leave them out would not come to its own. */
START_TEST(a_thread_that_yields_lets_others_go_on)
{
    struct hzx_config config = {.strategy = HZX_BOUND, .schedules = 20000, .max_steps = 1000};
    struct hzx_shared *shared = run_case("tick", config);
    ck_assert_int_eq(shared->state, HZX_EXHAUSTED);
    ck_assert_uint_eq(shared->failures[HZX_FINE], shared->schedules);
    ck_assert_ptr_nonnull(strstr(hzx_result_text(&arena, shared), "all fair schedules with at most"));
    shared = run_case("locked", config);
    ck_assert_int_eq(shared->state, HZX_EXHAUSTED);
    ck_assert_ptr_nonnull(strstr(hzx_result_text(&arena, shared), "all schedules with at most"));
}
END_TEST

static void ck_says(const struct hzx_shared *shared, const char *text)
{
    const char *said = hzx_result_text(&arena, shared);
    ck_assert_msg(strstr(said, text) != NULL, "%s: %s", text, said);
}

/* The figures of the same result. */
static void ck_figures(const struct hzx_shared *shared, bool found, bool exhausted, int bound)
{
    struct hz_search search = hzx_search(shared);
    ck_assert_uint_eq(search.schedules, shared->schedules);
    ck_assert_int_eq(search.found, found);
    ck_assert_int_eq(search.exhausted, exhausted);
    ck_assert_int_eq(search.bound, bound);
}

START_TEST(a_result_has_figures)
{
    ck_figures(run_case("locked", (struct hzx_config){.strategy = HZX_DPOR}), false, true, -1);
    ck_figures(run_case("crossed", (struct hzx_config){.strategy = HZX_DPOR}), true, false, -1);
    ck_figures(run_case("locked", (struct hzx_config){.strategy = HZX_BOUND, .preemptions = 9}),
               false, false, 2);
    ck_figures(run_case("locked", (struct hzx_config){.strategy = HZX_POS, .schedules = 3}), false,
               false, -1);
}
END_TEST

/* What a portfolio cannot end within its budget it ends within a bound on preemptions. */
START_TEST(a_spent_portfolio_says_its_bound)
{
    struct hzx_config config = {.strategy = HZX_PORTFOLIO, .preemptions = 1, .max_steps = 20000,
                                .schedules = 400, .no_races = true};
    struct hzx_shared *shared = run_case("tick", config);
    ck_assert_uint_eq(shared->bounds, 2);
    ck_says(shared, "nothing in 400 schedules, bound 1 (all fair schedules with at most 1 "
                    "preemption among them)");
    ck_figures(shared, false, false, 1);
    config.schedules = 4; /* one of them does not reach all without preemptions */
    ck_says(run_case("tick", config), "nothing in 4 schedules (not exhaustive)");
}
END_TEST

START_TEST(the_last_quarter_of_a_time_is_the_bounds_too)
{
    struct hzx_config config = {.strategy = HZX_PORTFOLIO, .preemptions = 1, .max_steps = 20000,
                                .seconds = 1, .no_races = true};
    ck_figures(run_case("tick", config), false, false, 1);
}
END_TEST

/* dpor tries each order up to where it is cut, and has no more to do: then the bound is told. */
START_TEST(a_portfolio_goes_on_where_dpor_is_cut)
{
    struct hzx_config config = {.strategy = HZX_PORTFOLIO, .preemptions = 2, .max_steps = 100,
                                .schedules = 100000, .no_races = true};
    struct hzx_shared *shared = run_case("tick", config);
    ck_assert_uint_lt(shared->schedules, 75000);
    ck_says(shared, "bound 1 (all fair schedules with at most 1 preemption among them); schedules "
                    "were cut at the limit of steps"); /* a second one changes nothing here */
}
END_TEST

/* A schedule that was cut may have gone wrong later: its bound is not complete. */
START_TEST(a_bound_with_a_cut_schedule_is_not_claimed)
{
    struct hzx_config config = {.strategy = HZX_BOUND, .schedules = 20000, .max_steps = 4,
                                .no_races = true};
    struct hzx_shared *shared = run_case("tick", config);
    ck_assert_uint_gt(shared->failures[HZX_CUT], 0);
    ck_assert_uint_eq(shared->bounds, 0);
    ck_says(shared, "(not exhaustive)");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explore_limits");
    TCase *tests = tcase_create("limits");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, a_mode_that_is_taken_is_said);
    tcase_add_test(tests, options_are_read_from_the_first_each_time);
    tcase_add_test(tests, what_is_put_back_needs_no_fork);
    tcase_add_test(tests, what_makes_processes_needs_no_fork);
    tcase_add_test(tests, what_is_not_controlled_is_named_with_its_line);
    tcase_add_test(tests, a_stack_that_overflows_is_said_to);
    tcase_add_test(tests, a_thread_that_yields_lets_others_go_on);
    tcase_add_test(tests, a_spent_portfolio_says_its_bound);
    tcase_add_test(tests, a_result_has_figures);
    tcase_add_test(tests, the_last_quarter_of_a_time_is_the_bounds_too);
    tcase_add_test(tests, a_portfolio_goes_on_where_dpor_is_cut);
    tcase_add_test(tests, a_bound_with_a_cut_schedule_is_not_claimed);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
