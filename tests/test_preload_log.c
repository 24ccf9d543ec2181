/* What the library logs of locks, threads and processes. */
#include "preload_run.h"

/* ---- helpers -------------------------------------------------------------------- */

static void run(const char *state)
{
    start("pre-log", state, NULL);
    until_ready();
    read_log();
}

static void go_on(void)
{
    send("go on");
    until_ready();
    read_log();
}

static bool is_listed(const struct hzw_record *record, uint32_t i, const char *name, uint32_t kind)
{
    return i < record->n && record->entry[i].object == told(name) && record->entry[i].kind == kind;
}

static void is_order(const struct hzw_record *record, const char *name, uint32_t kind, uint32_t n)
{
    ck_assert_msg(record->object == told(name) && record->as == kind && record->n == n,
                  "not %s: %lx as %u after %u", name, (unsigned long)record->object, record->as,
                  record->n);
    ck_assert_uint_eq(record->more, 0);
    for (uint32_t i = 0; i < record->n; i++)
        ck_assert_uint_ne(record->entry[i].caller, 0);
}

/* Each thread is born before anything else is said of it, and its segments only grow. */
static void is_consistent(void)
{
    uint32_t *segment = hz_alloc(&arena, 100000 * sizeof *segment);
    memset(segment, 0xff, 100000 * sizeof *segment);
    for (size_t i = 0; i < records.n; i++) {
        const struct hzw_record *record = records.at[i];
        ck_assert_uint_lt(record->thread, 100000);
        uint32_t *last = &segment[record->thread];
        if (record->kind == HZW_BORN)
            ck_assert_uint_eq(*last, UINT32_MAX);
        else
            ck_assert_uint_ne(*last, UINT32_MAX);
        if (record->kind != HZW_BORN)
            ck_assert_uint_ge(record->segment, *last);
        *last = record->segment;
    }
}

/* ---- orders --------------------------------------------------------------------- */

START_TEST(orders_are_told_once)
{
    run("orders");
    ck_assert_uint_eq(count_records(HZW_ORDER), 1);
    is_order(find_record(HZW_ORDER, 0), "b", HZW_MUTEX, 1);
    ck_assert(is_listed(find_record(HZW_ORDER, 0), 0, "a", HZW_MUTEX));
    go_on();
    ck_assert_uint_eq(count_records(HZW_ORDER), 6);
    is_order(find_record(HZW_ORDER, 1), "recursive", HZW_MUTEX, 1);
    is_order(find_record(HZW_ORDER, 2), "rwlock", HZW_RWLOCK_READ, 2);
    ck_assert(is_listed(find_record(HZW_ORDER, 2), 0, "a", HZW_MUTEX));
    ck_assert(is_listed(find_record(HZW_ORDER, 2), 1, "recursive", HZW_MUTEX));
    is_order(find_record(HZW_ORDER, 3), "rwlock", HZW_RWLOCK_WRITE, 2);
    is_order(find_record(HZW_ORDER, 4), "spin", HZW_SPIN, 2);
    ck_assert(is_listed(find_record(HZW_ORDER, 4), 1, "rwlock", HZW_RWLOCK_WRITE));
    is_order(find_record(HZW_ORDER, 5), "c11", HZW_MUTEX, 3);
    ck_assert(is_listed(find_record(HZW_ORDER, 5), 2, "spin", HZW_SPIN));
    ck_assert_uint_eq(atomic_load(&region->log_lost), 0);
}
END_TEST

START_TEST(what_does_not_block_makes_no_order)
{
    run("no-orders");
    ck_assert_uint_eq(count_records(HZW_ORDER), 0);
}
END_TEST

START_TEST(what_was_tried_is_held)
{
    run("under-tried");
    ck_assert_uint_eq(count_records(HZW_ORDER), 1);
    is_order(find_record(HZW_ORDER, 0), "b", HZW_MUTEX, 1);
    ck_assert(is_listed(find_record(HZW_ORDER, 0), 0, "a", HZW_MUTEX));
}
END_TEST

START_TEST(a_wait_takes_its_mutex_again)
{
    run("wait");
    ck_assert_uint_eq(count_records(HZW_ORDER), 2);
    is_order(find_record(HZW_ORDER, 0), "b", HZW_MUTEX, 1);
    is_order(find_record(HZW_ORDER, 1), "a", HZW_MUTEX, 1);
    ck_assert(is_listed(find_record(HZW_ORDER, 1), 0, "b", HZW_MUTEX));
}
END_TEST

START_TEST(an_order_is_told_before_it_blocks)
{
    run("deadlock");
    while (count_records(HZW_ORDER) < 2) {
        usleep(1000);
        read_log();
    }
    ck_assert_uint_ne(find_record(HZW_ORDER, 0)->thread, find_record(HZW_ORDER, 1)->thread);
    ck_assert_uint_ne(find_record(HZW_ORDER, 0)->object, find_record(HZW_ORDER, 1)->object);
}
END_TEST

START_TEST(an_order_is_told_again_in_another_segment)
{
    run("segments");
    ck_assert_uint_eq(count_records(HZW_ORDER), 3);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_uint_eq(find_record(HZW_ORDER, i)->segment, i);
}
END_TEST

/* ---- many locks ----------------------------------------------------------------- */

#define DEEP 2000

static uint64_t deep_lock(size_t i)
{
    return told("first") + i * sizeof(pthread_mutex_t);
}

static void holds_from(const struct hzw_slot *slot, size_t first, size_t step)
{
    for (size_t i = 0; i < HZW_HELD; i++)
        ck_assert_uint_eq(hzw_held_at(slot, (uint32_t)i)->object, deep_lock(first + i * step));
}

START_TEST(any_number_of_locks_is_held)
{
    run("deep");
    ck_assert_uint_eq(main_slot()->held_n, DEEP);
    holds_from(main_slot(), 0, 1);
    ck_assert_uint_eq(count_records(HZW_ORDER), DEEP - 1);
    for (size_t i = 1; i < DEEP; i++) {
        const struct hzw_record *record = find_record(HZW_ORDER, i - 1);
        ck_assert_uint_eq(record->object, deep_lock(i));
        ck_assert_uint_eq(record->n, i < HZW_LISTED ? i : HZW_LISTED);
        ck_assert_uint_eq(record->n + record->more, i);
        for (size_t k = 0; k < record->n; k++)
            ck_assert_uint_eq(record->entry[k].object, deep_lock(i - record->n + k));
    }
    go_on();
    ck_assert_uint_eq(main_slot()->held_n, DEEP / 2);
    holds_from(main_slot(), DEEP / 2, 1);
    go_on();
    ck_assert_uint_eq(main_slot()->held_n, DEEP / 4 + 1);
    holds_from(main_slot(), DEEP / 2 + 1, 2);
    const struct hzw_record *last = find_record(HZW_ORDER, DEEP - 1);
    ck_assert_uint_eq(last->more + last->n, DEEP / 4);
    for (size_t k = 0; k < HZW_LISTED; k++)
        ck_assert_uint_eq(last->entry[k].object, deep_lock(DEEP - 1 - 2 * (HZW_LISTED - 1 - k)));
    go_on();
    ck_assert_uint_eq(main_slot()->held_n, 0);
    ck_assert_uint_eq(main_slot()->held[0].object, 0);
    go_on();
    ck_assert_uint_eq(told("status"), 0);
    ck_assert_uint_eq(slot_of((pid_t)told("child"))->held_n, 1);
    ck_assert_uint_eq(slot_of((pid_t)told("child"))->held[0].object, told("a"));
    ck_assert_uint_eq(count_records(HZW_MISUSE), 0);
}
END_TEST

/* ---- births --------------------------------------------------------------------- */

START_TEST(a_new_lock_in_old_memory_is_another)
{
    run("births");
    ck_assert_uint_eq(told("heap"), told("same"));
    /* neighbour -> b was told before, and is still the same: five of six. */
    ck_assert_uint_eq(count_records(HZW_ORDER), 5);
    ck_assert_uint_eq(find_record(HZW_ORDER, 0)->object, told("a"));
    ck_assert_uint_eq(find_record(HZW_ORDER, 1)->object, told("b"));
    ck_assert_uint_eq(find_record(HZW_ORDER, 2)->object, told("heap"));
    ck_assert_uint_eq(find_record(HZW_ORDER, 3)->object, told("a"));
    ck_assert_uint_eq(find_record(HZW_ORDER, 4)->object, told("heap"));
    ck_assert_uint_eq(find_record(HZW_ORDER, 2)->entry[0].birth, find_record(HZW_ORDER, 0)->birth);
    ck_assert_uint_lt(find_record(HZW_ORDER, 0)->birth, find_record(HZW_ORDER, 3)->birth);
    ck_assert_uint_lt(find_record(HZW_ORDER, 2)->birth, find_record(HZW_ORDER, 4)->birth);
}
END_TEST

START_TEST(a_lock_in_a_large_block_ends_with_it)
{
    run("large-block");
    ck_assert_uint_eq(told("heap"), told("same"));
    ck_assert_uint_eq(count_records(HZW_ORDER), 2);
    ck_assert_uint_lt(find_record(HZW_ORDER, 0)->birth, find_record(HZW_ORDER, 1)->birth);
}
END_TEST

/* ---- threads and processes ------------------------------------------------------ */

START_TEST(threads_are_born_and_joined)
{
    run("threads");
    is_consistent();
    ck_assert_uint_eq(count_records(HZW_BORN), 7);
    ck_assert_uint_eq(count_records(HZW_JOINED), 6);
    ck_assert_uint_eq(count_records(HZW_GONE), 6);
    const struct hzw_record *first = find_record(HZW_BORN, 0);
    ck_assert_uint_eq(first->other, 0);
    ck_assert_uint_eq(first->object, 1);
    for (size_t i = 0; i < 6; i++) {
        const struct hzw_record *born = find_record(HZW_BORN, i + 1);
        const struct hzw_record *joined = find_record(HZW_JOINED, i);
        ck_assert_uint_eq(born->other, first->thread);
        ck_assert_uint_eq(born->value, 2 * i);
        ck_assert_uint_eq(born->object, 1);
        ck_assert_uint_eq(joined->thread, first->thread);
        ck_assert_uint_eq(joined->other, born->thread);
        ck_assert_uint_eq(joined->segment, 2 * i + 2);
    }
    ck_assert_uint_eq(find_record(HZW_ORDER, 0)->thread, first->thread);
    ck_assert_uint_eq(find_record(HZW_ORDER, 1)->thread, find_record(HZW_BORN, 1)->thread);
}
END_TEST

START_TEST(the_one_that_was_joined_is_named)
{
    run("reused");
    is_consistent();
    ck_assert_uint_eq(count_records(HZW_BORN), 1001);
    ck_assert_uint_eq(count_records(HZW_JOINED), 500);
    for (size_t i = 0; i < 500; i++)
        ck_assert_uint_eq(find_record(HZW_JOINED, i)->other,
                          find_record(HZW_BORN, 2 + 2 * i)->thread);
}
END_TEST

START_TEST(a_creator_does_not_look_back)
{
    run("vanishing");
    ck_assert_uint_eq(count_records(HZW_BORN), 2001);
}
END_TEST

START_TEST(a_thread_that_could_not_be_made_is_gone)
{
    run("unborn");
    ck_assert_uint_ne(told("failed"), 0);
    ck_assert_uint_eq(count_records(HZW_BORN), 2);
    ck_assert_uint_eq(find_record(HZW_GONE, 0)->thread, find_record(HZW_BORN, 1)->thread);
}
END_TEST

START_TEST(a_forked_child_comes_from_the_thread_that_forked)
{
    run("forks");
    is_consistent();
    const struct hzw_record *parent = find_record(HZW_BORN, 0), *child = find_record(HZW_BORN, 1);
    ck_assert_uint_eq(child->owner, told("child") << 32 | told("child"));
    ck_assert_uint_eq(child->other, parent->thread);
    ck_assert_uint_eq(child->value, 0);
    ck_assert_uint_ne(child->object, parent->object);
    const struct hzw_record *order = find_record(HZW_ORDER, 0);
    ck_assert_uint_eq(order->thread, child->thread);
    is_order(order, "b", HZW_MUTEX, 1);
    ck_assert(is_listed(order, 0, "a", HZW_MUTEX));
    /* The second one, and what it executed. */
    ck_assert_uint_eq(find_record(HZW_BORN, 2)->value, 1);
    const struct hzw_record *image = find_record(HZW_BORN, 3);
    ck_assert_uint_eq(image->owner, told("second") << 32 | told("second"));
    ck_assert_uint_eq(image->other, 0);
    ck_assert_uint_eq(image->object, 4);
    ck_assert_uint_eq(find_record(HZW_ORDER, 1)->thread, image->thread);
}
END_TEST

/* ---- when things go wrong ------------------------------------------------------- */

START_TEST(what_found_no_room_is_told_again)
{
    /* Orders may use three quarters of it: room for less than one. */
    uint64_t from = HZW_LOG / 4 * 3 - 80;
    atomic_store(&region->log_head, 0);
    atomic_store(&region->log_tail, from);
    start("pre-log", "full", NULL);
    until_ready();
    read_log_from(from);
    ck_assert_uint_eq(count_records(HZW_ORDER), 0);
    ck_assert_uint_eq(count_records(HZW_BORN), 2);
    ck_assert_uint_eq(count_records(HZW_JOINED), 1);
    ck_assert_uint_eq(count_records(HZW_GONE), 1);
    ck_assert_uint_eq(atomic_load(&region->log_lost), 11);
    atomic_store(&region->log_head, from);
    send("go on");
    until_ready();
    read_log_from(from);
    ck_assert_uint_eq(count_records(HZW_ORDER), 1);
    ck_assert_uint_eq(atomic_load(&region->log_lost), 11);
}
END_TEST

START_TEST(nothing_is_written_over_a_full_log)
{
    atomic_store(&region->log_head, 4096);
    atomic_store(&region->log_tail, 4096 + HZW_LOG);
    start("pre-log", "threads", NULL);
    until_ready();
    ck_assert_uint_eq(atomic_load(&region->log_tail), 4096 + HZW_LOG);
    ck_assert_uint_eq(atomic_load(&region->log_lost), 7 + 6 + 6 + 2);
    for (size_t i = 0; i < HZW_LOG / 8; i++)
        ck_assert_uint_eq(atomic_load(&region->log[i]), 0);
}
END_TEST

START_TEST(records_go_round_the_end)
{
    uint64_t from = HZW_LOG - 40;
    atomic_store(&region->log_head, from);
    atomic_store(&region->log_tail, from);
    start("pre-log", "segments", NULL);
    until_ready();
    read_log_from(from);
    is_consistent();
    ck_assert_uint_eq(count_records(HZW_ORDER), 3);
    ck_assert_uint_eq(count_records(HZW_BORN), 2);
}
END_TEST

START_TEST(a_killed_process_leaves_whole_records)
{
    start("pre-log", "busy", NULL);
    until_ready();
    while (atomic_load(&region->log_tail) < 200000)
        ;
    kill(program.pid, SIGKILL);
    waitpid(program.pid, NULL, 0);
    read_log();
    is_consistent();
    /* A thread that was killed between reserving and writing hides what others wrote after it. */
    ck_assert_uint_gt(records.n, 2);
}
END_TEST

START_TEST(forks_of_a_process_that_logs)
{
    run("fork-busy");
    while (count_records(HZW_ORDER) < 4 * 64 * 63 + 40) {
        usleep(10000);
        read_log();
    }
    is_consistent();
    ck_assert_uint_eq(count_records(HZW_ORDER), 4 * 64 * 63 + 40);
    ck_assert_uint_eq(count_records(HZW_BORN), 1 + 4 + 40);
    for (size_t i = 5; i < 45; i++) {
        const struct hzw_record *born = find_record(HZW_BORN, i);
        ck_assert_uint_eq(born->other, find_record(HZW_BORN, 0)->thread);
        ck_assert_uint_eq(born->value, 4 + i - 5);
        ck_assert_uint_eq(born->object, 2 + i - 5);
    }
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, orders_are_told_once);
    tcase_add_test(tests, what_does_not_block_makes_no_order);
    tcase_add_test(tests, what_was_tried_is_held);
    tcase_add_test(tests, a_wait_takes_its_mutex_again);
    tcase_add_test(tests, an_order_is_told_before_it_blocks);
    tcase_add_test(tests, an_order_is_told_again_in_another_segment);
    tcase_add_test(tests, any_number_of_locks_is_held);
    tcase_add_test(tests, a_new_lock_in_old_memory_is_another);
    tcase_add_test(tests, a_lock_in_a_large_block_ends_with_it);
    tcase_add_test(tests, threads_are_born_and_joined);
    tcase_add_test(tests, the_one_that_was_joined_is_named);
    tcase_add_test(tests, a_creator_does_not_look_back);
    tcase_add_test(tests, a_thread_that_could_not_be_made_is_gone);
    tcase_add_test(tests, a_forked_child_comes_from_the_thread_that_forked);
    tcase_add_test(tests, what_found_no_room_is_told_again);
    tcase_add_test(tests, nothing_is_written_over_a_full_log);
    tcase_add_test(tests, records_go_round_the_end);
    tcase_add_test(tests, a_killed_process_leaves_whole_records);
    tcase_add_test(tests, forks_of_a_process_that_logs);
}

int main(void)
{
    return run_preload("preload log", add);
}
