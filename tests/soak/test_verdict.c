/* The soak's verdicts, on runs made by hand: a soak that cannot fail shows nothing. */
#include "verdict.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct hz_arena arena;
static struct hz_run run;

static void set_up(void)
{
    hz_arena_init(&arena);
    memset(&run, 0, sizeof run);
}

static void tear_down(void)
{
    hz_arena_free(&arena);
}

static void plants(const char *kind)
{
    const char *text = hz_printf(&arena, "seed 7: queue of 2\nplanted: %s\n", kind);
    run.outcome.err.head = (struct hz_bytes){text, strlen(text)};
    run.outcome.end = HZ_END_STOPPED;
}

static void finds(enum hz_class class, const char *kind)
{
    *hz_push(&arena, &run.findings) =
        (struct hz_finding){.class = class, .kind = kind, .summary = "so", .times = 1};
}

#define faults(right, text)                                                                        \
    do {                                                                                           \
        const char *fault = soak_verdict(&arena, &run, right);                                     \
        ck_assert_ptr_nonnull(fault);                                                              \
        ck_assert_msg(strstr(fault, text) != NULL, "no \"%s\" in: %s", text, fault);               \
    } while (0)

START_TEST(a_right_program_of_which_nothing_is_said_is_fine)
{
    ck_assert_ptr_null(soak_verdict(&arena, &run, true));
}
END_TEST

START_TEST(any_finding_of_a_right_program_is_a_fault)
{
    for (enum hz_class class = 0; class < HZ_CLASSES; class ++) {
        set_up();
        finds(class, "something");
        faults(true, "false report");
    }
}
END_TEST

START_TEST(a_right_program_that_hangs_or_goes_wrong_is_a_fault)
{
    run.hang = "2 threads: mutex, mutex";
    faults(true, "falsely said to hang");
    run.hang = NULL;
    run.outcome.status = 1;
    faults(true, "status 1");
    run.outcome.status = 0;
    run.outcome.end = HZ_END_DEADLINE;
    faults(true, "deadline");
    run.broken = "no reason";
    faults(true, "broken");
}
END_TEST

START_TEST(a_planted_deadlock_is_to_be_reported_by_its_kind)
{
    static const char *const kinds[][2] = {
        {"lock-cycle", "lock-cycle"},
        {"lock-cycle-across", "lock-cycle"},
        {"self-relock", "self-lock"},
        {"lost-signal", "lost-signal"},
        {"barrier", "barrier"},
        {"semaphore", "semaphore"},
        {"pipe", "pipe"},
        {"join-cycle", "join-cycle"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        set_up();
        plants(kinds[i][0]);
        faults(false, "was not reported");
        finds(HZ_DEADLOCK, kinds[i][1]);
        ck_assert_ptr_null(soak_verdict(&arena, &run, false));
        run.findings.at[0].kind = "wait-cycle";
        faults(false, "this was said");
    }
}
END_TEST

START_TEST(nothing_else_may_be_reported_beside_it)
{
    plants("semaphore");
    finds(HZ_DEADLOCK, "semaphore");
    finds(HZ_STARVATION, "bypass");
    faults(false, "bypass");
    run.findings.at[1] = (struct hz_finding){.class = HZ_DEADLOCK, .kind = "lock-order"};
    faults(false, "lock-order");
}
END_TEST

START_TEST(an_order_may_be_reported_beside_a_cycle_but_does_not_stand_for_it)
{
    plants("lock-cycle");
    finds(HZ_DEADLOCK, "lock-order");
    faults(false, "was not reported");
    finds(HZ_DEADLOCK, "lock-cycle");
    ck_assert_ptr_null(soak_verdict(&arena, &run, false));
}
END_TEST

START_TEST(a_wrong_program_must_say_what_it_has_and_must_not_end)
{
    finds(HZ_DEADLOCK, "pipe");
    faults(false, "did not say");
    plants("pip");
    faults(false, "did not say");
    plants("pipe");
    run.outcome.end = HZ_END_EXITED;
    faults(false, "ended by itself");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("soak's verdict");
    TCase *tests = tcase_create("verdict");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_right_program_of_which_nothing_is_said_is_fine);
    tcase_add_test(tests, any_finding_of_a_right_program_is_a_fault);
    tcase_add_test(tests, a_right_program_that_hangs_or_goes_wrong_is_a_fault);
    tcase_add_test(tests, a_planted_deadlock_is_to_be_reported_by_its_kind);
    tcase_add_test(tests, nothing_else_may_be_reported_beside_it);
    tcase_add_test(tests, an_order_may_be_reported_beside_a_cycle_but_does_not_stand_for_it);
    tcase_add_test(tests, a_wrong_program_must_say_what_it_has_and_must_not_end);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
