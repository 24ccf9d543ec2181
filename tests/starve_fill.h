/*
 * A region that is filled by hand, for the tests of starvation: thread `tid` of process PID
 * has the slot with that number less 1.
 */
#ifndef HZ_STARVE_FILL_H
#define HZ_STARVE_FILL_H

#include "watchdog/starve_parts.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SECOND 1000000000ull
#define PID 100
#define OBJECT 0x5000

static struct hz_arena arena;
static struct hzw_region *region;
static struct hzw_starve *starve;
static hzt_threads threads;
static hzw_suspicions found;
static const struct hzw_options options = {
    .bypass = 100,
    .bypass_each = 10,
    .bypass_seconds = 0.2,
    .hold_seconds = 1,
    .hold_long = 5,
    .retries = 1000,
    .livelock_seconds = 3,
    .inversion_seconds = 0.1,
    .zombies = 5,
};

static double load_average;

static int load(double average[], int n)
{
    average[0] = load_average;
    return n > 0 ? 1 : -1;
}

static void setup(void)
{
    hz_arena_init(&arena);
    region = mmap(NULL, sizeof *region, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(region, MAP_FAILED);
    starve = hzw_starve_open(&options, region);
    starve->load = load;
    memset(&threads, 0, sizeof threads);
    memset(&found, 0, sizeof found);
}

static void teardown(void)
{
    hzw_starve_close(starve);
    munmap(region, sizeof *region);
    hz_arena_free(&arena);
}

static inline struct hzw_slot *slot(int tid)
{
    return &region->slot[tid - 1];
}

static inline struct hzt_thread *thread(int tid)
{
    return &threads.at[tid - 1];
}

static inline void add_threads(int n)
{
    for (int tid = 1; tid <= n; tid++) {
        *hz_push(&arena, &threads) = (struct hzt_thread){
            .pid = PID, .tid = tid, .parent = 1, .threads = 2, .state = HZT_RUNS};
        atomic_store(&slot(tid)->owner, (uint64_t)tid << 32 | PID);
    }
    atomic_store(&region->next_slot, (uint32_t)n);
}

/* That thread is of another process. */
static inline void move_to(int tid, pid_t pid)
{
    thread(tid)->pid = pid;
    atomic_store(&slot(tid)->owner, (uint64_t)tid << 32 | (uint64_t)pid);
}

static inline void waits_for(int tid, uint32_t kind, uint64_t object, uint64_t since)
{
    slot(tid)->wait =
        (struct hzw_wait){.kind = kind, .object = object, .caller = 0x77, .since = since};
    atomic_fetch_add(&slot(tid)->wait_seq, 1);
}

static inline void waits(int tid, uint32_t kind, uint64_t since)
{
    waits_for(tid, kind, OBJECT, since);
}

static inline struct hzw_tally *tally(int tid, uint64_t object)
{
    struct hzw_tally *place = &slot(tid)->tally[hzw_place(object, 0)];
    if (atomic_load(&place->object) != object)
        place->kind = HZW_MUTEX;
    atomic_store(&place->object, object);
    return place;
}

static inline void takes_it(int tid, uint64_t object, unsigned long times)
{
    tally(tid, object)->caller = 0x88;
    atomic_fetch_add(&tally(tid, object)->taken, times);
}

static inline void takes(int tid, unsigned long times)
{
    takes_it(tid, OBJECT, times);
}

static inline void holds(int tid, uint64_t object, uint32_t depth)
{
    slot(tid)->held[0] = (struct hzw_held){object, 0x99, HZW_MUTEX, depth};
    slot(tid)->held_n = 1;
}

static inline void refused(int tid, uint64_t object, uint32_t kind, uint32_t times)
{
    tally(tid, object)->kind = kind;
    tally(tid, object)->caller = 0xaa;
    atomic_store(&tally(tid, object)->refused, times);
}

static inline void look(double at)
{
    hzw_starve_look(starve, &arena, &threads, (uint64_t)(at * 1e9), &found);
}

/* Looks so often; a thread that is given gets the object so many times in all, evenly. */
static inline void goes_on(double from, double to, double step, int tid, unsigned long times)
{
    unsigned long n = (unsigned long)((to - from) / step + 0.5), done = 0;
    for (unsigned long i = 1; i <= n; i++) {
        for (; tid != 0 && done < times * i / n; done++)
            takes(tid, 1);
        look(from + (double)i * step);
    }
}

static inline void is_found(const char *kind, size_t suspects)
{
    ck_assert_msg(found.n == 1, "%zu suspicions", found.n);
    ck_assert_str_eq(found.at[0].kind, kind);
    ck_assert_uint_eq(found.at[0].suspects.n, suspects);
    ck_assert_ptr_nonnull(found.at[0].summary);
}

static inline void is_silent(void)
{
    ck_assert_msg(found.n == 0, "%s: %s", found.n > 0 ? found.at[0].kind : "",
                  found.n > 0 ? found.at[0].summary : "");
}

static inline TCase *add_case_with(Suite *suite, const char *name, void (*set_up)(void))
{
    TCase *tests = tcase_create(name);
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, teardown);
    suite_add_tcase(suite, tests);
    return tests;
}

static inline TCase *add_case(Suite *suite, const char *name)
{
    return add_case_with(suite, name, setup);
}

static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
