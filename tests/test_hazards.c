/* Which findings are of one hazard, whoever told them, and where a program's stack ends. */
#include "runs.h"

#include <check.h>
#include <stdlib.h>

static void setup(void)
{
    hz_arena_init(&arena);
}

static void teardown(void)
{
    hz_arena_free(&arena);
}

/* A party with one frame; line 0: `place` is a function of which no more is known. */
static struct hz_party *party(struct hz_finding *finding, const char *place, int line)
{
    struct hz_party *party = hz_push(&arena, &finding->parties);
    add_frame(party, line != 0 ? "work" : place, line != 0 ? place : NULL, line);
    return party;
}

static void holds(struct hz_party *party, const char *file, int line)
{
    *hz_push(&arena, &party->holds) =
        (struct hz_thing){"mutex", "m", {.function = "work", .file = file, .line = line}};
}

START_TEST(what_is_the_same_for_every_program_is_not_its_stack)
{
    static const char *const names[] = {"start_thread", "clone3", "_start",
                                        "__libc_start_main@@GLIBC_2.34",
                                        "__tsan_thread_start_func"};
    struct hz_finding finding = {0};
    struct hz_party *it = party(&finding, "bank.c", 7);
    *hz_push(&arena, &it->stack) = (struct hz_frame){0};
    *hz_push(&arena, &it->stack) = (struct hz_frame){.function = "start_thread_pool"};
    ck_assert_uint_eq(hz_stack_depth(&it->stack), 3);
    *hz_push(&arena, &it->stack) = (struct hz_frame){0};
    *hz_push(&arena, &it->stack) = (struct hz_frame){.function = "main"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        it->stack.at[3].function = names[i];
        ck_assert_uint_eq(hz_stack_depth(&it->stack), 3);
    }
}
END_TEST

/* ---- the same hazard, as two detectors tell it ---- */

static bool same(const struct hz_finding *a, const struct hz_finding *b)
{
    size_t hazard[2];
    hz_hazards((const struct hz_finding *[]){a, b}, 2, hazard);
    ck_assert_uint_eq(hazard[0], 0);
    return hazard[1] == 0;
}

START_TEST(a_hazard_is_the_same_by_its_class_and_places)
{
    struct hz_finding *one = &(struct hz_finding){.class = HZ_RACE};
    party(one, "/home/a/bank.c", 21);
    party(one, "/home/a/bank.c", 40);
    struct hz_finding other = {.class = HZ_RACE, .kind = "ConflictingAccess"};
    party(&other, "bank.c", 40);
    party(&other, "bank.c", 21);
    party(&other, "bank.c", 21);
    ck_assert(same(one, &other));
    other.class = HZ_DEADLOCK;
    ck_assert(!same(one, &other));
    other.class = HZ_RACE;
    party(&other, "bank.c", 41);
    ck_assert(!same(one, &other));
    ck_assert(!same(&other, one));
}
END_TEST

START_TEST(a_lock_that_is_held_counts_where_the_other_tells_it_as_a_party)
{
    struct hz_finding *watchdog = &(struct hz_finding){.class = HZ_DEADLOCK};
    holds(party(watchdog, "bank.c", 45), "bank.c", 44);
    struct hz_finding helgrind = {.class = HZ_DEADLOCK};
    party(&helgrind, "bank.c", 45);
    party(&helgrind, "bank.c", 44);
    ck_assert(same(watchdog, &helgrind));
    ck_assert(same(&helgrind, watchdog));
    party(&helgrind, "bank.c", 46);
    ck_assert(!same(watchdog, &helgrind));
}
END_TEST

START_TEST(locks_do_not_part_what_has_the_same_places)
{
    struct hz_finding *one = &(struct hz_finding){.class = HZ_RACE};
    holds(party(one, "bank.c", 45), "bank.c", 44);
    struct hz_finding other = {.class = HZ_RACE};
    party(&other, "bank.c", 45);
    ck_assert(same(one, &other));
}
END_TEST

START_TEST(what_two_have_in_common_with_a_third_is_one_hazard)
{
    struct hz_finding *watchdog = &(struct hz_finding){.class = HZ_DEADLOCK};
    holds(party(watchdog, "log.c", 41), "log.c", 49);
    struct hz_finding helgrind = {.class = HZ_DEADLOCK}, drd = {.class = HZ_DEADLOCK};
    struct hz_finding other = {.class = HZ_DEADLOCK};
    party(&helgrind, "log.c", 41);
    party(&helgrind, "log.c", 49);
    party(&drd, "log.c", 41);
    party(&other, "log.c", 49);
    size_t hazard[4];
    hz_hazards((const struct hz_finding *[]){&other, &helgrind, &drd, watchdog}, 4, hazard);
    ck_assert_uint_eq(hazard[0], 0);
    for (size_t i = 1; i < 4; i++)
        ck_assert_uint_eq(hazard[i], 1);
    hz_hazards(NULL, 0, NULL);
}
END_TEST

START_TEST(where_nothing_is_known_the_summaries_decide)
{
    struct hz_finding one = {.class = HZ_DEADLOCK, .summary = "two threads wait"};
    struct hz_finding other = {.class = HZ_DEADLOCK, .summary = "three threads wait"};
    ck_assert(!same(&one, &other));
    party(&one, NULL, 0);
    party(&other, NULL, 0);
    ck_assert(!same(&one, &other));
    other.summary = "two threads wait";
    ck_assert(same(&one, &other));
}
END_TEST

START_TEST(functions_without_lines_tell_hazards_apart)
{
    struct hz_finding one = {.class = HZ_RACE, .summary = "a race"};
    struct hz_finding other = {.class = HZ_RACE, .summary = "a race"};
    party(&one, "put", 0);
    party(&other, "get", 0);
    ck_assert(!same(&one, &other));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hazards");
    TCase *tests = tcase_create("hazards");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_is_the_same_for_every_program_is_not_its_stack);
    tcase_add_test(tests, a_hazard_is_the_same_by_its_class_and_places);
    tcase_add_test(tests, a_lock_that_is_held_counts_where_the_other_tells_it_as_a_party);
    tcase_add_test(tests, locks_do_not_part_what_has_the_same_places);
    tcase_add_test(tests, what_two_have_in_common_with_a_third_is_one_hazard);
    tcase_add_test(tests, where_nothing_is_known_the_summaries_decide);
    tcase_add_test(tests, functions_without_lines_tell_hazards_apart);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
