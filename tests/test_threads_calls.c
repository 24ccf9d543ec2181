/* What the kernel says of a thread that blocks in every sort of call, and what is made of it. */
#include "threads_help.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/uio.h>

static long futex(uint32_t *word, int operation, uint32_t value, const struct timespec *timeout)
{
    return syscall(SYS_futex, word, operation, value, timeout, NULL, FUTEX_BITSET_MATCH_ANY);
}

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

static struct iovec bytes = {&byte, 1};

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

int main(void)
{
    TCase *calls = tcase_create("calls");
    tcase_add_loop_test(calls, each_call_is_known, 0, sizeof cases / sizeof *cases);
    return run_suite("threads-calls", calls);
}
