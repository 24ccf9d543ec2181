/*
 * The order of locks, rule by rule.
 */
#include "lockorder_help.h"

#define READ(number) lock_at(number, HZW_RWLOCK_READ, (number)*16)
#define WRITE(number) lock_at(number, HZW_RWLOCK_WRITE, (number)*16)

/* ---- what is a cycle ------------------------------------------------------------------- */

START_TEST(both_orders)
{
    strangers(2);
    TAKES(1, 0, mutex(1), mutex(2));
    expect(0);
    TAKES(2, 0, mutex(2), mutex(1));
    expect(1);
    const struct hzw_order_cycle *cycle = &cycles.at[0];
    ck_assert_uint_eq(cycle->n, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct hzw_order_step *step = &cycle->steps[i], *next = &cycle->steps[1 - i];
        ck_assert_uint_eq(step->owner, step->thread);
        ck_assert_uint_eq(step->takes.name.offset, next->holds.name.offset);
        ck_assert_uint_eq(step->takes.caller, step->takes.address * 16);
        ck_assert_uint_eq(step->holds.caller, step->holds.address * 16);
    }
    ck_assert_uint_ne(cycle->steps[0].thread, cycle->steps[1].thread);
    /* Again, and by a third thread: that is no other one. */
    TAKES(2, 0, mutex(2), mutex(1));
    born(3, 0, 0);
    TAKES(3, 0, mutex(2), mutex(1));
    expect(1);
    /* At another place it is. */
    TAKES(3, 0, mutex(2), lock_at(1, HZW_MUTEX, 99));
    expect(2);
}
END_TEST

START_TEST(one_thread_alone)
{
    strangers(1);
    TAKES(1, 0, mutex(1), mutex(2));
    TAKES(1, 0, mutex(2), mutex(1));
    TAKES(1, 1, mutex(2), mutex(1));
    expect(0);
}
END_TEST

START_TEST(gates)
{
    strangers(4);
    TAKES(1, 0, mutex(9), mutex(1), mutex(2));
    TAKES(2, 0, mutex(9), mutex(2), mutex(1));
    TAKES(3, 0, READ(8), mutex(3), mutex(4));
    TAKES(4, 0, WRITE(8), mutex(4), mutex(3));
    expect(0);
    TAKES(1, 0, READ(7), mutex(5), mutex(6));
    TAKES(2, 0, READ(7), mutex(6), mutex(5));
    expect(1);
}
END_TEST

START_TEST(readers)
{
    strangers(4);
    TAKES(1, 0, READ(1), READ(2));
    TAKES(2, 0, READ(2), READ(1));
    TAKES(3, 0, mutex(3), READ(4));
    TAKES(4, 0, READ(4), mutex(3));
    expect(0);
    TAKES(1, 0, WRITE(5), READ(6));
    TAKES(2, 0, WRITE(6), READ(5));
    expect(1);
    TAKES(3, 0, READ(7), WRITE(8));
    TAKES(4, 0, READ(8), WRITE(7));
    expect(2);
}
END_TEST

START_TEST(created_after)
{
    born(1, 0, 0);
    TAKES(1, 0, mutex(1), mutex(2));
    born(2, 1, 0);
    TAKES(2, 0, mutex(2), mutex(1));
    expect(0);
    /* The creator goes on beside its child. */
    TAKES(1, 1, mutex(1), mutex(2));
    expect(1);
}
END_TEST

START_TEST(joined_before)
{
    born(1, 0, 0);
    born(2, 1, 0);
    TAKES(2, 0, mutex(1), mutex(2));
    hzw_lockorder_gone(order, 2);
    hzw_lockorder_joined(order, 1, 2);
    TAKES(1, 2, mutex(2), mutex(1));
    /* And so is a thread that was made after the join. */
    born(3, 1, 2);
    TAKES(3, 0, mutex(2), mutex(1));
    expect(0);
    /* One that was there before is not. */
    born(4, 0, 0);
    TAKES(4, 0, mutex(2), mutex(1));
    expect(1);
}
END_TEST

/* Through a thread that does nothing but make one and join another. */
START_TEST(ordered_by_way_of_others)
{
    strangers(1);
    born(2, 1, 0);
    TAKES(2, 0, mutex(1), mutex(2));
    hzw_lockorder_gone(order, 2);
    hzw_lockorder_joined(order, 1, 2);
    born(3, 1, 2);
    born(4, 3, 0);
    hzw_lockorder_gone(order, 3);
    TAKES(4, 0, mutex(2), mutex(1));
    born(5, 0, 0);
    hzw_lockorder_joined(order, 5, 3);
    TAKES(5, 1, mutex(2), mutex(1));
    expect(0);
}
END_TEST

START_TEST(three_in_a_circle)
{
    strangers(3);
    TAKES(1, 0, mutex(1), mutex(2));
    TAKES(2, 0, mutex(2), mutex(3));
    TAKES(1, 0, mutex(3), mutex(1));
    expect(0);
    TAKES(3, 0, mutex(3), mutex(1));
    expect(1);
    ck_assert_uint_eq(cycles.at[0].n, 3);
}
END_TEST

/* ---- what comes and goes ------------------------------------------------------------------ */

START_TEST(another_lock_in_the_same_place)
{
    strangers(3);
    TAKES(1, 0, mutex(1), reborn(2, 7));
    TAKES(2, 0, reborn(2, 8), mutex(1));
    expect(0);
    /* What comes late of the old one is of no use. */
    TAKES(3, 0, mutex(1), reborn(2, 7));
    expect(0);
    ck_assert_uint_eq(hzw_lockorder_counts(order).refused, 1);
    TAKES(3, 0, mutex(1), reborn(2, 8));
    expect(1);
}
END_TEST

START_TEST(births_go_round)
{
    strangers(2);
    TAKES(1, 0, mutex(1), reborn(2, UINT32_MAX));
    TAKES(1, 0, mutex(1), reborn(2, 0));
    TAKES(2, 0, reborn(2, 0), mutex(1));
    expect(1);
}
END_TEST

START_TEST(an_image_that_is_over)
{
    strangers(2);
    TAKES(1, 0, mutex(1), mutex(2));
    hzw_lockorder_image_over(order, IMAGE);
    struct hzw_order_counts counts = hzw_lockorder_counts(order);
    ck_assert_uint_eq(counts.locks + counts.shapes + counts.dependencies + counts.threads, 0);
    born(3, 0, 0);
    TAKES(3, 0, mutex(2), mutex(1));
    expect(0);
}
END_TEST

START_TEST(lost_records)
{
    strangers(2);
    TAKES(1, 0, mutex(1), mutex(2));
    /* There may have been a join. */
    hzw_lockorder_gap(order);
    TAKES(2, 0, mutex(2), mutex(1));
    expect(0);
    TAKES(1, 0, mutex(1), mutex(2));
    expect(1);
}
END_TEST

START_TEST(unknown_threads)
{
    strangers(1);
    TAKES(1, 0, mutex(1), mutex(2));
    TAKES(2, 0, mutex(2), mutex(1));
    expect(0);
    TAKES(3, 0, mutex(3), mutex(4));
    born(4, 0, 0);
    TAKES(4, 0, mutex(4), mutex(3));
    expect(1);
    /* One that is joined though nothing is known of it may have been after anything. */
    TAKES(4, 0, mutex(5), mutex(6));
    hzw_lockorder_joined(order, 1, 777);
    TAKES(1, 1, mutex(6), mutex(5));
    expect(1);
}
END_TEST

/* What an unknown thread is after, those are too that it makes, or that join it. */
START_TEST(unknown_threads_and_others)
{
    strangers(2);
    TAKES(1, 0, mutex(1), mutex(2));
    born(3, 8, 0);
    TAKES(3, 0, mutex(2), mutex(1));
    TAKES(9, 0, mutex(5), mutex(6));
    hzw_lockorder_joined(order, 2, 9);
    TAKES(2, 1, mutex(2), mutex(1));
    expect(0);
}
END_TEST

START_TEST(senseless_records)
{
    strangers(2);
    TAKES(1, 0, mutex(1));
    TAKES(1, 0, mutex(1), mutex(1));
    TAKES(0, 0, mutex(1), mutex(2));
    TAKES(UINT64_MAX, 0, mutex(1), mutex(2));
    TAKES(1, 0, mutex(1), mutex(1), mutex(2));
    TAKES(1, 0, mutex(1), reborn(1, 1), mutex(2));
    TAKES(1, 0, lock_at(1, HZW_COND, 1), mutex(2));
    TAKES(1, 0, mutex(1), lock_at(2, 77, 1));
    struct hzw_order_counts counts = hzw_lockorder_counts(order);
    ck_assert_uint_eq(counts.refused, 6);
    ck_assert_uint_eq(counts.shapes + counts.locks, 0);
    born(1, 2, 0);
    born(0, 0, 0);
    born(5, 5, 0);
    ck_assert_uint_eq(hzw_lockorder_counts(order).refused, 9);
    ck_assert_uint_eq(hzw_lockorder_counts(order).threads, 2);
    hzw_lockorder_joined(order, 1, 1);
    hzw_lockorder_joined(order, 0, 1);
    hzw_lockorder_joined(order, 1, 2);
    hzw_lockorder_joined(order, 2, 1);
    hzw_lockorder_gone(order, 1);
    hzw_lockorder_gone(order, 1);
    hzw_lockorder_gone(order, 4711);
    hzw_lockorder_image_over(order, 4711);
    TAKES(1, 3, mutex(1), mutex(2));
    hzw_lockorder_gone(order, 1);
    expect(0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lock order, rule by rule");
    TCase *rules = add_case(suite, "rules");
    tcase_add_test(rules, both_orders);
    tcase_add_test(rules, one_thread_alone);
    tcase_add_test(rules, gates);
    tcase_add_test(rules, readers);
    tcase_add_test(rules, created_after);
    tcase_add_test(rules, joined_before);
    tcase_add_test(rules, ordered_by_way_of_others);
    tcase_add_test(rules, three_in_a_circle);
    TCase *goes = add_case(suite, "what comes and goes");
    tcase_add_test(goes, another_lock_in_the_same_place);
    tcase_add_test(goes, births_go_round);
    tcase_add_test(goes, an_image_that_is_over);
    tcase_add_test(goes, lost_records);
    tcase_add_test(goes, unknown_threads);
    tcase_add_test(goes, unknown_threads_and_others);
    tcase_add_test(goes, senseless_records);
    return run_suite(suite);
}
