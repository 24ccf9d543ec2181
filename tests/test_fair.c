/* The fair scheduler of the explorer's bounded search, as a module of its own. */
#include "explorer/runtime/fair.h"

#include <check.h>
#include <stdlib.h>

enum { A, B, C };
#define ONLY(thread) (UINT64_C(1) << (thread))
#define BOTH (ONLY(A) | ONLY(B))

static struct hzx_fair fair;

static void begin(void)
{
    hzx_fair_begin(&fair);
}

START_TEST(a_first_yield_owes_nothing)
{
    hzx_fair_step(&fair, A, true, BOTH);
    ck_assert_uint_eq(hzx_fair_may(&fair, BOTH), BOTH);
}
END_TEST

START_TEST(between_two_yields_who_could_go_on_is_owed_a_step)
{
    hzx_fair_step(&fair, A, true, BOTH);
    hzx_fair_step(&fair, A, true, BOTH);
    ck_assert_uint_eq(hzx_fair_may(&fair, BOTH), ONLY(B));
    hzx_fair_step(&fair, B, false, BOTH);
    ck_assert_uint_eq(hzx_fair_may(&fair, BOTH), BOTH);
}
END_TEST

START_TEST(who_has_gone_on_meanwhile_is_owed_nothing)
{
    hzx_fair_step(&fair, A, true, BOTH);
    hzx_fair_step(&fair, B, false, BOTH);
    hzx_fair_step(&fair, A, true, BOTH);
    ck_assert_uint_eq(hzx_fair_may(&fair, BOTH), BOTH);
}
END_TEST

/* Who could not go on for a while is owed nothing; but who was kept from it by the one that yields. */
START_TEST(who_could_not_go_on_is_owed_only_by_the_one_that_kept_it)
{
    hzx_fair_step(&fair, A, true, BOTH | ONLY(C));
    hzx_fair_step(&fair, C, false, ONLY(A) | ONLY(C)); /* C takes what B wants */
    hzx_fair_step(&fair, C, false, BOTH | ONLY(C));
    hzx_fair_step(&fair, A, true, BOTH | ONLY(C));
    ck_assert_uint_eq(hzx_fair_may(&fair, BOTH | ONLY(C)), BOTH | ONLY(C));
    hzx_fair_step(&fair, A, false, ONLY(A) | ONLY(C)); /* A does */
    hzx_fair_step(&fair, A, true, ONLY(A) | ONLY(C));
    ck_assert_uint_eq(hzx_fair_may(&fair, ONLY(A)), ONLY(A)); /* nobody else can */
    ck_assert_uint_eq(hzx_fair_may(&fair, BOTH), ONLY(B));
}
END_TEST

/* Whatever the order: somebody may always go on, and of threads that do nothing but yield none is
 * passed over by another more than twice. */
START_TEST(all_that_yield_have_their_turns)
{
    uint64_t all = 0xff;
    unsigned since[8][8] = {{0}}; /* steps of the second since the last of the first */
    srandom(7);
    for (int step = 0; step < 100000; step++) {
        uint64_t may = hzx_fair_may(&fair, all);
        ck_assert_uint_ne(may, 0);
        unsigned thread = (unsigned)random() % 8;
        while (!(may >> thread & 1))
            thread = (thread + 1) % 8;
        hzx_fair_step(&fair, thread, true, all);
        for (unsigned i = 0; i < 8; i++) {
            since[thread][i] = 0;
            if (i != thread)
                ck_assert_uint_le(++since[i][thread], 2);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fair");
    TCase *tests = tcase_create("fair");
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, a_first_yield_owes_nothing);
    tcase_add_test(tests, between_two_yields_who_could_go_on_is_owed_a_step);
    tcase_add_test(tests, who_has_gone_on_meanwhile_is_owed_nothing);
    tcase_add_test(tests, who_could_not_go_on_is_owed_only_by_the_one_that_kept_it);
    tcase_add_test(tests, all_that_yield_have_their_turns);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
