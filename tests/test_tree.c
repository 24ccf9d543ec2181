/* What is found below a process, and who gets the signals: harness/process/tree.h. */
#include "supervised.h"

#include "process/tree.h"

static size_t live, own;

static enum hz_look count_tree(void *context, pid_t supervisor)
{
    enum hz_look look = stop_when_ready(context, supervisor);
    if (look == HZ_LOOK_STOP) {
        hz_pids pids = {0};
        hz_tree(&arena, supervisor, &pids);
        live = pids.n;
        own = 0;
        for (size_t i = 0; i < pids.n; i++)
            own += pids.at[i] == supervisor;
    }
    return look;
}

START_TEST(tree)
{
    static const struct {
        const char *program, *how;
        int ready;
        size_t live;
    } cases[] = {
        {"proc-stubborn", "hang", 1, 1}, {"proc-leak", "zombie", 1, 1},
        {"proc-leak", "stay", 1, 2},     {"proc-bomb", "sessions", 64, 64},
        {"proc-leak", "thread", 1, 1},
    };
    struct hz_command command = fake(cases[_i].program, cases[_i].how, NULL);
    command.limits.grace = 0;
    stop_after(&command, cases[_i].ready);
    command.observer.look = count_tree;
    supervise(&command);
    assert_end(HZ_END_STOPPED);
    ck_assert_uint_eq(live, cases[_i].live);
    ck_assert_uint_eq(own, 0);
}
END_TEST

static pid_t forked_sleeper(void)
{
    pid_t child = fork();
    if (child == 0) {
        alarm(120);
        for (;;)
            pause();
    }
    return child;
}

/* As a child is until its setsid(): the group has members that are not below the root. */
START_TEST(signals_do_not_reach_the_own_group)
{
    int status;
    pid_t child = forked_sleeper();
    ck_assert_uint_eq(hz_tree_signal(getpid(), SIGKILL), 1);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, SIGKILL);
}
END_TEST

START_TEST(signals_do_not_reach_the_group_of_the_root)
{
    pid_t root = fork();
    if (root == 0) {
        setpgid(0, 0);
        alarm(120);
        pid_t child = forked_sleeper();
        (void)!write(ready[1], "r", 1);
        int status;
        _exit(waitpid(child, &status, 0) == child && status == SIGKILL ? 0 : 1);
    }
    char byte;
    int status;
    wait_until(read(ready[0], &byte, 1) == 1);
    ck_assert_uint_eq(hz_tree_signal(root, SIGKILL), 1);
    ck_assert_int_eq(waitpid(root, &status, 0), root);
    ck_assert_int_eq(status, 0);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_loop_test(tests, tree, 0, 5);
    tcase_add_test(tests, signals_do_not_reach_the_own_group);
    tcase_add_test(tests, signals_do_not_reach_the_group_of_the_root);
}

int main(void)
{
    return run_cases("tree", add);
}
