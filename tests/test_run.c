/* One run of a pair: where its program works. */
#include "plan/run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct hz_arena arena;
static char folder[64];

static void set_up(void)
{
    hz_arena_init(&arena);
    strcpy(folder, "/tmp/test-run-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void tear_down(void)
{
    ck_assert_int_eq(system(hz_printf(&arena, "rm -r '%s'", folder)), 0);
    hz_arena_free(&arena);
}

/* A pair's run of `PROGRAM here`, alone; its results are in `folder`, its raw output in raw. */
static void start(struct hz_run *out, char *program)
{
    char *argv[] = {program, "here", NULL};
    struct hz_pair pair = {.id = "race/none", .class = HZ_RACE};
    struct hz_home home = {0};
    struct hz_target target = {.pair = &pair,
                               .variant = HZ_FIXED,
                               .detector = &hz_bare,
                               .repetition = 1,
                               .name = pair.id,
                               .argv = argv,
                               .results = folder,
                               .raw = "raw",
                               .home = &home,
                               .seconds = 30};
    hz_run_target(&arena, &target, out);
}

static void touch(struct hz_run *out)
{
    start(out, "touch");
}

START_TEST(what_cannot_be_started_is_broken)
{
    struct hz_run run;
    start(&run, "/nowhere/at/all");
    ck_assert_ptr_nonnull(run.broken);
    ck_assert_ptr_nonnull(strstr(run.broken, "could not be started"));
    ck_assert_ptr_nonnull(strstr(run.broken, "No such file"));
    ck_assert_int_eq(run.verdict, HZ_BROKEN);
}
END_TEST

START_TEST(a_pair_works_in_a_folder_of_its_own)
{
    struct hz_run run;
    touch(&run);
    ck_assert_ptr_null(run.broken);
    ck_assert_int_eq(access(hz_printf(&arena, "%s/raw/work/here", folder), F_OK), 0);
}
END_TEST

START_TEST(without_that_folder_it_is_broken_and_not_run_elsewhere)
{
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(mkdir("raw", 0777), 0);
    FILE *file = fopen("raw/work", "w");
    ck_assert_ptr_nonnull(file);
    fclose(file);
    struct hz_run run;
    touch(&run);
    ck_assert_ptr_nonnull(run.broken);
    ck_assert_ptr_nonnull(strstr(run.broken, "no working folder"));
    ck_assert_ptr_nonnull(strstr(run.broken, "raw/work"));
    ck_assert_int_ne(access("here", F_OK), 0);
    ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run");
    TCase *tests = tcase_create("run");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, what_cannot_be_started_is_broken);
    tcase_add_test(tests, a_pair_works_in_a_folder_of_its_own);
    tcase_add_test(tests, without_that_folder_it_is_broken_and_not_run_elsewhere);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
