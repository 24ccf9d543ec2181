/*
 * The reader of the log against writers that are right, slow, killed half-way, or scribble.
 */
#include "log_writer.h"
#include "watchdog/log.h"

#include <check.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LOST_WRITER (HZW_LOG_HOLE + 1)

static struct hzw_region *region;
static struct hzw_log reader;
static struct hzw_log_record record;

static void set_up(void)
{
    region = mmap(NULL, sizeof *region, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(region, MAP_FAILED);
    hzw_log_open(&reader, region);
}

static void tear_down(void)
{
    munmap(region, sizeof *region);
}

/* A record of kind ORDER with `n` entries, which can be told by `number`. */
static struct hzw_record *order_record(uint64_t number, uint32_t n)
{
    static _Thread_local struct hzw_log_record made;
    memset(&made, 0, sizeof made);
    made.fixed = (struct hzw_record){
        .kind = HZW_ORDER, .thread = 1, .owner = 5ull << 32 | 5, .object = number, .n = n};
    for (uint32_t i = 0; i < n; i++)
        made.fixed.entry[i] =
            (struct hzw_entry){.object = number + i, .kind = HZW_MUTEX, .birth = i};
    made.fixed.words = words_of(&made.fixed);
    return &made.fixed;
}

static void put(uint64_t number, uint32_t n)
{
    if (!write_record(region, order_record(number, n)))
        ck_abort_msg("no room for record %" PRIu64, number);
}

/* An assertion of Check's writes to a file: too slow for each word. */
static bool is_whole(uint64_t number, uint32_t n)
{
    bool whole = record.fixed.object == number && record.fixed.n == n;
    for (uint32_t i = 0; whole && i < n; i++)
        whole = record.fixed.entry[i].object == number + i && record.fixed.entry[i].birth == i;
    return whole;
}

static void expect(uint64_t number, uint32_t n, enum hzw_log_gap gap)
{
    if (!hzw_log_read(&reader, 1, &record) || !is_whole(number, n) || record.gap != gap)
        ck_abort_msg("record %" PRIu64 " is not as it was written", number);
}

static void expect_nothing(uint64_t now)
{
    ck_assert(!hzw_log_read(&reader, now, &record));
}

/* The ring as writers want it where nothing is reserved. */
static void expect_clean(void)
{
    ck_assert_uint_eq(atomic_load(&region->log_head), reader.given);
    ck_assert_uint_lt(reader.head - reader.given, HZW_LOG_PIECE);
    uint64_t at = reader.head, end = reader.given + HZW_LOG;
    while (at != end && atomic_load(&region->log[at % HZW_LOG / 8]) == 0)
        at += 8;
    ck_assert_uint_eq(at, end);
}

/* ---- writers that are right ------------------------------------------------------- */

START_TEST(in_order_and_often_round)
{
    uint64_t written = 0, read = 0;
    for (unsigned round = 0; round < 4000; round++) {
        for (unsigned i = 0; i < 100; i++, written++)
            put(written, (uint32_t)(written % (HZW_LISTED + 1)));
        for (unsigned i = 0; i < 100; i++, read++)
            expect(read, (uint32_t)(read % (HZW_LISTED + 1)), HZW_LOG_WHOLE);
    }
    expect_nothing(1);
    ck_assert_uint_gt(reader.head, 2 * HZW_LOG);
    expect_clean();
}
END_TEST

#define WRITERS 3
#define EACH 200000

static void *write_many(void *number)
{
    uint64_t base = (uint64_t)(uintptr_t)number << 32;
    for (uint64_t i = 0; i < EACH;)
        i += write_record(region, order_record(base + i, (uint32_t)(i % 5)));
    return NULL;
}

START_TEST(several_writers_at_a_time)
{
    pthread_t threads[WRITERS];
    uint64_t next[WRITERS] = {0}, total = 0;
    for (uintptr_t i = 0; i < WRITERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_many, (void *)i), 0);
    while (total < (uint64_t)WRITERS * EACH) {
        if (!hzw_log_read(&reader, 1, &record))
            continue;
        uint64_t writer = record.fixed.object >> 32, number = record.fixed.object & UINT32_MAX;
        if (writer >= WRITERS || number != next[writer] ||
            !is_whole(record.fixed.object, (uint32_t)(number % 5)))
            ck_abort_msg("record %" PRIu64 " of writer %" PRIu64, number, writer);
        next[writer]++;
        total++;
    }
    for (size_t i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(reader.holes + reader.leaps, 0);
    expect_nothing(1);
    expect_clean();
}
END_TEST

/* ---- writers that stop half-way ------------------------------------------------------ */

START_TEST(a_slow_writer_is_waited_for)
{
    uint64_t position;
    struct hzw_record *slow = order_record(1, 2);
    ck_assert(reserve(region, slow->words, &position));
    fill(region, position, slow);
    expect_nothing(1000);
    expect_nothing(1000 + HZW_LOG_HOLE - 1);
    commit(region, position, slow);
    expect(1, 2, HZW_LOG_WHOLE);
    ck_assert_uint_eq(reader.holes, 0);
}
END_TEST

START_TEST(a_killed_writer_is_leapt_over)
{
    uint64_t position;
    put(1, 1);
    ck_assert(reserve(region, order_record(2, 3)->words, &position));
    fill(region, position, order_record(2, 3));
    put(3, 16);
    expect(1, 1, HZW_LOG_WHOLE);
    expect_nothing(1000);
    ck_assert(hzw_log_read(&reader, 1000 + LOST_WRITER, &record));
    ck_assert_uint_eq(record.fixed.object, 3);
    ck_assert_int_eq(record.gap, HZW_LOG_ANY);
    ck_assert_uint_eq(reader.holes, 1);
    put(4, 0);
    expect(4, 0, HZW_LOG_WHOLE);
    expect_clean();
}
END_TEST

/* What was reserved after the hole was first seen is not as old, and is waited for anew. */
START_TEST(a_hole_does_not_take_a_later_one_along)
{
    uint64_t position;
    ck_assert(reserve(region, order_record(1, 1)->words, &position));
    expect_nothing(1000);
    ck_assert(reserve(region, order_record(2, 1)->words, &position));
    expect_nothing(1000 + LOST_WRITER);
    expect_nothing(1001 + LOST_WRITER);
    expect_nothing(1001 + LOST_WRITER + HZW_LOG_HOLE - 1);
    ck_assert_uint_eq(reader.head, position);
    fill(region, position, order_record(2, 1));
    commit(region, position, order_record(2, 1));
    expect(2, 1, HZW_LOG_ANY);
    ck_assert_uint_eq(reader.holes, 1);
    expect_clean();
}
END_TEST

START_TEST(a_hole_at_the_end)
{
    uint64_t position;
    ck_assert(reserve(region, order_record(1, 1)->words, &position));
    fill(region, position, order_record(1, 1));
    expect_nothing(1000);
    expect_nothing(1000 + LOST_WRITER);
    expect_nothing(1000 + LOST_WRITER);
    ck_assert_uint_eq(reader.holes, 1);
    expect_clean();
    put(2, 2);
    expect(2, 2, HZW_LOG_ANY);
}
END_TEST

/* ---- a full log ----------------------------------------------------------------------- */

START_TEST(a_full_log_is_told_of)
{
    uint64_t written = 0;
    while (write_record(region, order_record(written, 16)))
        written++;
    ck_assert_uint_gt(written, 1000);
    /* The lost one may have been anywhere among those that were in the log at that time. */
    for (uint64_t i = 0; i < written; i++)
        expect(i, 16, HZW_LOG_ANY);
    expect_nothing(1);
    ck_assert_uint_eq(reader.dropped, 1);
    put(written, 1);
    expect(written, 1, HZW_LOG_ANY);
    put(written + 1, 1);
    expect(written + 1, 1, HZW_LOG_WHOLE);
    expect_clean();
}
END_TEST

/* A writer finds no room, and is slow to say so. */
START_TEST(a_log_that_was_full)
{
    uint64_t written = 0, bytes = order_record(0, 16)->words * 8ull;
    while ((written + 1) * bytes <= HZW_LOG)
        put(written++, 16);
    for (uint64_t i = 0; i < written; i++)
        expect(i, 16, HZW_LOG_WHOLE);
    atomic_fetch_add(&region->log_lost, 1);
    put(1, 1);
    expect(1, 1, HZW_LOG_ANY);
}
END_TEST

/* Writers of orders leave the rest of the log to births and joins. */
START_TEST(lost_orders)
{
    put(1, 1);
    atomic_fetch_add(&region->log_lost, 3);
    put(2, 1);
    expect(1, 1, HZW_LOG_ORDERS);
    expect(2, 1, HZW_LOG_ORDERS);
    put(3, 1);
    expect(3, 1, HZW_LOG_ORDERS);
    put(4, 1);
    expect(4, 1, HZW_LOG_WHOLE);
    ck_assert_uint_eq(reader.dropped, 3);
}
END_TEST

/* ---- scribblers ------------------------------------------------------------------------ */

static void after_scribbling(void)
{
    for (unsigned tries = 0; tries < 100; tries++)
        if (!hzw_log_read(&reader, 1 + tries * LOST_WRITER, &record) &&
            reader.head == atomic_load(&region->log_tail))
            break;
    ck_assert_uint_eq(reader.head, atomic_load(&region->log_tail));
    expect_clean();
    put(77, 3);
    expect(77, 3, HZW_LOG_ANY);
}

static void scribble(struct hzw_record broken)
{
    uint64_t position;
    ck_assert(reserve(region, 16, &position));
    uint32_t words = broken.words;
    broken.words = sizeof broken / 8;
    fill(region, position, &broken);
    broken.words = words;
    commit(region, position, &broken);
    ck_assert(!hzw_log_read(&reader, 1, &record));
    ck_assert_uint_eq(reader.leaps, 1);
    after_scribbling();
}

START_TEST(records_that_make_no_sense)
{
    static const struct broken {
        uint32_t kind, words, n;
        uint64_t thread, owner;
    } all[] = {
        {HZW_ORDER, 0, 0, 1, 1},  {HZW_ORDER, UINT32_MAX, 0, 1, 1}, {HZW_ORDER, 8, 0, 1, 1},
        {HZW_ORDER, 10, 0, 1, 1}, {HZW_ORDER, 17, 0, 1, 1},         {HZW_ORDER, 9, 1, 1, 1},
        {6, 9, 0, 1, 1},          {HZW_ORDER, 9, UINT32_MAX, 1, 1}, {UINT32_MAX, 9, 0, 1, 1},
        {HZW_ORDER, 9, 0, 0, 1},  {HZW_ORDER, 9, 0, 1, 0},          {HZW_BORN, 15, 2, 1, 1},
        {0, 9, 0, 1, 1},          {HZW_ORDER, 60, 17, 1, 1},        {HZW_ORDER, 18, 4, 1, 1},
    };
    const struct broken *one = &all[_i];
    scribble((struct hzw_record){.kind = one->kind,
                                 .words = one->words,
                                 .n = one->n,
                                 .thread = one->thread,
                                 .owner = one->owner});
}
END_TEST

START_TEST(a_record_that_is_longer_than_was_reserved)
{
    uint64_t position;
    struct hzw_record *longer = order_record(1, 2);
    ck_assert(reserve(region, longer->words - 1, &position));
    fill(region, position, longer);
    commit(region, position, longer);
    expect_nothing(1);
    ck_assert_uint_eq(reader.leaps, 1);
}
END_TEST

START_TEST(a_tail_that_makes_no_sense)
{
    static const uint64_t tails[] = {1,          7,       HZW_LOG + 8,    HZW_LOG + 1,
                                     UINT64_MAX, 1 << 20, UINT64_MAX - 7, 1ull << 63,
                                     5ull << 40};
    put(1, 1);
    expect(1, 1, HZW_LOG_WHOLE);
    atomic_store(&region->log_tail, tails[_i]);
    hzw_log_read(&reader, 1, &record);
    hzw_log_read(&reader, 1 + LOST_WRITER, &record);
    ck_assert_uint_eq(reader.head, tails[_i] / 8 * 8);
    atomic_store(&region->log_tail, reader.head);
    after_scribbling();
}
END_TEST

START_TEST(a_head_that_is_overwritten)
{
    put(1, 1);
    atomic_store(&region->log_head, 12345);
    expect(1, 1, HZW_LOG_WHOLE);
    ck_assert_uint_eq(atomic_load(&region->log_head), reader.given);
}
END_TEST

/* What was read is given back with its pages, and what is yet to be read stays. */
START_TEST(what_was_read_costs_no_memory)
{
    munmap(region, sizeof *region);
    region = mmap(NULL, sizeof *region, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(region, MAP_FAILED);
    hzw_log_open(&reader, region);
    uint64_t written = 0, read = 0;
    while (reader.head < 3 * HZW_LOG) {
        while (written < read + 1000)
            put(written++, 5);
        for (unsigned i = 0; i < 500; i++)
            expect(read++, 5, HZW_LOG_WHOLE);
    }
    static unsigned char there[HZW_LOG / 4096];
    size_t pages = 0;
    ck_assert_int_eq(mincore(region->log, HZW_LOG, there), 0);
    for (size_t i = 0; i < sizeof there; i++)
        pages += there[i] & 1;
    uint64_t used = atomic_load(&region->log_tail) - reader.given;
    ck_assert_msg(pages <= used / 4096 + 2, "%zu pages for %" PRIu64 " bytes", pages, used);
    while (read < written)
        expect(read++, 5, HZW_LOG_WHOLE);
    expect_clean();
}
END_TEST

START_TEST(noise)
{
    srand((unsigned)_i);
    for (unsigned round = 0; round < 200; round++) {
        for (unsigned i = 0; i < 50; i++)
            atomic_store(&region->log[(reader.head / 8 + (uint64_t)rand() % 500) % (HZW_LOG / 8)],
                         (uint64_t)rand() << 32 >> rand() % 64 | (uint64_t)rand() % 8);
        atomic_store(&region->log_tail, reader.head + (uint64_t)rand() % 4000);
        for (unsigned i = 0; i < 100; i++) {
            uint64_t now = 1 + (uint64_t)rand() * 4;
            if (hzw_log_read(&reader, now, &record) && record.fixed.n > HZW_LISTED)
                ck_abort_msg("%u entries", record.fixed.n);
        }
    }
    /* What was written after the tail was never reserved: that is for the next to find. */
    for (size_t i = 0; i < HZW_LOG / 8; i++)
        atomic_store(&region->log[i], 0);
    atomic_store(&region->log_tail, reader.head);
    reader.since = 0;
    after_scribbling();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log");
    TCase *one = tcase_create("log");
    tcase_set_timeout(one, 100);
    tcase_add_checked_fixture(one, set_up, tear_down);
    tcase_add_test(one, in_order_and_often_round);
    tcase_add_test(one, several_writers_at_a_time);
    tcase_add_test(one, a_slow_writer_is_waited_for);
    tcase_add_test(one, a_killed_writer_is_leapt_over);
    tcase_add_test(one, a_hole_does_not_take_a_later_one_along);
    tcase_add_test(one, a_hole_at_the_end);
    tcase_add_test(one, a_full_log_is_told_of);
    tcase_add_test(one, a_log_that_was_full);
    tcase_add_test(one, lost_orders);
    tcase_add_loop_test(one, records_that_make_no_sense, 0, 15);
    tcase_add_test(one, a_record_that_is_longer_than_was_reserved);
    tcase_add_loop_test(one, a_tail_that_makes_no_sense, 0, 9);
    tcase_add_test(one, a_head_that_is_overwritten);
    tcase_add_test(one, what_was_read_costs_no_memory);
    tcase_add_loop_test(one, noise, 0, 20);
    suite_add_tcase(suite, one);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
