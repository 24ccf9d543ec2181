/*
 * Signals. A handler runs where the C library runs it, and not as a step of its own: what
 * it does in the middle of another thread's step is not explored. So each call that has to
 * do with them is named.
 */
#include "explorer/runtime/sync.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

int raise(int number)
{
    if (hzx.running)
        hzx_uncontrolled("raise", HZX_PC);
    return HZX_REAL(raise)(number);
}

/* Under fibers a pthread_t is nothing that the kernel knows; the process has one thread. */
int pthread_kill(pthread_t handle, int number)
{
    if (!hzx.running)
        return HZX_REAL(pthread_kill)(handle, number);
    hzx_uncontrolled("pthread_kill", HZX_PC);
    return HZX_REAL(pthread_kill)(handle, number);
}

int kill(pid_t process, int number)
{
    if (hzx.running)
        hzx_uncontrolled("kill", HZX_PC);
    return HZX_REAL(kill)(process, number);
}

int sigaction(int number, const struct sigaction *restrict action,
              struct sigaction *restrict before)
{
    if (hzx.running && action != NULL && hzx_in_program(HZX_PC))
        hzx_uncontrolled("sigaction", HZX_PC);
    return HZX_REAL(sigaction)(number, action, before);
}

__sighandler_t signal(int number, __sighandler_t handler)
{
    if (hzx.running)
        hzx_uncontrolled("signal", HZX_PC);
    return HZX_REAL(signal)(number, handler);
}

int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict before)
{
    if (hzx.running && set != NULL)
        hzx_uncontrolled("pthread_sigmask", HZX_PC);
    return HZX_REAL(pthread_sigmask)(how, set, before);
}

int sigwait(const sigset_t *restrict set, int *restrict number)
{
    if (hzx.running)
        hzx_uncontrolled("sigwait", HZX_PC);
    return HZX_REAL(sigwait)(set, number);
}
