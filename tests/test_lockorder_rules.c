/*
 * The order of locks, rule by rule, and at the size of real programs.
 */
#include "lockorder_help.h"

#include <malloc.h>

#define READ(number) lock_at(number, HZW_RWLOCK_READ, (number)*16)
#define WRITE(number) lock_at(number, HZW_RWLOCK_WRITE, (number)*16)

static void expect(size_t n)
{
    ck_assert_uint_eq(cycles.n, n);
    ck_assert_uint_eq(hzw_lockorder_counts(order).searches_cut, 0);
}

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

static struct hzw_order_lock reborn(uint64_t number, uint32_t birth)
{
    struct hzw_order_lock lock = mutex(number);
    lock.name.birth = birth;
    return lock;
}

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
    TAKES(1, 0, lock_at(1, HZW_SEM, 1), mutex(2));
    TAKES(1, 0, mutex(1), lock_at(2, 77, 1));
    born(1, 2, 0);
    born(0, 0, 0);
    born(5, 5, 0);
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

/* ---- large ones ------------------------------------------------------------------------------ */

START_TEST(a_circle_of_a_hundred)
{
    enum { N = 100 };
    strangers(N);
    for (uint64_t i = 1; i <= N; i++) {
        expect(0);
        TAKES(i, 0, mutex(i), mutex(i % N + 1));
    }
    expect(1);
    ck_assert_uint_eq(cycles.at[0].n, N);
}
END_TEST

/* As the log tells it: sixteen at most, and how many besides. */
static void nested(uint64_t thread, uint32_t n)
{
    struct hzw_order_lock *all = hz_alloc(&arena, (n + 1) * sizeof *all);
    for (uint32_t i = 0; i < n; i++) {
        all[i] = mutex(i + 1);
        uint32_t listed = i < HZW_LISTED ? i : HZW_LISTED;
        struct hzw_dependency dependency = {.thread = thread,
                                            .owner = thread,
                                            .takes = all[i],
                                            .holds = &all[i - listed],
                                            .n = listed,
                                            .more = i - listed};
        hzw_lockorder_add(order, &dependency, &arena, &cycles);
    }
}

START_TEST(ten_thousand_held)
{
    enum { N = 10000 };
    strangers(2);
    if (_i == 0)
        nested(1, N);
    TAKES(2, 0, mutex(N), mutex(1));
    if (_i == 1)
        nested(1, N);
    expect(1);
    ck_assert_uint_eq(hzw_lockorder_counts(order).incomplete, 0);
}
END_TEST

/* The gate is the oldest of many that are held. */
START_TEST(a_gate_that_is_not_listed)
{
    strangers(3);
    nested(1, 100);
    TAKES(2, 0, mutex(1), mutex(100), mutex(50));
    expect(0);
    TAKES(3, 0, mutex(100), mutex(50));
    expect(1);
}
END_TEST

START_TEST(older_locks_that_are_not_known)
{
    strangers(2);
    struct hzw_order_lock holds[] = {mutex(1), mutex(2)};
    struct hzw_dependency dependency = {
        .thread = 1, .takes = mutex(3), .holds = holds, .n = 2, .more = 1};
    hzw_lockorder_add(order, &dependency, &arena, &cycles);
    TAKES(2, 0, mutex(3), mutex(2));
    expect(0);
    ck_assert_uint_eq(hzw_lockorder_counts(order).incomplete, 1);
}
END_TEST

/* The thread took lock 20 twice, with others held: which of them it still holds is not told. */
START_TEST(older_locks_that_may_be_others)
{
    strangers(2);
    TAKES(1, 0, mutex(1), mutex(20));
    TAKES(1, 0, mutex(2), lock_at(20, HZW_MUTEX, 99));
    struct hzw_order_lock holds[] = {mutex(20)};
    struct hzw_dependency dependency = {
        .thread = 1, .takes = mutex(3), .holds = holds, .n = 1, .more = 1};
    hzw_lockorder_add(order, &dependency, &arena, &cycles);
    TAKES(2, 0, mutex(2), mutex(3), mutex(20));
    expect(0);
    ck_assert_uint_eq(hzw_lockorder_counts(order).incomplete, 1);
}
END_TEST

/* There may have been another record by which it took lock 20. */
START_TEST(lost_orders)
{
    strangers(2);
    TAKES(1, 0, mutex(1), mutex(20));
    if (_i == 1)
        hzw_lockorder_torn(order);
    struct hzw_order_lock holds[] = {mutex(20)};
    struct hzw_dependency dependency = {
        .thread = 1, .takes = mutex(3), .holds = holds, .n = 1, .more = 1};
    hzw_lockorder_add(order, &dependency, &arena, &cycles);
    TAKES(2, 0, mutex(3), mutex(20));
    expect(_i == 1 ? 0 : 1);
    /* Other orders stay good. */
    TAKES(2, 0, mutex(20), mutex(1));
    expect(_i == 1 ? 1 : 2);
}
END_TEST

START_TEST(a_hundred_thousand_locks)
{
    enum { N = 100000 };
    strangers(100);
    /* Chains in both directions, a root over all, a leaf under all. */
    for (uint64_t i = 1; i < N; i++) {
        uint64_t one = _i == 0 ? i : N - i;
        TAKES(1 + i % 100, 0, mutex(N + 1), mutex(one), mutex(one + 1));
        TAKES(1 + i % 100, 0, mutex(one), mutex(N + 2));
    }
    expect(0);
    struct hzw_order_counts counts = hzw_lockorder_counts(order);
    ck_assert_uint_eq(counts.locks, N + 2);
    ck_assert_uint_eq(counts.searches, 0);
    /* The one that closes it: all hold the gate but this one. */
    TAKES(1, 0, mutex(N + 2), mutex(1));
    TAKES(2, 0, mutex(N + 2), mutex(N));
    ck_assert_uint_ge(cycles.n, 1);
}
END_TEST

#define ROOM (1 << 20) /* a hundred bytes for each of them would be as many times more */

static size_t used(void)
{
    return mallinfo2().uordblks;
}

START_TEST(locks_by_the_million)
{
    strangers(2);
    size_t before = 0;
    for (uint32_t birth = 0; birth < 1000000; birth++) {
        TAKES(1, 0, mutex(1), reborn(2, birth));
        TAKES(2, 0, reborn(2, birth), mutex(1));
        if (birth == 1000)
            before = used();
        if (cycles.n != 1)
            ck_abort_msg("birth %u: %zu cycles", birth, cycles.n);
        hz_arena_free(&arena);
        hz_arena_init(&arena);
        cycles = (hzw_order_cycles){0};
    }
    ck_assert_uint_le(used(), before + ROOM);
}
END_TEST

START_TEST(threads_by_the_million)
{
    born(1, 0, 0);
    TAKES(1, 0, mutex(1), mutex(2));
    size_t before = 0;
    for (uint32_t i = 2; i < 1000000; i++) {
        born(i, 1, i - 2);
        if (_i == 0)
            TAKES(i, 0, mutex(2), mutex(3));
        hzw_lockorder_gone(order, i);
        if (i % 2 == 0)
            hzw_lockorder_joined(order, 1, i);
        if (i == 200000)
            before = used();
    }
    expect(0);
    ck_assert_uint_le(used(), before + ROOM);
    ck_assert_uint_le(hzw_lockorder_counts(order).threads, HZW_ORDER_IDLE + 1 + HZW_ORDER_ALIKE);
}
END_TEST

/* A thread that does the same after each join of another: each time its past is another one. */
START_TEST(joins_by_the_thousand)
{
    born(1, 0, 0);
    for (uint32_t i = 0; i < 1000; i++) {
        born(i + 2, 1, 2 * i);
        TAKES(i + 2, 0, mutex(5), mutex(6));
        hzw_lockorder_gone(order, i + 2);
        hzw_lockorder_joined(order, 1, i + 2);
        TAKES(1, 2 * i + 2, mutex(1), mutex(2));
    }
    ck_assert_uint_le(hzw_lockorder_counts(order).dependencies, 2 * HZW_ORDER_ALIKE);
    /* The last of them are still known. */
    born(2000, 0, 0);
    TAKES(2000, 0, mutex(2), mutex(1));
    TAKES(2000, 0, mutex(6), mutex(5));
    expect(2);
}
END_TEST

START_TEST(a_search_that_is_cut_off)
{
    enum { N = 40 };
    strangers(N);
    hzw_lockorder_limit(order, 1000);
    for (uint64_t thread = 1; thread <= N; thread++)
        for (uint64_t lock = 1; lock <= N; lock++)
            if (lock != thread)
                TAKES(thread, 0, mutex(thread), mutex(lock));
    ck_assert_uint_gt(hzw_lockorder_counts(order).searches_cut, 0);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *one = tcase_create(name);
    tcase_set_timeout(one, 60);
    tcase_add_checked_fixture(one, set_up, tear_down);
    suite_add_tcase(suite, one);
    return one;
}

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
    TCase *large = add_case(suite, "large ones");
    tcase_add_test(large, a_circle_of_a_hundred);
    tcase_add_loop_test(large, ten_thousand_held, 0, 2);
    tcase_add_test(large, a_gate_that_is_not_listed);
    tcase_add_test(large, older_locks_that_are_not_known);
    tcase_add_test(large, older_locks_that_may_be_others);
    tcase_add_loop_test(large, lost_orders, 0, 2);
    tcase_add_loop_test(large, a_hundred_thousand_locks, 0, 2);
    tcase_add_test(large, locks_by_the_million);
    tcase_add_loop_test(large, threads_by_the_million, 0, 2);
    tcase_add_test(large, joins_by_the_thousand);
    tcase_add_test(large, a_search_that_is_cut_off);
    return run_suite(suite);
}
