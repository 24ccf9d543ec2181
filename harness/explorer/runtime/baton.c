#include "explorer/runtime/baton.h"

#include "explorer/runtime/sync.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SIGNAL_STACK = 64 << 10, FIRST_STACK = SIGNAL_STACK + (64 << 10) };

/* Goes over to the stack that `stack_pointer` is in, as a fiber's first switch does. */
__asm__(".text\n"
        ".type hzx_baton_begin,@function\n"
        "hzx_baton_begin:\n"
        "  movq %rdi,%rsp\n"
        "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbx\n  popq %rbp\n"
        "  ret\n"
        ".size hzx_baton_begin,.-hzx_baton_begin\n");
__attribute__((visibility("hidden"))) _Noreturn void hzx_baton_begin(void *stack_pointer);

static void sleep_until_turn(struct hzx_carrier *own)
{
    while (__atomic_load_n(&own->turn, __ATOMIC_ACQUIRE) == 0)
        HZX_REAL(syscall)(SYS_futex, &own->turn, FUTEX_WAIT_PRIVATE, 0, NULL);
    __atomic_store_n(&own->turn, 0, __ATOMIC_RELAXED);
}

static void *carry(void *argument)
{
    struct hzx_carrier *own = argument;
    char signal_stack[SIGNAL_STACK];
    sigaltstack(&(stack_t){.ss_sp = signal_stack, .ss_size = sizeof signal_stack}, NULL);
    sleep_until_turn(own);
    hzx_baton_begin(own->stack_pointer);
}

/* Once a process: a fork has its own. */
static void pin(void)
{
    static pid_t pinned;
    int core = sched_getcpu();
    if (pinned == getpid() || core < 0)
        return;
    pinned = getpid();
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((size_t)core, &one);
    sched_setaffinity(0, sizeof one, &one); /* slower without, and no worse */
}

bool hzx_baton_prepare(struct hzx_carrier *carrier)
{
    pin();
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, FIRST_STACK);
    carrier->turn = 0;
    pthread_t handle;
    int status = HZX_REAL(pthread_create)(&handle, &attributes, carry, carrier);
    pthread_attr_destroy(&attributes);
    carrier->handle = (void *)handle;
    return status == 0;
}

void hzx_baton_switch(struct hzx_carrier *from, struct hzx_carrier *to)
{
    __atomic_store_n(&to->turn, 1, __ATOMIC_RELEASE);
    HZX_REAL(syscall)(SYS_futex, &to->turn, FUTEX_WAKE_PRIVATE, 1);
    sleep_until_turn(from);
}
