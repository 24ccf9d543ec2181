/*
 * The quick look by itself, without any full one: it finds the cycles whose holders the
 * shared memory and the mutexes name. And full looks where threads are taken at their word.
 */
#include "monitor_run.h"
#include "watchdog/monitor_parts.h"

#include <math.h>
#include <pthread.h>
#include <unistd.h>

static enum hz_look look_only_quickly(void *context, pid_t supervisor)
{
    struct run *run = context;
    run->monitor->next_full = INFINITY;
    run->looks++;
    hzw_look(run->monitor, supervisor, false);
    return hzw_findings(run->monitor)->n != 0 ? HZ_LOOK_STOP : HZ_LOOK_GO_ON;
}

static void watch_quickly(struct run *run, char *const *argv)
{
    run->options = hzw_defaults();
    run->monitor = hzw_open(&run->options, NULL);
    ck_assert_ptr_nonnull(run->monitor);
    char *set[] = {hzw_environment(&arena, run->monitor), "LD_PRELOAD=" PRELOAD, NULL};
    struct hz_command command = {
        .argv = argv,
        .set = set,
        .limits = {.seconds = run->seconds != 0 ? run->seconds : DEADLINE,
                   .grace = 0.1,
                   .head = 4096,
                   .tail = 4096},
        .observer = {.every = 0.001, .look = look_only_quickly, .context = run},
    };
    hz_supervise(&arena, &command, &run->outcome);
}

static const struct {
    const char *program, *kind;
    size_t parties;
} cycles[] = {
    {"hang-abba", "lock-cycle", 2},          {"hang-cycle3", "lock-cycle", 3},
    {"hang-self", "self-lock", 1},           {"hang-rwlock-upgrade", "self-lock", 1},
    {"hang-rwlock-reader", "lock-cycle", 2}, {"hang-join-cycle", "join-cycle", 3},
    {"hang-join-locked", "wait-cycle", 2},   {"hang-shared-abba", "lock-cycle", 2},
    {"hang-spin", "lock-cycle", 2},          {"hang-many", "lock-cycle", 2},
};

START_TEST(a_cycle_is_found_without_a_full_look)
{
    struct run run = {0};
    char *argv[] = {fake(cycles[_i].program), "200", NULL};
    watch_quickly(&run, argv);
    ck_assert_msg(run.outcome.end == HZ_END_STOPPED, "%s: nothing found", cycles[_i].program);
    const struct hz_finding *finding = &hzw_findings(run.monitor)->at[0];
    ck_assert_str_eq(finding->kind, cycles[_i].kind);
    ck_assert_int_eq(finding->class, HZ_DEADLOCK);
    ck_assert_int_eq(finding->sure, HZ_CERTAIN);
    ck_assert_uint_eq(finding->parties.n, cycles[_i].parties);
    ck_assert_double_gt(finding->at, 0);
    hzw_close(run.monitor);
}
END_TEST

/* Of two that wait for each other each is told to wait on the other. */
START_TEST(who_waits_for_whom_is_told)
{
    struct run run = {0};
    char *argv[] = {fake("hang-abba"), NULL};
    watch_quickly(&run, argv);
    const struct hz_finding *finding = &hzw_findings(run.monitor)->at[0];
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(finding->parties.at[i].waits_on.n, 1);
        ck_assert_uint_eq(finding->parties.at[i].waits_on.at[0], 1 - i);
        ck_assert_double_gt(finding->parties.at[i].waited, 0);
        ck_assert_double_lt(finding->parties.at[i].waited, DEADLINE);
    }
    hzw_close(run.monitor);
}
END_TEST

/* Contention, joins and condition queues that come to their end. */
START_TEST(work_that_goes_on_is_no_cycle)
{
    struct run run = {0};
    char *argv[] = {fake("right-contends"), NULL};
    watch_quickly(&run, argv);
    ck_assert_uint_eq(hzw_findings(run.monitor)->n, 0);
    ck_assert_uint_gt(run.looks, 50);
    hzw_close(run.monitor);
}
END_TEST

/* ---- many threads in full looks ------------------------------------------------------------ */

START_TEST(a_deadlock_beside_many_waiters_is_found_by_full_looks)
{
    struct run run = {.options = hzw_defaults(), .preload = true, .findings = 1};
    run.options.share = 1;
    char *argv[] = {fake("hang-many"), "300", NULL};
    watch(&run, argv);
    ck_assert_int_eq(run.outcome.end, HZ_END_STOPPED);
    ck_assert(!run.hung);
    ck_assert_str_eq(hzw_findings(run.monitor)->at[0].kind, "lock-cycle");
    hzw_close(run.monitor);
}
END_TEST

/* Of mutexes that are read together one that is not there hides none of those before it. */
START_TEST(mutexes_are_read_together_up_to_a_bad_one)
{
    enum { N = 700, BAD = 300 };
    static pthread_mutex_t mutex[N];
    static uint64_t addresses[N];
    static pid_t owners[N];
    for (size_t i = 0; i < N; i++) {
        pthread_mutex_init(&mutex[i], NULL);
        if (i % 2 == 0)
            pthread_mutex_lock(&mutex[i]);
        addresses[i] = (uint64_t)(uintptr_t)&mutex[i];
    }
    ck_assert_uint_eq(hzw_mutex_owners(getpid(), addresses, owners, N), N);
    for (size_t i = 0; i < N; i++)
        ck_assert_int_eq(owners[i], i % 2 == 0 ? gettid() : 0);
    addresses[BAD] = 8;
    ck_assert_uint_eq(hzw_mutex_owners(getpid(), addresses, owners, N), BAD);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor_quick");
    TCase *quick = add_case(suite, "quick");
    tcase_add_loop_test(quick, a_cycle_is_found_without_a_full_look, 0,
                        sizeof cycles / sizeof *cycles);
    tcase_add_test(quick, who_waits_for_whom_is_told);
    tcase_add_test(quick, work_that_goes_on_is_no_cycle);
    TCase *many = add_case(suite, "many");
    tcase_add_test(many, mutexes_are_read_together_up_to_a_bad_one);
    tcase_add_test(many, a_deadlock_beside_many_waiters_is_found_by_full_looks);
    return run_suite(suite);
}
