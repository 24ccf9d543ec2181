/* Livelock, busy waits and dead children, on a region that is filled by hand. */
#include "starve_fill.h"

/* ---- livelock ------------------------------------------------------------------- */

/* Each has the one lock again and again, and tries for the other's. */
static void tries(uint64_t round)
{
    for (int tid = 1; tid <= 2; tid++) {
        atomic_store(&tally(tid, 0x1000u * (unsigned)tid)->taken, round);
        refused(tid, 0x1000u * (3 - (unsigned)tid), HZW_MUTEX, round);
    }
}

START_TEST(two_that_try_against_each_other)
{
    add_threads(3);
    tries(2000);
    look(1);
    is_silent();
    tries(3000);
    look(1.1);
    tries(4000);
    look(1.2);
    is_found("livelock", 2);
    ck_assert_uint_eq(found.at[0].suspects.at[0].caller, 0xaa);
    tries(5000);
    look(1.3);
    ck_assert_uint_eq(found.n, 1);
}
END_TEST

/* A look that comes between the two: the one has tried once more, the other not yet. */
START_TEST(a_livelock_is_no_bypass_where_only_one_was_seen_to_try)
{
    uint64_t round = 2000;
    add_threads(2);
    for (double at = 1; at < 3; at += 0.05) {
        tries(round += 100);
        look(at);
    }
    is_found("livelock", 2);
    refused(1, 0x2000, HZW_MUTEX, round + 1);
    look(3.05);
    ck_assert_uint_eq(found.n, 1);
}
END_TEST

START_TEST(tries_that_are_few)
{
    add_threads(2);
    for (uint64_t round = 99; round < 1000; round += 10) {
        tries(round);
        look(1 + (double)round / 500);
    }
    is_silent();
}
END_TEST

START_TEST(tries_that_have_ended)
{
    add_threads(2);
    tries(5000);
    holds(1, 0x1000, 1);
    holds(2, 0x2000, 1);
    look(1);
    look(1.1);
    look(1.2);
    is_silent();
}
END_TEST

START_TEST(one_that_tries_against_a_holder)
{
    add_threads(2);
    holds(2, 0x2000, 1);
    refused(1, 0x2000, HZW_MUTEX, 5000);
    look(1);
    refused(1, 0x2000, HZW_MUTEX, 9000);
    look(1.1);
    is_silent();
}
END_TEST

START_TEST(two_that_try_against_a_third)
{
    add_threads(3);
    holds(3, 0x2000, 1);
    for (uint64_t times = 5000; times < 9000; times += 1000) {
        refused(1, 0x2000, HZW_MUTEX, times);
        refused(2, 0x2000, HZW_MUTEX, times);
        look((double)times / 1000);
    }
    is_silent();
}
END_TEST

START_TEST(two_that_hold_and_try)
{
    add_threads(2);
    holds(1, 0x1000, 1);
    holds(2, 0x2000, 1);
    for (uint64_t times = 5000; times < 7000; times += 1000) {
        refused(1, 0x2000, HZW_MUTEX, times);
        refused(2, 0x1000, HZW_MUTEX, times);
        look((double)times / 1000);
    }
    is_found("livelock", 2);
}
END_TEST

/* It is in nobody's way but its own: that is another mistake. */
START_TEST(one_that_tries_for_what_it_has)
{
    add_threads(1);
    holds(1, 0x1000, 1);
    for (uint64_t times = 5000; times < 9000; times += 1000) {
        refused(1, 0x1000, HZW_MUTEX, times);
        look((double)times / 1000);
    }
    is_silent();
}
END_TEST

/* The one has tried for long, and the other has only begun. */
START_TEST(one_that_just_began_to_try)
{
    add_threads(2);
    holds(1, 0x1000, 1);
    holds(2, 0x2000, 1);
    for (uint64_t i = 0; i < 4; i++) {
        refused(1, 0x2000, HZW_MUTEX, 5000 + 100 * i);
        refused(2, 0x1000, HZW_MUTEX, 600 + 100 * i);
        look(1 + 0.1 * (double)i);
    }
    is_silent();
}
END_TEST

/* Fewer tries, each of which waits for a while, as a timed lock does. */
START_TEST(tries_that_take_long)
{
    add_threads(2);
    holds(1, 0x1000, 1);
    holds(2, 0x2000, 1);
    for (uint64_t times = 20; times < 100; times++) {
        refused(1, 0x2000, HZW_MUTEX, times);
        refused(2, 0x1000, HZW_MUTEX, times);
        look(1 + (double)times / 20);
    }
    is_silent();
    for (uint64_t times = 100; times < 105; times++) {
        refused(1, 0x2000, HZW_MUTEX, times);
        refused(2, 0x1000, HZW_MUTEX, times);
        look(1 + (double)times / 20);
    }
    is_found("livelock", 2);
}
END_TEST

/* Each waits for the other's for a while, gives up its own, and begins anew. */
static void wait_and_give_up(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        double at = 1 + 0.03 * i;
        for (int tid = 1; tid <= 2; tid++) {
            takes_it(tid, 0x1000u * (unsigned)tid, 10);
            holds(tid, 0x1000u * (unsigned)tid, 1);
            waits_for(tid, HZW_MUTEX, 0x1000u * (3 - (unsigned)tid), (uint64_t)(at * 1e9));
            slot(tid)->wait.timed = true;
        }
        look(at + 0.01);
        look(at + 0.02);
        for (int tid = 1; tid <= 2; tid++) {
            atomic_fetch_add(&slot(tid)->wait_seq, 1);
            memset(&slot(tid)->held[0], 0, sizeof slot(tid)->held[0]);
            slot(tid)->held_n = 0;
        }
        look(at + 0.025);
    }
}

START_TEST(waits_that_are_given_up_by_turns)
{
    add_threads(2);
    wait_and_give_up(100);
    is_silent();
}
END_TEST

START_TEST(waits_that_are_given_up_again_and_again)
{
    add_threads(2);
    wait_and_give_up(110);
    is_found("livelock", 2);
}
END_TEST

/* Five, each of which has what the next one tries for; and one more who just tries. */
START_TEST(a_ring_of_tries)
{
    add_threads(6);
    for (unsigned tid = 1; tid <= 5; tid++)
        holds((int)tid, 0x1000 * tid, 1);
    for (uint64_t times = 1000; times < 1300; times += 100) {
        for (unsigned tid = 1; tid <= 5; tid++)
            refused((int)tid, 0x1000 * (tid % 5 + 1), HZW_MUTEX, times);
        refused(6, 0x1000, HZW_MUTEX, times);
        look((double)times / 1000);
    }
    is_found("livelock", 6);
}
END_TEST

/* ---- busy waiting, zombies ------------------------------------------------------ */

START_TEST(a_descriptor_asked_again_and_again)
{
    add_threads(1);
    refused(1, HZW_IO_OBJECT(4), HZW_IO, 500);
    look(1);
    refused(1, HZW_IO_OBJECT(4), HZW_IO, 9999);
    look(1.1);
    is_silent();
    refused(1, HZW_IO_OBJECT(4), HZW_IO, 20000);
    look(1.2);
    is_found("busy-wait", 1);
    ck_assert_ptr_nonnull(strstr(found.at[0].suspects.at[0].role, "descriptor 4"));
    ck_assert_uint_eq(found.at[0].suspects.at[0].caller, 0xaa);
}
END_TEST

START_TEST(a_descriptor_that_is_polled)
{
    add_threads(1);
    for (int i = 0; i < 100; i++) {
        refused(1, HZW_IO_OBJECT(4), HZW_IO, (uint64_t)i * 1000);
        look(i);
    }
    is_silent();
}
END_TEST

static void add_child(int pid, pid_t parent, unsigned of_threads)
{
    *hz_push(&arena, &threads) = (struct hzt_thread){
        .pid = pid, .tid = pid, .parent = parent, .threads = of_threads, .state = HZT_ZOMBIE};
}

START_TEST(dead_children_that_nobody_collects)
{
    add_threads(1);
    thread(1)->pid = 1;
    atomic_store(&slot(1)->owner, 1ull << 32 | 1);
    atomic_store(&slot(1)->last_fork, 0xf0);
    for (int i = 0; i < 4; i++)
        add_child(200 + i, 1, 1);
    look(1);
    is_silent();
    add_child(204, 1, 1);
    look(2);
    look(2.15);
    is_silent();
    look(2.25);
    is_found("zombies", 1);
    ck_assert_int_eq(found.at[0].suspects.at[0].pid, 1);
    ck_assert_uint_eq(found.at[0].suspects.at[0].caller, 0xf0);
    ck_assert_int_eq(found.at[0].sure, HZ_CERTAIN);
}
END_TEST

/* As many at each look, or nearly: but one was collected between. */
START_TEST(dead_children_that_are_collected_one_by_one)
{
    add_threads(1);
    thread(1)->pid = 1;
    atomic_store(&slot(1)->owner, 1ull << 32 | 1);
    for (int i = 0; i < 9; i++)
        add_child(200 + i, 1, 1);
    for (int i = 0; i < 4; i++) {
        look(2 + 0.15 * i);
        threads.n--;
    }
    is_silent();
}
END_TEST

START_TEST(dead_children_whose_parent_waits_for_another)
{
    add_threads(1);
    thread(1)->pid = 1;
    thread(1)->state = HZT_BLOCKED;
    thread(1)->on = HZT_ON_CHILD;
    atomic_store(&slot(1)->owner, 1ull << 32 | 1);
    for (int i = 0; i < 9; i++)
        add_child(200 + i, 1, 1);
    look(2);
    look(3);
    is_silent();
}
END_TEST

START_TEST(dead_children_of_several_parents)
{
    add_threads(2);
    for (int tid = 1; tid <= 2; tid++)
        thread(tid)->pid = tid;
    for (int i = 0; i < 8; i++)
        add_child(200 + i, 1 + i % 2, 1);
    for (int i = 0; i < 8; i++)
        add_child(300 + i, 1, 2); /* their first thread only */
    for (int i = 0; i < 8; i++)
        add_child(400 + i, 9, 1); /* of a parent that is not there */
    look(1);
    is_silent();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("starve_retry");
    TCase *retries = add_case(suite, "retries");
    tcase_add_test(retries, two_that_try_against_each_other);
    tcase_add_test(retries, a_livelock_is_no_bypass_where_only_one_was_seen_to_try);
    tcase_add_test(retries, tries_that_are_few);
    tcase_add_test(retries, tries_that_have_ended);
    tcase_add_test(retries, one_that_tries_against_a_holder);
    tcase_add_test(retries, two_that_try_against_a_third);
    tcase_add_test(retries, two_that_hold_and_try);
    tcase_add_test(retries, one_that_tries_for_what_it_has);
    tcase_add_test(retries, one_that_just_began_to_try);
    tcase_add_test(retries, tries_that_take_long);
    tcase_add_test(retries, waits_that_are_given_up_by_turns);
    tcase_add_test(retries, waits_that_are_given_up_again_and_again);
    tcase_add_test(retries, a_ring_of_tries);
    tcase_add_test(retries, a_descriptor_asked_again_and_again);
    tcase_add_test(retries, a_descriptor_that_is_polled);
    tcase_add_test(retries, dead_children_that_nobody_collects);
    tcase_add_test(retries, dead_children_that_are_collected_one_by_one);
    tcase_add_test(retries, dead_children_whose_parent_waits_for_another);
    tcase_add_test(retries, dead_children_of_several_parents);
    return run_suite(suite);
}
