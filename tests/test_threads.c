/*
 * What the kernel says of threads: states, signals, standing still, files and mappings. The
 * calls in which they block have a file of their own: test_threads_calls.c.
 */
#include "threads_help.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

/* ---- states without a call ------------------------------------------------------------ */

static void spins(void)
{
    for (;;)
        *(volatile uint32_t *)&shared->word = 1;
}

START_TEST(a_busy_thread_runs)
{
    pid_t child = start(spins);
    struct hzt_thread thread = {0};
    double until = hz_now() + DEADLINE;
    while (shared->word == 0 && hz_now() < until)
        usleep(1000);
    do
        ck_assert(hzt_read(child, child, &thread) && hz_now() < until);
    while (thread.ticks == 0);
    ck_assert_int_eq(thread.state, HZT_RUNS);
    ck_assert_int_eq(thread.call, -1);
    stop(child);
}
END_TEST

START_TEST(a_stopped_thread_waits_for_somebody_outside)
{
    pid_t child = start(pipe_read);
    wait_for_call(child, child, SYS_read);
    kill(child, SIGSTOP);
    ck_assert_int_eq(waitpid(child, NULL, WUNTRACED), child);
    struct hzt_thread thread = wait_for_call(child, child, SYS_read);
    ck_assert_int_eq(thread.state, HZT_OUTSIDE);
    stop(child);
}
END_TEST

/* Its last thread has a child, which waits as well. */
static void *forks(void *unused)
{
    fork();
    pause();
    return unused;
}

static void *only_pauses(void *unused)
{
    pause();
    return unused;
}

static void has_many_threads(void)
{
    pthread_t thread;
    for (int i = 0; i < 300; i++)
        pthread_create(&thread, NULL, i < 299 ? only_pauses : forks, NULL);
    pause();
}

START_TEST(a_process_of_many_threads_has_its_children)
{
    pid_t child = start(has_many_threads);
    hzt_pids children = {0};
    for (int i = 0; i < 5000 && children.n == 0; i++) {
        usleep(1000);
        hzt_children(&arena, child, &children);
    }
    ck_assert_uint_eq(children.n, 1);
    ck_assert_int_ne(children.at[0], child);
    kill(children.at[0], SIGKILL);
    stop(child);
}
END_TEST

static void ends(void)
{
}

START_TEST(a_dead_child_is_a_zombie_and_still_a_child)
{
    pid_t child = start(ends);
    siginfo_t about;
    ck_assert_int_eq(waitid(P_PID, (id_t)child, &about, WEXITED | WNOWAIT), 0);
    struct hzt_thread thread;
    ck_assert(hzt_read(child, child, &thread));
    ck_assert_int_eq(thread.state, HZT_ZOMBIE);
    hzt_pids children = {0};
    hzt_children(&arena, getpid(), &children);
    ck_assert_uint_eq(children.n, 1);
    ck_assert_int_eq(children.at[0], child);
    waitpid(child, NULL, 0);
    ck_assert(!hzt_read(child, child, &thread));
    hzt_threads none = {0};
    ck_assert(!hzt_read_all(&arena, child, &none));
}
END_TEST

static void *reads_pipe(void *unused)
{
    pipe_read();
    return unused;
}

static void main_thread_ends(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, reads_pipe, NULL);
    syscall(SYS_exit, 0);
}

/* By the id of the process nothing can be read any more then. */
START_TEST(threads_are_read_when_their_main_thread_has_ended)
{
    pid_t child = start(main_thread_ends);
    double until = hz_now() + DEADLINE;
    for (;;) {
        hzt_threads threads = {0};
        ck_assert(hz_now() < until);
        ck_assert(hzt_read_all(&arena, child, &threads));
        if (threads.n == 2 && threads.at[0].state == HZT_ZOMBIE &&
            threads.at[1].on == HZT_ON_PIPE_READ) {
            ck_assert_int_eq(threads.at[1].pid, child);
            ck_assert_int_ne(threads.at[1].tid, child);
            ck_assert_uint_eq(threads.at[1].inode, inode_of(empty[0]));
            break;
        }
        usleep(1000);
    }
    stop(child);
}
END_TEST

static void is_called_badly(void)
{
    prctl(PR_SET_NAME, ") R (1 2 3");
    pipe_read();
}

START_TEST(a_name_may_hold_anything)
{
    pid_t child = start(is_called_badly);
    struct hzt_thread thread = wait_for_call(child, child, SYS_read);
    ck_assert_str_eq(thread.name, ") R (1 2 3");
    ck_assert_int_eq(thread.state, HZT_BLOCKED);
    ck_assert_int_eq(thread.parent, getpid());
    stop(child);
}
END_TEST

/* ---- signals ---------------------------------------------------------------------------- */

static void nothing(int signal)
{
    (void)signal;
}

static void handles_two(void)
{
    sigset_t one;
    signal(SIGUSR1, nothing);
    signal(SIGUSR2, nothing);
    sigemptyset(&one);
    sigaddset(&one, SIGUSR2);
    sigprocmask(SIG_BLOCK, &one, NULL);
    pipe_read();
}

START_TEST(handlers_count_unless_they_are_blocked)
{
    pid_t child = start(handles_two);
    struct hzt_thread thread = wait_for_call(child, child, SYS_read);
    ck_assert_uint_eq(thread.handled >> (SIGUSR1 - 1) & 1, 1);
    ck_assert_uint_eq(thread.handled >> (SIGUSR2 - 1) & 1, 0);
    ck_assert(!thread.all_signals_blocked);
    ck_assert(!thread.foreign_ids);
    stop(child);
}
END_TEST

static void blocks_all(void)
{
    uint64_t all = UINT64_MAX;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, sizeof all);
    sleeps();
}

static void blocks_most(void)
{
    sigset_t most;
    sigfillset(&most);
    sigdelset(&most, SIGTERM);
    sigprocmask(SIG_BLOCK, &most, NULL);
    sleeps();
}

START_TEST(all_signals_blocked_means_all)
{
    pid_t all = start(blocks_all), most = start(blocks_most);
    ck_assert(wait_for_call(all, all, SYS_nanosleep).all_signals_blocked);
    ck_assert(!wait_for_call(most, most, SYS_nanosleep).all_signals_blocked);
    stop(all);
    stop(most);
}
END_TEST

/* ---- standing still ---------------------------------------------------------------------- */

START_TEST(a_blocked_thread_stands_still)
{
    pid_t child = start(pipe_read);
    struct hzt_thread before = wait_for_call(child, child, SYS_read), now;
    usleep(20000);
    ck_assert(hzt_read(child, child, &now));
    ck_assert(hzt_still(&before, &now));
    stop(child);
}
END_TEST

static void reads_again_and_again(void)
{
    while (read(empty[0], &byte, 1) == 1)
        shared->word++;
}

/* The same call of the same place: only the counters tell. */
START_TEST(a_thread_that_ran_and_is_back_did_not_stand_still)
{
    pid_t child = start(reads_again_and_again);
    for (uint32_t round = 1; round <= 200; round++) {
        struct hzt_thread before = wait_for_call(child, child, SYS_read);
        ck_assert_int_eq(write(empty[1], "x", 1), 1);
        double until = hz_now() + DEADLINE;
        while (*(volatile uint32_t *)&shared->word < round)
            ck_assert(hz_now() < until);
        struct hzt_thread now = wait_for_call(child, child, SYS_read);
        ck_assert(now.sp == before.sp && now.pc == before.pc);
        ck_assert(!hzt_still(&before, &now));
    }
    stop(child);
}
END_TEST

START_TEST(a_sleeper_is_not_called_still)
{
    pid_t child = start(sleeps);
    struct hzt_thread thread = wait_for_call(child, child, SYS_nanosleep);
    ck_assert(!hzt_still(&thread, &thread));
    stop(child);
}
END_TEST

/* ---- files and mappings --------------------------------------------------------------------- */

static bool has_end(const hzt_pipe_ends *ends, ino_t inode, bool reads, bool writes)
{
    for (size_t i = 0; i < ends->n; i++)
        if (ends->at[i].inode == inode && ends->at[i].reads == reads &&
            ends->at[i].writes == writes && ends->at[i].pid == getpid())
            return true;
    return false;
}

START_TEST(ends_of_pipes_are_told_apart)
{
    hzt_pipe_ends ends = {0};
    int both = open(fifo, O_RDWR);
    close(empty[1]);
    ck_assert(hzt_pipes(&arena, getpid(), &ends));
    ck_assert(has_end(&ends, inode_of(empty[0]), true, false));
    ck_assert(!has_end(&ends, inode_of(empty[0]), false, true));
    ck_assert(has_end(&ends, inode_of(full[0]), true, false));
    ck_assert(has_end(&ends, inode_of(full[0]), false, true));
    ck_assert(has_end(&ends, inode_of(both), true, true));
    ck_assert(!has_end(&ends, inode_of(lock_fd), true, true));
    ck_assert(!hzt_pipes(&arena, 1 << 30, &ends));
    ck_assert(hzt_has_open(getpid(), inode_of(lock_fd)));
    ck_assert(!hzt_has_open(getpid(), inode_of(lock_fd) + 1000000007));
}
END_TEST

START_TEST(holders_of_file_locks_are_found)
{
    pid_t child = start(lock_flock);
    wait_for_call(child, child, SYS_flock);
    hzt_pids holders = {0};
    hzt_lock_holders(&arena, inode_of(lock_fd), &holders);
    ck_assert_uint_gt(holders.n, 0);
    for (size_t i = 0; i < holders.n; i++)
        ck_assert_int_eq(holders.at[i], getpid());
    hzt_pids none = {0};
    hzt_lock_holders(&arena, inode_of(lock_fd) + 1000000007, &none);
    ck_assert_uint_eq(none.n, 0);
    stop(child);
}
END_TEST

START_TEST(mappings_tell_what_is_shared_and_with_whom)
{
    struct hzt_mapping mapping, own;
    pid_t child = start(pipe_read);
    wait_for_call(child, child, SYS_read);
    ck_assert(hzt_mapping(child, (uintptr_t)shared, &mapping));
    ck_assert(mapping.shared && mapping.inode != 0);
    ck_assert(hzt_maps(getpid(), &mapping));
    ck_assert(hzt_mapping(child, (uintptr_t)&mapping, &own));
    ck_assert(!own.shared);
    ck_assert(!hzt_mapping(child, 8, &own));
    munmap(shared, 4096);
    ck_assert(!hzt_maps(getpid(), &mapping));
    ck_assert(hzt_maps(child, &mapping));
    stop(child);
}
END_TEST

START_TEST(memory_is_read_whole_or_not_at_all)
{
    uint32_t word = 0;
    shared->word = 4711;
    ck_assert(hzt_memory(getpid(), (uintptr_t)&shared->word, &word, sizeof word));
    ck_assert_uint_eq(word, 4711);
    char *two = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(two + 4096, 4096);
    char block[64];
    ck_assert(!hzt_memory(getpid(), (uintptr_t)two + 4096 - 32, block, sizeof block));
}
END_TEST

int main(void)
{
    TCase *threads = tcase_create("threads");
    tcase_add_test(threads, a_busy_thread_runs);
    tcase_add_test(threads, a_stopped_thread_waits_for_somebody_outside);
    tcase_add_test(threads, a_process_of_many_threads_has_its_children);
    tcase_add_test(threads, a_dead_child_is_a_zombie_and_still_a_child);
    tcase_add_test(threads, threads_are_read_when_their_main_thread_has_ended);
    tcase_add_test(threads, a_name_may_hold_anything);
    tcase_add_test(threads, handlers_count_unless_they_are_blocked);
    tcase_add_test(threads, all_signals_blocked_means_all);
    tcase_add_test(threads, a_blocked_thread_stands_still);
    tcase_add_test(threads, a_thread_that_ran_and_is_back_did_not_stand_still);
    tcase_add_test(threads, a_sleeper_is_not_called_still);
    tcase_add_test(threads, ends_of_pipes_are_told_apart);
    tcase_add_test(threads, holders_of_file_locks_are_found);
    tcase_add_test(threads, mappings_tell_what_is_shared_and_with_whom);
    tcase_add_test(threads, memory_is_read_whole_or_not_at_all);
    return run_suite("threads", threads);
}
