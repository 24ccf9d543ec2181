/*
 * Who may still end a wait, by threads and accounts that are made up: one main thread (number 1)
 * that waits, a producer (2) that has ended, and one more (3) that works.
 */
#include "watchdog/monitor_parts.h"

#include <check.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define PID 100
#define OBJECT 0x5000
#define MUTEX 0x6000
#define IMAGE 7
#define START 0x400100 /* of the producer */

static struct hz_arena arena;
static struct hzw_monitor monitor;
static struct hzw_view view;
static struct hzw_slot *waiter, *worker;
static struct hzw_told *told;

static void add(_Atomic uint64_t *filter, uint32_t words, uint64_t object)
{
    uint64_t hash = hzw_mix(object), bits = words * 64u;
    uint64_t one = hash >> 8 & (bits - 1), other = hash >> 40 & (bits - 1);
    filter[one / 64] |= (uint64_t)1 << one % 64;
    filter[other / 64] |= (uint64_t)1 << other % 64;
}

static struct hzw_slot *new_slot(uint32_t i, uint64_t number)
{
    struct hzw_slot *slot = &monitor.region->slot[i];
    slot->owner = (uint64_t)(PID + i) << 32 | PID;
    slot->thread = number;
    slot->image = IMAGE;
    slot->born = 1000000000;
    return slot;
}

static void set_up(void)
{
    hz_arena_init(&arena);
    monitor = (struct hzw_monitor){.options = hzw_defaults()};
    monitor.region = mmap(NULL, sizeof *monitor.region, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ck_assert(monitor.region != MAP_FAILED);
    hz_arena_init(&monitor.works[0]);
    hz_arena_init(&monitor.works[1]);
    monitor.region->next_slot = 2;
    waiter = new_slot(0, 1);
    worker = new_slot(1, 3);
    worker->creator = 1;
    uint64_t key = hzw_told_key(OBJECT, IMAGE);
    told = &monitor.region->told[key % HZW_TOLD];
    told->key = key;
    told->again = hzw_thread_bit(2);
    told->parents = hzw_thread_bit(1);
    told->starts[0] = START;
}

static void tear_down(void)
{
    munmap(monitor.region, sizeof *monitor.region);
    hz_arena_free(&monitor.works[0]);
    hz_arena_free(&monitor.works[1]);
    hz_arena_free(&arena);
}

/* What a look sees at `now`; the waiter began to wait at 10. */
static void see(double now)
{
    view = (struct hzw_view){.arena = &arena, .now = now};
    *hz_push(&arena, &view.threads) = (struct hzt_thread){
        .pid = PID, .tid = PID, .state = HZT_BLOCKED, .on = HZT_ON_FUTEX, .call = SYS_futex};
    *hz_push(&arena, &view.threads) =
        (struct hzt_thread){.pid = PID, .tid = PID + 1, .state = HZT_RUNS, .call = -1};
    *hz_push(&arena, &view.processes) =
        (struct hzw_process){.pid = PID, .alive = PID, .n = 2, .signals = HZW_NO_NODE};
    view.accounts = hz_alloc(&arena, 2 * sizeof *view.accounts);
    view.accounts[0] = (struct hzw_account){
        .slot = waiter,
        .waits = true,
        .wait = {.kind = HZW_COND, .object = OBJECT, .with = MUTEX, .since = 10000000000}};
    view.accounts[1].slot = worker;
}

/* The worker has done something before each look. */
static void work(void)
{
    worker->tally[0].object = 0x7000;
    worker->tally[0].taken++;
}

/* As it looks from second 10 on, at looks that begin with what `change` does to them. */
static double stranded_at(void (*change)(void))
{
    for (double now = 10; now < 20; now += 0.1) {
        see(now);
        work();
        if (change != NULL)
            change();
        if (hzw_strand_find(&monitor, &view))
            return now;
    }
    return 0;
}

START_TEST(one_that_works_on_something_else_does_not_count)
{
    double at = stranded_at(NULL);
    ck_assert_double_ge(at, 10 + monitor.options.stranded_seconds - 0.001);
    ck_assert_double_le(at, 10 + monitor.options.stranded_seconds + 0.3);
    ck_assert_uint_eq(view.stranded.n, 1);
    ck_assert_uint_eq(view.stranded.at[0].may.n, 1);
    ck_assert_uint_eq(view.stranded.at[0].may.at[0], 0);
    size_t members[] = {1, 0};
    ck_assert(hzw_strand_in(&view, members, 2) && !hzw_strand_in(&view, members, 1));
}
END_TEST

START_TEST(what_is_asked_for_is_how_long_it_takes)
{
    monitor.options.stranded_seconds = 6;
    ck_assert_double_ge(stranded_at(NULL), 15.999);
}
END_TEST

/* ---- each of these keeps it silent --------------------------------------------------------------
 */

static void touch_object(void)
{
    add(worker->reach.touched, HZW_TOUCHED, OBJECT);
}

static void touch_mutex(void)
{
    add(worker->reach.touched, HZW_TOUCHED, MUTEX);
}

static void create_one_who_signalled(void)
{
    told->parents |= hzw_thread_bit(3);
}

static void create_one_who_waits(void)
{
    waiter->creator = 3;
}

static void be_of_their_sort(void)
{
    worker->start = START;
}

static void be_one_of_too_many_sorts(void)
{
    worker->start = START + 16;
    told->starts[HZW_STARTS - 1] = 1;
}

static void be_younger(void)
{
    worker->born = 10500000000;
}

static void be_another_image(void)
{
    worker->image = IMAGE + 1;
}

static void be_unwatched(void)
{
    view.accounts[1].slot = NULL;
}

static void compute(void)
{
    worker->tally[0].taken = 0;
}

static void wait_outside_once(void)
{
    if (view.now > 12 && view.now < 12.15)
        view.threads.at[1].state = HZT_OUTSIDE;
}

static void poll_with_a_time_out(void)
{
    view.threads.at[1].state = HZT_TIMED;
    view.threads.at[1].call = SYS_poll;
}

static void signalled_once_each(void)
{
    told->again = 0;
}

static void signalled_by_who_waits(void)
{
    told->again = hzw_thread_bit(1);
}

static void never_heard_of(void)
{
    told->key = 0;
}

static void handle_signals(void)
{
    view.processes.at[0].signals = 0;
}

static void have_unseen_threads(void)
{
    view.processes.at[0].unseen = true;
}

static void create_one_now(void)
{
    monitor.region->next_slot = 3;
    monitor.region->slot[2].owner = PID;
}

static void wait_for_a_time(void)
{
    view.threads.at[0].state = HZT_TIMED;
}

static void wait_for_a_lock(void)
{
    view.accounts[0].wait.kind = HZW_MUTEX;
}

/* Who works is the main thread, and the object was not made by a call. */
static void let_main_work(void)
{
    view.threads.at[0].pid = view.threads.at[1].pid = view.processes.at[0].pid = PID + 1;
}

static void (*const silent[])(void) = {
    touch_object,        touch_mutex,    create_one_who_signalled, create_one_who_waits,
    be_of_their_sort,    be_younger,     be_one_of_too_many_sorts, be_another_image,
    be_unwatched,        compute,        wait_outside_once,        poll_with_a_time_out,
    signalled_once_each, never_heard_of, signalled_by_who_waits,   handle_signals,
    have_unseen_threads, create_one_now, wait_for_a_time,          wait_for_a_lock,
    let_main_work,
};

START_TEST(in_doubt_it_is_silent)
{
    double at = stranded_at(silent[_i]);
    ck_assert_msg(at == 0, "number %d is told of at %g", _i, at);
}
END_TEST

/* ---- and these do not ---------------------------------------------------------------------------
 */

static void made_by_a_call(void)
{
    let_main_work();
    told->made = 1;
}

static void be_of_another_sort(void)
{
    worker->start = START + 16;
}

/* Ten milliseconds at a time. */
static void sleep_and_wake(void)
{
    worker->tally[0].taken = 0;
    view.threads.at[1].state = HZT_TIMED;
    view.threads.at[1].call = SYS_clock_nanosleep;
    view.threads.at[1].switches = (uint64_t)(view.now * 100);
}

static void (*const told_of[])(void) = {made_by_a_call, be_of_another_sort, sleep_and_wake};

START_TEST(what_says_nothing_changes_nothing)
{
    ck_assert_double_gt(stranded_at(told_of[_i]), 0);
}
END_TEST

START_TEST(a_sleeper_that_does_not_wake_may_yet_come)
{
    for (double now = 10; now < 20; now += 0.1) {
        see(now);
        sleep_and_wake();
        view.threads.at[1].switches = 1;
        ck_assert(!hzw_strand_find(&monitor, &view));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("strand");
    TCase *tests = tcase_create("strand");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, one_that_works_on_something_else_does_not_count);
    tcase_add_test(tests, what_is_asked_for_is_how_long_it_takes);
    tcase_add_loop_test(tests, in_doubt_it_is_silent, 0, (int)(sizeof silent / sizeof *silent));
    tcase_add_loop_test(tests, what_says_nothing_changes_nothing, 0,
                        (int)(sizeof told_of / sizeof *told_of));
    tcase_add_test(tests, a_sleeper_that_does_not_wake_may_yet_come);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
