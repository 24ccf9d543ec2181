/* Real programs: right ones that contend, of which nothing is said, and wrong ones. */
#include "starve_run.h"

#include <sched.h>

/* HAZMAT_REPEAT: how often each runs; HAZMAT_SECONDS: for how long; HAZMAT_ONLY: which. */
static const char *seconds(void)
{
    const char *set = getenv("HAZMAT_SECONDS");
    return set != NULL ? set : "1.5";
}

static int repeat(void)
{
    const char *set = getenv("HAZMAT_REPEAT");
    return set != NULL ? atoi(set) : 1;
}

/* Of pre-contend, and of starve-not. */
static const char *const right[] = {"fair",   "tight",  "loaded",   "crowd",   "spin",
                                    "tokens", "convoy", "tickets",  "readers", "pool",
                                    "polls",  "timed",  "back-off", "slow"};
#define RIGHT ((int)(sizeof right / sizeof *right))

START_TEST(contention_is_no_starvation)
{
    const char *only = getenv("HAZMAT_ONLY");
    for (int i = 0; i < repeat() && (only == NULL || strcmp(only, right[_i]) == 0); i++) {
        const char *program = _i == 0 ? TEST_FAKE "/pre-contend" : TEST_FAKE "/starve-not";
        int status = run_and_look(program, right[_i], seconds(), 5000, 0);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", status);
        ck_assert_uint_ge(atomic_load(&region->next_slot), 3);
        ck_assert_msg(found.n == 0, "%s: %s: %s", right[_i], found.n > 0 ? found.at[0].kind : "",
                      found.n > 0 ? found.at[0].summary : "");
    }
}
END_TEST

#define YES TEST_FAKE "/starve-yes"

static void is_told(const char *how, const char *kind, const char *what)
{
    run_and_look(YES, how, "20", 5000, 1);
    ck_assert_msg(found.n == 1, "%s: %zu suspicions", how, found.n);
    const struct hzw_suspicion *suspicion = &found.at[0];
    ck_assert_str_eq(suspicion->kind, kind);
    ck_assert_uint_ge(suspicion->suspects.n, 2);
    const struct hzw_suspect *starves = &suspicion->suspects.at[0];
    const struct hzw_suspect *passes = &suspicion->suspects.at[1];
    ck_assert_str_eq(starves->what, what);
    ck_assert(!starves->holds);
    ck_assert(starves->pid != passes->pid || starves->tid != passes->tid);
    ck_assert_uint_ne(starves->caller, 0);
    ck_assert_uint_ne(passes->caller, 0);
}

static const struct wrong {
    const char *how, *kind, *what;
} wrong[] = {
    {"readers", "bypass", "rwlock"},
    {"timed", "bypass", "rwlock"},
};
#define WRONG ((int)(sizeof wrong / sizeof *wrong))

START_TEST(who_starves_is_told)
{
    is_told(wrong[_i].how, wrong[_i].kind, wrong[_i].what);
}
END_TEST

/* It always takes it first; who only tries finds it taken. */
START_TEST(who_tries_against_a_hog_is_told)
{
    run_and_look(TEST_FAKE "/pre-contend", "hog", "20", 5000, 1);
    is_found("lock-hog", 2);
    ck_assert_str_eq(found.at[0].suspects.at[0].what, "mutex");
    ck_assert_ptr_nonnull(strstr(found.at[0].summary, "tries for a mutex"));
}
END_TEST

START_TEST(timed_tries_against_each_other_are_told)
{
    run_options.livelock_seconds = 2;
    run_and_look(YES, "turns", "20", 5000, 1);
    is_found("livelock", 2);
    ck_assert_uint_ne(found.at[0].suspects.at[0].object, found.at[0].suspects.at[1].object);
}
END_TEST

START_TEST(who_holds_and_polls_is_told)
{
    run_options.hold_long = 1;
    is_told("poller", "lock-hog", "mutex");
    ck_assert(found.at[0].suspects.at[1].holds);
}
END_TEST

START_TEST(who_is_passed_over_by_another_process)
{
    is_told("shared", "bypass", "rwlock");
    ck_assert_int_ne(found.at[0].suspects.at[0].pid, found.at[0].suspects.at[1].pid);
    ck_assert_uint_ne(found.at[0].suspects.at[0].object, found.at[0].suspects.at[1].object);
}
END_TEST

/* ---- priorities ------------------------------------------------------------------- */

static bool may_have_priorities(void)
{
    struct sched_param none = {0}, high = {.sched_priority = 50};
    if (sched_setscheduler(0, SCHED_FIFO, &high) == 0)
        return sched_setscheduler(0, SCHED_OTHER, &none) == 0;
    printf("skipped: real-time priorities are not permitted here (RLIMIT_RTPRIO)\n");
    return false;
}

/* The program runs on the first processor alone: this one must not be there. */
static bool leave_first_processor(void)
{
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
    CPU_CLR(0, &set);
    if (CPU_COUNT(&set) > 0)
        return sched_setaffinity(0, sizeof set, &set) == 0;
    printf("skipped: there is one processor only\n");
    return false;
}

START_TEST(a_priority_inversion)
{
    if (!may_have_priorities() || !leave_first_processor())
        return;
    run_and_look(YES, "inversion", "0.9", 5000, 1);
    is_found("priority-inversion", 3);
    const struct hzw_suspicion *suspicion = &found.at[0];
    ck_assert_ptr_nonnull(strstr(suspicion->summary, "of priority 30 waits for thread"));
    ck_assert_ptr_nonnull(strstr(suspicion->suspects.at[0].role, "does not inherit"));
    ck_assert_ptr_nonnull(strstr(suspicion->suspects.at[1].role, "has priority 10 and the mutex"));
    ck_assert_ptr_nonnull(strstr(suspicion->suspects.at[2].role, "has priority 20 and runs"));
    ck_assert(suspicion->suspects.at[1].holds);
}
END_TEST

/* The mutex inherits; nobody is between; one is, for a short time. */
START_TEST(priorities_that_are_right)
{
    static const char *const ways[] = {"inherits", "ranks", "inversion"};
    static const char *const times[] = {"0.6", "0.6", "0.06"};
    if (!may_have_priorities() || !leave_first_processor())
        return;
    int status = run_and_look(YES, ways[_i], times[_i], 5000, 0);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", status);
    is_silent();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("starve_real");
    TCase *silent = add_case_with(suite, "right", setup_run);
    tcase_set_timeout(silent, 600);
    tcase_set_tags(silent, "right");
    tcase_add_loop_test(silent, contention_is_no_starvation, 0, RIGHT);
    TCase *told = add_case_with(suite, "wrong", setup_run);
    tcase_add_loop_test(told, who_starves_is_told, 0, WRONG);
    tcase_add_test(told, who_tries_against_a_hog_is_told);
    tcase_add_test(told, timed_tries_against_each_other_are_told);
    tcase_add_test(told, who_holds_and_polls_is_told);
    tcase_add_test(told, who_is_passed_over_by_another_process);
    TCase *ranks = add_case_with(suite, "priorities", setup_run);
    tcase_add_test(ranks, a_priority_inversion);
    tcase_add_loop_test(ranks, priorities_that_are_right, 0, 3);
    return run_suite(suite);
}
