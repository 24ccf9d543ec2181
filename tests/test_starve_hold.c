/* Holders that do not give back, on a region that is filled by hand. */
#include "starve_fill.h"

/* ---- the stuck holder ----------------------------------------------------------- */

/* Looks ten times a second, from one time to another; the holder, thread 2, runs, and so does 3. */
static void looks(double from, double to)
{
    for (double at = from; at <= to; at += 0.1) {
        thread(2)->ticks += 10;
        thread(3)->ticks += 10;
        look(at);
    }
}

static void hold_and_wait(void)
{
    add_threads(3);
    takes(2, 7);
    holds(2, OBJECT, 1);
    thread(1)->state = HZT_BLOCKED;
    waits(1, HZW_MUTEX, 1 * SECOND);
}

START_TEST(a_holder_that_does_not_give_back)
{
    hold_and_wait();
    looks(1, 1.9);
    is_silent();
    looks(2, 2.3);
    is_found("stuck-holder", 2);
    const struct hzw_suspect *holder = &found.at[0].suspects.at[1];
    ck_assert_int_eq(found.at[0].suspects.at[0].tid, 1);
    ck_assert_int_eq(holder->tid, 2);
    ck_assert_uint_eq(holder->caller, 0x99);
    ck_assert(holder->holds);
}
END_TEST

START_TEST(a_holder_that_took_it_again)
{
    hold_and_wait();
    looks(1, 1.8);
    takes(2, 1);
    looks(1.9, 2.7);
    is_silent();
}
END_TEST

START_TEST(a_holder_that_waits_for_something)
{
    hold_and_wait();
    looks(1, 1.8);
    thread(2)->state = HZT_BLOCKED;
    looks(1.9, 1.9);
    thread(2)->state = HZT_RUNS;
    looks(2, 2.8);
    is_silent();
}
END_TEST

START_TEST(a_holder_that_gets_no_processor)
{
    hold_and_wait();
    for (double at = 1; at < 4; at += 0.1)
        look(at);
    is_silent();
}
END_TEST

START_TEST(holders_that_overlap)
{
    hold_and_wait();
    holds(3, OBJECT, 1);
    takes(3, 1);
    looks(1, 4);
    is_silent();
}
END_TEST

/* That is a deadlock, and is told as one. */
START_TEST(a_spinner_that_has_it_itself)
{
    add_threads(3);
    takes(2, 1);
    holds(2, OBJECT, 1);
    waits(2, HZW_SPIN, 1 * SECOND);
    looks(1, 4);
    is_silent();
}
END_TEST

START_TEST(a_waiter_that_just_came)
{
    hold_and_wait();
    for (int i = 1; i < 6; i++) {
        looks(i, i + 0.9);
        atomic_fetch_add(&slot(1)->wait_seq, 1);
        waits(1, HZW_MUTEX, (uint64_t)(i + 1) * SECOND);
    }
    is_silent();
}
END_TEST

/* It sleeps with the lock held, and wakes again and again. */
static void holder_rests(double from, double to, uint64_t switches, enum hzt_state rest)
{
    for (double at = from; at <= to; at += 0.1) {
        thread(2)->state = (int)(at * 10) % 3 == 0 ? HZT_RUNS : rest;
        thread(2)->switches += switches;
        look(at);
    }
}

static void holder_naps(double from, double to, uint64_t switches)
{
    holder_rests(from, to, switches, HZT_TIMED);
}

START_TEST(a_holder_that_polls)
{
    hold_and_wait();
    holder_naps(1, 5.8, 3);
    is_silent();
    holder_naps(5.9, 6.3, 3);
    is_found("lock-hog", 2);
    ck_assert_int_eq(found.at[0].suspects.at[0].tid, 1);
    ck_assert_int_eq(found.at[0].suspects.at[1].tid, 2);
}
END_TEST

/* Whoever keeps it waiting is to blame. */
START_TEST(a_holder_that_waits_again_and_again)
{
    hold_and_wait();
    holder_rests(1, 9, 3, HZT_BLOCKED);
    is_silent();
}
END_TEST

/* One long sleep, or a few, is slow and no more. */
START_TEST(a_holder_that_sleeps)
{
    hold_and_wait();
    holder_naps(1, 9, 0);
    is_silent();
}
END_TEST

/* Between two looks it may have been given back, for all that is known. */
START_TEST(a_holder_without_an_account)
{
    hold_and_wait();
    atomic_store(&tally(2, OBJECT)->object, 0x7777);
    looks(1, 4);
    is_silent();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("starve_hold");
    TCase *holder = add_case(suite, "stuck holder");
    tcase_add_test(holder, a_holder_that_does_not_give_back);
    tcase_add_test(holder, a_holder_that_took_it_again);
    tcase_add_test(holder, a_holder_that_waits_for_something);
    tcase_add_test(holder, a_holder_that_gets_no_processor);
    tcase_add_test(holder, holders_that_overlap);
    tcase_add_test(holder, a_spinner_that_has_it_itself);
    tcase_add_test(holder, a_waiter_that_just_came);
    tcase_add_test(holder, a_holder_that_polls);
    tcase_add_test(holder, a_holder_that_waits_again_and_again);
    tcase_add_test(holder, a_holder_that_sleeps);
    tcase_add_test(holder, a_holder_without_an_account);
    return run_suite(suite);
}
