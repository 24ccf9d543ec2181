/*
 * Pipes, sockets and counters (eventfd) inside one process: reading waits until there is something,
 * writing until there is room, and the rest of a large write is an operation of its own, as it
 * is for the kernel. All of them are one object: what is written at one end is read at
 * another, and which ends belong together only the kernel knows. Waits for several: libc_poll.c.
 */
#include "explorer/runtime/channels.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* What is no file, folder or device: of eventfd() and its kin the kernel tells no type. */
static bool is_channel(int fd)
{
    struct stat about;
    return hzx.running && fstat(fd, &about) == 0 &&
           (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode) || (about.st_mode & S_IFMT) == 0);
}

static bool waits(int fd)
{
    return !(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

struct hzx_object *hzx_channels(void)
{
    static char channels;
    return hzx_object(&channels);
}

bool hzx_channel_is(int fd, short what)
{
    struct pollfd one = {.fd = fd, .events = what};
    return HZX_REAL(poll)(&one, 1, 0) != 0;
}

static bool may_read(const struct hzx_thread *thread)
{
    return hzx_channel_is((int)thread->pending.value, POLLIN) || hzx_cancelled(thread);
}

static bool may_write(const struct hzx_thread *thread)
{
    return hzx_channel_is((int)thread->pending.value, POLLOUT) || hzx_cancelled(thread);
}

void hzx_channel_point(unsigned kind, uint64_t value, bool (*ready)(const struct hzx_thread *),
                       uintptr_t pc)
{
    struct hzx_op op = hzx_op_on(hzx_channels(), kind, pc);
    op.ready = ready;
    op.value = value;
    hzx_cancellable(&op);
    hzx_point(&op);
    hzx_cancel_here(pc);
    hzx_spin_forget();
}

/* Whether what follows is an operation on a channel, until `done`. */
static bool begin(int fd, unsigned kind, bool (*ready)(const struct hzx_thread *), uintptr_t pc)
{
    bool channel = is_channel(fd);
    if (channel)
        hzx_channel_point(kind, (uint64_t)fd, ready, pc);
    return channel;
}

static bool begin_read(int fd, int flags, uintptr_t pc)
{
    return begin(fd, HZX_RECEIVE, flags & MSG_DONTWAIT || !waits(fd) ? NULL : may_read, pc);
}

static bool begin_write(int fd, int flags, uintptr_t pc)
{
    return begin(fd, HZX_SEND, flags & MSG_DONTWAIT || !waits(fd) ? NULL : may_write, pc);
}

static ssize_t done(bool channel, ssize_t result)
{
    if (channel) {
        struct hzx_object *object = hzx_channels();
        hzx_acquire(object);
        hzx_release(object);
        hzx_changed(object);
    }
    return result;
}

/* ---- reading ---- */

ssize_t read(int fd, void *buffer, size_t size)
{
    bool channel = begin_read(fd, 0, HZX_PC);
    return done(channel, HZX_REAL(read)(fd, buffer, size));
}

ssize_t readv(int fd, const struct iovec *parts, int n)
{
    bool channel = begin_read(fd, 0, HZX_PC);
    return done(channel, HZX_REAL(readv)(fd, parts, n));
}

/* MSG_WAITALL is for us to wait for. */
static ssize_t receive(int fd, char *buffer, size_t size, int flags, struct sockaddr *address,
                       socklen_t *length, uintptr_t pc)
{
    size_t got = 0;
    for (;;) {
        bool channel = begin_read(fd, flags, pc);
        int kernels = channel ? flags & ~MSG_WAITALL : flags;
        ssize_t now = done(
            channel, HZX_REAL(recvfrom)(fd, buffer + got, size - got, kernels, address, length));
        if (now < 0)
            return got > 0 ? (ssize_t)got : -1;
        got += (size_t)now;
        if (now == 0 || got == size || !(flags & MSG_WAITALL) || !channel)
            return (ssize_t)got;
    }
}

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
    return receive(fd, buffer, size, flags, NULL, NULL, HZX_PC);
}

ssize_t recvfrom(int fd, void *restrict buffer, size_t size, int flags,
                 struct sockaddr *restrict address, socklen_t *restrict length)
{
    return receive(fd, buffer, size, flags, address, length, HZX_PC);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    bool channel = begin_read(fd, flags, HZX_PC);
    return done(channel, HZX_REAL(recvmsg)(fd, message, flags));
}

int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict length)
{
    bool channel = begin_read(fd, 0, HZX_PC);
    return (int)done(channel, HZX_REAL(accept)(fd, address, length));
}

int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict length, int flags)
{
    bool channel = begin_read(fd, 0, HZX_PC);
    return (int)done(channel, HZX_REAL(accept4)(fd, address, length, flags));
}

int eventfd_read(int fd, eventfd_t *value)
{
    bool channel = begin_read(fd, 0, HZX_PC);
    return (int)done(channel, HZX_REAL(eventfd_read)(fd, value));
}

/* ---- writing ---- */

/* Of a pipe POLLOUT promises room for PIPE_BUF bytes. */
static ssize_t write_parts(int fd, const char *bytes, size_t size, uintptr_t pc)
{
    size_t written = 0;
    do {
        size_t part = size - written < PIPE_BUF ? size - written : PIPE_BUF;
        begin_write(fd, 0, pc);
        ssize_t now = done(true, HZX_REAL(write)(fd, bytes + written, part));
        if (now < 0)
            return written > 0 ? (ssize_t)written : -1;
        written += (size_t)now;
    } while (written < size);
    return (ssize_t)written;
}

ssize_t write(int fd, const void *buffer, size_t size)
{
    return is_channel(fd) ? write_parts(fd, buffer, size, HZX_PC)
                          : HZX_REAL(write)(fd, buffer, size);
}

static size_t total(const struct iovec *parts, int n)
{
    size_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += parts[i].iov_len;
    return sum;
}

/* What fits into a pipe at once goes at once. */
ssize_t writev(int fd, const struct iovec *parts, int n)
{
    if (!is_channel(fd))
        return HZX_REAL(writev)(fd, parts, n);
    if (total(parts, n) <= PIPE_BUF) {
        begin_write(fd, 0, HZX_PC);
        return done(true, HZX_REAL(writev)(fd, parts, n));
    }
    size_t written = 0;
    for (int i = 0; i < n; i++) {
        ssize_t now = write_parts(fd, parts[i].iov_base, parts[i].iov_len, HZX_PC);
        if (now < 0)
            return written > 0 ? (ssize_t)written : -1;
        written += (size_t)now;
    }
    return (ssize_t)written;
}

/* A socket that has room may have too little: what it takes at once is an operation. */
static ssize_t send_parts(int fd, const char *bytes, size_t size, int flags,
                          const struct sockaddr *address, socklen_t length, uintptr_t pc)
{
    size_t sent = 0;
    bool waiting = !(flags & MSG_DONTWAIT) && waits(fd);
    for (;;) {
        bool channel = begin_write(fd, flags, pc);
        ssize_t now = done(channel, HZX_REAL(sendto)(fd, bytes + sent, size - sent,
                                                     channel ? flags | MSG_DONTWAIT : flags,
                                                     address, length));
        bool full = now < 0 && errno == EAGAIN && channel && waiting;
        if (now < 0 && !full)
            return sent > 0 ? (ssize_t)sent : -1;
        sent += full ? 0 : (size_t)now;
        if (sent == size || !(channel && waiting))
            return (ssize_t)sent;
    }
}

ssize_t send(int fd, const void *buffer, size_t size, int flags)
{
    return send_parts(fd, buffer, size, flags, NULL, 0, HZX_PC);
}

ssize_t sendto(int fd, const void *buffer, size_t size, int flags, const struct sockaddr *address,
               socklen_t length)
{
    return send_parts(fd, buffer, size, flags, address, length, HZX_PC);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    bool channel = begin_write(fd, flags, HZX_PC);
    return done(channel, HZX_REAL(sendmsg)(fd, message, flags));
}

int eventfd_write(int fd, eventfd_t value)
{
    bool channel = begin_write(fd, 0, HZX_PC);
    return (int)done(channel, HZX_REAL(eventfd_write)(fd, value));
}

/* ---- what lets others go on, and does not wait ---- */

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    bool channel = begin(fd, HZX_SEND, NULL, HZX_PC);
    return (int)done(channel, HZX_REAL(connect)(fd, address, length));
}

int shutdown(int fd, int how)
{
    bool channel = begin(fd, HZX_SEND, NULL, HZX_PC);
    return (int)done(channel, HZX_REAL(shutdown)(fd, how));
}

int close(int fd)
{
    bool channel = begin(fd, HZX_SEND, NULL, HZX_PC);
    return (int)done(channel, HZX_REAL(close)(fd));
}

/* What stdio reads and writes there it does in the C library. */
FILE *fdopen(int fd, const char *mode)
{
    if (is_channel(fd))
        hzx_uncontrolled("fdopen: a stream on a pipe or socket", HZX_PC);
    return HZX_REAL(fdopen)(fd, mode);
}
