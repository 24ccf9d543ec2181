/*
 * The futex system call, for those who wait by it themselves: std::future, C++20's waits on
 * atomics, hand-made locks. To wait is to read the word, and to queue up in the same step if
 * it is as expected; to wake writes the word, in so far as the order of the two matters. Who
 * came first is woken first, as the kernel does for threads of one priority.
 */
#include "explorer/runtime/races.h"
#include "explorer/runtime/sync.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool woken(const struct hzx_thread *thread)
{
    return thread->woken || thread->timed_out;
}

static uint64_t arrivals; /* of all schedules: only their order matters */

static long wait_at(uint32_t *word, uint32_t expected, const struct timespec *until, uintptr_t pc)
{
    struct hzx_thread *self = hzx.self;
    struct hzx_op op = {.kind = HZX_READ, .size = sizeof *word, .atomic = true, .drains = true,
                        .address = (uintptr_t)word, .pc = pc};
    hzx_point(&op);
    hzx_spin_forget();
    hzx_access(op.address, sizeof *word, false, true, pc);
    if (*word != expected) {
        errno = EAGAIN;
        return -1;
    }
    self->waiting = true;
    self->woken = false;
    self->ticket = ++arrivals;
    if (until != NULL)
        hzx_timer_on(until);
    op.kind = HZX_WAKE;
    op.ready = woken;
    hzx_point(&op);
    bool out = until != NULL && hzx_timer_off() && !self->woken;
    self->waiting = self->woken = false;
    errno = out ? ETIMEDOUT : errno;
    return out ? -1 : 0;
}

static struct hzx_thread *first_at(const uint32_t *word)
{
    struct hzx_thread *first = NULL;
    for (unsigned i = 0; i < hzx.threads_n; i++) {
        struct hzx_thread *thread = &hzx.threads[i];
        if (thread->waiting && !thread->done && !woken(thread) &&
            thread->pending.address == (uintptr_t)word &&
            (first == NULL || thread->ticket < first->ticket))
            first = thread;
    }
    return first;
}

static long wake_at(uint32_t *word, uint32_t most, uintptr_t pc)
{
    hzx_point(&(struct hzx_op){.kind = HZX_SIGNAL, .size = sizeof *word, .atomic = true,
                               .drains = true, .write = true, .address = (uintptr_t)word,
                               .pc = pc});
    hzx_spin_forget();
    uint32_t n = 0;
    for (struct hzx_thread *thread; n < most && (thread = first_at(word)) != NULL; n++) {
        thread->woken = true;
        hzx_ready_again(thread);
    }
    return n;
}

/* As clock_gettime() has it, of whatever clock. */
static const struct timespec *deadline(const struct timespec *timeout, bool relative,
                                       struct timespec *until)
{
    if (timeout == NULL || !relative)
        return timeout;
    uint64_t end = hzx.now + (uint64_t)timeout->tv_sec * 1000000000 + (uint64_t)timeout->tv_nsec;
    *until = (struct timespec){(time_t)(end / 1000000000), (long)(end % 1000000000)};
    return until;
}

static long futex(uint32_t *word, int operation, uint32_t value, const struct timespec *timeout,
                  uintptr_t pc)
{
    struct timespec until;
    switch (operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
        return wait_at(word, value,
                       deadline(timeout, (operation & FUTEX_CMD_MASK) == FUTEX_WAIT, &until), pc);
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
        return wake_at(word, value, pc);
    default:
        hzx_uncontrolled("futex", pc);
        errno = ENOSYS;
        return -1;
    }
}

long syscall(long number, ...)
{
    long of[6];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++)
        of[i] = va_arg(arguments, long);
    va_end(arguments);
    if (hzx.running && number == SYS_futex)
        return futex((uint32_t *)of[0], (int)of[1], (uint32_t)of[2], (const struct timespec *)of[3],
                     HZX_PC);
    if (hzx.running && (number == SYS_fork || number == SYS_vfork || number == SYS_clone ||
                        number == SYS_clone3 || number == SYS_execve))
        hzx_give_up("syscall", HZX_PC);
    if (hzx.running && number == SYS_gettid)
        return gettid();
    if (hzx.running && number == SYS_tgkill)
        return tgkill((pid_t)of[0], (pid_t)of[1], (int)of[2]);
    return HZX_REAL(syscall)(number, of[0], of[1], of[2], of[3], of[4], of[5]);
}
