/*
 * What the kernel says of blocked threads: children that block in every sort of call,
 * and what is made of that.
 */
#include "watchdog/threads.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE 30.0

/* What parent and children share. Descriptors are made before the fork. */
static struct shared {
    uint32_t word, owned;
} * shared;
static char folder[64];
static char fifo[96], locked[96];
static int empty[2], full[2], sockets[2], event, folder_fd, lock_fd;
static struct hz_arena arena;

static void set_up(void)
{
    static char block[1 << 16];
    hz_arena_init(&arena);
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(shared != MAP_FAILED);
    strcpy(folder, "/tmp/test-threads-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(fifo, sizeof fifo, "%s/fifo", folder);
    snprintf(locked, sizeof locked, "%s/locked", folder);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    folder_fd = open(folder, O_RDONLY | O_DIRECTORY);
    lock_fd = open(locked, O_RDWR | O_CREAT, 0600);
    ck_assert_int_eq(flock(lock_fd, LOCK_EX), 0);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    ck_assert_int_eq(fcntl(lock_fd, F_SETLK, &whole), 0);
    ck_assert(pipe(empty) == 0 && pipe2(full, O_NONBLOCK) == 0);
    while (write(full[1], block, sizeof block) > 0)
        ;
    ck_assert_int_eq(fcntl(full[1], F_SETFL, 0), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    event = eventfd(0, 0);
    shared->owned = (uint32_t)gettid();
}

static void tear_down(void)
{
    unlink(fifo);
    unlink(locked);
    rmdir(folder);
    hz_arena_free(&arena);
}

static pid_t start(void (*work)(void))
{
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        work();
        _exit(0);
    }
    return child;
}

static void stop(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

/* Reads the thread until it is in that system call; the caller looks at the rest. */
static struct hzt_thread wait_for_call(pid_t pid, pid_t tid, long call)
{
    struct hzt_thread thread;
    double until = hz_now() + DEADLINE;
    do {
        ck_assert_msg(hz_now() < until, "thread %d never came to call %ld", (int)tid, call);
        usleep(1000);
        ck_assert(hzt_read(pid, tid, &thread));
    } while (thread.call != call);
    return thread;
}

/* ---- every sort of call ------------------------------------------------------------ */

static long futex(uint32_t *word, int operation, uint32_t value, const struct timespec *timeout)
{
    return syscall(SYS_futex, word, operation, value, timeout, NULL, FUTEX_BITSET_MATCH_ANY);
}

static const struct timespec hour = {3600, 0};

static void futex_private(void)
{
    futex(&shared->word, FUTEX_WAIT_PRIVATE, 0, NULL);
}

static void futex_shared(void)
{
    futex(&shared->word, FUTEX_WAIT, 0, NULL);
}

static void futex_bitset(void)
{
    futex(&shared->word, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 0, NULL);
}

static void futex_timed(void)
{
    futex(&shared->word, FUTEX_WAIT_PRIVATE, 0, &hour);
}

static void futex_pi(void)
{
    futex(&shared->owned, FUTEX_LOCK_PI, 0, NULL);
}

static void futex_pi2(void)
{
    futex(&shared->owned, FUTEX_LOCK_PI2, 0, NULL);
}

static void futex_waitv(unsigned n, const struct timespec *timeout)
{
    struct futex_waitv words[2] = {{0, (uintptr_t)&shared->word, FUTEX_32, 0},
                                   {0, (uintptr_t)&shared->owned, FUTEX_32, 0}};
    words[1].val = shared->owned;
    syscall(SYS_futex_waitv, words, n, 0, timeout, CLOCK_MONOTONIC);
}

static void futex_one(void)
{
    futex_waitv(1, NULL);
}

static void futex_several(void)
{
    futex_waitv(2, NULL);
}

static void futex_one_timed(void)
{
    struct timespec far;
    clock_gettime(CLOCK_MONOTONIC, &far);
    far.tv_sec += 3600;
    futex_waitv(1, &far);
}

static char byte;
static struct iovec bytes = {&byte, 1};

/* A result that nobody wants, of a call that does not come back. */
static void ignore(long result)
{
    (void)result;
}

static void pipe_read(void)
{
    ignore(read(empty[0], &byte, 1));
}

static void pipe_readv(void)
{
    ignore(readv(empty[0], &bytes, 1));
}

static void pipe_write(void)
{
    ignore(write(full[1], &byte, 1));
}

static void pipe_writev(void)
{
    ignore(writev(full[1], &bytes, 1));
}

static void socket_read(void)
{
    ignore(read(sockets[0], &byte, 1));
}

static void event_read(void)
{
    uint64_t value;
    ignore(read(event, &value, sizeof value));
}

static void fifo_absolute(void)
{
    ignore(open(fifo, O_RDONLY));
}

static void fifo_in_cwd(void)
{
    ignore(chdir(folder));
    ignore(open("fifo", O_WRONLY));
}

static void fifo_in_folder(void)
{
    ignore(openat(folder_fd, "fifo", O_RDONLY));
}

static void child_pid(void)
{
    pid_t child = start((void (*)(void))pause);
    waitpid(child, NULL, 0);
}

static void child_any(void)
{
    start((void (*)(void))pause);
    wait(NULL);
}

static void child_waitid(void)
{
    siginfo_t about;
    pid_t child = start((void (*)(void))pause);
    waitid(P_PID, (id_t)child, &about, WEXITED);
}

static void child_stops(void)
{
    siginfo_t about;
    pid_t child = start((void (*)(void))pause);
    waitid(P_PID, (id_t)child, &about, WSTOPPED);
}

static void lock_flock(void)
{
    flock(open(locked, O_RDWR), LOCK_EX);
}

static void lock_posix(void)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    fcntl(lock_fd, F_SETLKW, &whole);
}

static void lock_open_file(void)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    fcntl(open(locked, O_RDWR), F_OFD_SETLKW, &whole);
}

static void sleeps(void)
{
    syscall(SYS_nanosleep, &hour, NULL);
}

static void sleeps_by_clock(void)
{
    clock_nanosleep(CLOCK_MONOTONIC, 0, &hour, NULL);
}

static void polls(void)
{
    struct pollfd one = {.fd = empty[0], .events = POLLIN};
    syscall(SYS_poll, &one, 1, -1);
}

static void polls_timed(void)
{
    struct pollfd one = {.fd = empty[0], .events = POLLIN};
    syscall(SYS_poll, &one, 1, 3600000);
}

static void signal_wait(void)
{
    uint64_t all = UINT64_MAX;
    syscall(SYS_rt_sigtimedwait, &all, NULL, NULL, sizeof all);
}

static void signal_wait_timed(void)
{
    uint64_t all = UINT64_MAX;
    syscall(SYS_rt_sigtimedwait, &all, NULL, &hour, sizeof all);
}

static void pauses(void)
{
    syscall(SYS_pause);
}

static const struct {
    void (*work)(void);
    long call;
    enum hzt_state state;
    enum hzt_on on;
} cases[] = {
    {futex_private, SYS_futex, HZT_BLOCKED, HZT_ON_FUTEX},
    {futex_shared, SYS_futex, HZT_BLOCKED, HZT_ON_FUTEX},
    {futex_bitset, SYS_futex, HZT_BLOCKED, HZT_ON_FUTEX},
    {futex_timed, SYS_futex, HZT_TIMED, HZT_ON_NOTHING},
    {futex_pi, SYS_futex, HZT_BLOCKED, HZT_ON_PI_FUTEX},
    {futex_pi2, SYS_futex, HZT_BLOCKED, HZT_ON_PI_FUTEX},
    {futex_one, SYS_futex_waitv, HZT_BLOCKED, HZT_ON_FUTEX},
    {futex_several, SYS_futex_waitv, HZT_OUTSIDE, HZT_ON_NOTHING},
    {futex_one_timed, SYS_futex_waitv, HZT_TIMED, HZT_ON_NOTHING},
    {pipe_read, SYS_read, HZT_BLOCKED, HZT_ON_PIPE_READ},
    {pipe_readv, SYS_readv, HZT_BLOCKED, HZT_ON_PIPE_READ},
    {pipe_write, SYS_write, HZT_BLOCKED, HZT_ON_PIPE_WRITE},
    {pipe_writev, SYS_writev, HZT_BLOCKED, HZT_ON_PIPE_WRITE},
    {socket_read, SYS_read, HZT_OUTSIDE, HZT_ON_NOTHING},
    {event_read, SYS_read, HZT_OUTSIDE, HZT_ON_NOTHING},
    {fifo_absolute, SYS_openat, HZT_BLOCKED, HZT_ON_FIFO_OPEN},
    {fifo_in_cwd, SYS_openat, HZT_BLOCKED, HZT_ON_FIFO_OPEN},
    {fifo_in_folder, SYS_openat, HZT_BLOCKED, HZT_ON_FIFO_OPEN},
    {child_pid, SYS_wait4, HZT_BLOCKED, HZT_ON_CHILD},
    {child_any, SYS_wait4, HZT_BLOCKED, HZT_ON_CHILD},
    {child_waitid, SYS_waitid, HZT_BLOCKED, HZT_ON_CHILD},
    {child_stops, SYS_waitid, HZT_OUTSIDE, HZT_ON_NOTHING},
    {lock_flock, SYS_flock, HZT_BLOCKED, HZT_ON_FILE_LOCK},
    {lock_posix, SYS_fcntl, HZT_BLOCKED, HZT_ON_FILE_LOCK},
    {lock_open_file, SYS_fcntl, HZT_BLOCKED, HZT_ON_FILE_LOCK},
    {sleeps, SYS_nanosleep, HZT_TIMED, HZT_ON_NOTHING},
    {sleeps_by_clock, SYS_clock_nanosleep, HZT_TIMED, HZT_ON_NOTHING},
    {polls, SYS_poll, HZT_OUTSIDE, HZT_ON_NOTHING},
    {polls_timed, SYS_poll, HZT_TIMED, HZT_ON_NOTHING},
    {signal_wait, SYS_rt_sigtimedwait, HZT_OUTSIDE, HZT_ON_NOTHING},
    {signal_wait_timed, SYS_rt_sigtimedwait, HZT_TIMED, HZT_ON_NOTHING},
    {pauses, SYS_pause, HZT_OUTSIDE, HZT_ON_NOTHING},
};

static ino_t inode_of(int fd)
{
    struct stat about;
    ck_assert_int_eq(fstat(fd, &about), 0);
    return about.st_ino;
}

static void check_details(void (*work)(void), const struct hzt_thread *thread)
{
    if (thread->on == HZT_ON_FUTEX) {
        ck_assert_uint_eq(thread->address, (uintptr_t)&shared->word);
        ck_assert_uint_eq(thread->expected, 0);
        ck_assert(thread->word_known && thread->word == 0);
        ck_assert_int_eq(thread->shared, work == futex_shared || work == futex_one);
    }
    if (thread->on == HZT_ON_PI_FUTEX) {
        ck_assert_uint_eq(thread->address, (uintptr_t)&shared->owned);
        ck_assert_int_eq(thread->word & FUTEX_TID_MASK, gettid());
        futex(&shared->owned, FUTEX_UNLOCK_PI, 0, NULL);
    }
    if (thread->on == HZT_ON_PIPE_READ)
        ck_assert_uint_eq(thread->inode, inode_of(empty[1]));
    if (thread->on == HZT_ON_PIPE_WRITE)
        ck_assert_uint_eq(thread->inode, inode_of(full[0]));
    if (thread->on == HZT_ON_FILE_LOCK)
        ck_assert_uint_eq(thread->inode, inode_of(lock_fd));
    if (thread->on == HZT_ON_CHILD) {
        hzt_pids children = {0};
        hzt_children(&arena, thread->pid, &children);
        ck_assert_uint_eq(children.n, 1);
        ck_assert_int_eq(thread->target, work == child_any ? -1 : children.at[0]);
    }
}

START_TEST(each_call_is_known)
{
    pid_t child = start(cases[_i].work);
    struct hzt_thread thread = wait_for_call(child, child, cases[_i].call);
    ck_assert_int_eq(thread.state, cases[_i].state);
    ck_assert_int_eq(thread.on, cases[_i].on);
    ck_assert_int_eq(thread.parent, getpid());
    ck_assert_uint_eq(thread.threads, 1);
    check_details(cases[_i].work, &thread);
    stop(child);
}
END_TEST

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
    TCase *calls = tcase_create("calls");
    tcase_set_timeout(calls, 60);
    tcase_add_checked_fixture(calls, set_up, tear_down);
    tcase_add_loop_test(calls, each_call_is_known, 0, sizeof cases / sizeof *cases);

    TCase *rest = tcase_create("rest");
    tcase_set_timeout(rest, 60);
    tcase_add_checked_fixture(rest, set_up, tear_down);
    tcase_add_test(rest, a_busy_thread_runs);
    tcase_add_test(rest, a_stopped_thread_waits_for_somebody_outside);
    tcase_add_test(rest, a_process_of_many_threads_has_its_children);
    tcase_add_test(rest, a_dead_child_is_a_zombie_and_still_a_child);
    tcase_add_test(rest, threads_are_read_when_their_main_thread_has_ended);
    tcase_add_test(rest, a_name_may_hold_anything);
    tcase_add_test(rest, handlers_count_unless_they_are_blocked);
    tcase_add_test(rest, all_signals_blocked_means_all);
    tcase_add_test(rest, a_blocked_thread_stands_still);
    tcase_add_test(rest, a_thread_that_ran_and_is_back_did_not_stand_still);
    tcase_add_test(rest, a_sleeper_is_not_called_still);
    tcase_add_test(rest, ends_of_pipes_are_told_apart);
    tcase_add_test(rest, holders_of_file_locks_are_found);
    tcase_add_test(rest, mappings_tell_what_is_shared_and_with_whom);
    tcase_add_test(rest, memory_is_read_whole_or_not_at_all);

    Suite *suite = suite_create("threads");
    suite_add_tcase(suite, calls);
    suite_add_tcase(suite, rest);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
