/* The schedule that the explorer keeps, as steps: what they say, and that they are capped. */
#include "explorer/steps.h"
#include "report/events.h"

#include "catalog/catalog.h"

#include "explore_run.h"

static struct hz_arena arena;
static struct hz_exploration made;

static void setup(void)
{
    hz_arena_init(&arena);
    made = (struct hz_exploration){0};
}

static void teardown(void)
{
    hz_explore_close(&made);
    hz_arena_free(&arena);
}

static hz_steps steps_of(char *const *argv)
{
    struct hz_error error;
    hz_steps steps = {0};
    struct hzx_config config = {.strategy = HZX_PORTFOLIO, .seed = 1, .seconds = 20};
    explored(&arena, &made, config, argv);
    ck_assert_int_eq(made.shared->state, HZX_FOUND);
    struct hzx_lines *lines = hzx_lines_open(argv[0], made.shared, &error);
    ck_assert_msg(lines != NULL, "%s", error.text);
    hzx_steps(&arena, made.shared, lines, &steps);
    hzx_lines_close(lines);
    ck_assert_uint_gt(steps.n, 0);
    return steps;
}

static hz_steps steps_of_case(char *name)
{
    char *argv[] = {hz_dup(&arena, small(&arena, "cases")), name, NULL};
    return steps_of(argv);
}

static const struct hz_step *last_of(const hz_steps *steps, unsigned thread)
{
    for (size_t i = steps->n; i-- > 0;)
        if (steps->at[i].thread == thread)
            return &steps->at[i];
    ck_abort_msg("no step of T%u", thread);
}

START_TEST(a_deadlock_ends_with_who_waits_for_whom)
{
    hz_steps steps = steps_of_case("crossed");
    const struct hz_step *one = last_of(&steps, 1), *other = last_of(&steps, 2);
    ck_assert_int_eq(one->act, HZ_ACT_WAITS);
    ck_assert_int_eq(other->act, HZ_ACT_WAITS);
    ck_assert_str_ne(one->object, other->object);
    ck_assert_ptr_nonnull(strstr(one->what, ", which T2 holds"));
    ck_assert_ptr_nonnull(strstr(other->what, ", which T1 holds"));
    ck_assert(steps.at[steps.n - 1].wrong);
    for (size_t i = 0; i + 1 < steps.n; i++)
        ck_assert(!steps.at[i].wrong);
    for (size_t i = 0; i < steps.n; i++) /* each takes what the other waits for */
        if (steps.at[i].act == HZ_ACT_TAKES && steps.at[i].thread == 1)
            ck_assert_str_eq(steps.at[i].object, other->object);
}
END_TEST

/* "T1 could go on and others do" is said, and not that it waits. */
START_TEST(who_is_kept_from_going_on_does_not_wait)
{
    hz_steps steps = steps_of_case("crossed");
    bool others = false;
    for (size_t i = 0; i + 1 < steps.n; i++) {
        if (steps.at[i].act != HZ_ACT_OTHERS)
            continue;
        others = true;
        ck_assert_uint_eq(steps.at[i].number, 0);
        ck_assert_uint_ne(steps.at[i + 1].thread, steps.at[i].thread);
    }
    ck_assert(others);
}
END_TEST

/* What has no name, as to create a thread, is said without one. */
START_TEST(words_end_where_they_end)
{
    hz_steps steps = steps_of_case("crossed");
    unsigned created = 0;
    for (size_t i = 0; i < steps.n; i++) {
        const char *what = steps.at[i].what;
        ck_assert_str_ne(what, "");
        ck_assert_msg(what[strlen(what) - 1] != ' ', "\"%s\"", what);
        created += strcmp(what, "create thread") == 0;
    }
    ck_assert_uint_eq(created, 2);
}
END_TEST

static int hazard_line(const char *path)
{
    struct hz_bytes bytes;
    struct hz_error error;
    ck_assert_msg(hz_read_file(&arena, path, 0, &bytes, &error), "%s", error.text);
    const char *text = hz_copy(&arena, bytes.at, bytes.n), *mark = strstr(text, "HAZARD:");
    ck_assert_ptr_nonnull(mark);
    int line = 1;
    for (const char *at = text; at < mark; at++)
        line += *at == '\n';
    return line;
}

START_TEST(a_lost_update_ends_at_the_marked_line)
{
    char *argv[] = {TEST_BUILD "/bin/explore/buggy/race/lost-update", NULL};
    hz_steps steps = steps_of(argv);
    const struct hz_step *last = &steps.at[steps.n - 1];
    ck_assert(last->wrong);
    ck_assert_int_eq(last->line, hazard_line(TEST_SOURCE "/scenarios/race/lost-update.c"));
    ck_assert_ptr_nonnull(strstr(last->file, "lost-update.c"));
    ck_assert_ptr_nonnull(strstr(last->source, "HAZARD:"));
    ck_assert_ptr_nonnull(strstr(last->what, "data race in T"));
}
END_TEST

START_TEST(a_long_schedule_says_how_much_is_left_out)
{
    char *argv[] = {hz_dup(&arena, small(&arena, "cases")), "crossed", NULL};
    hz_steps whole = steps_of(argv), steps = {0};
    struct hzx_shared *shared = made.shared;
    enum { EVENTS = 5000 };
    for (uint32_t i = 0; i < EVENTS; i++)
        shared->events[i] = (struct hzx_event){.kind = HZX_YIELD, .thread = 1, .tick = i};
    shared->events_n = EVENTS;
    struct hz_error error;
    struct hzx_lines *lines = hzx_lines_open(argv[0], shared, &error);
    hzx_steps(&arena, shared, lines, &steps);
    hzx_lines_close(lines);
    ck_assert_uint_gt(whole.n, 3);
    ck_assert_uint_eq(steps.n, 2 * HZ_STEPS_KEPT);
    ck_assert_uint_eq(steps.at[HZ_STEPS_KEPT - 1].number, HZ_STEPS_KEPT);
    ck_assert_uint_eq(steps.at[HZ_STEPS_KEPT].number,
                      HZ_STEPS_KEPT + 1 + steps.at[HZ_STEPS_KEPT].left_out);
    ck_assert(steps.at[steps.n - 1].wrong);
    unsigned left_out = 0;
    for (size_t i = 0; i < steps.n; i++)
        left_out += steps.at[i].left_out;
    ck_assert_uint_ge(left_out + steps.n, EVENTS);
}
END_TEST

/* A program can write whatever it likes into the memory that it shares with us. */
START_TEST(what_a_hostile_program_leaves_is_no_harm)
{
    char *argv[] = {hz_dup(&arena, small(&arena, "cases")), "crossed", NULL};
    steps_of(argv);
    struct hzx_shared *shared = made.shared;
    for (uint32_t i = 0; i < 1000; i++)
        shared->events[i] = (struct hzx_event){.kind = (uint8_t)(i * 7 % HZX_KINDS),
                                               .thread = (uint16_t)(i * 40503), .size = (uint8_t)i,
                                               .address = i % 5 * UINT64_C(0xfedcba9876543),
                                               .value = ~(uint64_t)i, .pc = i};
    shared->events_n = 1000;
    hz_steps steps = {0};
    struct hz_error error;
    struct hzx_lines *lines = hzx_lines_open(argv[0], shared, &error);
    hzx_steps(&arena, shared, lines, &steps);
    hzx_lines_close(lines);
    ck_assert_uint_eq(steps.n, 2 * HZ_STEPS_KEPT);
    json_t *list = hz_steps_to_json(&steps);
    hz_steps back = {0};
    ck_assert_msg(hz_steps_from_json(&arena, list, &back, &error), "%s", error.text);
    json_decref(list);
}
END_TEST

static void ck_refused(const char *text)
{
    hz_steps out = {0};
    struct hz_error error = {""};
    json_t *list = json_loads(text, JSON_DECODE_ANY, NULL);
    ck_assert_ptr_nonnull(list);
    ck_assert_msg(!hz_steps_from_json(&arena, list, &out, &error), "%s", text);
    ck_assert_str_ne(error.text, "");
    json_decref(list);
}

START_TEST(what_are_no_steps_is_refused)
{
    ck_refused("{}");
    ck_refused("[1]");
    ck_refused("[{\"thread\":0,\"act\":\"step\"}]");
    ck_refused("[{\"thread\":0,\"act\":\"dances\",\"what\":\"x\"}]");
    ck_refused("[{\"thread\":-1,\"act\":\"step\",\"what\":\"x\"}]");
    ck_refused("[{\"thread\":4000000000,\"act\":\"step\",\"what\":\"x\"}]");
    ck_refused("[{\"thread\":0,\"act\":\"step\",\"what\":\"x\",\"line\":99999999999}]");
    ck_refused("[{\"thread\":0,\"act\":\"step\",\"what\":\"x\",\"left_out\":-1}]");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("steps");
    TCase *tests = tcase_create("steps");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, a_deadlock_ends_with_who_waits_for_whom);
    tcase_add_test(tests, who_is_kept_from_going_on_does_not_wait);
    tcase_add_test(tests, words_end_where_they_end);
    tcase_add_test(tests, a_lost_update_ends_at_the_marked_line);
    tcase_add_test(tests, a_long_schedule_says_how_much_is_left_out);
    tcase_add_test(tests, what_a_hostile_program_leaves_is_no_harm);
    tcase_add_test(tests, what_are_no_steps_is_refused);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
