#include "process/alone.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static bool has_children(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

/* Collects all that ends, as the first process of a container has to, until the child has. */
static int stand_by(pid_t child, const sigset_t *ours)
{
    for (;;) {
        int number, status;
        pid_t ended;
        while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
            if (ended == child)
                return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (sigwait(ours, &number) == 0 && number == SIGTERM)
            kill(child, SIGTERM);
    }
}

bool hz_go_alone(int *status)
{
    if (getpid() != 1 && !has_children())
        return true;
    static const int numbers[] = {SIGCHLD, SIGTERM, SIGINT, SIGQUIT, SIGHUP};
    sigset_t ours, before;
    sigemptyset(&ours);
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaddset(&ours, numbers[i]);
    sigprocmask(SIG_BLOCK, &ours, &before);
    pid_t child = fork();
    *status = child > 0 ? stand_by(child, &ours) : -1;
    if (child == 0)
        sigprocmask(SIG_SETMASK, &before, NULL);
    return child == 0;
}
