/*
 * Which system calls block on what. In doubt a call waits for something OUTSIDE: a
 * false deadlock is worse than a missed one.
 *
 * Memory and descriptors are read by the id of the thread: by that of the process they
 * cannot be had any more once its main thread has ended.
 */
#include "watchdog/threads_parts.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Newer than the oldest kernel headers that this is built with. */
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#define FUTEX_WAIT_CALL 455     /* futex_wait(), Linux 6.7 */
#define FUTEX2_PRIVATE_FLAG 128 /* of futex_wait() and futex_waitv() */

static void blocked_on(struct hzt_thread *thread, enum hzt_on on)
{
    thread->state = HZT_BLOCKED;
    thread->on = on;
}

/* ---- futexes ----------------------------------------------------------------- */

static void on_futex(struct hzt_thread *thread, uint64_t address, uint32_t expected)
{
    blocked_on(thread, HZT_ON_FUTEX);
    thread->address = address;
    thread->expected = expected;
    thread->word_known = hzt_memory(thread->tid, address, &thread->word, sizeof thread->word);
}

/* futex(address, operation, value, time-out, …) */
static void classify_futex(const struct hzt_call *call, struct hzt_thread *thread)
{
    int operation = (int)call->args[1];
    thread->operation = operation & FUTEX_CMD_MASK;
    thread->shared = (operation & FUTEX_PRIVATE_FLAG) == 0;
    switch (thread->operation) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
        break;
    default:
        return; /* FUTEX_WAIT_REQUEUE_PI: it may by now wait on another word */
    }
    if (call->args[3] != 0) {
        thread->state = HZT_TIMED;
        return;
    }
    on_futex(thread, call->args[0], (uint32_t)call->args[2]);
    if (thread->operation == FUTEX_LOCK_PI || thread->operation == FUTEX_LOCK_PI2)
        thread->on = HZT_ON_PI_FUTEX;
}

/* futex_wait(address, value, mask, flags, time-out, clock) */
static void classify_futex_wait(const struct hzt_call *call, struct hzt_thread *thread)
{
    if (call->args[4] != 0) {
        thread->state = HZT_TIMED;
        return;
    }
    thread->operation = FUTEX_WAIT_BITSET;
    thread->shared = (call->args[3] & FUTEX2_PRIVATE_FLAG) == 0;
    on_futex(thread, call->args[0], (uint32_t)call->args[1]);
}

/* futex_waitv(words, how many, flags, time-out, clock). Of several any may end it. */
static void classify_futex_waitv(const struct hzt_call *call, struct hzt_thread *thread)
{
    struct {
        uint64_t value, address;
        uint32_t flags, reserved;
    } word;
    if (call->args[3] != 0) {
        thread->state = HZT_TIMED;
        return;
    }
    if (call->args[1] != 1 || !hzt_memory(thread->tid, call->args[0], &word, sizeof word))
        return;
    thread->operation = FUTEX_WAIT_BITSET;
    thread->shared = (word.flags & FUTEX2_PRIVATE_FLAG) == 0;
    on_futex(thread, word.address, (uint32_t)word.value);
}

/* ---- files ------------------------------------------------------------------- */

/* What a descriptor of the thread's process is. */
static bool stat_descriptor(const struct hzt_thread *thread, uint64_t fd, struct stat *out)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)thread->tid, (int)fd);
    return stat(path, out) == 0;
}

/* Whether it has a name by which somebody else could open it yet. */
static bool has_a_name(const struct hzt_thread *thread, uint64_t fd)
{
    static const char gone[] = " (deleted)";
    char path[64], name[PATH_MAX];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)thread->tid, (int)fd);
    ssize_t n = readlink(path, name, sizeof name - 1);
    if (n <= 0 || name[0] != '/')
        return false;
    size_t tail = sizeof gone - 1;
    return (size_t)n < tail || memcmp(name + n - tail, gone, tail) != 0;
}

/* For a FIFO that has a name it is as for a socket: anybody may come. */
static void classify_pipe(const struct hzt_call *call, struct hzt_thread *thread, enum hzt_on on)
{
    struct stat about;
    if (!stat_descriptor(thread, call->args[0], &about) || !S_ISFIFO(about.st_mode) ||
        has_a_name(thread, call->args[0]))
        return;
    blocked_on(thread, on);
    thread->inode = about.st_ino;
}

/* A string of the process; false if it does not end within `size` bytes. */
static bool read_string(pid_t pid, uint64_t address, char *out, size_t size)
{
    for (size_t n = 0; n < size;) {
        /* Page by page: the next one may not be mapped. */
        size_t piece = 4096 - (address + n) % 4096;
        if (piece > size - n)
            piece = size - n;
        if (!hzt_memory(pid, address + n, out + n, piece))
            return false;
        if (memchr(out + n, '\0', piece) != NULL)
            return true;
        n += piece;
    }
    return false;
}

/* open(path, flags) relative to `folder`. Only a FIFO waits for its other end. */
static void classify_open(struct hzt_thread *thread, int folder, uint64_t name, uint64_t flags)
{
    char given[PATH_MAX], path[PATH_MAX + 64];
    if ((flags & O_NONBLOCK) != 0 || (flags & O_ACCMODE) == O_RDWR ||
        !read_string(thread->tid, name, given, sizeof given))
        return;
    if (given[0] == '/')
        snprintf(path, sizeof path, "/proc/%d/root%s", (int)thread->tid, given);
    else if (folder == AT_FDCWD)
        snprintf(path, sizeof path, "/proc/%d/cwd/%s", (int)thread->tid, given);
    else
        snprintf(path, sizeof path, "/proc/%d/fd/%d/%s", (int)thread->tid, folder, given);
    struct stat about;
    if (stat(path, &about) != 0 || !S_ISFIFO(about.st_mode))
        return;
    blocked_on(thread, HZT_ON_FIFO_OPEN);
    thread->inode = about.st_ino;
}

static void classify_file_lock(const struct hzt_call *call, struct hzt_thread *thread)
{
    struct stat about;
    if (!stat_descriptor(thread, call->args[0], &about))
        return;
    blocked_on(thread, HZT_ON_FILE_LOCK);
    thread->inode = about.st_ino;
}

/* ---- children ---------------------------------------------------------------- */

static void on_child(struct hzt_thread *thread, pid_t child)
{
    blocked_on(thread, HZT_ON_CHILD);
    thread->target = child > 0 ? child : -1;
}

static void classify_waitid(const struct hzt_call *call, struct hzt_thread *thread)
{
    uint64_t options = call->args[3];
    /* Without WEXITED it waits for a stop, as debuggers do. */
    if ((options & WNOHANG) == 0 && (options & WEXITED) != 0)
        on_child(thread, call->args[0] == P_PID ? (pid_t)call->args[1] : -1);
}

/* ---- time-outs --------------------------------------------------------------- */

/* Calls that wait for something outside, and which of their arguments is a time-out. */
static const struct {
    long number;
    unsigned arg;
    bool milliseconds; /* a number, negative for ever; otherwise a pointer, NULL for ever */
} outside[] = {
#ifdef SYS_poll
    {SYS_poll, 2, true},
#endif
#ifdef SYS_select
    {SYS_select, 4, false},
#endif
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, 3, true},
#endif
    {SYS_epoll_pwait, 3, true},
    {SYS_ppoll, 2, false},
    {SYS_pselect6, 4, false},
    {SYS_rt_sigtimedwait, 2, false},
    {SYS_semtimedop, 3, false},
    {SYS_mq_timedsend, 4, false},
    {SYS_mq_timedreceive, 4, false},
    {SYS_recvmmsg, 4, false},
    {SYS_io_getevents, 4, false},
};

static bool has_timeout(const struct hzt_call *call)
{
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        if (outside[i].number != call->number)
            continue;
        uint64_t value = call->args[outside[i].arg];
        return outside[i].milliseconds ? (int)value >= 0 : value != 0;
    }
    return false;
}

/* ---- all --------------------------------------------------------------------- */

static void classify_other(const struct hzt_call *call, struct hzt_thread *thread)
{
    switch (call->number) {
#ifdef SYS_open
    case SYS_open:
        classify_open(thread, AT_FDCWD, call->args[0], call->args[1]);
        return;
#endif
    case SYS_openat:
        classify_open(thread, (int)call->args[0], call->args[1], call->args[2]);
        return;
    case SYS_wait4:
        if ((call->args[2] & WNOHANG) == 0)
            on_child(thread, (pid_t)call->args[0]);
        return;
    case SYS_waitid:
        classify_waitid(call, thread);
        return;
    case SYS_flock:
        if ((call->args[1] & LOCK_NB) == 0)
            classify_file_lock(call, thread);
        return;
    case SYS_fcntl:
        if (call->args[1] == F_SETLKW || call->args[1] == F_OFD_SETLKW)
            classify_file_lock(call, thread);
        return;
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
    case SYS_restart_syscall: /* goes on with a wait that had a time-out */
        thread->state = HZT_TIMED;
        return;
    default:
        if (has_timeout(call))
            thread->state = HZT_TIMED;
    }
}

void hzt_classify(const struct hzt_call *call, struct hzt_thread *thread)
{
    thread->state = HZT_OUTSIDE;
    thread->on = HZT_ON_NOTHING;
    switch (call->number) {
    case SYS_futex:
        classify_futex(call, thread);
        return;
    case SYS_futex_waitv:
        classify_futex_waitv(call, thread);
        return;
    case FUTEX_WAIT_CALL:
        classify_futex_wait(call, thread);
        return;
    case SYS_read:
    case SYS_readv:
        classify_pipe(call, thread, HZT_ON_PIPE_READ);
        return;
    case SYS_write:
    case SYS_writev:
        classify_pipe(call, thread, HZT_ON_PIPE_WRITE);
        return;
    default:
        classify_other(call, thread);
    }
}
