/*
 * What a look costs with 10,000 threads and 100,000 locks: in steps, as the time depends on
 * the machine. HAZMAT_TIMES=1 prints that, too.
 */
#include "starve_fill.h"

#include <time.h>

#define THREADS 10000
#define LOCKS 100000
/* A slot has so many accounts and, here, up to ten locks; the rest is a few for each thread. */
#define STEPS_PER_THREAD (HZW_TALLIES + 40)

static struct hzw_tally *tally_at(int tid, uint32_t n)
{
    atomic_store(&slot(tid)->far, HZW_FAR_TALLY);
    return (struct hzw_tally *)hzw_tally_at(slot(tid), n);
}

static void add_account(int tid, uint32_t n, uint64_t object, uint32_t kind)
{
    struct hzw_tally *place = tally_at(tid, n);
    place->kind = kind;
    place->caller = 0x88;
    atomic_store(&place->object, object);
    atomic_fetch_add(&place->taken, 1 + (unsigned)tid % 7);
}

static uint64_t lock_number(uint64_t n)
{
    return 0x100000 + 0x40 * (n % LOCKS);
}

/* Locks all over the place, ten of them held, and 64 accounts of others. */
static void fill(void)
{
    add_threads(THREADS);
    for (int tid = 1; tid <= THREADS; tid++) {
        for (uint32_t n = 0; n < HZW_TALLIES; n++)
            add_account(tid, n, lock_number((uint64_t)tid * 7919 + n * 104729ull), HZW_MUTEX);
        for (uint32_t n = 0; n < 10; n++)
            slot(tid)->held[n] =
                (struct hzw_held){lock_number((uint64_t)tid * 10 + n), 0x99, HZW_MUTEX, 1};
        slot(tid)->held_n = 10;
    }
}

static void all_take(void)
{
    for (int tid = 1; tid <= THREADS; tid++)
        for (uint32_t n = 0; n < HZW_TALLIES; n++)
            atomic_fetch_add(&tally_at(tid, n)->taken, 1);
}

static size_t memory(void)
{
    return obstack_memory_used(&starve->looks[0].stack) +
           obstack_memory_used(&starve->looks[1].stack) + obstack_memory_used(&starve->kept.stack) +
           (starve->counts[0].room + starve->counts[1].room) * sizeof *starve->counts[0].at;
}

#define LOOKS 21

static int by_time(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* What others do on the machine does not count. */
static double processor_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Looks for a while; gives the most steps that a look took. */
static uint64_t look_for_a_while(const char *what)
{
    uint64_t most = 0;
    double times[LOOKS];
    for (int i = 0; i < LOOKS; i++) {
        all_take();
        uint64_t before = starve->steps;
        double start = processor_time();
        look(10 + 0.02 * i);
        times[i] = processor_time() - start;
        if (starve->steps - before > most)
            most = starve->steps - before;
    }
    qsort(times, LOOKS, sizeof *times, by_time);
    if (getenv("HAZMAT_TIMES") != NULL)
        printf("%-32s %8zu steps a look, %.1f ms of a processor (median), %zu KiB\n", what,
               (size_t)most, times[LOOKS / 2] * 1e3, memory() >> 10);
    return most;
}

static void is_cheap(const char *what)
{
    ck_assert_uint_le(look_for_a_while(what), (uint64_t)THREADS * STEPS_PER_THREAD);
    ck_assert_uint_le(memory(), (size_t)48 << 20);
}

START_TEST(nobody_waits)
{
    fill();
    is_cheap("nobody waits");
    is_silent();
}
END_TEST

START_TEST(all_are_idle_on_one_condition)
{
    fill();
    for (int tid = 1; tid <= THREADS; tid++) {
        add_account(tid, 0, OBJECT, HZW_COND);
        waits(tid, HZW_COND, SECOND);
        slot(tid)->episode.object = OBJECT;
        slot(tid)->episode.with = lock_number(1);
        slot(tid)->episode.caller = 0x88;
        slot(tid)->episode.since = SECOND;
        atomic_store(&slot(tid)->episode.vain, 3);
        atomic_store(&slot(tid)->episode.seq, 1);
    }
    is_cheap("all idle on one condition");
}
END_TEST

START_TEST(all_are_in_the_queue_of_one_mutex)
{
    fill();
    for (int tid = 1; tid <= THREADS; tid++) {
        add_account(tid, 0, OBJECT, HZW_MUTEX);
        waits(tid, HZW_MUTEX, (uint64_t)(9e9 + tid * 1e5));
    }
    is_cheap("all in the queue of one mutex");
}
END_TEST

START_TEST(each_waits_for_a_lock_of_its_own)
{
    fill();
    for (int tid = 1; tid <= THREADS; tid++)
        waits_for(tid, HZW_MUTEX, lock_number((uint64_t)tid * 10 + 10), (uint64_t)(9e9 + tid));
    is_cheap("each waits for another lock");
}
END_TEST

START_TEST(all_share_a_few_locks)
{
    fill();
    for (int tid = 1; tid <= THREADS; tid++) {
        for (uint32_t n = 0; n < HZW_TALLIES; n++)
            add_account(tid, n, lock_number(n), HZW_MUTEX);
        waits_for(tid, HZW_MUTEX, lock_number((uint64_t)tid % 64), (uint64_t)(9e9 + tid));
    }
    /* Here each account is of something that is waited for. */
    ck_assert_uint_le(look_for_a_while("all share 64 locks"),
                      (uint64_t)THREADS * (STEPS_PER_THREAD + 2 * HZW_TALLIES));
    ck_assert_uint_le(memory(), (size_t)96 << 20);
}
END_TEST

START_TEST(all_try_in_vain)
{
    fill();
    for (int tid = 1; tid <= THREADS; tid++)
        atomic_store(&tally_at(tid, 5)->refused, 50);
    for (int i = 0; i < 10; i++) {
        for (int tid = 1; tid <= THREADS; tid++)
            atomic_fetch_add(&tally_at(tid, 5)->refused, 1);
        look(5 + i);
    }
    is_cheap("all have tried in vain");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("starve_scale");
    TCase *scale = add_case(suite, "scale");
    tcase_add_test(scale, nobody_waits);
    tcase_add_test(scale, all_are_idle_on_one_condition);
    tcase_add_test(scale, all_are_in_the_queue_of_one_mutex);
    tcase_add_test(scale, each_waits_for_a_lock_of_its_own);
    tcase_add_test(scale, all_share_a_few_locks);
    tcase_add_test(scale, all_try_in_vain);
    return run_suite(suite);
}
