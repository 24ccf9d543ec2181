/* Findings in the event stream before their run is: what a reader makes of them. */
#include "report/events.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct hz_arena arena;
static char path[64];
static int fd;
static struct hz_stream stream;

static void set_up(void)
{
    hz_arena_init(&arena);
    strcpy(path, "/tmp/hazmat-early-XXXXXX");
    fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    stream = (struct hz_stream){0};
}

static void tear_down(void)
{
    hz_stream_free(&stream);
    close(fd);
    unlink(path);
    hz_arena_free(&arena);
}

static void append(json_t *object)
{
    struct hz_error error;
    ck_assert_msg(hz_events_append(fd, object, &error), "%s", error.text);
    json_decref(object);
}

static struct hz_finding finding(const char *summary, enum hz_sure sure)
{
    return (struct hz_finding){.detector = "watchdog",
                               .class = HZ_DEADLOCK,
                               .kind = "lock-cycle",
                               .sure = sure,
                               .summary = summary,
                               .times = 1};
}

static void append_early(size_t number, const char *summary, enum hz_sure sure)
{
    struct hz_finding one = finding(summary, sure);
    append(hz_early_to_json("./a.out", "watchdog", number, &one));
}

static void append_run(void)
{
    struct hz_run run = {.pair = "./a.out",
                         .detector = "watchdog",
                         .repetition = 1,
                         .finding = -1,
                         .outcome = {.end = HZ_END_STOPPED}};
    *hz_push(&arena, &run.findings) = finding("in the run", HZ_CERTAIN);
    append(hz_run_to_json(&run));
}

static void read_stream(size_t faults)
{
    struct hz_error error;
    ck_assert_msg(hz_stream_read(&arena, path, &stream, &error), "%s", error.text);
    for (size_t i = 0; i < stream.faults.n && stream.faults.n != faults; i++)
        ck_abort_msg("line %d: %s", stream.faults.at[i].line, stream.faults.at[i].message);
    ck_assert_uint_eq(stream.faults.n, faults);
}

START_TEST(a_run_has_all_of_them)
{
    append(hz_start_to_json("watch", json_object()));
    append_early(0, "early", HZ_PROBABLE);
    append_run();
    append(hz_end_to_json(true, 1));
    read_stream(0);
    ck_assert(stream.complete);
    ck_assert_uint_eq(stream.runs.n, 1);
    ck_assert_ptr_null(stream.runs.at[0].broken);
    ck_assert_uint_eq(stream.runs.at[0].findings.n, 1);
    ck_assert_str_eq(stream.runs.at[0].findings.at[0].summary, "in the run");
}
END_TEST

START_TEST(without_a_run_they_are_what_is_known)
{
    append(hz_start_to_json("watch", json_object()));
    append_early(0, "first", HZ_PROBABLE);
    append_early(1, "second", HZ_PROBABLE);
    append_early(0, "first, by now", HZ_CERTAIN);
    read_stream(0);
    ck_assert(!stream.complete);
    ck_assert_uint_eq(stream.runs.n, 1);
    const struct hz_run *run = &stream.runs.at[0];
    ck_assert_str_eq(run->pair, "./a.out");
    ck_assert_str_eq(run->detector, "watchdog");
    ck_assert_ptr_nonnull(run->broken);
    ck_assert(!run->judged);
    ck_assert_uint_eq(run->findings.n, 2);
    ck_assert_str_eq(run->findings.at[0].summary, "first, by now");
    ck_assert_int_eq(run->findings.at[0].sure, HZ_CERTAIN);
    ck_assert_str_eq(run->findings.at[1].summary, "second");
}
END_TEST

/* Streams merge by concatenation: a cut one must not leak into the next. */
START_TEST(a_new_start_ends_what_was_cut)
{
    append(hz_start_to_json("watch", json_object()));
    append_early(0, "of the first", HZ_CERTAIN);
    append(hz_start_to_json("watch", json_object()));
    append_early(0, "of the second", HZ_CERTAIN);
    append_run();
    append(hz_end_to_json(true, 1));
    read_stream(0);
    ck_assert(!stream.complete);
    ck_assert_uint_eq(stream.runs.n, 2);
    ck_assert_str_eq(stream.runs.at[0].findings.at[0].summary, "of the first");
    ck_assert_ptr_nonnull(stream.runs.at[0].broken);
    ck_assert_str_eq(stream.runs.at[1].findings.at[0].summary, "in the run");
}
END_TEST

START_TEST(nonsense_is_a_fault)
{
    append(hz_start_to_json("watch", json_object()));
    append_early(1, "a first one that is the second", HZ_CERTAIN);
    struct hz_finding one = finding("x", HZ_CERTAIN);
    json_t *object = hz_early_to_json("./a.out", "watchdog", 0, &one);
    json_object_set_new(object, "number", json_integer(-1));
    append(object);
    object = hz_early_to_json("./a.out", "watchdog", 0, &one);
    json_object_set_new(object, "class", json_string("bad luck"));
    append(object);
    object = hz_early_to_json("./a.out", "watchdog", 0, &one);
    json_object_del(object, "number");
    append(object);
    read_stream(4);
    ck_assert_uint_eq(stream.runs.n, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("early findings");
    TCase *all = tcase_create("early findings");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, a_run_has_all_of_them);
    tcase_add_test(all, without_a_run_they_are_what_is_known);
    tcase_add_test(all, a_new_start_ends_what_was_cut);
    tcase_add_test(all, nonsense_is_a_fault);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
