/*
 * Pipes and sockets inside one process: reading waits until there is something, writing
 * until there is room, and the rest of a large write is an operation of its own, as it is
 * for the kernel. All of them are one object: what is written at one end is read at
 * another, and which ends belong together only the kernel knows.
 */
#include "explorer/runtime/cancel.h"
#include "explorer/runtime/sync.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static bool can_block(int fd)
{
    struct stat about;
    return hzx.running && fstat(fd, &about) == 0 &&
           (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode));
}

static struct hzx_object *all_channels(void)
{
    static char channels;
    return hzx_object(&channels);
}

static bool is_ready(int fd, short what)
{
    struct pollfd one = {.fd = fd, .events = what};
    return HZX_REAL(poll)(&one, 1, 0) != 0;
}

static bool may_read(const struct hzx_thread *thread)
{
    return is_ready((int)thread->pending.value, POLLIN) || hzx_cancelled(thread);
}

static bool may_write(const struct hzx_thread *thread)
{
    return is_ready((int)thread->pending.value, POLLOUT) || hzx_cancelled(thread);
}

static void arrive(int fd, unsigned kind, bool (*ready)(const struct hzx_thread *), uintptr_t pc)
{
    struct hzx_op op = hzx_op_on(all_channels(), kind, pc);
    op.ready = ready;
    op.value = (uint64_t)fd;
    hzx_cancellable(&op);
    hzx_point(&op);
    hzx_cancel_here(pc);
    hzx_spin_forget();
}

/* Whether what follows is an operation on a channel, until `done`. */
static bool begin(int fd, unsigned kind, bool (*ready)(const struct hzx_thread *), uintptr_t pc)
{
    bool channel = can_block(fd);
    if (channel)
        arrive(fd, kind, ready, pc);
    return channel;
}

static ssize_t done(bool channel, ssize_t result)
{
    if (channel) {
        struct hzx_object *object = all_channels();
        hzx_acquire(object);
        hzx_release(object);
        hzx_changed(object);
    }
    return result;
}

ssize_t read(int fd, void *buffer, size_t size)
{
    bool channel = begin(fd, HZX_RECEIVE, may_read, HZX_PC);
    return done(channel, HZX_REAL(read)(fd, buffer, size));
}

/* Of a pipe POLLOUT promises room for PIPE_BUF bytes. */
static ssize_t write_parts(int fd, const char *bytes, size_t size, uintptr_t pc)
{
    size_t written = 0;
    do {
        size_t part = size - written < PIPE_BUF ? size - written : PIPE_BUF;
        arrive(fd, HZX_SEND, may_write, pc);
        ssize_t now = done(true, HZX_REAL(write)(fd, bytes + written, part));
        if (now < 0)
            return written > 0 ? (ssize_t)written : -1;
        written += (size_t)now;
    } while (written < size);
    return (ssize_t)written;
}

ssize_t write(int fd, const void *buffer, size_t size)
{
    return can_block(fd) ? write_parts(fd, buffer, size, HZX_PC)
                         : HZX_REAL(write)(fd, buffer, size);
}

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
    bool channel = begin(fd, HZX_RECEIVE, flags & MSG_DONTWAIT ? NULL : may_read, HZX_PC);
    return done(channel, HZX_REAL(recv)(fd, buffer, size, flags));
}

ssize_t send(int fd, const void *buffer, size_t size, int flags)
{
    bool channel = begin(fd, HZX_SEND, flags & MSG_DONTWAIT ? NULL : may_write, HZX_PC);
    return done(channel, HZX_REAL(send)(fd, buffer, size, flags));
}

int close(int fd)
{
    bool channel = begin(fd, HZX_SEND, NULL, HZX_PC);
    return (int)done(channel, HZX_REAL(close)(fd));
}

struct hzx_poll {
    struct pollfd *at;
    nfds_t n;
};

static bool any_ready(const struct hzx_thread *thread)
{
    const struct hzx_poll *asked = (const struct hzx_poll *)(uintptr_t)thread->pending.value;
    return thread->timed_out || hzx_cancelled(thread) || HZX_REAL(poll)(asked->at, asked->n, 0) != 0;
}

int poll(struct pollfd *at, nfds_t n, int timeout)
{
    if (!hzx.running)
        return HZX_REAL(poll)(at, n, timeout);
    struct hzx_poll asked = {at, n};
    struct hzx_object *object = all_channels();
    struct hzx_op op = hzx_op_on(object, HZX_RECEIVE, HZX_PC);
    op.ready = timeout == 0 ? NULL : any_ready;
    op.value = (uint64_t)(uintptr_t)&asked;
    if (timeout > 0) {
        uint64_t until = hzx.now + (uint64_t)timeout * 1000000;
        hzx_timer_on(&(struct timespec){(time_t)(until / 1000000000), (long)(until % 1000000000)});
    }
    hzx_cancellable(&op);
    hzx_point(&op);
    hzx_cancel_here(HZX_PC);
    if (timeout > 0)
        hzx_timer_off();
    hzx_acquire(object);
    return HZX_REAL(poll)(at, n, 0);
}
