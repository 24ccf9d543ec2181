/*
 * The live monitor on programs that look for moments as if they hung: it says nothing.
 * And both sorts of programs under the tools, which bring threads and signals of their own.
 */
#include "monitor_run.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* ---- programs that do not hang -------------------------------------------------------------- */

static char *nots[] = {
    "mutex",          "sleepers",      "rwlocks",       "spinning",           "condition",
    "barriers",       "semaphores",    "joins",         "children",           "slow-child",
    "commands",       "pipes",         "file-locks",    "shared-memory",      "handler-posts",
    "handler-writes", "child-signals", "timer-signals", "handler-interrupts",
};
#define NOTS (sizeof nots / sizeof *nots)

/* Where hang-not sees whether it has been looked at often enough: it goes on until then. */
static atomic_int *share_enough(void)
{
    char *path = hz_printf(&arena, "%s/enough", folder);
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(ftruncate(file, sizeof(atomic_int)), 0);
    void *shared = mmap(NULL, sizeof(atomic_int), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ck_assert(shared != MAP_FAILED);
    close(file);
    setenv("HANG_NOT_ENOUGH", path, 1);
    return shared;
}

static void check_not(struct run *run, char *const *argv)
{
    run->go_on = true;
    run->enough = share_enough();
    watch(run, argv);
    ck_assert_msg(!run->hung, "%s is said to hang: %s", argv[1], hzw_hang(run->monitor));
    const hz_findings *findings = hzw_findings(run->monitor);
    for (size_t i = 0; i < findings->n; i++)
        ck_assert_msg(findings->at[i].class != HZ_DEADLOCK, "%s: %s", argv[1],
                      findings->at[i].summary);
    ck_assert_msg(run->outcome.end == HZ_END_EXITED, "%s: %s", argv[1],
                  hz_end_name(run->outcome.end));
    ck_assert_uint_ge(run->monitor->turns, ENOUGH_LOOKS);
    hzw_close(run->monitor);
}

START_TEST(a_program_that_works_is_left_alone)
{
    struct run run = {.options = hzw_defaults()};
    char *argv[] = {fake("hang-not"), nots[_i], "400", NULL};
    check_not(&run, argv);
    ck_assert_int_eq(run.outcome.status, 0);
}
END_TEST

START_TEST(a_program_that_works_is_left_alone_with_the_preload)
{
    struct run run = {.options = hzw_defaults(), .preload = true};
    char *argv[] = {fake("hang-not"), nots[_i], "400", NULL};
    check_not(&run, argv);
    ck_assert_int_eq(run.outcome.status, 0);
}
END_TEST

/* Whoever is blocked for as long as one look takes: the rest is up to the second reading. */
START_TEST(a_moment_is_no_hang_however_short_the_wait_for_a_second_look)
{
    static char *const names[] = {"mutex", "semaphores", "pipes", "shared-memory", "barriers"};
    struct run run = {.options = hzw_defaults()};
    run.options.confirm = 0;
    char *argv[] = {fake("hang-not"), names[_i], "1000", NULL};
    check_not(&run, argv);
}
END_TEST

/* ---- help from outside of the tree ------------------------------------------------------------
 */

static char semaphore_name[64];

/*
 * A process that is neither below this one nor above it, and goes on for a while with
 * what `work` does. Gives its id.
 */
static pid_t start_stranger(void (*work)(int), int descriptor)
{
    int told[2];
    pid_t stranger = 0;
    ck_assert_int_eq(pipe(told), 0);
    pid_t child = fork();
    if (child == 0) {
        if (fork() != 0)
            _exit(0);
        pid_t own = getpid();
        if (write(told[1], &own, sizeof own) != sizeof own)
            _exit(2);
        for (int i = 0; i < 200; i++) {
            usleep(150000);
            work(descriptor);
        }
        _exit(0);
    }
    waitpid(child, NULL, 0);
    ck_assert_int_eq(read(told[0], &stranger, sizeof stranger), sizeof stranger);
    close(told[0]);
    close(told[1]);
    return stranger;
}

/* Has the semaphore in its memory all the time, as others that may post it would. */
static void posts_and_keeps(int unused)
{
    static sem_t *kept;
    (void)unused;
    if (kept == NULL)
        kept = sem_open(semaphore_name, 0);
    sem_post(kept);
}

START_TEST(a_stranger_may_post_a_semaphore)
{
    snprintf(semaphore_name, sizeof semaphore_name, "/hang-not-%d", (int)getpid());
    ck_assert(sem_open(semaphore_name, O_CREAT | O_EXCL, 0600, 0) != SEM_FAILED);
    setenv("HANG_NOT_SEMAPHORE", semaphore_name, 1);
    pid_t stranger = start_stranger(posts_and_keeps, -1);
    /* Until the stranger has it open, so that no look comes before that. */
    sem_t *there = sem_open(semaphore_name, 0);
    sem_wait(there);
    struct run run = {.options = hzw_defaults()};
    char *argv[] = {fake("hang-not"), "named-semaphore", "800", NULL};
    check_not(&run, argv);
    kill(stranger, SIGKILL);
    sem_unlink(semaphore_name);
}
END_TEST

/* The helper is out of sight, being the harness itself: only that the other ran tells. */
START_TEST(who_ran_between_two_looks_is_not_stuck)
{
    snprintf(semaphore_name, sizeof semaphore_name, "/hang-not-%d", (int)getpid());
    sem_t *there = sem_open(semaphore_name, O_CREAT | O_EXCL, 0600, 0);
    ck_assert(there != SEM_FAILED);
    setenv("HANG_NOT_SEMAPHORE", semaphore_name, 1);
    struct run run = {.options = hzw_defaults(), .post = there};
    char *argv[] = {fake("hang-not"), "named-semaphore", "800", NULL};
    check_not(&run, argv);
    sem_unlink(semaphore_name);
}
END_TEST

START_TEST(a_semaphore_of_nobody_else_is_a_hang)
{
    snprintf(semaphore_name, sizeof semaphore_name, "/hang-not-%d", (int)getpid());
    ck_assert(sem_open(semaphore_name, O_CREAT | O_EXCL, 0600, 0) != SEM_FAILED);
    setenv("HANG_NOT_SEMAPHORE", semaphore_name, 1);
    struct run run = {.options = hzw_defaults()};
    char *argv[] = {fake("hang-not"), "named-semaphore", "800", NULL};
    watch(&run, argv);
    ck_assert_int_eq(run.outcome.end, HZ_END_STOPPED);
    hzw_close(run.monitor);
    sem_unlink(semaphore_name);
}
END_TEST

static void writes(int descriptor)
{
    if (write(descriptor, "x", 1) != 1)
        _exit(2);
}

/* It reads from ends[0], which it gets from the one who started it. */
static void check_given_pipe(struct run *run, const int *ends)
{
    int keep[] = {ends[0], -1};
    run->keep = keep;
    setenv("HANG_NOT_PIPE", hz_printf(&arena, "%d", ends[0]), 1);
    char *argv[] = {fake("hang-not"), "given-pipe", "800", NULL};
    check_not(run, argv);
}

START_TEST(a_stranger_may_write_to_a_pipe)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t stranger = start_stranger(writes, ends[1]);
    close(ends[1]);
    struct run run = {.options = hzw_defaults()};
    check_given_pipe(&run, ends);
    kill(stranger, SIGKILL);
}
END_TEST

START_TEST(the_harness_may_write_to_a_pipe)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    struct run run = {.options = hzw_defaults(), .pipe = ends[1]};
    check_given_pipe(&run, ends);
}
END_TEST

/* ---- under the tools ---------------------------------------------------------------------------
 */

/* The fake program `name`, built with ThreadSanitizer. */
static char *with_tsan(const char *name)
{
    char *program = hz_printf(&arena, "%s/program", folder);
    char *source = hz_printf(&arena, "%s/tests/fake/%s.c", TEST_SOURCE, name);
    char *argv[] = {"clang", "-D_GNU_SOURCE", "-g", "-gdwarf-4", "-fsanitize=thread", source,
                    "-o",    program,         NULL};
    struct hz_command command = {.argv = argv,
                                 .limits = {.seconds = DEADLINE, .head = 4096, .tail = 4096}};
    struct hz_outcome outcome;
    hz_supervise(&arena, &command, &outcome);
    ck_assert_msg(outcome.end == HZ_END_EXITED && outcome.status == 0, "clang: %s %.*s",
                  hz_end_name(outcome.end), (int)outcome.err.head.n, outcome.err.head.at);
    return program;
}

static struct run of_tsan(void)
{
    struct run run = {.options = hzw_defaults(), .fixed = true};
    run.options.runtime_threads = true;
    return run;
}

START_TEST(hangs_are_found_under_tsan)
{
    static const char *const names[] = {"hang-abba", "hang-lost-signal", "hang-pipes",
                                        "hang-raced"};
    struct run run = of_tsan();
    char *argv[] = {with_tsan(names[_i]), NULL};
    watch(&run, argv);
    ck_assert_int_eq(run.outcome.end, HZ_END_STOPPED);
    ck_assert_uint_eq(hzw_findings(run.monitor)->n, 1);
    hzw_close(run.monitor);
}
END_TEST

/* What called the watchdog's library is an interceptor; what called that one is told. */
START_TEST(locks_were_taken_by_the_program_and_not_by_tsan)
{
    struct run run = of_tsan();
    run.preload = true;
    char *argv[] = {with_tsan("hang-abba"), NULL};
    watch(&run, argv);
    ck_assert_uint_eq(hzw_findings(run.monitor)->n, 1);
    const struct hz_finding *finding = &hzw_findings(run.monitor)->at[0];
    ck_assert_uint_eq(finding->parties.n, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(finding->parties.at[i].holds.n, 1);
        const struct hz_frame *at = &finding->parties.at[i].holds.at[0].taken_at;
        ck_assert_ptr_nonnull(at->file);
        ck_assert_ptr_nonnull(strstr(at->file, "hang-abba.c"));
        ck_assert(at->line == 9 || at->line == 17);
    }
    hzw_close(run.monitor);
}
END_TEST

/* Its own thread is there, and goes on: who does not know it sees no hang of the whole. */
START_TEST(the_thread_of_tsan_counts_if_it_is_not_left_out)
{
    struct run run = of_tsan();
    run.options.runtime_threads = false;
    run.seconds = 2.0;
    char *argv[] = {with_tsan("hang-abba"), NULL};
    watch(&run, argv);
    ck_assert_int_eq(run.outcome.end, HZ_END_DEADLINE);
    ck_assert_uint_eq(hzw_findings(run.monitor)->n, 1);
    hzw_close(run.monitor);
}
END_TEST

START_TEST(programs_that_work_are_left_alone_under_tsan)
{
    static char *const names[] = {"mutex", "sleepers",   "condition",
                                  "pipes", "slow-child", "handler-posts"};
    char *program = with_tsan("hang-not");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct run run = of_tsan();
        char *argv[] = {program, names[i], "500", NULL};
        check_not(&run, argv);
    }
}
END_TEST

static char *const tools[] = {"--tool=helgrind", "--tool=drd"};

START_TEST(hangs_are_found_under_valgrind)
{
    static const char *const names[] = {"hang-abba", "hang-lost-signal", "hang-child-input",
                                        "hang-lost-wake"};
    struct run run = {.options = hzw_defaults()};
    run.options.findings = false;
    char *argv[] = {"valgrind", "-q", "--vgdb=no", tools[_i % 2], fake(names[_i / 2]), NULL};
    watch(&run, argv);
    ck_assert_int_eq(run.outcome.end, HZ_END_STOPPED);
    ck_assert(run.hung);
    hzw_close(run.monitor);
}
END_TEST

START_TEST(programs_that_work_are_left_alone_under_valgrind)
{
    static char *const names[] = {"mutex", "condition", "pipes", "handler-posts",
                                  "handler-interrupts"};
    struct run run = {.options = hzw_defaults()};
    char *argv[] = {"valgrind",       "-q",          "--vgdb=no", tools[_i % 2],
                    fake("hang-not"), names[_i / 2], "700",       NULL};
    check_not(&run, argv);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor_quiet");
    TCase *working = add_case(suite, "no hangs");
    tcase_add_loop_test(working, a_program_that_works_is_left_alone, 0, NOTS);
    tcase_add_loop_test(working, a_program_that_works_is_left_alone_with_the_preload, 0, NOTS);
    tcase_add_loop_test(working, a_moment_is_no_hang_however_short_the_wait_for_a_second_look, 0,
                        5);
    tcase_add_test(working, a_stranger_may_post_a_semaphore);
    tcase_add_test(working, who_ran_between_two_looks_is_not_stuck);
    tcase_add_test(working, a_semaphore_of_nobody_else_is_a_hang);
    tcase_add_test(working, a_stranger_may_write_to_a_pipe);
    tcase_add_test(working, the_harness_may_write_to_a_pipe);

    TCase *tool = add_case(suite, "tools");
    tcase_add_loop_test(tool, hangs_are_found_under_tsan, 0, 4);
    tcase_add_test(tool, locks_were_taken_by_the_program_and_not_by_tsan);
    tcase_add_test(tool, the_thread_of_tsan_counts_if_it_is_not_left_out);
    tcase_add_test(tool, programs_that_work_are_left_alone_under_tsan);
    tcase_add_loop_test(tool, hangs_are_found_under_valgrind, 0, 8);
    tcase_add_loop_test(tool, programs_that_work_are_left_alone_under_valgrind, 0, 10);
    return run_suite(suite);
}
