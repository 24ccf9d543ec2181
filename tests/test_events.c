/* The event stream: what is written is what is read, and a stream may end anywhere. */
#include "report/events.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct hz_arena arena;
static char path[64];
static int fd;

static void setup(void)
{
    hz_arena_init(&arena);
    strcpy(path, "/tmp/hazmat-events-XXXXXX");
    fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
}

static void teardown(void)
{
    close(fd);
    unlink(path);
    hz_arena_free(&arena);
}

static struct hz_run example(void)
{
    struct hz_run run = {.pair = "race/lost-update",
                         .class = HZ_RACE,
                         .judged = true,
                         .variant = HZ_BUGGY,
                         .detector = "tsan",
                         .repetition = 3,
                         .verdict = HZ_CAUGHT,
                         .line = 27,
                         .finding = 0,
                         .expected = {"tsan", HZ_EXPECT_CAUGHT, NULL},
                         .raw = "raw/x",
                         .outcome = {.end = HZ_END_EXITED, .status = 1, .seconds = 0.25,
                                     .cpu_seconds = 0.5, .peak_kib = 4096}};
    run.outcome.err.head = (struct hz_bytes){"bad \033[2J\xff", 9};
    struct hz_finding *finding = hz_push(&arena, &run.findings);
    *finding = (struct hz_finding){.detector = "tsan", .class = HZ_RACE, .kind = "data-race",
                                   .summary = "two writes", .times = 2};
    struct hz_party *party = hz_push(&arena, &finding->parties);
    party->id = "T1";
    *hz_push(&arena, &party->stack) =
        (struct hz_frame){"count", "scenarios/race/lost-update.c", 27, "lost-update", 0x1234};
    *hz_push(&arena, &run.steps) =
        (struct hz_step){.number = 7, .thread = 2, .act = HZ_ACT_TAKES, .what = "takes m",
                         .object = "m", .function = "main", .file = "a.c", .line = 5,
                         .source = "lock(&m); /* \xff */", .wrong = true, .left_out = 3};
    run.source = "0123456789abcdef";
    run.search = (struct hz_search){5000, true, false, 2};
    run.timeline.length = 0.25;
    run.timeline.left_out = 2;
    *hz_push(&arena, &run.timeline.threads) = (struct hz_timeline_thread){"pid 1 tid 2", "w\xff"};
    *hz_push(&arena, &run.timeline.threads) = (struct hz_timeline_thread){"pid 1 tid 3", NULL};
    *hz_push(&arena, &run.timeline.intervals) =
        (struct hz_interval){1, 0.125, 0.25, HZ_STATE_PASSED, "m", 17};
    *hz_push(&arena, &run.outcome.leaks) = (struct hz_leak){77, "left\nover"};
    return run;
}

static void append(json_t *object)
{
    struct hz_error error;
    ck_assert_msg(hz_events_append(fd, object, &error), "%s", error.text);
    json_decref(object);
}

static void append_start(void)
{
    append(hz_start_to_json("check", json_object()));
}

static struct hz_stream read_back(void)
{
    struct hz_stream stream = {0};
    struct hz_error error;
    ck_assert_msg(hz_stream_read(&arena, path, &stream, &error), "%s", error.text);
    return stream;
}

START_TEST(a_run_comes_back_as_it_was)
{
    struct hz_run run = example();
    append_start();
    append(hz_run_to_json(&run));
    append(hz_end_to_json(true, 1.0));
    struct hz_stream stream = read_back();
    ck_assert_uint_eq(stream.faults.n, 0);
    ck_assert(stream.complete);
    ck_assert_uint_eq(stream.runs.n, 1);
    const struct hz_run *back = &stream.runs.at[0];
    ck_assert_str_eq(back->pair, run.pair);
    ck_assert_int_eq(back->verdict, HZ_CAUGHT);
    ck_assert_int_eq(back->line, 27);
    ck_assert_str_eq(back->source, run.source);
    ck_assert_uint_eq(back->search.schedules, 5000);
    ck_assert_int_eq(back->search.bound, 2);
    ck_assert_int_eq(back->finding, 0);
    ck_assert_int_eq(back->expected.word, HZ_EXPECT_CAUGHT);
    ck_assert_int_eq(back->outcome.status, 1);
    ck_assert_int_eq(back->outcome.peak_kib, 4096);
    ck_assert_str_eq(back->outcome.leaks.at[0].name, "left\nover");
    ck_assert_str_eq(back->findings.at[0].parties.at[0].stack.at[0].file,
                     "scenarios/race/lost-update.c");
    ck_assert_uint_eq(back->findings.at[0].times, 2);
    ck_assert_double_eq(back->timeline.length, 0.25);
    ck_assert_uint_eq(back->timeline.left_out, 2);
    ck_assert_uint_eq(back->timeline.threads.n, 2);
    ck_assert_str_eq(back->timeline.threads.at[0].id, "pid 1 tid 2");
    ck_assert_str_eq(back->timeline.threads.at[0].name, "w\xef\xbf\xbd");
    ck_assert_ptr_null(back->timeline.threads.at[1].name);
    ck_assert_uint_eq(back->timeline.intervals.n, 1);
    const struct hz_interval *interval = &back->timeline.intervals.at[0];
    ck_assert_uint_eq(interval->thread, 1);
    ck_assert_double_eq(interval->from, 0.125);
    ck_assert_double_eq(interval->to, 0.25);
    ck_assert_int_eq(interval->state, HZ_STATE_PASSED);
    ck_assert_str_eq(interval->lock, "m");
    ck_assert_uint_eq(interval->times, 17);
    ck_assert_uint_eq(back->steps.n, 1);
    const struct hz_step *step = &back->steps.at[0];
    ck_assert_uint_eq(step->number, 7);
    ck_assert_uint_eq(step->thread, 2);
    ck_assert_int_eq(step->act, HZ_ACT_TAKES);
    ck_assert_str_eq(step->what, "takes m");
    ck_assert_str_eq(step->object, "m");
    ck_assert_str_eq(step->function, "main");
    ck_assert_str_eq(step->file, "a.c");
    ck_assert_int_eq(step->line, 5);
    ck_assert_str_eq(step->source, "lock(&m); /* \xef\xbf\xbd */");
    ck_assert(step->wrong);
    ck_assert_uint_eq(step->left_out, 3);
    hz_stream_free(&stream);
}
END_TEST

/* A kill may come at any byte: all whole lines before it are still there. */
START_TEST(a_stream_may_end_anywhere)
{
    struct hz_run run = example();
    append_start();
    append(hz_run_to_json(&run));
    off_t two = lseek(fd, 0, SEEK_END);
    append(hz_run_to_json(&run));
    off_t all = lseek(fd, 0, SEEK_END);
    for (off_t end = all - 1; end >= two; --end) {
        ck_assert_int_eq(ftruncate(fd, end), 0);
        struct hz_stream stream = read_back();
        ck_assert_uint_eq(stream.runs.n, 1);
        ck_assert(!stream.complete);
        ck_assert_uint_eq(stream.faults.n, end == two ? 0 : 1);
        hz_stream_free(&stream);
    }
}
END_TEST

static void write_text(const char *text)
{
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

START_TEST(bad_lines_are_named_and_the_rest_is_kept)
{
    struct hz_run run = example();
    append_start();
    write_text("this is not JSON\n");
    write_text("{\"type\":\"weather\"}\n{}\n[]\n");
    write_text("{\"type\":\"run\",\"pair\":\"a/b\"}\n");
    write_text("{\"type\":\"start\",\"version\":99}\n");
    append(hz_run_to_json(&run));
    append(hz_end_to_json(true, 1.0));
    struct hz_stream stream = read_back();
    ck_assert_uint_eq(stream.runs.n, 1);
    ck_assert_uint_eq(stream.faults.n, 6);
    for (int i = 0; i < 6; ++i)
        ck_assert_int_eq(stream.faults.at[i].line, 2 + i);
    ck_assert_ptr_nonnull(strstr(stream.faults.at[5].message, "99"));
    hz_stream_free(&stream);
}
END_TEST

START_TEST(an_interrupted_stream_says_so)
{
    append_start();
    append(hz_end_to_json(false, 1.0));
    struct hz_stream stream = read_back();
    ck_assert(!stream.complete);
    hz_stream_free(&stream);
}
END_TEST

START_TEST(streams_merge_by_concatenation)
{
    struct hz_run run = example();
    for (int i = 0; i < 2; ++i) {
        append_start();
        append(hz_run_to_json(&run));
        append(hz_end_to_json(true, 1.0));
    }
    struct hz_stream stream = read_back();
    ck_assert_uint_eq(stream.runs.n, 2);
    ck_assert(stream.complete);
    hz_stream_free(&stream);
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
    int full = open("/dev/full", O_WRONLY | O_APPEND);
    struct hz_error error = {""};
    json_t *end = hz_end_to_json(true, 1.0);
    ck_assert(!hz_events_append(full, end, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "No space left"));
    json_decref(end);
    close(full);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("events");
    TCase *stream = tcase_create("stream");
    tcase_add_checked_fixture(stream, setup, teardown);
    tcase_set_timeout(stream, 60);
    tcase_add_test(stream, a_run_comes_back_as_it_was);
    tcase_add_test(stream, a_stream_may_end_anywhere);
    tcase_add_test(stream, bad_lines_are_named_and_the_rest_is_kept);
    tcase_add_test(stream, an_interrupted_stream_says_so);
    tcase_add_test(stream, streams_merge_by_concatenation);
    tcase_add_test(stream, a_full_disk_is_an_error);
    suite_add_tcase(suite, stream);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
