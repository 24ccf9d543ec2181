/*
 * Signals that threads of the program send to each other and wait for: sigwait(),
 * sigsuspend(), and masks of their own. A signal waits until a thread takes it that waits for
 * it, or unblocks it; one that its sender does not block is taken at once. That one comes to a
 * thread that does not block it, at any moment of its work, is not explored, and said.
 */
#include "explorer/runtime/sync.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct {
    uint32_t schedule;
    uint64_t sent; /* to the process */
} process;

static uint64_t *to_process(void)
{
    if (process.schedule != (uint32_t)hzx.shared->schedules) {
        process.schedule = (uint32_t)hzx.shared->schedules;
        process.sent = 0;
    }
    return &process.sent;
}

static struct hzx_object *all_signals(void)
{
    static char signals;
    return hzx_object(&signals);
}

/* Signal n is bit n - 1, as in a sigset_t's first word. */
static uint64_t bits_of(const sigset_t *set)
{
    uint64_t bits;
    memcpy(&bits, set, sizeof bits);
    return bits;
}

static uint64_t bit_of(int number)
{
    return (uint64_t)1 << (number - 1);
}

static struct sigaction action_of(int number)
{
    struct sigaction action;
    HZX_REAL(sigaction)(number, NULL, &action);
    return action;
}

static bool ignored(int number)
{
    void (*handler)(int) = action_of(number).sa_handler;
    return handler == SIG_IGN ||
           (handler == SIG_DFL && (number == SIGCHLD || number == SIGURG || number == SIGWINCH));
}

/* The lowest of `wanted` that was sent to this thread or the process; 0: none. */
static int take(uint64_t wanted)
{
    uint64_t *own = &hzx.self->signals, *all = to_process(), found = (*own | *all) & wanted;
    if (found == 0)
        return 0;
    uint64_t bit = found & -found;
    *(*own & bit ? own : all) &= ~bit;
    return __builtin_ctzll(bit) + 1;
}

static void handle(int number, uintptr_t pc)
{
    struct sigaction action = action_of(number);
    if (action.sa_handler == SIG_DFL) {
        char text[64];
        snprintf(text, sizeof text, "%s", sigdescr_np(number));
        hzx_end(HZX_ABORTED, pc, text);
    }
    uint64_t before = hzx.self->blocked;
    hzx.self->blocked |= bits_of(&action.sa_mask) | bit_of(number);
    if (action.sa_flags & SA_SIGINFO)
        action.sa_sigaction(number, &(siginfo_t){.si_signo = number, .si_pid = getpid()}, NULL);
    else
        action.sa_handler(number);
    hzx.self->blocked = before;
}

static void handle_unblocked(uintptr_t pc)
{
    for (int number; (number = take(~hzx.self->blocked)) != 0;)
        handle(number, pc);
}

/* ---- sending ---- */

static void arrive(unsigned kind, uint64_t value, bool (*ready)(const struct hzx_thread *),
                   uintptr_t pc)
{
    struct hzx_op op = hzx_op_on(all_signals(), kind, pc);
    op.ready = ready;
    op.value = value;
    hzx_point(&op);
    hzx_spin_forget();
}

/* Not at a moment of its own: it is blocked but for those who wait for it, or the sender's. */
static bool comes_when_wanted(uint64_t bit, const struct hzx_thread *target)
{
    if (target == NULL && !(hzx.self->blocked & bit))
        return true;
    for (unsigned i = 0; i < hzx.threads_n; i++) {
        const struct hzx_thread *thread = &hzx.threads[i];
        if (!thread->done && thread != hzx.self && (target == NULL || thread == target) &&
            !(thread->blocked & bit))
            return false;
    }
    return true;
}

static int send_to(struct hzx_thread *target, int number, const char *name, uintptr_t pc)
{
    if (number < 0 || number > 64) {
        return EINVAL;
    } else if (number == 0 || ignored(number)) {
        return 0;
    }
    arrive(HZX_SIGNAL, 0, NULL, pc);
    if (!comes_when_wanted(bit_of(number), target))
        hzx_uncontrolled(name, pc);
    struct hzx_object *object = all_signals();
    hzx_release(object);
    *(target != NULL ? &target->signals : to_process()) |= bit_of(number);
    hzx_changed(object);
    handle_unblocked(pc);
    return 0;
}

int kill(pid_t pid, int number)
{
    if (!hzx.running)
        return HZX_REAL(kill)(pid, number);
    if (pid != getpid() && pid != 0) {
        hzx_uncontrolled("kill", HZX_PC);
        errno = EPERM;
        return -1;
    }
    int status = send_to(NULL, number, "kill", HZX_PC);
    errno = status != 0 ? status : errno;
    return status != 0 ? -1 : 0;
}

int raise(int number)
{
    if (!hzx.running)
        return HZX_REAL(raise)(number);
    return send_to(hzx.self, number, "raise", HZX_PC) != 0 ? -1 : 0;
}

int pthread_kill(pthread_t handle, int number)
{
    if (!hzx.running)
        return HZX_REAL(pthread_kill)(handle, number);
    struct hzx_thread *target = hzx_thread_of((void *)handle);
    return target == NULL ? ESRCH : send_to(target, number, "pthread_kill", HZX_PC);
}

int sigqueue(pid_t pid, int number, const union sigval value)
{
    if (!hzx.running)
        return HZX_REAL(sigqueue)(pid, number, value);
    hzx_uncontrolled("sigqueue: its value", HZX_PC);
    return kill(pid, number);
}

/* A thread's number is its process's and its place (libc_names.c). */
int tgkill(pid_t pid, pid_t thread, int number)
{
    if (!hzx.running)
        return HZX_REAL(tgkill)(pid, thread, number);
    unsigned place = (unsigned)(thread - getpid());
    if (pid != getpid() || place >= hzx.threads_n || hzx.threads[place].done) {
        errno = ESRCH;
        return -1;
    }
    errno = send_to(&hzx.threads[place], number, "tgkill", HZX_PC);
    return errno != 0 ? -1 : 0;
}

/* ---- masks ---- */

static int mask(int how, const sigset_t *set, sigset_t *before, uintptr_t pc)
{
    uint64_t was = hzx.self->blocked;
    if (before != NULL) {
        sigemptyset(before);
        memcpy(before, &was, sizeof was);
    }
    if (set == NULL)
        return 0;
    uint64_t bits = bits_of(set);
    switch (how) {
    case SIG_BLOCK: bits |= was; break;
    case SIG_UNBLOCK: bits = was & ~bits; break;
    case SIG_SETMASK: break;
    default: return EINVAL;
    }
    hzx.self->blocked = bits;
    handle_unblocked(pc);
    return 0;
}

int pthread_sigmask(int how, const sigset_t *set, sigset_t *before)
{
    return hzx.running ? mask(how, set, before, HZX_PC)
                       : HZX_REAL(pthread_sigmask)(how, set, before);
}

int sigprocmask(int how, const sigset_t *set, sigset_t *before)
{
    if (!hzx.running)
        return HZX_REAL(sigprocmask)(how, set, before);
    int status = mask(how, set, before, HZX_PC);
    errno = status != 0 ? status : errno;
    return status != 0 ? -1 : 0;
}

/* ---- waiting ---- */

static bool was_sent(const struct hzx_thread *thread)
{
    return thread->timed_out || ((thread->signals | *to_process()) & thread->pending.value) != 0;
}

static int wait_for(uint64_t wanted, uintptr_t pc)
{
    arrive(HZX_WAKE, wanted, was_sent, pc);
    int number = take(wanted);
    hzx_acquire(all_signals());
    hzx_changed(all_signals());
    return number;
}

int sigwait(const sigset_t *set, int *number)
{
    if (!hzx.running)
        return HZX_REAL(sigwait)(set, number);
    *number = wait_for(bits_of(set), HZX_PC);
    return 0;
}

static int wait_info(const sigset_t *set, siginfo_t *info, uintptr_t pc)
{
    int number = wait_for(bits_of(set), pc);
    if (info != NULL)
        *info = (siginfo_t){.si_signo = number, .si_pid = getpid()};
    return number;
}

int sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
    return hzx.running ? wait_info(set, info, HZX_PC) : HZX_REAL(sigwaitinfo)(set, info);
}

int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *most)
{
    if (!hzx.running)
        return HZX_REAL(sigtimedwait)(set, info, most);
    uint64_t until = hzx.now + (uint64_t)most->tv_sec * 1000000000 + (uint64_t)most->tv_nsec;
    hzx_timer_on(&(struct timespec){(time_t)(until / 1000000000), (long)(until % 1000000000)});
    int number = wait_info(set, info, HZX_PC);
    hzx_timer_off();
    if (number == 0)
        errno = EAGAIN;
    return number == 0 ? -1 : number;
}

static int suspend(uint64_t blocked, uintptr_t pc)
{
    int number = wait_for(~blocked, pc);
    uint64_t before = hzx.self->blocked;
    hzx.self->blocked = blocked;
    handle(number, pc);
    hzx.self->blocked = before;
    errno = EINTR;
    return -1;
}

int sigsuspend(const sigset_t *blocked)
{
    return hzx.running ? suspend(bits_of(blocked), HZX_PC) : HZX_REAL(sigsuspend)(blocked);
}

int pause(void)
{
    return hzx.running ? suspend(hzx.self->blocked, HZX_PC) : HZX_REAL(pause)();
}
