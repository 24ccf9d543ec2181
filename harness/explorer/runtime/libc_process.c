/* Processes: the explorer follows one. A program that makes more is not explored. */
#include "explorer/runtime/sync.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static void give_up(const char *name, uintptr_t pc)
{
    struct hzx_shared *shared = hzx.shared;
    hzx_uncontrolled(name, pc);
    snprintf(shared->text, HZX_TEXT, "the program makes processes, which are not followed");
    shared->outcome = (struct hzx_outcome){.end = HZX_FINE, .pc = pc};
    shared->state = HZX_SPENT;
    HZX_REAL(_exit)(HZX_GIVEN_UP);
}

pid_t fork(void)
{
    if (hzx.running)
        give_up("fork", HZX_PC);
    return HZX_REAL(fork)();
}

pid_t vfork(void)
{
    if (hzx.running)
        give_up("vfork", HZX_PC);
    return HZX_REAL(fork)();
}

int system(const char *command)
{
    if (hzx.running)
        give_up("system", HZX_PC);
    return HZX_REAL(system)(command);
}

FILE *popen(const char *command, const char *type)
{
    if (hzx.running)
        give_up("popen", HZX_PC);
    return HZX_REAL(popen)(command, type);
}

int daemon(int nochdir, int noclose)
{
    if (hzx.running)
        give_up("daemon", HZX_PC);
    return HZX_REAL(daemon)(nochdir, noclose);
}
