/*
 * `hazmat watch` on a terminal: the program has it as if it were called by itself, and
 * Ctrl-C is the program's first and ours second.
 */
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define HAZMAT TEST_BUILD "/hazmat"
#define PROGRAM TEST_FAKE "/watch-terminal"

static int terminal; /* our end of it */
static pid_t child;
static char said[1 << 16];
static size_t said_n;
static char folder[64];

static void set_up(void)
{
    said_n = 0;
    said[0] = '\0';
    strcpy(folder, "/tmp/hazmat-terminal-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void tear_down(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

/* Starts a line for the shell on a terminal of its own. */
static void start(const char *line)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    child = forkpty(&terminal, NULL, NULL, &size);
    ck_assert_int_ge(child, 0);
    if (child != 0)
        return;
    if (chdir(folder) == 0)
        execl("/bin/bash", "bash", "--norc", "-c", line, (char *)NULL);
    _exit(127);
}

/* False when nobody has the terminal open any more. */
static bool hear(void)
{
    ssize_t got = read(terminal, said + said_n, sizeof said - 1 - said_n);
    if (got <= 0)
        return false;
    said_n += (size_t)got;
    said[said_n] = '\0';
    return true;
}

static void await(const char *text)
{
    while (strstr(said, text) == NULL)
        ck_assert_msg(hear(), "no \"%s\" in:\n%s", text, said);
}

static void type(const char *keys)
{
    ck_assert_int_eq(write(terminal, keys, strlen(keys)), strlen(keys));
}

/* A signal for the hazmat that the shell has started, alone. */
static void tell_hazmat(const char *name)
{
    char line[128];
    snprintf(line, sizeof line, "kill -%s $(pgrep -P %d -x hazmat)", name, (int)child);
    ck_assert_int_eq(system(line), 0);
}

/* Everything that it says to the end; its exit status. */
static int finish(void)
{
    int status;
    while (hear())
        ;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    close(terminal);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#define ck_heard(text) ck_assert_msg(strstr(said, text) != NULL, "no \"%s\" in:\n%s", text, said)

START_TEST(the_program_has_the_terminal)
{
    start("exec " HAZMAT " watch -- " PROGRAM " streams");
    ck_assert_int_eq(finish(), 0);
    ck_heard("terminals 111, foreground 1, session of its own 0, signals blocked 0");
    ck_heard("nothing found");
}
END_TEST

/* A program of full-screen habits: it reads single keys, and has the keyboard back in order. */
START_TEST(keys_reach_the_program)
{
    start("exec " HAZMAT " watch -q -- bash -c 'read -rsn 3 -p go x; echo \"<$x>\"'");
    await("go");
    type("abc");
    ck_assert_int_eq(finish(), 0);
    ck_heard("<abc>");
}
END_TEST

START_TEST(the_report_is_coloured_and_kept_apart)
{
    start("exec env -u NO_COLOR TERM=xterm " HAZMAT " watch -- " TEST_FAKE "/hang-self");
    ck_assert_int_eq(finish(), 1);
    ck_heard("\033[1m");
    ck_heard("deadlock, certain");
}
END_TEST

START_TEST(ctrl_c_is_the_programs)
{
    start("exec " HAZMAT " watch --propagate -- " PROGRAM " ends");
    await("ready");
    type("\003");
    ck_assert_int_eq(finish(), 5);
    ck_heard("caught it");
    ck_heard("ended with exit status 5");
}
END_TEST

START_TEST(a_program_that_dies_of_ctrl_c)
{
    start("exec " HAZMAT " watch -- sh -c 'echo ready; exec sleep 300'");
    await("ready");
    type("\003");
    ck_assert_int_eq(finish(), 130);
    ck_heard("killed by signal 2");
}
END_TEST

START_TEST(ctrl_backslash_is_no_end_of_ours)
{
    start("ulimit -c 0; exec " HAZMAT " watch --propagate -- sh -c 'echo ready; exec sleep 300'");
    await("ready");
    type("\034");
    ck_assert_int_eq(finish(), 128 + SIGQUIT);
    ck_heard("killed by signal 3");
}
END_TEST

/* It minds neither Ctrl-C nor SIGTERM. */
START_TEST(a_second_ctrl_c_ends_the_tree)
{
    start("exec " HAZMAT " watch -- sh -c 'echo $$ > pid; exec " PROGRAM " stays'");
    await("ready");
    type("\003");
    await("Ctrl-C again ends it");
    type("\003");
    ck_assert_int_eq(finish(), 130);
    ck_heard("interrupted, the program was ended");
}
END_TEST

START_TEST(ctrl_c_ends_what_was_left_running)
{
    start("exec " HAZMAT " watch --propagate -- " PROGRAM " leaves pid");
    await("Ctrl-C ends");
    type("\003");
    ck_assert_int_eq(finish(), 6);
    char line[128];
    snprintf(line, sizeof line, "kill -0 $(cat %s/pid) 2>/dev/null", folder);
    ck_assert_int_ne(system(line), 0);
}
END_TEST

START_TEST(ctrl_c_leaves_a_process_that_ran_already)
{
    start("sleep 300 & p=$!; " HAZMAT " watch --pid $p; s=$?; "
          "kill $p && echo still there; exit $s");
    await("watching process");
    /* In a script all are in one group, so that the signal has to be for us alone. */
    tell_hazmat("INT");
    ck_assert_int_eq(finish(), 0);
    ck_heard("goes on");
    ck_heard("still there");
}
END_TEST

/* The terminal's other jobs are none of ours, whatever group the program is in. */
START_TEST(other_jobs_of_the_terminal_are_left_alone)
{
    start("set -m; sleep 300 & p=$!; " HAZMAT " watch -- " PROGRAM " joins $p; "
          "kill $p && echo still there");
    await("ready");
    tell_hazmat("TERM");
    ck_assert_int_eq(finish(), 0);
    ck_heard("interrupted, the program was ended");
    ck_heard("still there");
}
END_TEST

/* A job in the background may not write there, but the report is not the job's. */
START_TEST(a_report_from_the_background)
{
    start("set -m; stty tostop; " HAZMAT " watch -- sleep 0.3 & wait $!; echo waited $?");
    ck_assert_int_eq(finish(), 0);
    ck_heard("nothing found");
    ck_heard("waited 0");
}
END_TEST

/* What is killed in the midst of it cannot put the terminal right. */
START_TEST(the_terminal_is_put_right)
{
    start("stty -a > before; " HAZMAT " watch -- sh -c 'stty raw -echo; exec " TEST_FAKE
          "/hang-self'; stty -a | cmp - before && echo as before");
    ck_assert_int_eq(finish(), 0);
    ck_heard("as before");
}
END_TEST

/* Ctrl-Z stops both, and both go on. */
START_TEST(a_stop_is_no_end)
{
    start("set -m; " HAZMAT " watch --propagate -- " PROGRAM " ends; echo stopped $?; fg");
    await("ready");
    type("\032");
    await("stopped 148");
    await("goes on");
    type("\003");
    ck_assert_int_eq(finish(), 5);
    ck_heard("caught it");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("watch on a terminal");
    TCase *all = tcase_create("watch on a terminal");
    tcase_set_timeout(all, 120);
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, the_program_has_the_terminal);
    tcase_add_test(all, keys_reach_the_program);
    tcase_add_test(all, the_report_is_coloured_and_kept_apart);
    tcase_add_test(all, ctrl_c_is_the_programs);
    tcase_add_test(all, a_program_that_dies_of_ctrl_c);
    tcase_add_test(all, ctrl_backslash_is_no_end_of_ours);
    tcase_add_test(all, a_second_ctrl_c_ends_the_tree);
    tcase_add_test(all, ctrl_c_ends_what_was_left_running);
    tcase_add_test(all, ctrl_c_leaves_a_process_that_ran_already);
    tcase_add_test(all, other_jobs_of_the_terminal_are_left_alone);
    tcase_add_test(all, a_report_from_the_background);
    tcase_add_test(all, the_terminal_is_put_right);
    tcase_add_test(all, a_stop_is_no_end);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
