/* Waits for one of several descriptors: poll(), select(), epoll. */
#include "explorer/runtime/channels.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>

enum { FOREVER = -1 }; /* or nanoseconds */

static int64_t nanoseconds(const struct timespec *time)
{
    return time == NULL ? FOREVER : (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

static int64_t of_milliseconds(int timeout)
{
    return timeout < 0 ? FOREVER : (int64_t)timeout * 1000000;
}

/* Until `ready`, but `timeout` at most; 0: it only looks. */
static void wait_for(uint64_t value, bool (*ready)(const struct hzx_thread *), int64_t timeout,
                     uintptr_t pc)
{
    if (timeout > 0) {
        uint64_t until = hzx.now + (uint64_t)timeout;
        hzx_timer_on(&(struct timespec){(time_t)(until / 1000000000), (long)(until % 1000000000)});
    }
    hzx_channel_point(HZX_RECEIVE, value, timeout == 0 ? NULL : ready, pc);
    if (timeout > 0)
        hzx_timer_off();
    hzx_acquire(hzx_channels());
}

static bool over(const struct hzx_thread *thread)
{
    return thread->timed_out || hzx_cancelled(thread);
}

/* A signal that comes while it waits is not explored. */
static void without_mask(const sigset_t *mask, const char *what, uintptr_t pc)
{
    if (mask != NULL)
        hzx_uncontrolled(what, pc);
}

/* ---- poll ---- */

struct polled {
    struct pollfd *at;
    nfds_t n;
};

static bool any_polled(const struct hzx_thread *thread)
{
    const struct polled *asked = (const struct polled *)(uintptr_t)thread->pending.value;
    return over(thread) || HZX_REAL(poll)(asked->at, asked->n, 0) != 0;
}

static int poll_for(struct pollfd *at, nfds_t n, int64_t timeout, uintptr_t pc)
{
    struct polled asked = {at, n};
    wait_for((uint64_t)(uintptr_t)&asked, any_polled, timeout, pc);
    return HZX_REAL(poll)(at, n, 0);
}

int poll(struct pollfd *at, nfds_t n, int timeout)
{
    return hzx.running ? poll_for(at, n, of_milliseconds(timeout), HZX_PC)
                       : HZX_REAL(poll)(at, n, timeout);
}

int ppoll(struct pollfd *at, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
    if (!hzx.running)
        return HZX_REAL(ppoll)(at, n, timeout, mask);
    without_mask(mask, "ppoll: its signal mask", HZX_PC);
    return poll_for(at, n, nanoseconds(timeout), HZX_PC);
}

/* ---- select ---- */

struct selected {
    int n;
    fd_set *sets[3];
};

static int look(int n, fd_set *const *sets)
{
    struct timeval none = {0};
    return HZX_REAL(select)(n, sets[0], sets[1], sets[2], &none);
}

static bool any_selected(const struct hzx_thread *thread)
{
    const struct selected *asked = (const struct selected *)(uintptr_t)thread->pending.value;
    fd_set copies[3], *sets[3];
    for (int i = 0; i < 3; i++) {
        sets[i] = asked->sets[i] != NULL ? &copies[i] : NULL;
        if (sets[i] != NULL)
            copies[i] = *asked->sets[i];
    }
    return over(thread) || look(asked->n, sets) != 0;
}

static int select_for(int n, fd_set *in, fd_set *out, fd_set *other, int64_t timeout, uintptr_t pc)
{
    struct selected asked = {n, {in, out, other}};
    wait_for((uint64_t)(uintptr_t)&asked, any_selected, timeout, pc);
    return look(n, asked.sets);
}

int select(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict other,
           struct timeval *restrict timeout)
{
    if (!hzx.running)
        return HZX_REAL(select)(n, in, out, other, timeout);
    int64_t most = FOREVER;
    if (timeout != NULL)
        most = (int64_t)timeout->tv_sec * 1000000000 + timeout->tv_usec * 1000;
    return select_for(n, in, out, other, most, HZX_PC);
}

int pselect(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict other,
            const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
    if (!hzx.running)
        return HZX_REAL(pselect)(n, in, out, other, timeout, mask);
    without_mask(mask, "pselect: its signal mask", HZX_PC);
    return select_for(n, in, out, other, nanoseconds(timeout), HZX_PC);
}

/* ---- epoll: to look at its descriptor takes no event from it ---- */

static bool any_event(const struct hzx_thread *thread)
{
    return over(thread) || hzx_channel_is((int)thread->pending.value, POLLIN);
}

static int epoll_for(int fd, struct epoll_event *events, int most, int64_t timeout, uintptr_t pc)
{
    int n;
    do {
        wait_for((uint64_t)fd, any_event, timeout, pc);
        n = HZX_REAL(epoll_wait)(fd, events, most, 0);
    } while (n == 0 && timeout == FOREVER);
    hzx_changed(hzx_channels()); /* an event that is told once is another's no more */
    return n;
}

int epoll_wait(int fd, struct epoll_event *events, int most, int timeout)
{
    return hzx.running ? epoll_for(fd, events, most, of_milliseconds(timeout), HZX_PC)
                       : HZX_REAL(epoll_wait)(fd, events, most, timeout);
}

int epoll_pwait(int fd, struct epoll_event *events, int most, int timeout, const sigset_t *mask)
{
    if (!hzx.running)
        return HZX_REAL(epoll_pwait)(fd, events, most, timeout, mask);
    without_mask(mask, "epoll_pwait: its signal mask", HZX_PC);
    return epoll_for(fd, events, most, of_milliseconds(timeout), HZX_PC);
}

int epoll_ctl(int fd, int what, int other, struct epoll_event *event)
{
    if (!hzx.running)
        return HZX_REAL(epoll_ctl)(fd, what, other, event);
    hzx_channel_point(HZX_SEND, (uint64_t)fd, NULL, HZX_PC);
    int status = HZX_REAL(epoll_ctl)(fd, what, other, event);
    hzx_release(hzx_channels());
    hzx_changed(hzx_channels());
    return status;
}
