/* Timelines: of a schedule, of a program that really starves, and what is refused of a stream. */
#include "monitor_run.h"

#include "finding/timeline.h"
#include "report/trace.h"

static double time_of(const struct hz_timeline *timeline, size_t thread, enum hz_state state)
{
    double sum = 0;
    for (size_t i = 0; i < timeline->intervals.n; i++)
        if (timeline->intervals.at[i].thread == thread && timeline->intervals.at[i].state == state)
            sum += timeline->intervals.at[i].to - timeline->intervals.at[i].from;
    return sum;
}

/* ---- of a schedule ------------------------------------------------------------------------ */

/* What stands between two steps has no number, and takes no time. */
static void between(hz_steps *steps, unsigned thread, enum hz_act act, const char *object)
{
    *hz_push(&arena, steps) =
        (struct hz_step){.thread = thread, .act = act, .what = "", .object = object};
}

static void numbered(hz_steps *steps, unsigned number, unsigned thread, enum hz_act act,
                     const char *object)
{
    between(steps, thread, act, object);
    steps->at[steps->n - 1].number = number;
}

static void step(hz_steps *steps, unsigned thread, enum hz_act act, const char *object)
{
    numbered(steps, (unsigned)steps->n + 1, thread, act, object);
}

START_TEST(a_schedule_shows_who_holds_and_who_is_passed_over)
{
    hz_steps steps = {0};
    struct hz_timeline timeline;
    step(&steps, 1, HZ_ACT_TAKES, "m"); /* 1 */
    step(&steps, 1, HZ_ACT_STEP, NULL);
    step(&steps, 2, HZ_ACT_WAITS, "m"); /* 3 */
    step(&steps, 1, HZ_ACT_LETS_GO, "m");
    step(&steps, 1, HZ_ACT_STEP, NULL); /* 5 */
    step(&steps, 1, HZ_ACT_TAKES, "m"); /* 6: T2 is passed over */
    step(&steps, 1, HZ_ACT_LETS_GO, "m");
    step(&steps, 1, HZ_ACT_TAKES, "n");
    step(&steps, 2, HZ_ACT_TAKES, "m"); /* 9 */
    hz_timeline_of_steps(&arena, &steps, &timeline);
    ck_assert_uint_eq(timeline.threads.n, 2);
    ck_assert_str_eq(timeline.threads.at[0].id, "T1");
    ck_assert_double_eq(timeline.length, 9 + 1); /* and the end */
    ck_assert_double_eq(time_of(&timeline, 0, HZ_STATE_HOLDING), 3 + 1 + 2);
    ck_assert_double_eq(time_of(&timeline, 1, HZ_STATE_WAITING), 3);
    ck_assert_double_eq(time_of(&timeline, 1, HZ_STATE_PASSED), 3);
    ck_assert_double_eq(time_of(&timeline, 1, HZ_STATE_HOLDING), 1);
    ck_assert_str_eq(hz_timeline_contested(&timeline), "m");
    struct hz_share one = hz_timeline_share(&timeline, 0, "m");
    struct hz_share other = hz_timeline_share(&timeline, 1, "m");
    ck_assert_uint_eq(one.taken, 2);
    ck_assert_uint_eq(other.taken, 1);
    ck_assert_uint_eq(other.passed, 1);
    ck_assert_double_eq(other.waited, 6);
}
END_TEST

START_TEST(time_goes_by_the_numbers_of_the_steps)
{
    hz_steps steps = {0};
    struct hz_timeline timeline;
    numbered(&steps, 1, 1, HZ_ACT_TAKES, "m");
    between(&steps, 1, HZ_ACT_OTHERS, NULL);
    numbered(&steps, 2, 2, HZ_ACT_STEP, NULL);
    between(&steps, 2, HZ_ACT_WAITS, "m");
    numbered(&steps, 3, 1, HZ_ACT_STEP, NULL);
    between(&steps, 1, HZ_ACT_WAITS, "n");
    hz_timeline_of_steps(&arena, &steps, &timeline);
    ck_assert_double_eq(timeline.length, 3 + 1);
    ck_assert_double_eq(time_of(&timeline, 0, HZ_STATE_RUNNING), 1); /* until it has the lock */
    ck_assert_double_eq(time_of(&timeline, 0, HZ_STATE_HOLDING), 2);
    ck_assert_double_eq(time_of(&timeline, 0, HZ_STATE_WAITING), 1); /* at the end */
    ck_assert_double_eq(time_of(&timeline, 1, HZ_STATE_RUNNING), 1);
    ck_assert_double_eq(time_of(&timeline, 1, HZ_STATE_WAITING), 2);
}
END_TEST

START_TEST(while_steps_are_left_out_nobody_is_said_to_run)
{
    hz_steps steps = {0};
    struct hz_timeline timeline;
    numbered(&steps, 1, 1, HZ_ACT_STEP, NULL);
    numbered(&steps, 1001, 1, HZ_ACT_STEP, NULL);
    numbered(&steps, 1000, 2, HZ_ACT_STEP, NULL); /* of a stream that is not ours */
    hz_timeline_of_steps(&arena, &steps, &timeline);
    ck_assert_double_eq(timeline.length, 1001 + 1);
    ck_assert_double_eq(time_of(&timeline, 0, HZ_STATE_RUNNING), 1 + 1);
    ck_assert_double_eq(time_of(&timeline, 1, HZ_STATE_RUNNING), 1);
}
END_TEST

/* To let an inner lock go is not to take the outer one again. */
START_TEST(an_outer_lock_is_not_taken_again)
{
    hz_steps steps = {0};
    struct hz_timeline timeline;
    step(&steps, 1, HZ_ACT_TAKES, "outer");
    step(&steps, 2, HZ_ACT_WAITS, "outer");
    step(&steps, 1, HZ_ACT_TAKES, "inner");
    step(&steps, 1, HZ_ACT_LETS_GO, "inner");
    step(&steps, 1, HZ_ACT_STEP, NULL);
    hz_timeline_of_steps(&arena, &steps, &timeline);
    ck_assert_double_eq(time_of(&timeline, 1, HZ_STATE_WAITING), 4);
    ck_assert_double_eq(time_of(&timeline, 1, HZ_STATE_PASSED), 0);
    ck_assert_uint_eq(hz_timeline_share(&timeline, 0, "outer").taken, 1);
}
END_TEST

/* ---- of a program -------------------------------------------------------------------------- */

static struct run run;

/* Good until the run's monitor is closed. */
static const struct hz_timeline *timeline_of(const char *program)
{
    run = (struct run){.options = hzw_defaults(), .preload = true, .findings = 1};
    char *argv[] = {hz_printf(&arena, "%s/bin/native/buggy/%s", TEST_BUILD, program), NULL};
    watch(&run, argv);
    ck_assert_uint_ge(hzw_findings(run.monitor)->n, 1);
    const struct hz_timeline *timeline = hzw_timeline(run.monitor);
    ck_assert_ptr_nonnull(timeline);
    return timeline;
}

START_TEST(a_writer_that_starves_waits_most_of_the_time)
{
    const struct hz_timeline *timeline = timeline_of("starvation/readers-starve-writer");
    const char *lock = hz_timeline_contested(timeline);
    ck_assert_str_eq(lock, "price_lock");
    double waited = 0;
    unsigned long taken = 0, passed = 0, starving = 0;
    for (size_t i = 0; i < timeline->threads.n; i++) {
        struct hz_share share = hz_timeline_share(timeline, i, lock);
        taken += share.taken;
        if (share.waited > waited) {
            waited = share.waited;
            passed = share.passed;
            starving = share.taken;
        }
    }
    ck_assert(timeline->length > 0.1);
    ck_assert_msg(waited > timeline->length / 2, "%g of %g s", waited, timeline->length);
    ck_assert_uint_ge(passed, 50);
    ck_assert_uint_ge(taken, 100);
    ck_assert_uint_le(starving, taken / 20);
    hzw_close(run.monitor);
}
END_TEST

START_TEST(a_deadlock_ends_with_waits)
{
    const struct hz_timeline *timeline = timeline_of("deadlock/transfer-meet");
    unsigned waiting = 0;
    for (size_t i = 0; i < timeline->intervals.n; i++) {
        const struct hz_interval *interval = &timeline->intervals.at[i];
        waiting += interval->to == timeline->length && interval->lock != NULL &&
                   interval->state == HZ_STATE_WAITING &&
                   strncmp(interval->lock, "accounts[", 9) == 0;
    }
    ck_assert_uint_eq(waiting, 2);
    hzw_close(run.monitor);
}
END_TEST

START_TEST(without_a_finding_there_is_none)
{
    run = (struct run){.options = hzw_defaults(), .preload = true};
    char *argv[] = {TEST_BUILD "/bin/native/fixed/deadlock/transfer-meet", NULL};
    watch(&run, argv);
    ck_assert_ptr_null(hzw_timeline(run.monitor));
    hzw_close(run.monitor);
}
END_TEST

/* What hangs in pipes would look as if it ran. */
START_TEST(of_a_deadlock_without_locks_there_is_none)
{
    run = (struct run){.options = hzw_defaults(), .preload = true, .findings = 1};
    char *argv[] = {TEST_BUILD "/bin/native/buggy/deadlock/proc-pipes-both-full", NULL};
    watch(&run, argv);
    const hz_findings *findings = hzw_findings(run.monitor);
    ck_assert_uint_eq(findings->n, 1);
    ck_assert_ptr_null(hzw_timeline(run.monitor));
    for (size_t i = 0; i < 2; i++) { /* who writes waits for who should read, and who that is */
        ck_assert_uint_eq(findings->at[0].parties.at[i].waits_on.n, 1);
        ck_assert_uint_eq(findings->at[0].parties.at[i].waits_on.at[0], 1 - i);
    }
    hzw_close(run.monitor);
}
END_TEST

/* Hundreds of threads that change all the time: what is kept and told stays within its bounds. */
START_TEST(what_is_told_is_bounded)
{
    struct hz_error error;
    struct hzw_options options = hzw_defaults();
    struct hzw_monitor *monitor = hzw_open(&options, &error);
    ck_assert_msg(monitor != NULL, "%s", error.text);
    atomic_store(&monitor->region->next_slot, 300);
    for (uint64_t look = 0; look < 2000; look++) {
        for (uint64_t i = 0; i < 300; i++) {
            struct hzw_slot *slot = &monitor->region->slot[i];
            atomic_store(&slot->owner, (i + 1) << 32 | 1);
            slot->held[0].object = look % 2 * 0x1000;
        }
        hzw_history_look(monitor, hz_now());
    }
    hzw_history_tell(monitor, true);
    const struct hz_timeline *timeline = hzw_timeline(monitor);
    ck_assert_uint_eq(timeline->threads.n, 16);
    ck_assert_uint_eq(timeline->left_out, 300 - 16);
    ck_assert_uint_le(timeline->intervals.n, 16 * 200);
    ck_assert_uint_ge(timeline->intervals.n, 16 * 100);
    for (size_t i = 0; i < timeline->intervals.n; i++)
        ck_assert(timeline->intervals.at[i].from >= 0 &&
                  timeline->intervals.at[i].to <= timeline->length);
    json_t *object = hz_timeline_to_json(timeline);
    struct hz_timeline back;
    ck_assert_msg(hz_timeline_from_json(&arena, object, &back, &error), "%s", error.text);
    json_decref(object);
    hzw_close(monitor);
}
END_TEST

/* ---- of a stream ---------------------------------------------------------------------------- */

static void ck_refused(const char *text)
{
    struct hz_timeline out;
    struct hz_error error = {""};
    json_t *object = json_loads(text, JSON_DECODE_ANY, NULL);
    ck_assert_msg(object != NULL, "%s", text);
    ck_assert_msg(!hz_timeline_from_json(&arena, object, &out, &error), "%s", text);
    ck_assert_str_ne(error.text, "");
    json_decref(object);
}

static void ck_interval_refused(const char *interval)
{
    ck_refused(hz_printf(&arena, "{\"unit\":\"us\",\"length\":10,\"threads\":[{\"id\":\"a\"}],"
                                 "\"intervals\":[%s]}", interval));
}

START_TEST(what_is_no_timeline_is_refused)
{
    ck_refused("3");
    ck_refused("{\"unit\":\"year\",\"length\":1,\"threads\":[],\"intervals\":[]}");
    ck_refused("{\"unit\":\"us\",\"length\":-1,\"threads\":[],\"intervals\":[]}");
    ck_refused("{\"unit\":\"us\",\"length\":1,\"threads\":{},\"intervals\":[]}");
    ck_refused("{\"unit\":\"us\",\"length\":1,\"threads\":[{}],\"intervals\":[]}");
    ck_interval_refused("{\"thread\":1,\"from\":0,\"to\":1,\"state\":\"running\"}");
    ck_interval_refused("{\"thread\":-1,\"from\":0,\"to\":1,\"state\":\"running\"}");
    ck_interval_refused("{\"thread\":0,\"from\":2,\"to\":1,\"state\":\"running\"}");
    ck_interval_refused("{\"thread\":0,\"from\":2,\"to\":11,\"state\":\"running\"}");
    ck_interval_refused("{\"thread\":0,\"from\":0,\"to\":1,\"state\":\"flying\"}");
    ck_interval_refused("{\"thread\":0,\"from\":0,\"to\":1,\"state\":\"holding\",\"times\":-1}");
}
END_TEST

static json_t *many(size_t threads, size_t intervals)
{
    struct hz_timeline timeline = {.length = 1};
    for (size_t i = 0; i < threads; i++)
        *hz_push(&arena, &timeline.threads) = (struct hz_timeline_thread){"a", NULL};
    for (size_t i = 0; i < intervals; i++)
        *hz_push(&arena, &timeline.intervals) = (struct hz_interval){.to = 1};
    return hz_timeline_to_json(&timeline);
}

START_TEST(too_much_is_refused)
{
    static const struct {
        size_t threads, intervals;
        bool fine;
    } rows[] = {{HZ_TIMELINE_THREADS, HZ_TIMELINE_INTERVALS, true},
                {HZ_TIMELINE_THREADS + 1, 1, false},
                {1, HZ_TIMELINE_INTERVALS + 1, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hz_timeline back;
        json_t *object = many(rows[i].threads, rows[i].intervals);
        ck_assert(hz_timeline_from_json(&arena, object, &back, NULL) == rows[i].fine);
        json_decref(object);
    }
}
END_TEST

/* ---- as a trace ------------------------------------------------------------------------------ */

static struct hz_stream stream_of_two(void)
{
    struct hz_stream stream = {0};
    struct hz_run *watched = hz_push(&arena, &stream.runs);
    *watched = (struct hz_run){.pair = "a\"\n", .detector = "watchdog", .repetition = 1};
    watched->timeline.length = 0.01;
    for (int i = 0; i < 3; i++)
        *hz_push(&arena, &watched->timeline.threads) = (struct hz_timeline_thread){
            hz_printf(&arena, "pid %d tid %d", 7 + i / 2, 7 + i), i == 0 ? "\xff\"" : NULL};
    *hz_push(&arena, &watched->timeline.intervals) =
        (struct hz_interval){1, 0.002, 0.005, HZ_STATE_PASSED, "m", 17};
    struct hz_run *explored = hz_push(&arena, &stream.runs);
    *explored = (struct hz_run){.pair = "b", .detector = "explorer", .repetition = 1};
    numbered(&explored->steps, 41, 1, HZ_ACT_TAKES, "m");
    between(&explored->steps, 2, HZ_ACT_WAITS, "m");
    explored->steps.at[1].wrong = true;
    return stream;
}

/* Events of that phase and name; each has what every event of a trace needs. */
static size_t events_of(const json_t *trace, const char *phase, const char *name)
{
    size_t i, n = 0;
    json_t *event;
    json_array_foreach(json_object_get(trace, "traceEvents"), i, event)
    {
        const char *ph = json_string_value(json_object_get(event, "ph"));
        ck_assert_ptr_nonnull(ph);
        ck_assert(json_is_integer(json_object_get(event, "pid")));
        ck_assert(json_is_integer(json_object_get(event, "tid")));
        ck_assert(json_is_string(json_object_get(event, "name")));
        ck_assert(ph[0] == 'M' || json_is_integer(json_object_get(event, "ts")));
        ck_assert(ph[0] != 'X' || json_integer_value(json_object_get(event, "dur")) >= 0);
        n += strcmp(ph, phase) == 0 &&
             strcmp(json_string_value(json_object_get(event, "name")), name) == 0;
    }
    return n;
}

START_TEST(a_trace_has_tracks_and_times)
{
    struct hz_stream stream = stream_of_two();
    json_t *trace = hz_trace_to_json(&stream);
    ck_assert_uint_eq(events_of(trace, "M", "process_name"), 3);
    ck_assert_uint_eq(events_of(trace, "M", "thread_name"), 5);
    ck_assert_uint_eq(events_of(trace, "X", "waits for m, passed over"), 1);
    ck_assert_uint_eq(events_of(trace, "X", "holds m"), 1);
    ck_assert_uint_eq(events_of(trace, "X", "") + events_of(trace, "i", ""), 2);
    size_t i;
    json_t *event;
    json_array_foreach(json_object_get(trace, "traceEvents"), i, event)
    {
        const char *cat = json_string_value(json_object_get(event, "cat"));
        json_t *times = json_object_get(json_object_get(event, "args"), "times");
        ck_assert(times == NULL || json_integer_value(times) == 17); /* once goes without saying */
        if (cat == NULL || strcmp(cat, "passed") != 0)
            continue;
        ck_assert_ptr_nonnull(times);
        ck_assert_int_eq(json_integer_value(json_object_get(event, "ts")), 2000);
        ck_assert_int_eq(json_integer_value(json_object_get(event, "dur")), 3000);
        ck_assert_int_eq(json_integer_value(json_object_get(event, "pid")), 1);
        ck_assert_int_eq(json_integer_value(json_object_get(event, "tid")), 8);
    }
    json_decref(trace);
}
END_TEST

START_TEST(a_trace_has_steps_at_their_numbers)
{
    struct hz_stream stream = stream_of_two();
    json_t *trace = hz_trace_to_json(&stream);
    size_t i;
    unsigned n = 0;
    json_t *event;
    json_array_foreach(json_object_get(trace, "traceEvents"), i, event)
    {
        const char *cat = json_string_value(json_object_get(event, "cat"));
        json_int_t ts = json_integer_value(json_object_get(event, "ts"));
        json_t *number = json_object_get(json_object_get(event, "args"), "step");
        if (strcmp(json_string_value(json_object_get(event, "name")), "holds m") == 0)
            ck_assert_int_eq(ts, 41);
        const char *phase = json_string_value(json_object_get(event, "ph"));
        if (json_object_get(json_object_get(event, "args"), "wrong") == NULL)
            continue;
        n++;
        bool takes = strcmp(cat, "takes") == 0; /* the other stands between two steps */
        ck_assert_str_eq(phase, takes ? "X" : "i");
        ck_assert_int_eq(ts, takes ? 40 : 41);
        ck_assert_int_eq(json_integer_value(json_object_get(event, "dur")), takes ? 1 : 0);
        ck_assert_int_eq(json_integer_value(number), takes ? 41 : 0);
    }
    ck_assert_uint_eq(n, 2);
    json_decref(trace);
}
END_TEST

/* Of two slices of a thread: one within the other, or one after the other. */
static bool nested(const json_t *a, const json_t *b)
{
    json_int_t from[2], to[2];
    const json_t *both[] = {a, b};
    for (int i = 0; i < 2; i++) {
        from[i] = json_integer_value(json_object_get(both[i], "ts"));
        to[i] = from[i] + json_integer_value(json_object_get(both[i], "dur"));
    }
    return to[0] <= from[1] || to[1] <= from[0] || (from[0] <= from[1] && to[1] <= to[0]) ||
           (from[1] <= from[0] && to[0] <= to[1]);
}

/* Viewers drop what crosses the end of another. */
START_TEST(slices_of_a_trace_nest)
{
    struct hz_stream stream = {0};
    struct hz_run *run = hz_push(&arena, &stream.runs);
    *run = (struct hz_run){.pair = "b", .detector = "explorer", .repetition = 1};
    static const enum hz_act acts[] = {HZ_ACT_TAKES,   HZ_ACT_STEP, HZ_ACT_TAKES,
                                       HZ_ACT_LETS_GO, HZ_ACT_STEP, HZ_ACT_LETS_GO};
    for (unsigned i = 0; i < 6; i++)
        numbered(&run->steps, 3 * i + 1, 1, acts[i], i % 4 < 2 ? "a" : "b");
    json_t *trace = hz_trace_to_json(&stream), *slices = json_array();
    size_t i;
    json_t *event;
    json_array_foreach(json_object_get(trace, "traceEvents"), i,
                       event) if (strcmp(json_string_value(json_object_get(event, "ph")), "X") == 0)
        json_array_append(slices, event);
    ck_assert_uint_gt(json_array_size(slices), 8);
    for (i = 0; i < json_array_size(slices); i++)
        for (size_t k = 0; k < i; k++)
            ck_assert(nested(json_array_get(slices, i), json_array_get(slices, k)));
    json_decref(slices);
    json_decref(trace);
}
END_TEST

START_TEST(a_trace_of_nothing_is_one)
{
    struct hz_stream stream = {0};
    json_t *trace = hz_trace_to_json(&stream);
    ck_assert(json_is_array(json_object_get(trace, "traceEvents")));
    json_decref(trace);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("timeline");
    TCase *made = add_case(suite, "made");
    tcase_add_test(made, a_schedule_shows_who_holds_and_who_is_passed_over);
    tcase_add_test(made, time_goes_by_the_numbers_of_the_steps);
    tcase_add_test(made, while_steps_are_left_out_nobody_is_said_to_run);
    tcase_add_test(made, an_outer_lock_is_not_taken_again);
    tcase_add_test(made, what_is_told_is_bounded);
    TCase *real = add_case(suite, "real");
    tcase_add_test(real, a_writer_that_starves_waits_most_of_the_time);
    tcase_add_test(real, a_deadlock_ends_with_waits);
    tcase_add_test(real, without_a_finding_there_is_none);
    tcase_add_test(real, of_a_deadlock_without_locks_there_is_none);
    TCase *read = add_case(suite, "read");
    tcase_add_test(read, what_is_no_timeline_is_refused);
    tcase_add_test(read, too_much_is_refused);
    TCase *trace = add_case(suite, "trace");
    tcase_add_test(trace, a_trace_has_tracks_and_times);
    tcase_add_test(trace, a_trace_has_steps_at_their_numbers);
    tcase_add_test(trace, slices_of_a_trace_nest);
    tcase_add_test(trace, a_trace_of_nothing_is_one);
    return run_suite(suite);
}
