/* Reports of Helgrind and DRD, as captured; what is no report has test_reader_valgrind_broken.c. */
#include "valgrind_help.h"

/* ---- what the tools reported ---- */

START_TEST(helgrind_race)
{
    hz_findings findings = read_ok(&hz_helgrind, "helgrind-race", &well);
    CHECK_FINDINGS(&findings, "race/data-race race.c:10 race.c:10",
                   "race/data-race race.c:10 race.c:10");
    const struct hz_party *party = findings.at[0].parties.at;
    ck_assert_str_eq(party[0].id, "thread #3");
    ck_assert_str_eq(party[0].role, "read of 8 bytes");
    ck_assert_str_eq(party[1].id, "thread #2");
    ck_assert_str_eq(party[1].role, "previous write of 8 bytes");
    ck_assert_str_eq(findings.at[1].parties.at[0].role, "write of 8 bytes");
    ck_assert_int_eq(findings.at[0].sure, HZ_PROBABLE);
    ck_assert_ptr_nonnull(strstr(findings.at[0].summary, "(counter)"));
    const struct hz_frame *frame = &party[0].stack.at[0];
    ck_assert_str_eq(frame->file, "/tmp/readers/race.c");
    ck_assert_str_eq(frame->function, "count");
    ck_assert_str_eq(frame->module, "/tmp/readers/race");
    ck_assert_uint_ne(frame->address, 0);
}
END_TEST

START_TEST(helgrind_lock_order)
{
    hz_findings findings = read_ok(&hz_helgrind, "helgrind-order", &well);
    CHECK_FINDINGS(&findings, "deadlock/lock-order order.c:17 order.c:7 order.c:8");
    ck_assert_ptr_nonnull(findings.at[0].parties.at[0].id);
    ck_assert_ptr_null(findings.at[0].parties.at[1].id); /* it does not say who it was */
    /* Three locks: Helgrind knows no stack but the last one; "was first observed" is none. */
    findings = read_ok(&hz_helgrind, "helgrind-three", &well);
    CHECK_FINDINGS(&findings, "deadlock/lock-order three.c:13",
                   "race/data-race three.c:22 three.c:22", "race/data-race three.c:24 three.c:24");
}
END_TEST

START_TEST(helgrind_misuse)
{
    hz_findings findings = read_ok(&hz_helgrind, "helgrind-misuse", &well);
    CHECK_FINDINGS(
        &findings, "misuse/unlock-unlocked misuse.c:29", "misuse/unlock-foreign misuse.c:11",
        "misuse/exit-with-lock-held pthread_create.c:593", "misuse/destroy-locked misuse.c:36",
        "misuse/call-failed misuse.c:36", "misuse/cond-wait-unlocked misuse.c:41",
        "misuse/unlock-unlocked misuse.c:42", "misuse/invalid-lock misuse.c:45",
        "misuse/call-failed misuse.c:45", "misuse/call-failed misuse.c:47",
        "misuse/barrier-misuse misuse.c:49", "misuse/call-failed misuse.c:49",
        "misuse/call-failed misuse.c:50", "misuse/exit-with-lock-held _exit.c:30");
    ck_assert_str_eq(findings.at[2].parties.at[0].role, "Exiting thread still holds 1 lock");
    ck_assert_str_eq(findings.at[4].summary, "Thread #1's call to pthread_mutex_destroy failed "
                                             "with error code 16 (EBUSY: Device or resource busy)");
}
END_TEST

START_TEST(two_processes)
{
    hz_findings findings = read_ok(&hz_helgrind, "helgrind-forked", &well);
    CHECK_FINDINGS(&findings, "race/data-race forked.c:10 forked.c:10",
                   "race/data-race forked.c:10 forked.c:10",
                   "race/data-race forked.c:17 forked.c:17",
                   "race/data-race forked.c:17 forked.c:17");
    findings = read_ok(&hz_drd, "drd-forked", &well);
    ck_assert_uint_eq(findings.n, 6);
}
END_TEST

START_TEST(drd_race)
{
    hz_findings findings = read_ok(&hz_drd, "drd-race", &well);
    CHECK_FINDINGS(&findings, "race/data-race race.c:10", "race/data-race race.c:10",
                   "race/data-race race.c:9");
    ck_assert_str_eq(findings.at[0].parties.at[0].id, "thread 3");
    ck_assert_str_eq(findings.at[0].parties.at[0].role, "read of 8 bytes");
    ck_assert_str_eq(findings.at[1].parties.at[0].role, "write of 8 bytes");
    ck_assert_uint_eq(findings.at[0].times, 500);
    ck_assert_uint_eq(findings.at[1].times, 1000);
    /* Where the other thread's segment began and ended is not where it raced. */
    findings = read_ok(&hz_drd, "drd-live", &well);
    ck_assert_uint_eq(findings.n, 2);
    ck_assert_uint_eq(findings.at[0].parties.n, 1);
}
END_TEST

START_TEST(drd_misuse)
{
    hz_findings findings = read_ok(&hz_drd, "drd-misuse", &well);
    CHECK_FINDINGS(&findings, "misuse/unlock-unlocked misuse.c:29",
                   "misuse/unlock-foreign misuse.c:11", "misuse/exit-with-lock-held misuse.c:34",
                   "misuse/destroy-locked misuse.c:36", "misuse/cond-wait-unlocked misuse.c:41",
                   "misuse/unlock-unlocked misuse.c:42", "misuse/invalid-lock misuse.c:45",
                   "misuse/barrier-misuse misuse.c:49");
}
END_TEST

START_TEST(nothing_reported)
{
    ck_assert_uint_eq(read_ok(&hz_helgrind, "helgrind-clean", &well).n, 0);
    ck_assert_uint_eq(read_ok(&hz_drd, "drd-order", &well).n, 0);
}
END_TEST

/* ---- kinds that need no run of their own ---- */

static const struct {
    const char *kind, *text, *function, *expected;
} kinds[] = {
    {"Misc", "Thread #1: Attempt to re-lock a non-recursive lock I already hold", NULL,
     "deadlock/self-lock"},
    {"Misc",
     "Thread #1: pthread_cond_{signal,broadcast}: dubious: associated lock is not held "
     "by any thread",
     NULL, "misuse/dubious-signal"},
    {"Misc", "Thread #1: pthread_cond_{timed}wait: cond is associated with a different mutex", NULL,
     "misuse/cond-two-mutexes"},
    {"Misc", "Thread #1: pthread_cond_{timed}wait called with mutex held by a different thread",
     NULL, "misuse/cond-wait-foreign"},
    {"Misc",
     "Thread #1: pthread_cond_destroy: destruction of condition variable being waited "
     "upon",
     NULL, "misuse/destroy-waited"},
    {"Misc", "Thread #1: pthread_barrier_init: threads are waiting at barrier", NULL,
     "misuse/destroy-waited"},
    {"MutexErr", "Recursive locking not allowed: mutex 0x1, recursion count 1, owner 1.", NULL,
     "deadlock/self-lock"},
    {"MutexErr", "Mutex not locked by calling thread: mutex 0x1, recursion count 1, owner 2.",
     "pthread_cond_wait@*", "misuse/cond-wait-foreign"},
    {"RwlockErr", "Recursive writer locking not allowed: rwlock 0x1.", NULL, "deadlock/self-lock"},
    {"CondRaceErr", "Probably a race condition: condition variable 0x1 has been signaled", NULL,
     "misuse/dubious-signal"},
    {"SomethingNew", "?", NULL, "misuse/misuse"},
};

START_TEST(kinds_by_text)
{
    struct hz_finding finding = {0};
    ck_assert(hz_valgrind_classify(kinds[_i].kind, kinds[_i].text, kinds[_i].function, &finding));
    ck_assert_str_eq(hz_printf(&arena, "%s/%s", hz_class_name(finding.class), finding.kind),
                     kinds[_i].expected);
}
END_TEST

START_TEST(limits_of_the_tool_are_no_findings)
{
    struct hz_finding finding = {0};
    ck_assert(!hz_valgrind_classify("UnimpDrdClReq", "", NULL, &finding));
}
END_TEST

/* ---- how it is called ---- */

static const char *word_with(const struct hz_plan *plan, const char *prefix)
{
    for (size_t i = 0; i < plan->prefix.n; i++)
        if (strncmp(plan->prefix.at[i], prefix, strlen(prefix)) == 0)
            return plan->prefix.at[i];
    return NULL;
}

START_TEST(command_line)
{
    struct hz_home home = {0};
    struct hz_plan plan = {0};
    hz_helgrind.command(&arena, &home, "/tmp/50%p off", &plan);
    ck_assert_str_eq(plan.prefix.at[0], "valgrind");
    ck_assert_str_eq(word_with(&plan, "--tool="), "--tool=helgrind");
    ck_assert_str_eq(word_with(&plan, "--xml-file="), "--xml-file=/tmp/50%%p off/helgrind.%p.xml");
    ck_assert_ptr_null(word_with(&plan, "--log-file"));
    ck_assert(plan.kill_at_once && !plan.fixed_addresses && !plan.watch);
    ck_assert(plan.slower > 1);
    hz_drd.command(&arena, &home, "/tmp", &plan);
    ck_assert_str_eq(word_with(&plan, "--tool="), "--tool=drd");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reader-valgrind");
    TCase *reports = tcase_create("reports");
    tcase_add_checked_fixture(reports, setup, teardown);
    tcase_add_test(reports, helgrind_race);
    tcase_add_test(reports, helgrind_lock_order);
    tcase_add_test(reports, helgrind_misuse);
    tcase_add_test(reports, two_processes);
    tcase_add_test(reports, drd_race);
    tcase_add_test(reports, drd_misuse);
    tcase_add_test(reports, nothing_reported);
    tcase_add_loop_test(reports, kinds_by_text, 0, sizeof kinds / sizeof *kinds);
    tcase_add_test(reports, limits_of_the_tool_are_no_findings);
    tcase_add_test(reports, command_line);
    suite_add_tcase(suite, reports);
    return run_suite(suite);
}
