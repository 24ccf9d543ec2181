/* A program as a filter: what it writes comes back, and whatever goes wrong with it is said. */
#include "process/filter.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct hz_arena arena;
static struct hz_bytes output;
static struct hz_error error;

static void setup(void)
{
    hz_arena_init(&arena);
    error.text[0] = '\0';
}

static void teardown(void)
{
    hz_arena_free(&arena);
}

static bool filtered(const char *script, struct hz_bytes input, double seconds, size_t limit)
{
    char *argv[] = {"sh", "-c", hz_dup(&arena, script), NULL};
    return hz_filter(&arena, argv, input, seconds, limit, &output, &error);
}

START_TEST(what_goes_in_comes_out)
{
    size_t n = 3 << 20;
    char *bytes = hz_alloc(&arena, n);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)(i * 7);
    ck_assert_msg(filtered("cat", (struct hz_bytes){bytes, n}, 60, n), "%s", error.text);
    ck_assert_uint_eq(output.n, n);
    ck_assert_int_eq(memcmp(output.at, bytes, n), 0);
    ck_assert(filtered("cat", (struct hz_bytes){"", 0}, 60, n));
    ck_assert_uint_eq(output.n, 0);
}
END_TEST

START_TEST(more_than_the_limit_is_an_error)
{
    ck_assert(!filtered("printf 123456; printf 7", (struct hz_bytes){"", 0}, 60, 6));
    ck_assert_ptr_nonnull(strstr(error.text, "more than 6 bytes"));
    ck_assert_uint_eq(output.n, 6);
}
END_TEST

START_TEST(a_failure_says_why_and_keeps_the_output)
{
    ck_assert(!filtered("echo half; echo trouble >&2; exit 3", (struct hz_bytes){"", 0}, 60, 99));
    ck_assert_ptr_nonnull(strstr(error.text, "exit status 3: trouble"));
    ck_assert_uint_eq(output.n, 5);
    ck_assert(!filtered("kill -9 $$", (struct hz_bytes){"", 0}, 60, 99));
    ck_assert_ptr_nonnull(strstr(error.text, "signal"));
}
END_TEST

START_TEST(it_has_a_deadline)
{
    double begun = hz_now();
    ck_assert(!filtered("echo half; sleep 1000", (struct hz_bytes){"", 0}, 0.5, 99));
    ck_assert_ptr_nonnull(strstr(error.text, "took more than"));
    ck_assert(hz_now() - begun < 60);
    ck_assert_uint_eq(output.n, 5);
}
END_TEST

START_TEST(a_program_that_is_not_there_is_named)
{
    char *argv[] = {"no-such-program-of-ours", NULL};
    ck_assert(!hz_filter(&arena, argv, (struct hz_bytes){"x", 1}, 60, 99, &output, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "no-such-program-of-ours"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("filter");
    TCase *all = tcase_create("filter");
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_set_timeout(all, 120);
    tcase_add_test(all, what_goes_in_comes_out);
    tcase_add_test(all, more_than_the_limit_is_an_error);
    tcase_add_test(all, a_failure_says_why_and_keeps_the_output);
    tcase_add_test(all, it_has_a_deadline);
    tcase_add_test(all, a_program_that_is_not_there_is_named);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
