/*
 * Two threads write, main() reads one byte by the means that the first argument names: it is an
 * error if what the second wrote comes first. With a second argument nobody writes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static const char *name;
static int in, out; /* of a pipe, or a pair of sockets; the same of a counter */

static bool is(const char *other)
{
    return strcmp(name, other) == 0;
}

/* ---- writing ---- */

static void *writes(void *letter)
{
    struct iovec part = {letter, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (is("eventfd") || is("eventfd_read")) {
        eventfd_write(out, (eventfd_t)*(char *)letter);
    } else if (is("recv")) {
        send(out, letter, 1, 0);
    } else if (is("recvfrom")) {
        sendto(out, letter, 1, 0, NULL, 0);
    } else if (is("recvmsg")) {
        sendmsg(out, &message, 0);
    } else if (is("readv")) {
        writev(out, &part, 1);
    } else {
        if (write(out, letter, 1) != 1)
            return NULL;
    }
    return letter;
}

/* ---- waiting and reading ---- */

static bool selects(bool with_mask)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(in, &set);
    return with_mask ? pselect(in + 1, &set, NULL, NULL, NULL, NULL) == 1
                     : select(in + 1, &set, NULL, NULL, NULL) == 1;
}

static bool polls(bool with_mask)
{
    struct pollfd one = {.fd = in, .events = POLLIN};
    return with_mask ? ppoll(&one, 1, NULL, NULL) == 1 : poll(&one, 1, -1) == 1;
}

static bool waits_by_epoll(bool with_mask)
{
    struct epoll_event event = {.events = EPOLLIN};
    int all = epoll_create1(0);
    epoll_ctl(all, EPOLL_CTL_ADD, in, &event);
    int n = with_mask ? epoll_pwait(all, &event, 1, -1, NULL) : epoll_wait(all, &event, 1, -1);
    close(all);
    return n == 1;
}

static char counted(void)
{
    uint64_t value = 0;
    if (is("eventfd_read"))
        eventfd_read(in, &value);
    else if (read(in, &value, sizeof value) != sizeof value)
        return '?';
    return (char)value; /* 'a' and 'b' together are neither */
}

static char reads(void)
{
    char byte = '?';
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (is("readv"))
        return readv(in, &part, 1) == 1 ? byte : '?';
    if (is("recv"))
        return recv(in, &byte, 1, 0) == 1 ? byte : '?';
    if (is("recvfrom"))
        return recvfrom(in, &byte, 1, 0, NULL, NULL) == 1 ? byte : '?';
    if (is("recvmsg"))
        return recvmsg(in, &message, 0) == 1 ? byte : '?';
    return read(in, &byte, 1) == 1 ? byte : '?';
}

static bool waits(void)
{
    if (is("select") || is("pselect"))
        return selects(is("pselect"));
    if (is("poll") || is("ppoll"))
        return polls(is("ppoll"));
    if (is("epoll_wait") || is("epoll_pwait"))
        return waits_by_epoll(is("epoll_pwait"));
    return true;
}

/* What does not wait says so. */
static bool nothing_yet(void)
{
    uint64_t value;
    fcntl(in, F_SETFL, O_NONBLOCK);
    bool none = read(in, &value, sizeof value) == -1 && errno == EAGAIN;
    fcntl(in, F_SETFL, 0);
    return none;
}

/* ---- who connects, and who is told ---- */

static const struct sockaddr_un here = {.sun_family = AF_UNIX, .sun_path = "\0hazmat-channels"};

static void *connects(void *letter)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    connect(fd, (const struct sockaddr *)&here, sizeof here);
    if (write(fd, letter, 1) != 1)
        return NULL;
    close(fd);
    return letter;
}

static char accepts(int listening)
{
    char byte = '?';
    int fd = accept(listening, NULL, NULL);
    if (read(fd, &byte, 1) != 1)
        byte = '?';
    close(fd);
    return byte;
}

/* A message that is more than there is room for is taken while it is sent. */
static char large[600000];

static void *sends_large(void *unused)
{
    return send(out, large, sizeof large, 0) == sizeof large ? unused : NULL;
}

/* ---- */

static void open_all(void)
{
    int ends[2];
    if (is("eventfd") || is("eventfd_read"))
        ends[0] = ends[1] = eventfd(0, 0);
    else if (strncmp(name, "recv", 4) == 0 || is("large"))
        socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    else if (pipe(ends) != 0)
        return;
    in = ends[0];
    out = ends[1];
    if (is("accept")) {
        in = socket(AF_UNIX, SOCK_STREAM, 0);
        bind(in, (const struct sockaddr *)&here, sizeof here);
        listen(in, 4);
    }
}

int main(int argc, char **argv)
{
    name = argc > 1 ? argv[1] : "";
    open_all();
    if (!is("accept") && !nothing_yet())
        return 2;
    void *(*other)(void *) = is("accept") ? connects : is("large") ? sends_large : writes;
    char a = 'a', b = 'b';
    pthread_t one, two;
    if (argc == 2) {
        pthread_create(&one, NULL, other, &a);
        if (is("large")) {
            bool all = recv(in, large, sizeof large, MSG_WAITALL) == sizeof large;
            pthread_join(one, NULL);
            return !all;
        }
        pthread_create(&two, NULL, other, &b);
    }
    char first = !waits()                                ? '?'
                 : is("accept")                          ? accepts(in)
                 : is("eventfd") || is("eventfd_read")   ? counted()
                                                         : reads();
    if (argc == 2) {
        if (is("accept"))
            accepts(in);
        pthread_join(one, NULL);
        pthread_join(two, NULL);
    }
    return first == 'b' ? 1 : first == 'a' || first == (char)('a' + 'b') ? 0 : 2;
}
