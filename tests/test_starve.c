/* Bypass, on a region that is filled by hand. */
#include "starve_fill.h"

/* ---- one that is passed over ---------------------------------------------------- */

START_TEST(a_waiter_that_is_passed_over)
{
    add_threads(3);
    takes(2, 5000);
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1.01);
    holds(2, OBJECT, 1);
    goes_on(1.01, 1.31, 0.01, 2, 1200);
    is_found("lock-hog", 2);
    const struct hzw_suspect *starves = &found.at[0].suspects.at[0];
    const struct hzw_suspect *passes = &found.at[0].suspects.at[1];
    ck_assert_int_eq(starves->tid, 1);
    ck_assert_uint_eq(starves->caller, 0x77);
    ck_assert_uint_eq(starves->object, OBJECT);
    ck_assert_str_eq(starves->what, "mutex");
    ck_assert(!starves->holds);
    ck_assert_str_eq(starves->role, "waits for mutex, passed over 800 times in 0.21 s");
    ck_assert_str_eq(
        found.at[0].summary,
        "thread 1 waits for a mutex, passed over 800 times by tid 2 in 0.21 s, which "
        "took it 5,800 times, 100 % of all meanwhile, and had it at 100 % of 20 looks");
    ck_assert_int_eq(passes->tid, 2);
    ck_assert_uint_eq(passes->caller, 0x88);
    ck_assert(passes->holds);
    /* Each waiter and object once. */
    goes_on(1.31, 3, 0.01, 2, 9000);
    ck_assert_uint_eq(found.n, 1);
}
END_TEST

START_TEST(those_that_pass_most_often_come_first)
{
    add_threads(4);
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1);
    for (int i = 1; i <= 20; i++) {
        takes(2, 1);
        takes(3, 8);
        takes(4, 3);
        look(1 + 0.0125 * i);
    }
    is_found("bypass", 4);
    static const int order[] = {1, 3, 4, 2};
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(found.at[0].suspects.at[i].tid, order[i]);
    ck_assert_ptr_nonnull(strstr(found.at[0].summary, "by 3 threads"));
}
END_TEST

START_TEST(fewer_times_than_the_bound)
{
    add_threads(2);
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1);
    goes_on(1, 1.7, 0.01, 2, 99);
    is_silent();
    takes(2, 1);
    look(1.71);
    is_found("bypass", 2);
}
END_TEST

START_TEST(a_wait_that_is_short)
{
    add_threads(2);
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1);
    goes_on(1, 1.19, 0.01, 2, 5000);
    is_silent();
}
END_TEST

/* Whatever the cadence of the looks is. */
START_TEST(looks_that_are_rare)
{
    add_threads(2);
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1);
    goes_on(1, 5, 1, 2, 5000);
    is_found("bypass", 2);
}
END_TEST

/* A hundred times at once, and then one holds it for long: that is slow, and no more. */
START_TEST(many_times_at_once)
{
    add_threads(3);
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1);
    goes_on(1, 1.05, 0.01, 2, 500);
    holds(3, OBJECT, 1);
    goes_on(1.05, 1.9, 0.01, 0, 0);
    takes(2, 1);
    look(1.91);
    is_silent();
}
END_TEST

START_TEST(what_was_before_the_wait_does_not_count)
{
    add_threads(2);
    takes(2, 100000);
    for (int i = 1; i < 30; i++) {
        waits(1, HZW_MUTEX, (uint64_t)i * SECOND);
        look(i);
        goes_on(i, i + 0.9, 0.1, 2, 60);
        atomic_fetch_add(&slot(1)->wait_seq, 1);
    }
    is_silent();
}
END_TEST

START_TEST(a_wait_that_is_over)
{
    add_threads(2);
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1);
    goes_on(1, 1.15, 0.01, 2, 5000);
    atomic_fetch_add(&slot(1)->wait_seq, 1);
    goes_on(1.15, 3, 0.01, 2, 5000);
    is_silent();
}
END_TEST

/* The same address in another process is another lock: neither is in shared memory. */
START_TEST(an_address_of_another_process)
{
    add_threads(2);
    move_to(2, PID + 1);
    waits(1, HZW_MUTEX, 1 * SECOND);
    thread(1)->shared = true;
    look(1);
    goes_on(1, 3, 0.01, 2, 5000);
    is_silent();
}
END_TEST

START_TEST(a_thread_that_is_gone)
{
    add_threads(2);
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1);
    thread(1)->tid = 77;
    goes_on(1, 2, 0.01, 2, 5000);
    thread(1)->tid = 1;
    thread(1)->state = HZT_ZOMBIE;
    goes_on(2, 4, 0.01, 2, 5000);
    is_silent();
}
END_TEST

/* The slot is another thread's: what that one got was not got by the first. */
START_TEST(a_slot_that_changes_hands)
{
    add_threads(2);
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1);
    for (int i = 1; i < 100; i++) {
        thread(2)->tid = 10 + i;
        atomic_store(&slot(2)->owner, (uint64_t)(10 + i) << 32 | PID);
        takes(2, 50);
        look(1 + i * 0.01);
    }
    is_silent();
}
END_TEST

START_TEST(a_waiter_whose_slot_changes_hands)
{
    add_threads(2);
    waits(1, HZW_MUTEX, 1 * SECOND);
    for (int i = 0; i < 20; i++) {
        thread(1)->tid = 10 + i;
        atomic_store(&slot(1)->owner, (uint64_t)(10 + i) << 32 | PID);
        slot(1)->wait.since = (uint64_t)(1e9 + 1e8 * i);
        goes_on(1 + 0.1 * i, 1.1 + 0.1 * i, 0.01, 2, 500);
    }
    is_silent();
}
END_TEST

/* An exec leaves a slot behind that has the same owner. */
START_TEST(a_slot_of_before_an_exec)
{
    add_threads(3);
    waits(1, HZW_MUTEX, 1 * SECOND);
    move_to(3, PID);
    atomic_store(&slot(3)->owner, 1ull << 32 | PID);
    look(1);
    goes_on(1, 2, 0.01, 2, 5000);
    is_silent();
}
END_TEST

/* ---- many ----------------------------------------------------------------------- */

static void all_take(int n, unsigned long times, double from, double to)
{
    for (unsigned long i = 1; i <= times; i++) {
        for (int tid = 2; tid <= n; tid++)
            takes(tid, 1);
        look(from + (to - from) * (double)i / (double)times);
    }
}

START_TEST(a_fair_lock_however_many_wait)
{
    add_threads(50);
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1);
    all_take(50, 2, 1, 300);
    is_silent();
}
END_TEST

/* Each passes only a few times, but all do so, again and again. */
START_TEST(many_that_pass_a_few_times_each)
{
    add_threads(4);
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1);
    all_take(4, 9, 1, 1.5);
    is_silent();
    all_take(4, 40, 1.5, 2.5);
    is_found("bypass", 4);
}
END_TEST

/* With sixteen of them each one's turn comes four times more rarely. */
START_TEST(a_lock_that_many_contend_for)
{
    add_threads(17);
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1);
    all_take(17, 75, 1, 1.75);
    all_take(17, 400, 1.75, 1.78);
    is_silent();
    all_take(17, 10, 1.78, 2);
    is_found("bypass", 9);
}
END_TEST

/* Readers do not keep each other out: their number is no excuse. */
START_TEST(a_writer_kept_out_by_readers)
{
    add_threads(17);
    for (int tid = 2; tid <= 17; tid++)
        tally(tid, OBJECT)->kind = HZW_RWLOCK_READ;
    waits(1, HZW_RWLOCK_WRITE, 1 * SECOND);
    look(1);
    all_take(17, 40, 1, 1.9);
    is_found("bypass", 9);
    ck_assert_str_eq(found.at[0].suspects.at[0].what, "rwlock");
}
END_TEST

START_TEST(a_reader_kept_out_by_writers)
{
    add_threads(17);
    for (int tid = 2; tid <= 17; tid++)
        tally(tid, OBJECT)->kind = HZW_RWLOCK_WRITE;
    waits(1, HZW_RWLOCK_READ, 1 * SECOND);
    look(1);
    all_take(17, 40, 1, 1.9);
    is_found("bypass", 9);
}
END_TEST

/* Of one object no more than a few are told of. */
START_TEST(many_that_starve)
{
    add_threads(100);
    for (int tid = 2; tid <= 100; tid++)
        waits(tid, HZW_MUTEX, 1 * SECOND);
    look(1);
    goes_on(1, 2, 0.01, 1, 5000);
    ck_assert_uint_eq(found.n, HZW_MOST_OF_OBJECT);
}
END_TEST

/* Waiters that come one after the other: each has its own baseline, or a later one. */
START_TEST(waiters_that_come_later)
{
    add_threads(40);
    look(1);
    for (int tid = 2; tid <= 40; tid++) {
        double at = 1 + 0.05 * tid;
        waits(tid, HZW_MUTEX, (uint64_t)(at * 1e9));
        look(at);
        takes(1, 1);
    }
    is_silent(); /* the first was passed 39 times */
    for (int i = 1; i <= 200 && found.n == 0; i++) {
        takes(1, 1);
        look(3 + 0.01 * i);
    }
    ck_assert_uint_ge(found.n, 1);
    /* Some passes may be lost to a later baseline, none is invented. */
    ck_assert_int_eq(found.at[0].suspects.at[0].tid, 2);
    uint64_t taken = atomic_load(&tally(1, OBJECT)->taken);
    ck_assert_uint_ge(taken, 101);
    ck_assert_uint_le(taken, 125);
}
END_TEST

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
    Suite *suite = suite_create("starve");
    TCase *one = add_case(suite, "one");
    tcase_add_test(one, a_waiter_that_is_passed_over);
    tcase_add_test(one, those_that_pass_most_often_come_first);
    tcase_add_test(one, fewer_times_than_the_bound);
    tcase_add_test(one, a_wait_that_is_short);
    tcase_add_test(one, looks_that_are_rare);
    tcase_add_test(one, many_times_at_once);
    tcase_add_test(one, what_was_before_the_wait_does_not_count);
    tcase_add_test(one, a_wait_that_is_over);
    tcase_add_test(one, an_address_of_another_process);
    tcase_add_test(one, a_thread_that_is_gone);
    tcase_add_test(one, a_slot_that_changes_hands);
    tcase_add_test(one, a_waiter_whose_slot_changes_hands);
    tcase_add_test(one, a_slot_of_before_an_exec);
    TCase *many = add_case(suite, "many");
    tcase_add_test(many, a_fair_lock_however_many_wait);
    tcase_add_test(many, many_that_pass_a_few_times_each);
    tcase_add_test(many, a_lock_that_many_contend_for);
    tcase_add_test(many, a_writer_kept_out_by_readers);
    tcase_add_test(many, a_reader_kept_out_by_writers);
    tcase_add_test(many, many_that_starve);
    tcase_add_test(many, waiters_that_come_later);
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
    tcase_add_test(again, timed_waits_that_get_it);
    tcase_add_test(again, timed_waits_that_may_have_got_it);
    tcase_add_test(again, tries_that_never_get_it);
    tcase_add_test(again, tries_that_get_it_now_and_then);
    tcase_add_test(again, a_few_tries);
    tcase_add_test(again, a_spin_lock);
    return run_suite(suite);
}
