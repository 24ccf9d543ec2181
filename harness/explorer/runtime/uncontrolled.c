/*
 * The C library's functions that the explorer does not control. Each is named with its line when
 * the program first calls it, and then does what it does; but what makes processes ends the
 * campaign, for they are not followed. The registers that hold its arguments are kept, so what
 * they are need not be known here.
 */
#include "explorer/runtime/sync.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void hzx_give_up(const char *name, uintptr_t pc)
{
    struct hzx_shared *shared = hzx.shared;
    hzx_uncontrolled(name, pc);
    snprintf(shared->text, HZX_TEXT, "the program makes processes, which are not followed");
    shared->outcome = (struct hzx_outcome){.end = HZX_FINE, .pc = pc};
    shared->state = HZX_SPENT;
    HZX_REAL(_exit)(HZX_GIVEN_UP);
}

/* The C library's own; where it has none, a call ends as one of no function would. */
__attribute__((used)) void *hzx_process(const char *name, uintptr_t pc)
{
    if (hzx.running)
        hzx_give_up(name, pc);
    return dlsym(RTLD_NEXT, name);
}

__attribute__((used)) void *hzx_foreign(const char *name, uintptr_t pc)
{
    if (hzx.running)
        hzx_uncontrolled(name, pc);
    return dlsym(RTLD_NEXT, name);
}

/* Somebody outside may end a wait for it. */
__attribute__((used)) void *hzx_source(const char *name, uintptr_t pc)
{
    hzx.outside = true;
    return hzx_foreign(name, pc);
}

/* Seven registers and the return address keep the stack aligned as a call needs it. */
#define BEFORE(name, what)                                                                         \
    __asm__(".section .rodata\n1: .asciz \"" #name "\"\n"                                          \
            ".text\n.globl " #name "\n.type " #name ",@function\n" #name ":\n"                     \
            "  pushq %rdi\n  pushq %rsi\n  pushq %rdx\n  pushq %rcx\n  pushq %r8\n  pushq %r9\n"   \
            "  pushq %rax\n"                                                                       \
            "  leaq 1b(%rip),%rdi\n  movq 56(%rsp),%rsi\n  call " #what "\n  movq %rax,%r11\n"     \
            "  popq %rax\n"                                                                        \
            "  popq %r9\n  popq %r8\n  popq %rcx\n  popq %rdx\n  popq %rsi\n  popq %rdi\n"         \
            "  jmp *%r11\n.size " #name ",.-" #name "\n");

#define PROCESS(name) BEFORE(name, hzx_process)
PROCESS(fork) PROCESS(vfork) PROCESS(_Fork) PROCESS(forkpty) PROCESS(clone) PROCESS(daemon)
PROCESS(system) PROCESS(popen) PROCESS(posix_spawn) PROCESS(posix_spawnp)
PROCESS(execl) PROCESS(execlp) PROCESS(execle) PROCESS(execv) PROCESS(execve) PROCESS(execvp)
PROCESS(execvpe) PROCESS(fexecve) PROCESS(execveat)

#define FOREIGN(name) BEFORE(name, hzx_foreign)
FOREIGN(mq_send) FOREIGN(mq_receive) FOREIGN(mq_timedsend) FOREIGN(mq_timedreceive)
FOREIGN(mq_notify) FOREIGN(msgsnd) FOREIGN(msgrcv) FOREIGN(semop) FOREIGN(semtimedop)
FOREIGN(shmat) FOREIGN(mremap) FOREIGN(flock) FOREIGN(lockf) FOREIGN(splice) FOREIGN(tee)
FOREIGN(vmsplice) FOREIGN(sendfile) FOREIGN(aio_read) FOREIGN(aio_write) FOREIGN(lio_listio)
FOREIGN(dlopen) FOREIGN(getaddrinfo_a) FOREIGN(swapcontext) FOREIGN(recvmmsg) FOREIGN(sendmmsg)

#define SOURCE(name) BEFORE(name, hzx_source)
SOURCE(signalfd) SOURCE(inotify_init) SOURCE(inotify_init1)
