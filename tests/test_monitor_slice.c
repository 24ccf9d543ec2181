/*
 * Full looks in slices. With slices of no time at all a look is left at every place where it
 * may be: so a test knows what it has read, and lets the program go on in between.
 */
#include "monitor_run.h"
#include "watchdog/monitor_parts.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

/* ---- the program moves-between ------------------------------------------------------------ */

static struct {
    pid_t pid, b;
    unsigned long first, second; /* addresses */
    int in;
} program;

static void start(const char *n, struct hzw_monitor *monitor, bool preload)
{
    int in[2], out[2];
    char text[128] = "";
    ck_assert(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    char *environment = hzw_environment(&arena, monitor), *path = fake("moves-between");
    program.pid = fork();
    if (program.pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        putenv(environment);
        if (preload)
            setenv("LD_PRELOAD", PRELOAD, 1);
        execl(path, "moves-between", n, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    program.in = in[1];
    ck_assert_int_gt(read(out[0], text, sizeof text - 1), 0);
    ck_assert_int_eq(sscanf(text, "%d %lx %lx", &program.b, &program.first, &program.second), 3);
    close(out[0]);
}

/* `address`: of the futex; 0: it reads a line. */
static void until_it_waits(pid_t tid, uint64_t address)
{
    enum hzt_on on = address != 0 ? HZT_ON_FUTEX : HZT_ON_PIPE_READ;
    struct hzt_thread thread;
    for (double end = hz_now() + 20; hz_now() < end; usleep(1000))
        if (hzt_read(program.pid, tid, &thread) && thread.state == HZT_BLOCKED && thread.on == on &&
            (address == 0 || thread.address == address))
            return;
    ck_abort_msg("thread %d does not come to wait", (int)tid);
}

static void until_there_are(size_t threads)
{
    for (double end = hz_now() + 20; hz_now() < end; usleep(1000))
        if (hzt_thread_count(program.pid) == threads)
            return;
    ck_abort_msg("there are %zu threads", hzt_thread_count(program.pid));
}

/* The main thread waits for B, from now on for the other line; B then for the main thread. */
static void move(void)
{
    ck_assert_int_eq(write(program.in, "\n", 1), 1);
    until_it_waits(program.pid, 0);
    until_it_waits(program.b, program.first);
}

static void end(void)
{
    int status;
    ck_assert_int_eq(write(program.in, "\n", 1), 1);
    ck_assert_int_eq(waitpid(program.pid, &status, 0), program.pid);
    ck_assert_int_eq(status, 0);
    close(program.in);
}

static struct hzw_monitor *open_monitor(double slice)
{
    static struct hzw_options options;
    options = hzw_defaults();
    options.share = 1;
    struct hzw_monitor *monitor = hzw_open(&options, NULL);
    ck_assert_ptr_nonnull(monitor);
    monitor->slice = slice;
    return monitor;
}

/* Calls until a look begins and has read a thread; the main thread is the first. */
static void look_at_main(struct hzw_monitor *monitor)
{
    double end = hz_now() + 20;
    do
        hzw_look(monitor, getpid(), false);
    while ((!hzw_under_way(monitor) || monitor->view.threads.n != 1) && hz_now() < end);
    ck_assert(hzw_under_way(monitor));
    ck_assert_int_eq(monitor->view.threads.at[0].tid, program.pid);
    ck_assert_int_eq(monitor->view.threads.at[0].state, HZT_BLOCKED);
}

static bool sees_circle(const struct hzw_view *view)
{
    ssize_t main = hzw_view_thread(view, program.pid, program.pid);
    ssize_t b = hzw_view_thread(view, program.pid, program.b);
    return view->waits != NULL && main >= 0 && b >= 0 && view->waits[main].owner == program.b &&
           view->waits[b].owner == program.pid;
}

/* ---- slices ----------------------------------------------------------------------------- */

#define OTHERS 100

/* How many calls one look takes. */
static unsigned calls_of_a_look(double slice)
{
    struct hzw_monitor *monitor = open_monitor(slice);
    start("100", monitor, false);
    until_there_are(OTHERS + 2);
    unsigned calls = 0;
    unsigned long turns = monitor->turns;
    while (monitor->turns == turns || hzw_under_way(monitor)) {
        hzw_look(monitor, getpid(), false);
        calls += monitor->turns != turns;
    }
    ck_assert_uint_eq(monitor->turns, turns + 1);
    move();
    end();
    hzw_close(monitor);
    return calls;
}

START_TEST(a_look_is_left_when_its_time_is_over)
{
    ck_assert_uint_eq(calls_of_a_look(INFINITY), 1);
    /* When each thread is read, when it is said what it waits for, and more. */
    ck_assert_uint_gt(calls_of_a_look(0), 2 * OTHERS);
}
END_TEST

/* However short the slices, they are no longer than one step. */
START_TEST(a_slice_ends_in_time)
{
    struct hzw_monitor *monitor = open_monitor(0.0005);
    start("1000", monitor, false);
    until_there_are(1002);
    double longest[64], most = 0;
    for (int i = 0; i < 64; i++) {
        double begun = hz_now();
        hzw_look(monitor, getpid(), false);
        longest[i] = hz_now() - begun;
        /* Others may have the processor for a while: the middle counts. */
        for (int k = i; k > 0 && longest[k] < longest[k - 1]; k--) {
            double swap = longest[k];
            longest[k] = longest[k - 1];
            longest[k - 1] = swap;
        }
        most = longest[i / 2];
    }
    ck_assert_double_lt(most, 0.005);
    ck_assert_uint_lt(monitor->turns, 32);
    move();
    end();
    hzw_close(monitor);
}
END_TEST

START_TEST(a_look_may_be_given_up_half_way)
{
    struct hzw_monitor *monitor = open_monitor(0);
    start("10", monitor, false);
    until_it_waits(program.pid, program.second);
    look_at_main(monitor);
    hzw_close(monitor);
    move();
    end();
}
END_TEST

/* ---- who moves meanwhile ------------------------------------------------------------------ */

START_TEST(who_has_moved_since_is_in_no_deadlock)
{
    struct hzw_monitor *monitor = open_monitor(0);
    start("0", monitor, false);
    until_it_waits(program.pid, program.second);
    look_at_main(monitor);
    move();
    bool circle = false;
    while (hzw_under_way(monitor)) {
        hzw_look(monitor, getpid(), false);
        circle |= hzw_under_way(monitor) && sees_circle(&monitor->view);
    }
    ck_assert(circle);
    ck_assert_uint_eq(hzw_findings(monitor)->n, 0);
    for (int i = 0; i < 1000; i++)
        ck_assert(!hzw_look(monitor, getpid(), false));
    ck_assert_uint_eq(hzw_findings(monitor)->n, 0);
    end();
    hzw_close(monitor);
}
END_TEST

static size_t told(const struct hzw_view *view)
{
    size_t n = 0;
    for (size_t i = 0; i < view->threads.n; i++)
        n += view->threads.at[i].told;
    return n;
}

/* Hundreds that seem to be stuck, and only because of it, are not read from the kernel. */
START_TEST(who_waits_for_one_that_has_moved_is_taken_at_its_word)
{
    enum { N = 200, LONG_ENOUGH = 50000 };
    struct hzw_monitor *monitor = open_monitor(0);
    start("200", monitor, true);
    until_there_are(N + 2);
    until_it_waits(program.pid, program.second);
    usleep(LONG_ENOUGH);
    look_at_main(monitor);
    move();
    bool circle = false;
    size_t left = 0;
    while (hzw_under_way(monitor)) {
        hzw_look(monitor, getpid(), false);
        if (!hzw_under_way(monitor) || monitor->view.threads.n != N + 2)
            continue;
        circle |= sees_circle(&monitor->view);
        left = told(&monitor->view);
    }
    ck_assert(circle);
    ck_assert_uint_gt(left, N / 2);
    ck_assert_uint_eq(hzw_findings(monitor)->n, 0);
    end();
    hzw_close(monitor);
}
END_TEST

/* ---- what is found all the same ------------------------------------------------------------- */

static const struct {
    const char *program, *argument, *kind;
    bool preload;
} hangs[] = {
    {"hang-abba", NULL, "lock-cycle", false},
    {"hang-lost-signal", NULL, "lost-signal", true},
    {"hang-pipes", NULL, "pipe-cycle", false},
    {"hang-many", "100", "lock-cycle", true},
    {"hang-rwlock-reader", NULL, "lock-cycle", true},
};

START_TEST(a_hang_is_found_in_slices)
{
    struct run run = {
        .options = hzw_defaults(), .preload = hangs[_i].preload, .findings = 1, .in_slices = true};
    run.options.share = 1;
    char *argv[] = {fake(hangs[_i].program), (char *)hangs[_i].argument, NULL};
    watch(&run, argv);
    ck_assert_msg(run.outcome.end == HZ_END_STOPPED, "%s: nothing found", hangs[_i].program);
    ck_assert_str_eq(hzw_findings(run.monitor)->at[0].kind, hangs[_i].kind);
    hzw_close(run.monitor);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor_slice");
    TCase *slices = add_case(suite, "slices");
    tcase_add_test(slices, a_look_is_left_when_its_time_is_over);
    tcase_add_test(slices, a_slice_ends_in_time);
    tcase_add_test(slices, a_look_may_be_given_up_half_way);
    TCase *moved = add_case(suite, "moved");
    tcase_add_test(moved, who_has_moved_since_is_in_no_deadlock);
    tcase_add_test(moved, who_waits_for_one_that_has_moved_is_taken_at_its_word);
    TCase *found = add_case(suite, "found");
    tcase_add_loop_test(found, a_hang_is_found_in_slices, 0, sizeof hangs / sizeof *hangs);
    return run_suite(suite);
}
