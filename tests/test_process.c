/* How a program ends, and that all of it ends: harness/process/supervise.h. */
#include "supervised.h"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

/* ---- the ends ---------------------------------------------------------------- */

START_TEST(exits)
{
    struct hz_command command = fake("proc-leak", "nothing", NULL);
    supervise(&command);
    assert_end(HZ_END_EXITED);
    ck_assert_int_eq(out.status, 7);
    ck_assert_int_eq(out.signal, 0);
    ck_assert_ptr_null(out.reason);
    ck_assert_uint_eq(out.leaks.n, 0);
    ck_assert(!out.interrupted);
    ck_assert_double_gt(out.seconds, 0);
}
END_TEST

START_TEST(killed_by_a_signal)
{
    struct hz_command command = fake("proc-stubborn", "raise", "11");
    supervise(&command);
    assert_end(HZ_END_SIGNALED);
    ck_assert_int_eq(out.signal, SIGSEGV);
    ck_assert(!out.core);
}
END_TEST

START_TEST(deadline)
{
    struct hz_command command = fake("proc-stubborn", "hang", NULL);
    command.limits.seconds = 0.1;
    supervise(&command);
    assert_end(HZ_END_DEADLINE);
    ck_assert_int_eq(out.signal, SIGTERM);
    ck_assert_double_ge(out.seconds, 0.1);
}
END_TEST

START_TEST(no_deadline)
{
    struct hz_command command = fake("proc-output", "close", NULL);
    command.limits.seconds = 0;
    supervise(&command);
    assert_end(HZ_END_EXITED);
    ck_assert_double_ge(out.seconds, 1);
}
END_TEST

/* Before it runs, too: opening a pipe that nobody writes to waits for ever. */
START_TEST(deadline_before_the_start)
{
    char path[] = "/tmp/hazmat-test-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(path));
    char *pipe_path = hz_printf(&arena, "%s/pipe", path);
    ck_assert_int_eq(mkfifo(pipe_path, 0600), 0);
    struct hz_command command = fake("proc-stubborn", "hang", NULL);
    command.input = pipe_path;
    command.limits.seconds = 0.1;
    supervise(&command);
    assert_end(HZ_END_DEADLINE);
    unlink(pipe_path);
    rmdir(path);
}
END_TEST

START_TEST(stopped_by_the_observer)
{
    struct hz_command command = fake("proc-stubborn", "polite", NULL);
    stop_after(&command, 1);
    supervise(&command);
    assert_end(HZ_END_STOPPED);
    ck_assert_str_eq(printed(), "bye\n");
    ck_assert_int_eq(out.status, 3);
}
END_TEST

START_TEST(kill_at_once_asks_nobody)
{
    struct hz_command command = fake("proc-stubborn", "polite", NULL);
    command.kill_at_once = true;
    stop_after(&command, 1);
    supervise(&command);
    assert_end(HZ_END_STOPPED);
    ck_assert_str_eq(printed(), "");
    ck_assert_int_eq(out.signal, SIGKILL);
}
END_TEST

START_TEST(interrupted)
{
    struct hz_command command = fake("proc-stubborn", "parent", _i == SIGTERM ? "15" : "2");
    supervise(&command);
    assert_end(HZ_END_INTERRUPTED);
    ck_assert(out.interrupted);
}
END_TEST

/* It ended before we acted on the signal, but whoever sent that is not to wait for another run. */
START_TEST(interrupted_at_the_end)
{
    struct hz_command command = fake("proc-stubborn", "parent-exit", "15");
    supervise(&command);
    ck_assert(out.interrupted);
    ck_assert(out.end == HZ_END_INTERRUPTED || out.end == HZ_END_EXITED);
}
END_TEST

START_TEST(ignores_sigterm)
{
    struct hz_command command = fake("proc-stubborn", "ignore", NULL);
    command.limits.grace = 0.1;
    stop_after(&command, 1);
    supervise(&command);
    assert_end(HZ_END_STOPPED);
    ck_assert_int_eq(out.signal, SIGKILL);
}
END_TEST

START_TEST(stopped_program_is_continued_to_end)
{
    struct hz_command command = fake("proc-stubborn", "stopped", NULL);
    stop_after(&command, 1);
    supervise(&command);
    ck_assert_str_eq(printed(), "bye\n");
}
END_TEST

START_TEST(not_started)
{
    static const char *const programs[][2] = {
        {"/no/such/program", "/no/such/program: No such file or directory"},
        {"no-such-program-in-path", "no-such-program-in-path: No such file or directory"},
        {"/etc/passwd", "/etc/passwd: Permission denied"},
        {"/tmp", "/tmp: Permission denied"},
        {"", ": No such file or directory"},
    };
    struct hz_command command = fake("", NULL, NULL);
    char *argv[] = {(char *)programs[_i][0], NULL};
    char *set[] = {mark, "PATH=/usr/bin", NULL};
    command.set = set;
    command.argv = argv;
    supervise(&command);
    assert_end(HZ_END_NOT_STARTED);
    ck_assert_str_eq(out.reason, programs[_i][1]);
    ck_assert_int_eq(out.status, 0);
}
END_TEST

/* execvp() would let the shell have a go at it, line by line. */
START_TEST(half_a_program_is_no_script)
{
    char path[] = "/tmp/hazmat-test-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);
    ck_assert_int_eq(write(fd, "exit 9\n", 7), 7);
    ck_assert_int_eq(fchmod(fd, 0700), 0);
    close(fd);
    struct hz_command command = fake("", NULL, NULL);
    char *argv[] = {path, NULL};
    command.argv = argv;
    supervise(&command);
    unlink(path);
    assert_end(HZ_END_NOT_STARTED);
    ck_assert_ptr_nonnull(strstr(out.reason, ": Exec format error"));
}
END_TEST

/* ---- what is left behind ----------------------------------------------------- */

START_TEST(leaks_are_named_and_killed)
{
    static const char *const hows[][2] = {{"child", "proc-leak"},
                                          {"daemon", "escaper) R 1 ("},
                                          {"stopped", "proc-leak"},
                                          {"traced", "proc-leak"}};
    struct hz_command command = fake("proc-leak", hows[_i][0], NULL);
    supervise(&command);
    assert_end(HZ_END_EXITED);
    ck_assert_int_eq(out.status, 7);
    ck_assert_uint_eq(out.leaks.n, 1);
    ck_assert_str_eq(out.leaks.at[0].name, hows[_i][1]);
    ck_assert_int_eq(kill(out.leaks.at[0].pid, 0), -1);
    ck_assert_double_lt(out.seconds, 60);
}
END_TEST

START_TEST(ending_with_the_parent_is_no_leak)
{
    struct hz_command command = fake("proc-leak", "ending", NULL);
    supervise(&command);
    assert_end(HZ_END_EXITED);
    ck_assert_uint_eq(out.leaks.n, 0);
}
END_TEST

START_TEST(stopping_reaches_escapers)
{
    struct hz_command command = fake("proc-leak", "stay", NULL);
    command.limits.grace = 0.1;
    stop_after(&command, 1);
    supervise(&command);
    assert_end(HZ_END_STOPPED);
    ck_assert_uint_eq(out.leaks.n, 0);
}
END_TEST

/* The pipe lives on inside a message that nobody has received yet. */
START_TEST(output_held_open_outside_of_the_tree)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    struct hz_command command = fake("proc-leak", "handover", NULL);
    char *set[] = {mark, hz_printf(&arena, "READY=%d", ends[1]), NULL};
    command.set = set;
    command.keep = (const int[]){ends[1], -1};
    supervise(&command);
    assert_end(HZ_END_EXITED);
    ck_assert_int_eq(out.status, 7);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(bombs)
{
    static const char *const hows[] = {"group", "sessions"};
    struct hz_command command = fake("proc-bomb", hows[_i], NULL);
    command.limits.grace = 0;
    stop_after(&command, 64);
    supervise(&command);
    assert_end(HZ_END_STOPPED);
}
END_TEST

START_TEST(runner_is_caught)
{
    struct hz_command command = fake("proc-bomb", "runner", NULL);
    command.limits.grace = 0;
    stop_after(&command, 1);
    double start = hz_now();
    supervise(&command);
    assert_end(HZ_END_STOPPED);
    ck_assert_double_lt(hz_now() - start, 15); /* by itself it runs for 20 seconds */
}
END_TEST

/* ---- measures and manners ---------------------------------------------------- */

START_TEST(processor_time_of_grandchildren)
{
    struct hz_command command = fake("proc-work", "cpu", "300");
    supervise(&command);
    assert_end(HZ_END_EXITED);
    ck_assert_int_eq(out.status, 0);
    ck_assert_double_ge(out.cpu_seconds, 0.29);
    ck_assert_double_lt(out.cpu_seconds, 3);
}
END_TEST

/* Of this run alone: a second one does not inherit the peak of the first. */
START_TEST(memory_of_grandchildren)
{
    struct hz_command command = fake("proc-work", "memory", "100");
    supervise(&command);
    ck_assert_int_eq(out.status, 0);
    ck_assert_int_ge(out.peak_kib, 100 * 1024);
    ck_assert_int_lt(out.peak_kib, 200 * 1024);
    command = fake("proc-work", "memory", "1");
    supervise(&command);
    ck_assert_int_lt(out.peak_kib, 60 * 1024);
}
END_TEST

START_TEST(closed_output_costs_no_processor_time)
{
    struct rusage before, after;
    struct hz_command command = fake("proc-output", "close", NULL);
    getrusage(RUSAGE_SELF, &before);
    supervise(&command);
    getrusage(RUSAGE_SELF, &after);
    assert_end(HZ_END_EXITED);
    ck_assert_int_eq(out.status, 5);
    double used = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
                  (double)(after.ru_stime.tv_sec - before.ru_stime.tv_sec) +
                  (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec) / 1e6 +
                  (double)(after.ru_stime.tv_usec - before.ru_stime.tv_usec) / 1e6;
    ck_assert_double_lt(used, 0.5 * out.seconds);
}
END_TEST

static void nothing(int number)
{
    (void)number;
}

START_TEST(the_caller_stays_as_it_was)
{
    int subreaper = 1, death = -1;
    sigset_t before, after;
    struct sigaction on_child;
    signal(SIGCHLD, SIG_IGN); /* by which a child's status is lost */
    prctl(PR_SET_PDEATHSIG, SIGUSR2);
    sigprocmask(SIG_BLOCK, NULL, &before);
    struct hz_command command = fake("proc-leak", "daemon", NULL);
    supervise(&command);
    assert_end(HZ_END_EXITED);
    ck_assert_int_eq(out.status, 7);
    sigprocmask(SIG_BLOCK, NULL, &after);
    for (int number = 1; number < NSIG; number++)
        ck_assert_int_eq(sigismember(&before, number), sigismember(&after, number));
    sigaction(SIGCHLD, NULL, &on_child);
    ck_assert_ptr_eq(on_child.sa_handler, SIG_IGN);
    prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
    ck_assert_int_eq(subreaper, 0);
    prctl(PR_GET_PDEATHSIG, &death);
    ck_assert_int_eq(death, SIGUSR2);
}
END_TEST

static size_t open_descriptors(void)
{
    size_t n = 0;
    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

START_TEST(no_descriptor_is_left_open)
{
    size_t before = open_descriptors();
    struct hz_command command = fake("proc-leak", "daemon", NULL);
    supervise(&command);
    command.argv = (char *[]){"/no/such/program", NULL};
    supervise(&command);
    command = fake("proc-stubborn", "hang", NULL);
    stop_after(&command, 1);
    supervise(&command);
    ck_assert_uint_eq(open_descriptors(), before);
}
END_TEST

static enum hz_look trace(void *context, pid_t supervisor)
{
    int *looks = context;
    hz_pids pids = {0};
    hz_tree(&arena, supervisor, &pids);
    if (pids.n == 1 && ++*looks == 1) {
        ck_assert_int_eq(ptrace(PTRACE_SEIZE, pids.at[0], NULL, NULL), 0);
        ck_assert_int_eq(ptrace(PTRACE_INTERRUPT, pids.at[0], NULL, NULL), 0);
    } else if (pids.n == 1 && *looks > 1) {
        ptrace(PTRACE_DETACH, pids.at[0], NULL, NULL); /* fails until it has stopped */
    }
    return HZ_LOOK_GO_ON;
}

/* What an observer that reads stacks leaves to be waited for is no end of the program. */
START_TEST(a_traced_stop_is_no_end)
{
    int looks = 0;
    struct hz_command command = fake("proc-output", "close", NULL);
    command.observer = (struct hz_observer){.every = 0.05, .look = trace, .context = &looks};
    supervise(&command);
    ck_assert_int_gt(looks, 1);
    assert_end(HZ_END_EXITED);
    ck_assert_int_eq(out.status, 5);
    ck_assert_double_ge(out.seconds, 1);
}
END_TEST

START_TEST(signals_that_interrupt_calls)
{
    struct sigaction action = {.sa_handler = nothing};
    struct itimerval often = {{0, 1000}, {0, 1000}}, never = {0};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    struct hz_command command = fake("proc-output", "flood", "20000000");
    hz_supervise(&arena, &command, &out);
    setitimer(ITIMER_REAL, &never, NULL);
    assert_end(HZ_END_EXITED);
    ck_assert_int_eq(out.status, 0);
    ck_assert_uint_eq(out.out.head.n + out.out.dropped + out.out.tail.n, 20000000);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, exits);
    tcase_add_test(tests, killed_by_a_signal);
    tcase_add_test(tests, deadline);
    tcase_add_test(tests, no_deadline);
    tcase_add_test(tests, deadline_before_the_start);
    tcase_add_test(tests, stopped_by_the_observer);
    tcase_add_test(tests, kill_at_once_asks_nobody);
    tcase_add_loop_test(tests, interrupted, SIGINT, SIGINT + 1);
    tcase_add_loop_test(tests, interrupted, SIGTERM, SIGTERM + 1);
    tcase_add_test(tests, interrupted_at_the_end);
    tcase_add_test(tests, ignores_sigterm);
    tcase_add_test(tests, stopped_program_is_continued_to_end);
    tcase_add_loop_test(tests, not_started, 0, 5);
    tcase_add_test(tests, half_a_program_is_no_script);
    tcase_add_loop_test(tests, leaks_are_named_and_killed, 0, 4);
    tcase_add_test(tests, ending_with_the_parent_is_no_leak);
    tcase_add_test(tests, stopping_reaches_escapers);
    tcase_add_test(tests, output_held_open_outside_of_the_tree);
    tcase_add_loop_test(tests, bombs, 0, 2);
    tcase_add_test(tests, runner_is_caught);
    tcase_add_test(tests, processor_time_of_grandchildren);
    tcase_add_test(tests, memory_of_grandchildren);
    tcase_add_test(tests, closed_output_costs_no_processor_time);
    tcase_add_test(tests, the_caller_stays_as_it_was);
    tcase_add_test(tests, no_descriptor_is_left_open);
    tcase_add_test(tests, a_traced_stop_is_no_end);
    tcase_add_test(tests, signals_that_interrupt_calls);
}

int main(void)
{
    return run_cases("process", add);
}
