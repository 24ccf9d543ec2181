#include "cli/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <unistd.h>

int hz_ptrace_scope(void)
{
    FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
    int scope = 0;
    if (file != NULL && fscanf(file, "%d", &scope) != 1)
        scope = 0;
    if (file != NULL)
        fclose(file);
    return scope;
}

const char *hz_watch_forbidden(struct hz_arena *arena, pid_t pid)
{
    char byte;
    int fd = open(hz_printf(arena, "/proc/%d/syscall", (int)pid), O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, &byte, 1) : -1;
    int why = errno;
    if (fd >= 0)
        close(fd);
    if (got >= 0 || (why != EPERM && why != EACCES))
        return NULL;
    const char *what =
        hz_printf(arena,
                  "process %d may not be looked into: what its threads wait for, which locks they "
                  "hold and their stacks cannot be told",
                  (int)pid);
    struct stat about;
    if (stat(hz_printf(arena, "/proc/%d", (int)pid), &about) == 0 && about.st_uid != geteuid())
        return hz_printf(arena, "%s. It is another user's: run hazmat as that user or as root",
                         what);
    int scope = hz_ptrace_scope();
    if (scope == 1)
        return hz_printf(arena,
                         "%s. /proc/sys/kernel/yama/ptrace_scope is 1, which allows it for "
                         "one's own descendants only: start the program by `hazmat watch -- "
                         "PROGRAM`, run hazmat as root, or `sudo sysctl "
                         "kernel.yama.ptrace_scope=0`",
                         what);
    if (scope > 1)
        return hz_printf(arena, "%s. /proc/sys/kernel/yama/ptrace_scope is %d: %s", what, scope,
                         scope == 2 ? "run hazmat as root"
                                    : "only a restart of the machine "
                                      "changes that");
    return hz_printf(arena,
                     "%s. It has given itself other rights than its user's, or a container "
                     "forbids ptrace: run hazmat as root, or the container with "
                     "--cap-add=SYS_PTRACE",
                     what);
}

bool hz_ptrace_denied(void)
{
    /* Nobody of that kind is traced: where the call is allowed at all, it says so (ESRCH). */
    return ptrace(PTRACE_DETACH, getpid(), NULL, NULL) != 0 && (errno == EPERM || errno == ENOSYS);
}
