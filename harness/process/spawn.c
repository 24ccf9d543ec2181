#include "process/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FAILED_START = 127 };

/* fork() between which and what the child does next no signal can come: all are blocked there. */
static pid_t fork_blocked(void)
{
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child != 0) {
        int why = errno;
        sigprocmask(SIG_SETMASK, &before, NULL);
        errno = why;
    }
    return child;
}

pid_t hz_fork(void)
{
    pid_t parent = getpid();
    pid_t child = fork_blocked();
    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before we could say that we want to know */
        _exit(FAILED_START);
    /* By the kernel's own call: signal() refuses 32 and 33, which our parent may ignore. */
    static const unsigned long by_default[4]; /* handler, flags, restorer, mask */
    for (int number = 1; number < NSIG; number++)
        syscall(SYS_rt_sigaction, number, by_default, NULL, sizeof by_default[3]);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    return 0;
}

/* In the child: says what could not be done, and ends. */
static _Noreturn void give_up(int report, const char *what)
{
    char text[1024];
    int length = snprintf(text, sizeof text, "%s: %s", what, strerror(errno));
    size_t n = (size_t)length < sizeof text ? (size_t)length : sizeof text - 1;
    ssize_t written = write(report, text, n);
    (void)written; /* nobody is left to be told */
    _exit(FAILED_START);
}

/* A copy out of the way of 0, 1 and 2, which the caller may have had closed. */
static int above_standard(int fd, int report)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (copy < 0)
        give_up(report, "descriptors");
    return copy;
}

static void arrange_descriptors(const struct hz_command *command, int out, int err, int report)
{
    const char *input = command->input != NULL ? command->input : "/dev/null";
    int in = open(input, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        give_up(report, input);
    in = above_standard(in, report);
    out = above_standard(out, report);
    err = above_standard(err, report);
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
        dup2(err, STDERR_FILENO) < 0 ||
        close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        give_up(report, "descriptors");
    for (const int *keep = command->keep; keep != NULL && *keep >= 0; keep++)
        if (fcntl(*keep, F_SETFD, 0) != 0)
            give_up(report, "a descriptor to keep");
}

/* Sets both limits, but never above what we are allowed ourselves. */
static void limit(int resource, uint64_t most, int report)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0)
        give_up(report, "getrlimit");
    if (most < limit.rlim_max)
        limit.rlim_max = most;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(resource, &limit) != 0)
        give_up(report, "setrlimit");
}

static void arrange_surroundings(const struct hz_command *command, int report)
{
    for (char *const *set = command->set; set != NULL && *set != NULL; set++)
        if (putenv(*set) != 0)
            give_up(report, *set);
    if (command->folder != NULL && chdir(command->folder) != 0)
        give_up(report, command->folder);
    if (command->cpus != NULL && sched_setaffinity(0, sizeof *command->cpus, command->cpus) != 0)
        give_up(report, "processors to run on");
    int now = personality(0xffffffff);
    if (command->fixed_addresses && (now == -1 || personality(now | ADDR_NO_RANDOMIZE) == -1))
        give_up(report, "switching address randomisation off");
    if (!command->limits.core)
        limit(RLIMIT_CORE, 0, report);
    if (command->limits.file_size != 0)
        limit(RLIMIT_FSIZE, command->limits.file_size, report);
    if (command->limits.address_space != 0)
        limit(RLIMIT_AS, command->limits.address_space, report);
}

static _Noreturn void become(const struct hz_command *command, int out, int err, int report)
{
    report = above_standard(report, report);
    if (command->foreground == NULL) {
        setsid(); /* a new child leads no group: this cannot fail */
        arrange_descriptors(command, out, err, report);
    }
    arrange_surroundings(command, report);
    if (command->foreground != NULL)
        sigprocmask(SIG_SETMASK, &command->foreground->mask, NULL);
    /* execvp() would give a file of an unknown format, such as half a binary, to the shell. */
    if (strchr(command->argv[0], '/') != NULL)
        execv(command->argv[0], command->argv);
    else
        execvp(command->argv[0], command->argv);
    give_up(report, command->argv[0]);
}

enum { REPORT, OUT, ERR, PIPES };

static void close_pipes(int pipes[PIPES][2], int end)
{
    for (int i = 0; i < PIPES; i++) {
        if (pipes[i][end] >= 0)
            close(pipes[i][end]);
        pipes[i][end] = -1;
    }
}

static bool open_pipes(int pipes[PIPES][2], bool report_alone)
{
    for (int i = 0; i < PIPES; i++)
        pipes[i][0] = pipes[i][1] = -1;
    for (int i = 0; i < (report_alone ? REPORT + 1 : PIPES); i++)
        /* Only our end is non-blocking: the two ends have flags of their own. */
        if (pipe2(pipes[i], O_CLOEXEC) != 0 || fcntl(pipes[i][0], F_SETFL, O_NONBLOCK) != 0)
            return false;
    return true;
}

bool hz_spawn(const struct hz_command *command, struct hz_program *out, struct hz_error *error)
{
    int pipes[PIPES][2];
    bool foreground = command->foreground != NULL;
    if (!open_pipes(pipes, foreground)) {
        hz_fail(error, "a pipe for the program: %s", strerror(errno));
    } else if ((out->pid = foreground ? fork_blocked() : hz_fork()) < 0) {
        hz_fail(error, "a process for the program: %s", strerror(errno));
    } else {
        if (out->pid == 0)
            become(command, pipes[OUT][1], pipes[ERR][1], pipes[REPORT][1]);
        close_pipes(pipes, 1);
        out->pidfd = pidfd_open(out->pid, 0);
        out->out = pipes[OUT][0];
        out->err = pipes[ERR][0];
        out->report = pipes[REPORT][0];
        return true;
    }
    close_pipes(pipes, 0);
    close_pipes(pipes, 1);
    return false;
}

const char *hz_spawn_report(struct hz_arena *arena, struct hz_program *program)
{
    char text[1024];
    if (program->report < 0)
        return NULL;
    ssize_t got = read(program->report, text, sizeof text);
    if (got < 0)
        return NULL;
    close(program->report);
    program->report = -1;
    return got > 0 ? hz_copy(arena, text, (size_t)got) : NULL;
}
