#include "watchdog/starve.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
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
    .bypass_seconds = 0.2,
    .hold_seconds = 1,
    .retries = 1000,
    .zombies = 5,
};
/* ---- filling the region by hand ------------------------------------------------- */

/* Thread `tid` of process PID; its slot is the one with that number less 1. */
static struct hzw_slot *slot(int tid)
{
    return &region->slot[tid - 1];
}

static struct hzt_thread *thread(int tid)
{
    return &threads.at[tid - 1];
}

static void add_threads(int n)
{
    for (int tid = 1; tid <= n; tid++) {
        *hz_push(&arena, &threads) = (struct hzt_thread){
            .pid = PID, .tid = tid, .parent = 1, .threads = 2, .state = HZT_RUNS};
        atomic_store(&slot(tid)->owner, (uint64_t)tid << 32 | PID);
    }
    atomic_store(&region->next_slot, (uint32_t)n);
}

static void waits(int tid, uint32_t kind, uint64_t since)
{
    slot(tid)->wait =
        (struct hzw_wait){.kind = kind, .object = OBJECT, .caller = 0x77, .since = since};
    atomic_fetch_add(&slot(tid)->wait_seq, 1);
}

static struct hzw_tally *tally(int tid, uint64_t object)
{
    struct hzw_tally *place = &slot(tid)->tally[hzw_place(object, 0)];
    atomic_store(&place->object, object);
    return place;
}

static void takes(int tid, unsigned long times)
{
    tally(tid, OBJECT)->kind = HZW_MUTEX;
    tally(tid, OBJECT)->caller = 0x88;
    atomic_fetch_add(&tally(tid, OBJECT)->taken, times);
}

static void holds(int tid, uint64_t object, uint32_t depth)
{
    slot(tid)->held[0] = (struct hzw_held){object, 0x99, HZW_MUTEX, depth};
    slot(tid)->held_n = 1;
}

static void refused(int tid, uint64_t object, uint32_t kind, uint64_t times)
{
    tally(tid, object)->kind = kind;
    tally(tid, object)->caller = 0xaa;
    atomic_store(&tally(tid, object)->refused, times);
}

static void look(double at)
{
    hzw_starve_look(starve, &arena, &threads, (uint64_t)(at * 1e9), &found);
}

static void is_found(const char *kind, size_t suspects)
{
    ck_assert_msg(found.n == 1, "%zu suspicions", found.n);
    ck_assert_str_eq(found.at[0].kind, kind);
    ck_assert_uint_eq(found.at[0].suspects.n, suspects);
    ck_assert_ptr_nonnull(found.at[0].summary);
}

static void is_silent(void)
{
    ck_assert_msg(found.n == 0, "%s: %s", found.n > 0 ? found.at[0].kind : "",
                  found.n > 0 ? found.at[0].summary : "");
}

static void setup(void)
{
    hz_arena_init(&arena);
    region = mmap(NULL, sizeof *region, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(region, MAP_FAILED);
    starve = hzw_starve_open(&options, region);
    memset(&threads, 0, sizeof threads);
    memset(&found, 0, sizeof found);
}

static void teardown(void)
{
    hzw_starve_close(starve);
    munmap(region, sizeof *region);
    hz_arena_free(&arena);
}

/* ---- bypass --------------------------------------------------------------------- */

START_TEST(a_waiter_that_is_passed_over)
{
    add_threads(3);
    takes(2, 5000);
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1.01);
    takes(2, 120);
    takes(3, 80);
    holds(2, OBJECT, 1);
    look(1.3);
    is_found("bypass", 2);
    const struct hzw_suspect *starves = &found.at[0].suspects.at[0];
    const struct hzw_suspect *passes = &found.at[0].suspects.at[1];
    ck_assert_int_eq(starves->tid, 1);
    ck_assert_uint_eq(starves->caller, 0x77);
    ck_assert_uint_eq(starves->object, OBJECT);
    ck_assert_str_eq(starves->what, "mutex");
    ck_assert(!starves->holds);
    ck_assert_ptr_nonnull(strstr(starves->role, "120 times in 0.3 s"));
    ck_assert_int_eq(passes->tid, 2);
    ck_assert_uint_eq(passes->caller, 0x88);
    ck_assert(passes->holds);
    /* Each waiter and object once. */
    takes(2, 1000);
    look(2);
    ck_assert_uint_eq(found.n, 1);
}
END_TEST

START_TEST(fewer_times_than_the_bound)
{
    add_threads(2);
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1);
    takes(2, 99);
    look(3);
    is_silent();
    takes(2, 1);
    look(3.1);
    is_found("bypass", 2);
}
END_TEST

START_TEST(a_wait_that_is_short)
{
    add_threads(2);
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1);
    takes(2, 5000);
    look(1.19);
    is_silent();
}
END_TEST

START_TEST(many_that_pass_a_few_times_each)
{
    add_threads(50);
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1);
    for (int tid = 2; tid <= 50; tid++)
        takes(tid, 99);
    look(5);
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
        takes(2, 60);
        look(i + 0.9);
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
    takes(2, 5000);
    atomic_fetch_add(&slot(1)->wait_seq, 1);
    look(2);
    takes(2, 5000);
    look(3);
    is_silent();
}
END_TEST

START_TEST(an_address_of_another_process)
{
    add_threads(2);
    thread(2)->pid = PID + 1;
    atomic_store(&slot(2)->owner, 2ull << 32 | (PID + 1));
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1);
    takes(2, 5000);
    look(2);
    is_silent();
}
END_TEST

START_TEST(a_thread_that_is_gone)
{
    add_threads(2);
    waits(1, HZW_MUTEX, 1 * SECOND);
    look(1);
    takes(2, 5000);
    thread(1)->tid = 77;
    look(2);
    thread(1)->tid = 1;
    thread(1)->state = HZT_ZOMBIE;
    look(3);
    takes(2, 5000);
    look(4);
    is_silent();
}
END_TEST

START_TEST(a_writer_kept_out_by_readers)
{
    add_threads(3);
    waits(1, HZW_RWLOCK_WRITE, 1 * SECOND);
    look(1);
    takes(2, 150);
    takes(3, 160);
    look(2);
    is_found("bypass", 2);
    ck_assert_str_eq(found.at[0].suspects.at[0].what, "rwlock");
    ck_assert_int_eq(found.at[0].suspects.at[1].tid, 3);
}
END_TEST

START_TEST(a_semaphore_that_is_given_back)
{
    add_threads(2);
    waits(1, HZW_SEM, 1 * SECOND);
    look(1);
    takes(2, 5000);
    holds(2, OBJECT, 1);
    look(2);
    is_found("bypass", 2);
}
END_TEST

START_TEST(a_semaphore_that_counts_jobs)
{
    add_threads(2);
    waits(1, HZW_SEM, 1 * SECOND);
    look(1);
    takes(2, 5000);
    holds(2, OBJECT, 5000);
    look(2);
    is_silent();
}
END_TEST

static void episode(int tid, uint64_t caller, uint64_t vain)
{
    slot(tid)->episode.object = OBJECT;
    slot(tid)->episode.caller = caller;
    slot(tid)->episode.since = SECOND;
    atomic_store(&slot(tid)->episode.vain, vain);
    atomic_store(&slot(tid)->episode.seq, 1);
}

START_TEST(a_condition_that_others_get)
{
    add_threads(2);
    episode(1, 0x88, 3);
    look(1);
    takes(2, 500);
    look(2);
    is_found("bypass", 2);
    ck_assert_str_eq(found.at[0].suspects.at[0].what, "condition");
    ck_assert_uint_eq(found.at[0].suspects.at[0].caller, 0x88);
}
END_TEST

START_TEST(a_condition_that_was_never_signalled)
{
    add_threads(2);
    episode(1, 0x88, 0);
    look(1);
    takes(2, 500);
    look(2);
    is_silent();
}
END_TEST

START_TEST(a_condition_for_something_else)
{
    add_threads(2);
    episode(1, 0x66, 3);
    look(1);
    takes(2, 500);
    look(2);
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
    try_from(1, 1, 3, 10);
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
    try_from(1, 1, 1.9, 2);
    is_silent();
}
END_TEST

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
    is_found("livelock", 2);
    ck_assert_uint_eq(found.at[0].suspects.at[0].caller, 0xaa);
    tries(4000);
    look(1.2);
    ck_assert_uint_eq(found.n, 1);
}
END_TEST

START_TEST(tries_that_are_few)
{
    add_threads(2);
    tries(900);
    look(1);
    tries(999);
    look(1.1);
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
    is_found("zombies", 1);
    ck_assert_int_eq(found.at[0].suspects.at[0].pid, 1);
    ck_assert_uint_eq(found.at[0].suspects.at[0].caller, 0xf0);
    ck_assert_int_eq(found.at[0].sure, HZ_CERTAIN);
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

/* ---- real programs -------------------------------------------------------------- */

/* Runs pre-contend under the preload, looking all the time. */
static void contend(const char *how, const char *duration)
{
    hzw_starve_close(starve);
    int file = memfd_create("hazmat", 0);
    ck_assert_int_eq(ftruncate(file, sizeof *region), 0);
    munmap(region, sizeof *region);
    region = mmap(NULL, sizeof *region, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ck_assert_ptr_ne(region, MAP_FAILED);
    region->magic = HZW_MAGIC;
    region->version = HZW_VERSION;
    region->slots = HZW_SLOTS;
    struct hzw_options defaults = hzw_defaults();
    starve = hzw_starve_open(&defaults, region);
    setenv(HZW_ENV, hz_printf(&arena, "/proc/%d/fd/%d", (int)getpid(), file), 1);
    pid_t pid = fork();
    if (pid == 0) {
        setenv("LD_PRELOAD", TEST_BUILD "/libhazmat-watch.so", 1);
        execl(TEST_FAKE "/pre-contend", "pre-contend", how, duration, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        usleep(10000);
        memset(&threads, 0, sizeof threads);
        hzt_read_all(&arena, pid, &threads);
        look(hz_now());
    }
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", status);
    ck_assert_uint_ge(atomic_load(&region->next_slot), 3);
    close(file);
}

START_TEST(contention_is_no_starvation)
{
    static const char *const ways[] = {"fair", "tight", "pool"};
    contend(ways[_i], "1");
    is_silent();
}
END_TEST

START_TEST(a_hog_starves_the_other)
{
    contend("hog", "3");
    ck_assert_uint_ge(found.n, 1);
    ck_assert_str_eq(found.at[0].kind, "bypass");
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    suite_add_tcase(suite, tests);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("starve");
    TCase *bypass = add_case(suite, "bypass");
    tcase_add_test(bypass, a_waiter_that_is_passed_over);
    tcase_add_test(bypass, fewer_times_than_the_bound);
    tcase_add_test(bypass, a_wait_that_is_short);
    tcase_add_test(bypass, many_that_pass_a_few_times_each);
    tcase_add_test(bypass, what_was_before_the_wait_does_not_count);
    tcase_add_test(bypass, a_wait_that_is_over);
    tcase_add_test(bypass, an_address_of_another_process);
    tcase_add_test(bypass, a_thread_that_is_gone);
    tcase_add_test(bypass, a_writer_kept_out_by_readers);
    tcase_add_test(bypass, a_semaphore_that_is_given_back);
    tcase_add_test(bypass, a_semaphore_that_counts_jobs);
    tcase_add_test(bypass, a_condition_that_others_get);
    tcase_add_test(bypass, a_condition_that_was_never_signalled);
    tcase_add_test(bypass, a_condition_for_something_else);
    tcase_add_test(bypass, tries_that_never_get_it);
    tcase_add_test(bypass, tries_that_get_it_now_and_then);
    tcase_add_test(bypass, a_few_tries);
    TCase *holder = add_case(suite, "stuck holder");
    tcase_add_test(holder, a_holder_that_does_not_give_back);
    tcase_add_test(holder, a_holder_that_took_it_again);
    tcase_add_test(holder, a_holder_that_waits_for_something);
    tcase_add_test(holder, a_holder_that_gets_no_processor);
    tcase_add_test(holder, holders_that_overlap);
    tcase_add_test(holder, a_waiter_that_just_came);
    TCase *retries = add_case(suite, "retries");
    tcase_add_test(retries, two_that_try_against_each_other);
    tcase_add_test(retries, tries_that_are_few);
    tcase_add_test(retries, tries_that_have_ended);
    tcase_add_test(retries, one_that_tries_against_a_holder);
    tcase_add_test(retries, two_that_try_against_a_third);
    tcase_add_test(retries, two_that_hold_and_try);
    tcase_add_test(retries, a_descriptor_asked_again_and_again);
    tcase_add_test(retries, a_descriptor_that_is_polled);
    tcase_add_test(retries, dead_children_that_nobody_collects);
    tcase_add_test(retries, dead_children_of_several_parents);
    TCase *real = add_case(suite, "real programs");
    tcase_add_loop_test(real, contention_is_no_starvation, 0, 3);
    tcase_add_test(real, a_hog_starves_the_other);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
