/* What is measured of locks: the figures as such, and programs whose measures are known. */
#include "watchdog/stats.h"

#include "shell.h"
#include "watchdog/monitor_parts.h"

#include <jansson.h>
#include <math.h>

/* ---- figures ------------------------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

START_TEST(a_bucket_is_right_to_6_percent)
{
    uint32_t before = 0;
    for (uint64_t time = 1; time < 1ull << 43; time += 1 + time / 100) {
        uint32_t bucket = hzw_bucket(time);
        ck_assert_uint_ge(bucket, before);
        ck_assert_double_le(fabs(hzw_bucket_time(bucket) - (double)time), 0.063 * (double)time);
        before = bucket;
    }
    ck_assert_uint_eq(hzw_bucket(UINT64_MAX), HZW_BUCKETS - 1);
}
END_TEST

/* Against sorting them, a thousand times. */
START_TEST(quantiles_are_those_of_the_sorted_times)
{
    enum { TIMES = 500 };
    uint64_t time[TIMES];
    for (unsigned seed = 1; seed <= 1000; seed++) {
        uint64_t count[HZW_BUCKETS] = {0};
        int n = 1 + rand_r(&seed) % TIMES;
        for (int i = 0; i < n; i++) {
            time[i] = (uint64_t)rand_r(&seed) >> rand_r(&seed) % 30;
            count[hzw_bucket(time[i])]++;
        }
        qsort(time, (size_t)n, sizeof *time, by_value);
        double most = (double)time[n - 1] / 1e9;
        const double parts[] = {0.5, 0.99, 1};
        for (size_t p = 0; p < 3; p++) {
            double right = (double)time[(int)ceil(parts[p] * n) - 1] / 1e9;
            double got = hzw_quantile(count, parts[p], most);
            ck_assert_double_le(fabs(got - right), 0.063 * right + 1e-12);
            ck_assert_double_le(got, most);
        }
    }
}
END_TEST

START_TEST(nothing_has_no_quantile)
{
    const uint64_t none[HZW_BUCKETS] = {0};
    ck_assert_double_eq(hzw_quantile(none, 0.5, 0), 0);
}
END_TEST

START_TEST(fairness_is_one_if_all_alike_and_one_nth_if_alone)
{
    struct hzw_share shares[4] = {{.taken = 7}, {.taken = 7}, {.taken = 7}, {.taken = 7}};
    ck_assert_double_eq_tol(hzw_fairness(shares, 4), 1, 1e-9);
    shares[1].taken = shares[2].taken = shares[3].taken = 0;
    ck_assert_double_eq_tol(hzw_fairness(shares, 4), 0.25, 1e-9);
    shares[0].taken = 0;
    ck_assert_double_eq(hzw_fairness(shares, 4), 0);
}
END_TEST

/* ---- programs ------------------------------------------------------------------------ */

static json_t *locks; /* of the last measured program */
static json_int_t unmeasured, unshared;

static void measure(const char *which)
{
    char command[256];
    snprintf(command, sizeof command,
             "timeout 60 '%s' watch -q --stats --json m.jsonl -- '%s/measured' %s && "
             "grep '\"type\":\"locks\"' m.jsonl >locks.json",
             HAZMAT, TEST_FAKE, which);
    ck_shell(0, command);
    snprintf(command, sizeof command, "%s/locks.json", folder);
    json_error_t error;
    json_t *event = json_load_file(command, 0, &error);
    ck_assert_msg(event != NULL, "%s", error.text);
    unmeasured = json_integer_value(json_object_get(event, "unmeasured"));
    unshared = json_integer_value(json_object_get(json_object_get(event, "left_out"), "shares"));
    locks = json_incref(json_object_get(event, "locks"));
    json_decref(event);
}

static json_t *lock_named(const char *kind, const char *name)
{
    size_t i;
    json_t *lock, *found = NULL;
    json_array_foreach(locks, i, lock)
    {
        if (strcmp(json_string_value(json_object_get(lock, "kind")), kind) != 0 ||
            (name != NULL && strcmp(json_string_value(json_object_get(lock, "name")), name) != 0))
            continue;
        ck_assert_msg(found == NULL, "two locks %s %s: %s", kind, name,
                      json_dumps(locks, JSON_INDENT(1)));
        found = lock;
    }
    ck_assert_msg(found != NULL, "no lock %s %s: %s", kind, name,
                  json_dumps(locks, JSON_INDENT(1)));
    return found;
}

static json_int_t whole(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static double real(const json_t *object, const char *key, const char *part)
{
    return json_real_value(json_object_get(json_object_get(object, key), part));
}

START_TEST(each_threads_share_is_exact_also_when_it_has_ended)
{
    measure("shares");
    const json_t *lock = lock_named("mutex", "counted");
    ck_assert_int_eq(whole(lock, "taken"), 6000);
    const json_t *threads = json_object_get(lock, "threads");
    ck_assert_uint_eq(json_array_size(threads), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *thread = json_array_get(threads, i);
        ck_assert_int_eq(whole(thread, "taken"), 3000 - 1000 * (json_int_t)i);
        ck_assert_str_eq(json_string_value(json_object_get(thread, "routine")), "take");
    }
    double fairness = json_real_value(json_object_get(lock, "fairness"));
    ck_assert_double_eq_tol(fairness, 36.0 / 42, 1e-9);
    const char *function =
        json_string_value(json_object_get(json_object_get(lock, "first"), "function"));
    ck_assert_str_eq(function, "take");
    /* An estimate, for holds are sampled. */
    ck_assert_int_ge(whole(json_object_get(lock, "holds"), "n"), 5000);
    ck_assert_int_le(whole(json_object_get(lock, "holds"), "n"), 7000);
    ck_assert_int_eq(whole(json_object_get(lock, "waits"), "n"), 0);
    json_decref(locks);
}
END_TEST

START_TEST(a_thread_with_many_locks_loses_none)
{
    measure("many");
    ck_assert_uint_eq(json_array_size(locks), 200);
    ck_assert_int_eq(unmeasured, 0);
    for (size_t i = 0; i < 200; i++) {
        const json_t *lock = json_array_get(locks, i);
        ck_assert_int_eq(whole(lock, "taken"), 50);
        ck_assert_uint_eq(json_array_size(json_object_get(lock, "threads")), 1);
    }
    ck_assert_int_eq(whole(lock_named("mutex", "accounts[137].lock"), "taken"), 50);
    json_decref(locks);
}
END_TEST

START_TEST(waits_and_holds_are_as_long_as_they_were)
{
    measure("held");
    const json_t *writer = lock_named("rwlock (to write)", "table");
    const json_t *reader = lock_named("rwlock (to read)", "table");
    ck_assert_double_ge(real(writer, "holds", "longest"), 0.06);
    ck_assert_double_le(real(reader, "holds", "longest"), real(writer, "holds", "longest"));
    ck_assert_int_eq(whole(json_object_get(writer, "waits"), "n"), 0);
    ck_assert_int_eq(whole(json_object_get(reader, "waits"), "n"), 1);
    /* The reader may have begun late, but not have waited longer than the writer held it. */
    ck_assert_double_gt(real(reader, "waits", "longest"), 0);
    ck_assert_double_le(real(reader, "waits", "longest"), real(writer, "holds", "longest") + 0.01);
    json_decref(locks);
}
END_TEST

START_TEST(a_recursive_lock_is_taken_once_and_a_try_is_refused)
{
    measure("recursive");
    const json_t *lock = lock_named("mutex", NULL);
    ck_assert_int_eq(whole(lock, "taken"), 1);
    ck_assert_int_eq(whole(lock, "refused"), 1);
    ck_assert_int_eq(whole(json_object_get(lock, "holds"), "n"), 1);
    json_decref(locks);
}
END_TEST

START_TEST(a_lock_of_several_processes_is_one)
{
    measure("processes");
    const json_t *lock = lock_named("mutex", NULL);
    ck_assert_int_eq(whole(lock, "taken"), 1000);
    ck_assert_uint_eq(json_array_size(json_object_get(lock, "threads")), 2);
    json_decref(locks);
}
END_TEST

START_TEST(who_waits_in_vain_counts)
{
    measure("vain");
    const json_t *lock = lock_named("mutex", "counted");
    ck_assert_int_eq(whole(lock, "taken"), 1);
    ck_assert_int_eq(whole(lock, "waiting"), 1);
    ck_assert_double_gt(real(lock, "waits", "longest"), 0);
    double fairness = json_real_value(json_object_get(lock, "fairness"));
    ck_assert_double_eq_tol(fairness, 0.5, 1e-9);
    json_decref(locks);
}
END_TEST

START_TEST(what_has_no_room_is_counted)
{
    measure("crowd");
    ck_assert_uint_gt(json_array_size(locks), HZW_STAT_LOCKS / 2);
    ck_assert_uint_le(json_array_size(locks), HZW_STAT_LOCKS);
    ck_assert_int_eq((json_int_t)json_array_size(locks) + unmeasured, 20000);
    json_decref(locks);
}
END_TEST

START_TEST(shares_that_have_no_room_are_counted)
{
    json_int_t taken = 0, listed = 0;
    measure("multitude");
    ck_assert_uint_eq(json_array_size(locks), 64);
    for (size_t i = 0; i < 64; i++) {
        const json_t *lock = json_array_get(locks, i), *threads = json_object_get(lock, "threads");
        taken += whole(lock, "taken");
        listed += (json_int_t)json_array_size(threads);
        for (size_t k = 0; k < json_array_size(threads); k++)
            ck_assert_int_eq(whole(json_array_get(threads, k), "taken"), 1);
    }
    ck_assert_int_gt(unshared, 0);
    ck_assert_int_le(listed, HZW_STAT_SHARES);
    ck_assert_int_eq(taken, listed);
    ck_assert_int_eq(taken + unshared, 1100 * 64);
    json_decref(locks);
}
END_TEST

/* Of the locks that are held at once, those that were taken last. */
START_TEST(more_holds_than_there_is_room_for_are_let_go)
{
    measure("nested");
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "accounts[%d].lock", i);
        const json_t *lock = lock_named("mutex", name);
        ck_assert_int_eq(whole(lock, "taken"), 1);
        ck_assert_int_eq(whole(json_object_get(lock, "holds"), "n"), i >= 20 - HZW_STAT_OPEN);
    }
    ck_assert_int_eq(whole(json_object_get(lock_named("mutex", "counted"), "holds"), "n"), 1);
    json_decref(locks);
}
END_TEST

/* The second look is skipped; if this thread was put off for longer, it is tried again. */
START_TEST(names_are_looked_for_no_more_often_than_every_5_ms)
{
    struct hz_error error;
    struct hzw_options options = hzw_defaults();
    options.measure = true;
    struct hzw_monitor *monitor = hzw_open(&options, &error);
    ck_assert_msg(monitor != NULL, "%s", error.text);
    _Atomic uint64_t *made = &monitor->region->next_thread;
    _Atomic uint64_t *named = &monitor->region->stats.threads_named;
    uint64_t after_second;
    double begun;
    do {
        usleep(6000);
        atomic_fetch_add(made, 1);
        begun = hz_now();
        hzw_naming_look(monitor);
        ck_assert_uint_eq(atomic_load(named), atomic_load(made));
        atomic_fetch_add(made, 1);
        hzw_naming_look(monitor);
        after_second = atomic_load(named);
    } while (hz_now() - begun > 0.004);
    ck_assert_uint_eq(after_second, atomic_load(made) - 1);
    usleep(6000);
    hzw_naming_look(monitor);
    ck_assert_uint_eq(atomic_load(named), atomic_load(made));
    hzw_close(monitor);
}
END_TEST

START_TEST(conditions_and_semaphores)
{
    measure("signalled");
    const json_t *condition = lock_named("condition", "ready");
    ck_assert_int_eq(whole(condition, "taken"), 1);
    ck_assert_int_eq(whole(json_object_get(condition, "waits"), "n"), 1);
    const json_t *semaphore = lock_named("semaphore", "posted");
    ck_assert_int_eq(whole(semaphore, "taken"), 2);
    ck_assert_int_eq(whole(json_object_get(semaphore, "waits"), "n"), 0);
    json_decref(locks);
}
END_TEST

/* ---- for people ------------------------------------------------------------------------ */

START_TEST(people_are_shown_them)
{
    char command[256];
    snprintf(command, sizeof command, "timeout 60 '%s' watch --stats -- '%s/measured' shares",
             HAZMAT, TEST_FAKE);
    ck_shell(0, command);
    ck_assert_ptr_nonnull(strstr(output, "mutex counted, first taken at "));
    ck_assert_ptr_nonnull(strstr(output, "taken 6,000 times, 0 after a wait (0.0 %)"));
    ck_assert_ptr_nonnull(strstr(output, "3 threads, fairness 0.86: tid "));
    ck_assert_ptr_nonnull(strstr(output, " take 50.0 %"));
    ck_assert_ptr_null(strstr(output, "left out"));
}
END_TEST

START_TEST(people_are_told_what_was_left_out)
{
    char command[256];
    snprintf(command, sizeof command, "timeout 60 '%s' watch --stats -- '%s/measured' multitude",
             HAZMAT, TEST_FAKE);
    ck_shell(0, command);
    ck_assert_ptr_nonnull(strstr(output, "left out, as there was no room or no time for it:\n"
                                         "  times that a lock was taken by threads whose share "));
}
END_TEST

START_TEST(it_needs_a_program)
{
    ck_shell(2, "hazmat watch --stats --pid $$");
    ck_assert_ptr_nonnull(strstr(output, "--stats needs a program"));
}
END_TEST

/* The measures are no fault of a stream. */
START_TEST(a_report_of_the_stream_is_made)
{
    char command[256];
    snprintf(command, sizeof command,
             "timeout 60 '%s' watch -q --stats --json m.jsonl -- '%s/measured' shares 2>/dev/null; "
             "hazmat report m.jsonl",
             HAZMAT, TEST_FAKE);
    ck_shell(0, command);
    ck_assert_ptr_null(strstr(output, "unknown"));
}
END_TEST

START_TEST(measures_are_written_again_as_they_came)
{
    measure("shares");
    ck_shell(0, "hazmat report -f jsonl m.jsonl > again.jsonl && "
                "grep '\"type\":\"locks\"' again.jsonl | cmp - locks.json && "
                "tail -n1 m.jsonl > end && tail -n1 again.jsonl | cmp - end");
    ck_shell(0, "grep -v '\"type\":\"start\"' m.jsonl > headless.jsonl; "
                "hazmat report -f jsonl headless.jsonl > again.jsonl; "
                "grep -q '\"type\":\"locks\"' again.jsonl && ! grep -n '^$' again.jsonl");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stats");
    TCase *figures = tcase_create("figures");
    tcase_add_test(figures, a_bucket_is_right_to_6_percent);
    tcase_add_test(figures, quantiles_are_those_of_the_sorted_times);
    tcase_add_test(figures, nothing_has_no_quantile);
    tcase_add_test(figures, fairness_is_one_if_all_alike_and_one_nth_if_alone);
    suite_add_tcase(suite, figures);
    TCase *programs = tcase_create("programs");
    tcase_add_checked_fixture(programs, setup, teardown);
    tcase_set_timeout(programs, 90);
    tcase_add_test(programs, each_threads_share_is_exact_also_when_it_has_ended);
    tcase_add_test(programs, a_thread_with_many_locks_loses_none);
    tcase_add_test(programs, waits_and_holds_are_as_long_as_they_were);
    tcase_add_test(programs, a_recursive_lock_is_taken_once_and_a_try_is_refused);
    tcase_add_test(programs, a_lock_of_several_processes_is_one);
    tcase_add_test(programs, who_waits_in_vain_counts);
    tcase_add_test(programs, what_has_no_room_is_counted);
    tcase_add_test(programs, shares_that_have_no_room_are_counted);
    tcase_add_test(programs, more_holds_than_there_is_room_for_are_let_go);
    tcase_add_test(programs, names_are_looked_for_no_more_often_than_every_5_ms);
    tcase_add_test(programs, conditions_and_semaphores);
    tcase_add_test(programs, people_are_shown_them);
    tcase_add_test(programs, people_are_told_what_was_left_out);
    tcase_add_test(programs, it_needs_a_program);
    tcase_add_test(programs, a_report_of_the_stream_is_made);
    tcase_add_test(programs, measures_are_written_again_as_they_came);
    suite_add_tcase(suite, programs);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
