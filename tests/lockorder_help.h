/*
 * Putting records into the lock order by hand: a lock is a number, held where and how it
 * is said to be.
 */
#ifndef HZ_LOCKORDER_HELP_H
#define HZ_LOCKORDER_HELP_H

#include "watchdog/lockorder.h"
#include "watchdog/shared.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct hz_arena arena;
static struct hzw_lockorder *order;
static hzw_order_cycles cycles;

static void set_up(void)
{
    hz_arena_init(&arena);
    order = hzw_lockorder_open();
    cycles = (hzw_order_cycles){0};
}

static void tear_down(void)
{
    hzw_lockorder_close(order);
    hz_arena_free(&arena);
}

#define IMAGE 1

static struct hzw_order_lock lock_at(uint64_t number, uint32_t kind, uint64_t caller)
{
    return (struct hzw_order_lock){.name = {.space = IMAGE, .offset = number},
                                   .kind = kind,
                                   .caller = caller,
                                   .address = number};
}

static inline struct hzw_order_lock mutex(uint64_t number)
{
    return lock_at(number, HZW_MUTEX, number * 16);
}

static inline void put(uint64_t thread, uint32_t segment, const struct hzw_order_lock *holds,
                       uint32_t n, struct hzw_order_lock takes)
{
    struct hzw_dependency dependency = {.thread = thread,
                                        .owner = thread,
                                        .segment = segment,
                                        .takes = takes,
                                        .holds = holds,
                                        .n = n};
    hzw_lockorder_add(order, &dependency, &arena, &cycles);
}

/* `thread` in `segment` takes the last of the locks with the others held. */
#define TAKES(thread, segment, ...)                                                                \
    do {                                                                                           \
        const struct hzw_order_lock locks[] = {__VA_ARGS__};                                       \
        uint32_t n = sizeof locks / sizeof *locks - 1;                                             \
        put(thread, segment, locks, n, locks[n]);                                                  \
    } while (0)

static void born(uint64_t thread, uint64_t creator, uint32_t segment)
{
    hzw_lockorder_born(order, thread, IMAGE, creator, segment);
}

/* Threads 1 to `n` that nothing orders. */
static inline void strangers(uint64_t n)
{
    for (uint64_t thread = 1; thread <= n; thread++)
        born(thread, 0, 0);
}

static inline void expect(size_t n)
{
    ck_assert_uint_eq(cycles.n, n);
    ck_assert_uint_eq(hzw_lockorder_counts(order).searches_cut, 0);
}

static inline struct hzw_order_lock reborn(uint64_t number, uint32_t birth)
{
    struct hzw_order_lock lock = mutex(number);
    lock.name.birth = birth;
    return lock;
}

static inline TCase *add_case(Suite *suite, const char *name)
{
    TCase *one = tcase_create(name);
    tcase_set_timeout(one, 60);
    tcase_add_checked_fixture(one, set_up, tear_down);
    suite_add_tcase(suite, one);
    return one;
}

static int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
