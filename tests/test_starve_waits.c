/* Waits of other sorts than one call for a lock, on a region that is filled by hand. */
#include "starve_fill.h"

/* ---- semaphores ----------------------------------------------------------------- */

START_TEST(a_semaphore_that_is_given_back)
{
    add_threads(2);
    waits(1, HZW_SEM, 1 * SECOND);
    tally(2, OBJECT)->kind = HZW_SEM;
    takes(2, 1);
    look(1);
    holds(2, OBJECT, 1);
    goes_on(1, 2, 0.01, 2, 5000);
    is_found("bypass", 2);
}
END_TEST

START_TEST(a_semaphore_that_counts_jobs)
{
    add_threads(2);
    waits(1, HZW_SEM, 1 * SECOND);
    tally(2, OBJECT)->kind = HZW_SEM;
    look(1);
    for (uint32_t i = 1; i < 100; i++) {
        takes(2, 50);
        holds(2, OBJECT, 50 * i);
        look(1 + 0.01 * i);
    }
    is_silent();
}
END_TEST

/* Its list of what it holds is full: whether it gives back is not known. */
START_TEST(a_semaphore_that_is_not_listed)
{
    add_threads(2);
    waits(1, HZW_SEM, 1 * SECOND);
    tally(2, OBJECT)->kind = HZW_SEM;
    slot(2)->held_n = HZW_HELD + 1;
    look(1);
    goes_on(1, 2, 0.01, 2, 5000);
    is_silent();
}
END_TEST

/* ---- conditions ----------------------------------------------------------------- */

#define MUTEX 0x6000

static void episode(int tid, uint64_t caller, uint64_t vain)
{
    slot(tid)->episode.object = OBJECT;
    slot(tid)->episode.with = MUTEX;
    slot(tid)->episode.caller = caller;
    slot(tid)->episode.since = SECOND;
    atomic_store(&slot(tid)->episode.vain, vain);
    atomic_store(&slot(tid)->episode.seq, 1);
}

/* Thread 2 gets it at 0x88, and takes the mutex for that. */
static void gets_condition(double from, double to)
{
    tally(2, OBJECT)->kind = HZW_COND;
    tally(2, OBJECT)->caller = 0x88;
    look(from);
    for (double at = from + 0.01; at < to; at += 0.01) {
        takes(2, 5);
        takes_it(2, MUTEX, 10);
        look(at);
    }
}

START_TEST(a_condition_that_others_get)
{
    add_threads(2);
    episode(1, 0x88, 10);
    gets_condition(1, 2);
    is_found("bypass", 2);
    ck_assert_str_eq(found.at[0].suspects.at[0].what, "condition");
    ck_assert_uint_eq(found.at[0].suspects.at[0].caller, 0x88);
}
END_TEST

START_TEST(a_condition_that_was_hardly_signalled)
{
    add_threads(2);
    episode(1, 0x88, 9);
    gets_condition(1, 2);
    is_silent();
}
END_TEST

START_TEST(a_condition_for_something_else)
{
    add_threads(2);
    episode(1, 0x66, 30);
    gets_condition(1, 2);
    is_silent();
}
END_TEST

/* A thread that does not wait there has to do with it: it may make happen what is waited for. */
START_TEST(a_condition_that_somebody_makes_true)
{
    add_threads(3);
    episode(1, 0x88, 30);
    tally(2, OBJECT)->kind = HZW_COND;
    tally(2, OBJECT)->caller = 0x88;
    look(1);
    for (double at = 1.01; at < 2; at += 0.01) {
        takes(2, 5);
        takes_it(3, MUTEX, 1);
        look(at);
    }
    is_silent();
}
END_TEST

/* ---- again and again ------------------------------------------------------------ */

/* Timed waits of a tenth of a second; `got`: each ends with the lock. */
static void wait_again_and_again(bool timed, bool got)
{
    for (int i = 0; i < 10; i++) {
        waits(1, HZW_MUTEX, (uint64_t)(1e9 + 1.1e8 * i));
        slot(1)->wait.timed = timed;
        goes_on(1 + 0.11 * i, 1.09 + 0.11 * i, 0.01, 2, 50);
        atomic_fetch_add(&slot(1)->wait_seq, 1);
        if (got)
            takes(1, 1);
        look(1.1 + 0.11 * i);
    }
}

START_TEST(waits_that_time_out_again_and_again)
{
    add_threads(2);
    wait_again_and_again(true, false);
    is_found("bypass", 2);
    ck_assert_ptr_nonnull(strstr(found.at[0].summary, "waits again and again for a mutex"));
}
END_TEST

START_TEST(timed_waits_that_get_it)
{
    add_threads(2);
    wait_again_and_again(true, true);
    is_silent();
}
END_TEST

/* It has given up, and does something else: what others get meanwhile is not its loss. */
START_TEST(a_timed_wait_that_was_given_up)
{
    add_threads(2);
    waits(1, HZW_MUTEX, 1 * SECOND);
    slot(1)->wait.timed = true;
    look(1);
    goes_on(1, 1.15, 0.01, 2, 50);
    atomic_fetch_add(&slot(1)->wait_seq, 1);
    goes_on(1.15, 3, 0.01, 2, 5000);
    is_silent();
    /* After so long the next one is another wait. */
    waits(1, HZW_MUTEX, 3 * SECOND);
    slot(1)->wait.timed = true;
    goes_on(3, 3.15, 0.01, 2, 50);
    is_silent();
}
END_TEST

/* An account that was given up for another object's says nothing. */
START_TEST(timed_waits_that_may_have_got_it)
{
    add_threads(2);
    for (int i = 0; i < 20; i++) {
        waits(1, HZW_MUTEX, (uint64_t)(1e9 + 1.1e8 * i));
        slot(1)->wait.timed = true;
        goes_on(1 + 0.11 * i, 1.09 + 0.11 * i, 0.01, 2, 50);
        atomic_fetch_add(&slot(1)->wait_seq, 1);
        atomic_fetch_add(&slot(1)->tallies_full, 1);
    }
    is_silent();
}
END_TEST

/* Tries ten times a second; the other takes it 20 times for each. */
static void try_from(int tid, double from, double to, uint64_t times)
{
    for (double at = from; at < to; at += 0.1) {
        takes(2, 20);
        refused(tid, OBJECT, HZW_MUTEX, times * (uint64_t)((at - from) * 10 + 1.5));
        look(at);
    }
}

START_TEST(tries_that_never_get_it)
{
    add_threads(2);
    try_from(1, 1, 6, 10);
    is_found("bypass", 2);
    ck_assert_int_eq(found.at[0].suspects.at[0].tid, 1);
    ck_assert_uint_eq(found.at[0].suspects.at[0].caller, 0xaa);
    ck_assert_ptr_nonnull(strstr(found.at[0].suspects.at[0].role, "tries for mutex"));
}
END_TEST

START_TEST(tries_that_get_it_now_and_then)
{
    add_threads(2);
    uint64_t times = 30; /* so that the numbers alone do not tell one row from the next */
    for (unsigned i = 1; i < 9; i++, times *= 5) {
        try_from(1, i, i + 0.3, times);
        takes(1, 1);
    }
    is_silent();
}
END_TEST

START_TEST(a_few_tries)
{
    add_threads(2);
    try_from(1, 1, 5.4, 2);
    is_silent();
}
END_TEST

/* A spinner that the scheduler keeps off does not wait for the lock. */
START_TEST(a_spin_lock)
{
    add_threads(2);
    waits(1, HZW_SPIN, 1 * SECOND);
    look(1);
    goes_on(1, 3, 0.01, 2, 5000);
    is_silent();
    thread(1)->ticks += 20;
    look(3.01);
    is_found("bypass", 2);
    ck_assert_str_eq(found.at[0].suspects.at[0].what, "spin lock");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("starve_waits");
    TCase *others = add_case(suite, "semaphores and conditions");
    tcase_add_test(others, a_semaphore_that_is_given_back);
    tcase_add_test(others, a_semaphore_that_counts_jobs);
    tcase_add_test(others, a_semaphore_that_is_not_listed);
    tcase_add_test(others, a_condition_that_others_get);
    tcase_add_test(others, a_condition_that_was_hardly_signalled);
    tcase_add_test(others, a_condition_for_something_else);
    tcase_add_test(others, a_condition_that_somebody_makes_true);
    TCase *again = add_case(suite, "again and again");
    tcase_add_test(again, waits_that_time_out_again_and_again);
    tcase_add_test(again, a_timed_wait_that_was_given_up);
    tcase_add_test(again, timed_waits_that_get_it);
    tcase_add_test(again, timed_waits_that_may_have_got_it);
    tcase_add_test(again, tries_that_never_get_it);
    tcase_add_test(again, tries_that_get_it_now_and_then);
    tcase_add_test(again, a_few_tries);
    tcase_add_test(again, a_spin_lock);
    return run_suite(suite);
}
