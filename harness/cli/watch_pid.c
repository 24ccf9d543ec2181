#include "cli/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- whether it can be watched -------------------------------------------------------- */

/* A number in /proc/PID/status, or -1. */
static long status_of(pid_t pid, const char *key)
{
    char path[64], line[256];
    long value = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && value < 0 && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            value = strtol(line + strlen(key), NULL, 10);
    if (file != NULL)
        fclose(file);
    return value;
}

static bool is_ancestor(pid_t pid)
{
    for (long at = getpid(); at > 0; at = status_of((pid_t)at, "PPid:"))
        if (at == pid)
            return true;
    return false;
}

static bool is_hazmat(struct hz_arena *arena, pid_t pid)
{
    struct stat ours, its;
    return stat("/proc/self/exe", &ours) == 0 &&
           stat(hz_printf(arena, "/proc/%d/exe", (int)pid), &its) == 0 &&
           ours.st_dev == its.st_dev && ours.st_ino == its.st_ino;
}

static bool may_watch(struct hz_arena *arena, pid_t pid, struct hz_error *error)
{
    long group = status_of(pid, "Tgid:");
    if (group < 0)
        return hz_fail(error, "there is no process %d", (int)pid);
    if (group != pid)
        return hz_fail(error, "%d is a thread of process %ld: say --pid %ld", (int)pid, group,
                       group);
    if (is_ancestor(pid))
        return hz_fail(error,
                       "process %d is hazmat itself, or started it: it cannot be watched "
                       "from here",
                       (int)pid);
    if (is_hazmat(arena, pid))
        return hz_fail(error, "process %d is a hazmat: name the program that it watches", (int)pid);
    if (status_of(pid, "VmSize:") < 0) /* neither a thread of the kernel's nor a zombie has any */
        return hz_fail(error,
                       "process %d has no program: it is a thread of the kernel's, or has "
                       "ended",
                       (int)pid);
    const char *forbidden = hz_watch_forbidden(arena, pid);
    return forbidden == NULL || hz_fail(error, "%s", forbidden);
}

/* ---- ending it ---------------------------------------------------------------------------- */

struct target {
    int fd;
    bool alive;
};
typedef HZ_VEC(struct target) targets;

static void add_target(struct hz_arena *arena, pid_t pid, targets *out)
{
    int fd = pidfd_open(pid, 0);
    if (fd >= 0)
        *hz_push(arena, out) = (struct target){fd, true};
}

/* Waits up to `seconds` for all of them to end; true if they have. */
static bool all_end(targets *all, double seconds)
{
    double until = hz_now() + seconds;
    for (size_t i = 0; i < all->n; i++) {
        struct pollfd polled = {.fd = all->at[i].fd, .events = POLLIN};
        double left = until - hz_now();
        int ready;
        do
            ready = poll(&polled, 1, left > 0 ? (int)(left * 1000) + 1 : 0);
        while (ready < 0 && errno == EINTR);
        all->at[i].alive = ready == 0;
        if (ready == 0 && hz_now() < until)
            i--;
        else if (ready == 0)
            return false;
    }
    return true;
}

static void signal_all(const targets *all, int number)
{
    for (size_t i = 0; i < all->n; i++)
        pidfd_send_signal(all->at[i].fd, number, NULL, 0);
}

/*
 * We are not their parent: whose parent has ended is out of our sight. So all are taken
 * hold of first, and one that is started meanwhile, by a process that will not end when
 * asked to, goes on.
 */
static void end_processes(struct hz_watch *watch, pid_t pid)
{
    hz_pids below = {0};
    targets all = {0};
    add_target(watch->arena, pid, &all);
    hz_tree(watch->arena, pid, &below);
    for (size_t i = 0; i < below.n; i++)
        add_target(watch->arena, below.at[i], &all);
    signal_all(&all, SIGTERM);
    signal_all(&all, SIGCONT);
    if (!all_end(&all, HZ_WATCH_GRACE)) {
        signal_all(&all, SIGKILL);
        all_end(&all, HZ_WATCH_GRACE);
    }
    for (size_t i = 0; i < all.n; i++)
        close(all.at[i].fd);
}

/* ---- watching ----------------------------------------------------------------------------- */

static enum hz_end look_on(struct hz_watch *watch, pid_t pid, int process, int signals)
{
    double limit = watch->settings->timed ? watch->begun + watch->settings->timeout : 0;
    struct pollfd polled[] = {{.fd = process, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    const struct timespec pause = {.tv_nsec = (long)(HZ_WATCH_EVERY * 1e9)};
    for (;;) {
        ppoll(polled, 2, &pause, NULL);
        if (polled[1].revents != 0)
            return HZ_END_INTERRUPTED;
        if (polled[0].revents != 0)
            return HZ_END_EXITED;
        if (limit > 0 && hz_now() >= limit)
            return HZ_END_DEADLINE;
        hzw_look(watch->monitor, pid, true);
        if (!hz_watch_findings(watch))
            continue;
        end_processes(watch, pid);
        return HZ_END_STOPPED;
    }
}

static int open_signals(void)
{
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGHUP);
    sigprocmask(SIG_BLOCK, &ours, NULL);
    return signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
}

bool hz_watch_process(struct hz_watch *watch, struct hz_error *error)
{
    pid_t pid = (pid_t)watch->settings->pid;
    if (!may_watch(watch->arena, pid, error))
        return false;
    int process = pidfd_open(pid, 0);
    if (process < 0)
        return hz_fail(error, "process %d: %s", (int)pid, strerror(errno));
    int signals = open_signals();
    if (signals < 0) {
        close(process);
        return hz_fail(error, "a descriptor for signals: %s", strerror(errno));
    }
    hz_watch_note(watch,
                  "watching process %d from outside; Ctrl-C stops the watching and leaves "
                  "it alone",
                  (int)pid);
    watch->outcome = (struct hz_outcome){.pid = pid};
    watch->outcome.end = look_on(watch, pid, process, signals);
    watch->outcome.seconds = hz_now() - watch->begun;
    watch->left = watch->outcome.end == HZ_END_INTERRUPTED || watch->outcome.end == HZ_END_DEADLINE;
    watch->outcome.interrupted = watch->outcome.end == HZ_END_INTERRUPTED;
    close(signals);
    close(process);
    return true;
}
