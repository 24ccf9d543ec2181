/*
 * The order of locks at the size of real programs, and larger.
 */
#include "lockorder_help.h"

#include <malloc.h>

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

/* Each lock that is held is listed once, however many others are taken while it is. */
START_TEST(deep_ones_by_the_thousand)
{
    enum { THREADS = 1000, DEPTH = HZW_LISTED, MOST = 700 };
    strangers(THREADS);
    size_t before = used();
    for (uint64_t thread = 1; thread <= THREADS; thread++) {
        struct hzw_order_lock all[DEPTH];
        for (uint32_t i = 0; i < DEPTH; i++) {
            all[i] = mutex(thread * DEPTH + i);
            put(thread, 0, all, i, all[i]);
        }
    }
    ck_assert_uint_eq(hzw_lockorder_counts(order).dependencies, THREADS * (DEPTH - 1));
    ck_assert_uint_le(used() - before, (size_t)THREADS * DEPTH * MOST);
}
END_TEST

/* Lock 20 was taken under lock 1 by a thread of which nothing is known any more. */
START_TEST(what_stands_on_a_thread_that_is_forgotten)
{
    hzw_lockorder_born(order, 1, IMAGE + 1, 0, 0);
    born(2, 0, 0);
    born(3, 0, 0);
    TAKES(1, 0, mutex(1), mutex(20));
    TAKES(2, 0, mutex(1), mutex(20), mutex(30));
    hzw_lockorder_image_over(order, IMAGE + 1);
    ck_assert_uint_eq(hzw_lockorder_counts(order).dependencies, 1);
    TAKES(3, 0, mutex(20), mutex(1));
    expect(0);
    TAKES(3, 0, mutex(30), mutex(1));
    expect(1);
    /* And it goes with the last that stands on it. */
    hzw_lockorder_image_over(order, IMAGE);
    ck_assert_uint_eq(hzw_lockorder_counts(order).shapes, 0);
    ck_assert_uint_eq(hzw_lockorder_counts(order).locks, 0);
}
END_TEST

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

int main(void)
{
    Suite *suite = suite_create("lock order, large");
    TCase *large = add_case(suite, "large ones");
    tcase_add_test(large, a_circle_of_a_hundred);
    tcase_add_loop_test(large, ten_thousand_held, 0, 2);
    tcase_add_test(large, a_gate_that_is_not_listed);
    tcase_add_test(large, older_locks_that_are_not_known);
    tcase_add_test(large, older_locks_that_may_be_others);
    tcase_add_loop_test(large, lost_orders, 0, 2);
    tcase_add_loop_test(large, a_hundred_thousand_locks, 0, 2);
    tcase_add_test(large, deep_ones_by_the_thousand);
    tcase_add_test(large, what_stands_on_a_thread_that_is_forgotten);
    tcase_add_test(large, locks_by_the_million);
    tcase_add_loop_test(large, threads_by_the_million, 0, 2);
    tcase_add_test(large, joins_by_the_thousand);
    tcase_add_test(large, a_search_that_is_cut_off);
    return run_suite(suite);
}
