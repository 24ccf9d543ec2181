/*
 * How a program ends: each way is the schedule's end, not the process's. The handlers of
 * atexit() run in the thread that called exit(), as ever; other threads may go on before.
 */
#include "explorer/runtime/sync.h"

#include "explorer/runtime/races.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

enum { HANDLERS = 64 };

static struct {
    uint32_t schedule, n;
    void (*run[HANDLERS])(void *);
    void *argument[HANDLERS];
} handlers;

static void handlers_now(void)
{
    if (handlers.schedule != (uint32_t)hzx.shared->schedules) {
        handlers.schedule = (uint32_t)hzx.shared->schedules;
        handlers.n = 0;
    }
}

static _Noreturn void end_with(int status, uintptr_t pc)
{
    char text[64];
    hzx.shared->outcome.status = status;
    if (status == 0)
        hzx_end(HZX_FINE, pc, NULL);
    snprintf(text, sizeof text, "exit status %d", status);
    hzx_end(HZX_STATUS, pc, text);
}

/* Others may still do something before it. */
static void come_to_exit(uintptr_t pc)
{
    if (hzx.alive > 1)
        hzx_point(&(struct hzx_op){.kind = HZX_PROCESS_EXIT, .write = true, .pc = pc});
}

_Noreturn void hzx_exit(int status, uintptr_t pc)
{
    come_to_exit(pc);
    hzx_locals_end();
    handlers_now();
    while (handlers.n > 0) {
        handlers.n--;
        handlers.run[handlers.n](handlers.argument[handlers.n]);
    }
    end_with(status, pc);
}

static void with_status(void *argument)
{
    void (*handler)(void);
    memcpy(&handler, &argument, sizeof handler);
    handler();
}

int __cxa_atexit(void (*handler)(void *), void *argument, void *library);
int __cxa_atexit(void (*handler)(void *), void *argument, void *library)
{
    if (!hzx.running)
        return HZX_REAL(__cxa_atexit)(handler, argument, library);
    handlers_now();
    if (handlers.n == HANDLERS)
        return ENOMEM;
    handlers.run[handlers.n] = handler;
    handlers.argument[handlers.n++] = argument;
    return 0;
}

/* In a program atexit() is part of it, and calls __cxa_atexit(); of older ones it is not. */
int atexit(void (*handler)(void));
int atexit(void (*handler)(void))
{
    void *argument;
    memcpy(&argument, &handler, sizeof argument);
    return __cxa_atexit(with_status, argument, NULL);
}

void exit(int status)
{
    if (hzx.running)
        hzx_exit(status, HZX_PC);
    HZX_REAL(exit)(status);
    __builtin_unreachable();
}

static void exit_at_once(int status, uintptr_t pc)
{
    if (!hzx.running)
        return;
    come_to_exit(pc);
    end_with(status, pc);
}

void _exit(int status)
{
    exit_at_once(status, HZX_PC);
    HZX_REAL(_exit)(status);
    __builtin_unreachable();
}

void _Exit(int status)
{
    exit_at_once(status, HZX_PC);
    HZX_REAL(_exit)(status);
    __builtin_unreachable();
}

void quick_exit(int status)
{
    if (hzx.running)
        hzx_uncontrolled("quick_exit: its handlers do not run", HZX_PC);
    exit_at_once(status, HZX_PC);
    HZX_REAL(quick_exit)(status);
    __builtin_unreachable();
}

void abort(void)
{
    if (hzx.running)
        hzx_end(HZX_ABORTED, HZX_PC, "abort()");
    HZX_REAL(abort)();
    __builtin_unreachable();
}

void __assert_fail(const char *claim, const char *file, unsigned line, const char *function)
{
    if (hzx.running) {
        char text[HZX_TEXT];
        snprintf(text, sizeof text, "%s:%u: %s: %s", file, line, function, claim);
        hzx_end(HZX_ASSERTION, HZX_PC, text);
    }
    HZX_REAL(__assert_fail)(claim, file, line, function);
    __builtin_unreachable();
}

/* The thread that runs has gone below its stack. */
static bool overflows(uintptr_t address, uintptr_t stack_pointer)
{
    uintptr_t low = hzx_carrier_top(hzx.self->id) - HZX_STACK_SIZE;
    return low - address - 1 < HZX_STACK_GUARD || stack_pointer < low ||
           stack_pointer > hzx_carrier_top(hzx.self->id);
}

/* Of those that are remembered: where it overflowed may be the runtime's own code. */
static uintptr_t deepest_call(uintptr_t pc)
{
    unsigned n = hzx.self->calls_n < HZX_CALLS ? hzx.self->calls_n : HZX_CALLS;
    return n > 0 ? hzx.self->calls[n - 1] : pc;
}

static void crashed(int number, siginfo_t *about, void *context)
{
    const ucontext_t *at = context;
    if (!hzx.running) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    char text[HZX_TEXT];
    uintptr_t pc = (uintptr_t)at->uc_mcontext.gregs[REG_RIP];
    snprintf(text, sizeof text, "%s at address %p", sigdescr_np(number), about->si_addr);
    if (overflows((uintptr_t)about->si_addr, (uintptr_t)at->uc_mcontext.gregs[REG_RSP])) {
        pc = deepest_call(pc);
        snprintf(text, sizeof text, "the stack of T%u overflows: under the explorer it has %d KiB",
                 hzx.self->id, HZX_STACK_SIZE / 1024);
    }
    hzx_end(HZX_CRASH, pc, text);
}

void hzx_catch_crashes(void)
{
    static char stack[64 << 10];
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
    struct sigaction action = {.sa_sigaction = crashed,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGFPE, &action, NULL);
    sigaction(SIGILL, &action, NULL);
}
