/* The page's schedules, timelines and measures: well-formed whatever the names are, and capped. */
#include "fragment.h"

/* ---- steps ------------------------------------------------------------------------------ */

static struct hz_step *add_step(hz_steps *steps, unsigned thread, int line, const char *what)
{
    struct hz_step *step = hz_push(&arena, steps);
    *step = (struct hz_step){.number = (unsigned)steps->n, .thread = thread, .what = what,
                             .file = "/src/a.c", .line = line, .source = "count++;"};
    return step;
}

static struct fragment tabled(const hz_steps *steps)
{
    struct fragment fragment;
    FILE *file = open_fragment(&fragment);
    hz_picture_steps(file, steps, 5);
    close_fragment(&fragment, file);
    return fragment;
}

START_TEST(a_schedule_is_a_table_with_a_column_for_each_thread)
{
    hz_steps steps = {0};
    add_step(&steps, 0, 3, "create thread");
    add_step(&steps, 2, 7, "read count = 0");
    add_step(&steps, 2, 7, "write count = 1");
    add_step(&steps, 1, 7, "read count = 0")->wrong = true;
    struct fragment fragment = tabled(&steps);
    ck_assert_uint_eq(count(&fragment, "//thead//th[@scope='col']"), 4);
    ck_assert_uint_eq(count(&fragment, "//th[.='T0 (main)']"), 1);
    ck_assert_uint_eq(count(&fragment, "//tbody/tr"), 4);
    ck_assert_uint_eq(count(&fragment, "//tr[@id='hz-step-5-2'][td[@colspan='2']]"), 1);
    ck_assert_uint_eq(count(&fragment, "//tr[contains(@class,'hz-wrong')]//strong"), 1);
    ck_assert_uint_eq(count(&fragment, "//tr[@id='hz-step-5-4'][contains(@class,'hz-wrong')]"), 1);
    ck_assert_uint_eq(count(&fragment, "//code[.='count++;']"), 3); /* not again on the same line */
    ck_assert_uint_eq(count(&fragment, "//caption//code[.='a.c']"), 1);
    free_fragment(&fragment);
}
END_TEST

START_TEST(of_many_steps_the_last_are_shown_and_the_others_counted)
{
    hz_steps steps = {0};
    for (int i = 0; i < 100000; i++)
        add_step(&steps, (unsigned)i % 2, 7, "x");
    steps.at[100].left_out = 1000; /* rows: some were of no step */
    steps.at[steps.n - 1].left_out = 2;
    steps.at[steps.n - 1].number++;
    struct fragment fragment = tabled(&steps);
    ck_assert_uint_eq(count(&fragment, "//tbody/tr[@id]"), 400);
    ck_assert_uint_eq(count(&fragment, "//tr[@class='hz-left-out']"), 2);
    ck_assert(says(&fragment, "… 99600 steps left out"));
    ck_assert(says(&fragment, "… 1 step left out"));
    ck_assert_uint_eq(count(&fragment, "//tr[@id='hz-step-5-100000']"), 1);
    free_fragment(&fragment);
}
END_TEST

START_TEST(of_many_threads_each_row_names_its_own)
{
    hz_steps steps = {0};
    for (unsigned i = 0; i < 60000; i += 1000)
        add_step(&steps, i, 7, "x");
    struct fragment fragment = tabled(&steps);
    ck_assert_uint_eq(count(&fragment, "//thead//th"), 2);
    ck_assert_uint_eq(count(&fragment, "//td/b[.='T59000']"), 1);
    free_fragment(&fragment);
}
END_TEST

START_TEST(hostile_steps_change_nothing)
{
    hz_steps steps = {0};
    char *longest = hz_alloc(&arena, (1 << 20) + 1);
    memset(longest, '<', 1 << 20);
    *hz_push(&arena, &steps) = (struct hz_step){.what = HOSTILE, .file = HOSTILE, .source = HOSTILE,
                                                .line = 1, .object = HOSTILE, .wrong = true};
    *hz_push(&arena, &steps) = (struct hz_step){.what = longest, .file = longest, .line = 2,
                                                .source = longest};
    *hz_push(&arena, &steps) = (struct hz_step){0};
    struct fragment fragment = tabled(&steps);
    ck_assert_uint_eq(count(&fragment, "//tbody/tr"), 3);
    ck_assert_uint_eq(count(&fragment, "//script"), 0);
    ck_assert(says(&fragment, "\\x1b[2J"));
    ck_assert_uint_lt(fragment.n, 10000);
    free_fragment(&fragment);
}
END_TEST

/* ---- timelines ---------------------------------------------------------------------------- */

static struct fragment timed(const struct hz_timeline *timeline)
{
    struct fragment fragment;
    FILE *file = open_fragment(&fragment);
    hz_picture_timeline(file, timeline, 3);
    close_fragment(&fragment, file);
    return fragment;
}

static void interval(struct hz_timeline *timeline, size_t thread, double from, double to,
                     enum hz_state state, const char *lock, unsigned long times)
{
    *hz_push(&arena, &timeline->intervals) =
        (struct hz_interval){thread, from, to, state, lock, times};
}

START_TEST(a_timeline_shows_who_eats_and_who_starves)
{
    struct hz_timeline timeline = {.length = 0.5};
    *hz_push(&arena, &timeline.threads) = (struct hz_timeline_thread){"pid 7 tid 8", "hog"};
    *hz_push(&arena, &timeline.threads) = (struct hz_timeline_thread){"pid 7 tid 9", "poor"};
    interval(&timeline, 0, 0, 0.5, HZ_STATE_HOLDING, "m", 99);
    interval(&timeline, 1, 0, 0.1, HZ_STATE_HOLDING, "m", 1);
    interval(&timeline, 1, 0.1, 0.2, HZ_STATE_WAITING, "m", 0);
    interval(&timeline, 1, 0.2, 0.5, HZ_STATE_PASSED, "m", 98);
    struct fragment fragment = timed(&timeline);
    ck_assert_uint_eq(count(&fragment, "//svg[@class='hz-timeline'][@role='img']"), 1);
    ck_assert_uint_eq(count(&fragment, "//svg[@aria-labelledby=title/@id]"), 1);
    ck_assert_uint_eq(count(&fragment, "//path[@class='hz-s-holding']"), 3); /* and the legend */
    ck_assert_uint_eq(count(&fragment, "//path[@class='hz-s-passed']"), 2);
    ck_assert_uint_eq(count(&fragment, "//path[@fill=concat('url(#',//pattern[2]/@id,')')]"), 2);
    ck_assert_uint_eq(count(&fragment, "//rect[@class='hz-share'][@width='89.1']"), 1);
    ck_assert_uint_eq(count(&fragment, "//text[.='99 %']|//text[.='1 %']"), 2);
    ck_assert(says(&fragment, "hog (tid 8) holds m 100 % of the time and waits 0 %"));
    ck_assert(says(&fragment, "poor (tid 9) holds m 20 % of the time and waits 80 %, passed over "
                              "98 times"));
    free_fragment(&fragment);
}
END_TEST

START_TEST(the_axis_of_a_schedule_ends_at_its_last_step)
{
    struct hz_timeline timeline = {.steps = true, .length = 1235};
    *hz_push(&arena, &timeline.threads) = (struct hz_timeline_thread){"T1", NULL};
    interval(&timeline, 0, 0, 1235, HZ_STATE_HOLDING, "m", 1);
    struct fragment fragment = timed(&timeline);
    ck_assert(says(&fragment, "over 1234 steps"));
    ck_assert_uint_eq(count(&fragment, "//text[.='1234 steps']"), 1);
    free_fragment(&fragment);
}
END_TEST

/* However short the time. */
START_TEST(no_two_ticks_are_called_alike)
{
    static const double lengths[] = {1e-6, 0.003, 0.5, 1.2, 7, 40, 3600};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct hz_timeline timeline = {.length = lengths[i]};
        *hz_push(&arena, &timeline.threads) = (struct hz_timeline_thread){"T1", NULL};
        interval(&timeline, 0, 0, lengths[i], HZ_STATE_HOLDING, "m", 1);
        struct fragment fragment = timed(&timeline);
        ck_assert_uint_ge(count(&fragment, "//text[@font-size=11][@text-anchor='middle']"), 4);
        ck_assert_uint_eq(count(&fragment, "//text[@font-size=11][@text-anchor='middle']"
                                           "[.=following-sibling::text]"), 0);
        free_fragment(&fragment);
    }
    struct hz_timeline empty = {.length = 0};
    *hz_push(&arena, &empty.threads) = (struct hz_timeline_thread){"T1", NULL};
    struct fragment fragment = timed(&empty);
    free_fragment(&fragment);
}
END_TEST

START_TEST(hostile_timelines_change_nothing)
{
    struct hz_timeline timeline = {.length = 1, .left_out = 5};
    for (size_t i = 0; i < HZ_TIMELINE_THREADS; i++)
        *hz_push(&arena, &timeline.threads) = (struct hz_timeline_thread){HOSTILE, HOSTILE};
    for (size_t i = 0; i < HZ_TIMELINE_INTERVALS; i++)
        interval(&timeline, i % 64, (double)i / HZ_TIMELINE_INTERVALS,
                 (i + 1.0) / HZ_TIMELINE_INTERVALS, (enum hz_state)(i / 64 % HZ_STATES), HOSTILE,
                 i);
    struct fragment fragment = timed(&timeline);
    ck_assert_uint_eq(count(&fragment, "//svg"), 1);
    ck_assert_uint_eq(count(&fragment, "//b|//script"), 0);
    ck_assert(says(&fragment, "… 32 more threads"));
    ck_assert(says(&fragment, "5 threads and changes are left out"));
    ck_assert_uint_lt(fragment.n, 200000);
    free_fragment(&fragment);
    timeline.length = 0;
    fragment = timed(&timeline);
    ck_assert_uint_eq(count(&fragment, "//svg"), 0);
    free_fragment(&fragment);
}
END_TEST

/* ---- measures ----------------------------------------------------------------------------- */

static struct hz_locks locks_of(const char *lock, size_t n)
{
    struct hz_locks locks;
    struct hz_error error = {""};
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_loads(lock, 0, NULL));
    json_t *object = json_pack("{s:s, s:o}", "pair", "x", "locks", list);
    ck_assert_msg(hz_locks_from_json(&arena, object, &locks, &error), "%s", error.text);
    json_decref(object);
    return locks;
}

static const char measured[] =
    "{\"kind\":\"mutex\",\"name\":\"<m>\",\"taken\":10,\"refused\":0,\"waiting\":1,"
    "\"fairness\":0.61,\"waits\":{\"n\":3,\"seconds\":1,\"median\":1e-6,\"p99\":1e-3,"
    "\"longest\":1},\"holds\":{\"n\":0,\"seconds\":0,\"median\":0,\"p99\":0,\"longest\":0},"
    "\"threads\":[{\"pid\":7,\"tid\":8,\"routine\":\"eats\",\"taken\":9},"
    "{\"pid\":7,\"tid\":9,\"routine\":\"<&\",\"taken\":1}]}";

START_TEST(measures_are_bars_and_times)
{
    struct hz_locks locks = locks_of(measured, 1);
    struct fragment fragment;
    FILE *file = open_fragment(&fragment);
    hz_picture_locks(file, &locks, 4);
    close_fragment(&fragment, file);
    ck_assert_uint_eq(count(&fragment, "//figure[@class='hz-lock']/svg[@role='img']"), 1);
    ck_assert_uint_eq(count(&fragment, "//rect[@class='hz-share'][@width='378.0']"), 1);
    ck_assert_uint_eq(count(&fragment, "//rect[@class='hz-share'][@width='42.0']"), 1);
    ck_assert(says(&fragment, "mutex <m>: taken 10 times by 2 threads, fairness 0.61 of 1 (Jain); "
                              "1 still wait; waits: median 1.0 us, 99 % 1.0 ms, longest 1.0 s."));
    ck_assert(says(&fragment, "eats (tid 8)"));
    ck_assert(says(&fragment, "none measured"));
    free_fragment(&fragment);
}
END_TEST

START_TEST(of_many_locks_the_rest_is_counted)
{
    struct hz_locks locks = locks_of(measured, 500);
    struct fragment fragment;
    for (int i = 0; i < 100; i++)
        *hz_push(&arena, &locks.locks.at[0].threads) = (struct hz_lock_user){7, i, HOSTILE, 3};
    FILE *file = open_fragment(&fragment);
    hz_picture_locks(file, &locks, 4);
    close_fragment(&fragment, file);
    ck_assert_uint_eq(count(&fragment, "//figure"), 20);
    ck_assert_uint_eq(count(&fragment, "//figure[1]//rect[@class='hz-share']"), 8);
    ck_assert(says(&fragment, "… 94 more threads"));
    ck_assert(says(&fragment, "… 480 more locks"));
    free_fragment(&fragment);
}
END_TEST

START_TEST(what_are_no_measures_is_refused)
{
    static const char *const texts[] = {"{}", "{\"pair\":\"x\",\"locks\":[3]}",
                                        "{\"pair\":\"x\",\"locks\":[{\"kind\":\"m\"}]}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct hz_locks locks;
        struct hz_error error = {""};
        json_t *object = json_loads(texts[i], 0, NULL);
        ck_assert_msg(!hz_locks_from_json(&arena, object, &locks, &error), "%s", texts[i]);
        ck_assert_str_ne(error.text, "");
        json_decref(object);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("picture_tables");
    TCase *steps = tcase_create("steps");
    tcase_add_checked_fixture(steps, setup, teardown);
    tcase_set_timeout(steps, 60);
    tcase_add_test(steps, a_schedule_is_a_table_with_a_column_for_each_thread);
    tcase_add_test(steps, of_many_steps_the_last_are_shown_and_the_others_counted);
    tcase_add_test(steps, of_many_threads_each_row_names_its_own);
    tcase_add_test(steps, hostile_steps_change_nothing);
    suite_add_tcase(suite, steps);
    TCase *times = tcase_create("timelines and measures");
    tcase_add_checked_fixture(times, setup, teardown);
    tcase_set_timeout(times, 60);
    tcase_add_test(times, a_timeline_shows_who_eats_and_who_starves);
    tcase_add_test(times, the_axis_of_a_schedule_ends_at_its_last_step);
    tcase_add_test(times, no_two_ticks_are_called_alike);
    tcase_add_test(times, hostile_timelines_change_nothing);
    tcase_add_test(times, measures_are_bars_and_times);
    tcase_add_test(times, of_many_locks_the_rest_is_counted);
    tcase_add_test(times, what_are_no_measures_is_refused);
    suite_add_tcase(suite, times);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
