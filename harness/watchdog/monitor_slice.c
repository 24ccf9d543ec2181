/*
 * A full look in slices. With ten thousand threads it takes some hundredths of a second, and
 * its steps are many, each of them long: so it runs on a stack of its own, which it leaves
 * wherever its time is over, to go on from there at the next call. Nothing runs beside it:
 * what it has read stays as it was read, and what it has not grows older by a few slices.
 *
 * What is done while it stands (quick looks, the log, names) changes nothing that it reads,
 * but for findings and the list of what was reported, and between those it is not left.
 */
#include "watchdog/monitor_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

/* As much as a main thread has, since libdw may be called there; what is not used costs nothing. */
#define STACK ((size_t)8 << 20)

struct hzw_slices {
    ucontext_t caller, look;
    void (*run)(struct hzw_monitor *monitor);
    char *stack; /* its lowest page can not be used */
    double end;  /* of this slice */
    bool under_way, inside;
};

struct hzw_slices *hzw_slices_new(void)
{
    struct hzw_slices *slices = calloc(1, sizeof *slices);
    char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (slices == NULL || stack == MAP_FAILED ||
        mprotect(stack, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE) != 0)
        (*obstack_alloc_failed_handler)();
    slices->stack = stack;
    return slices;
}

void hzw_slices_free(struct hzw_slices *slices)
{
    munmap(slices->stack, STACK);
    free(slices);
}

/* makecontext() hands over no pointers, only ints: this one in halves. */
static void begin(unsigned high, unsigned low)
{
    struct hzw_monitor *monitor = (struct hzw_monitor *)(uintptr_t)((uint64_t)high << 32 | low);
    monitor->slices->run(monitor);
    monitor->slices->under_way = false;
}

static void make_look(struct hzw_monitor *monitor, void (*run)(struct hzw_monitor *))
{
    struct hzw_slices *slices = monitor->slices;
    uint64_t address = (uint64_t)(uintptr_t)monitor;
    if (getcontext(&slices->look) != 0)
        abort();
    slices->run = run;
    slices->look.uc_stack.ss_sp = slices->stack;
    slices->look.uc_stack.ss_size = STACK;
    slices->look.uc_link = &slices->caller;
    makecontext(&slices->look, (void (*)(void))begin, 2, (unsigned)(address >> 32),
                (unsigned)address);
    slices->under_way = true;
}

bool hzw_slice(struct hzw_monitor *monitor, void (*run)(struct hzw_monitor *), double seconds)
{
    struct hzw_slices *slices = monitor->slices;
    if (!slices->under_way)
        make_look(monitor, run);
    slices->end = hz_now() + seconds;
    slices->inside = true;
    if (swapcontext(&slices->caller, &slices->look) != 0)
        abort();
    slices->inside = false;
    return !slices->under_way;
}

bool hzw_under_way(const struct hzw_monitor *monitor)
{
    return monitor->slices->under_way;
}

void hzw_pause(struct hzw_monitor *monitor)
{
    struct hzw_slices *slices = monitor->slices;
    if (slices->inside && hz_now() >= slices->end &&
        swapcontext(&slices->look, &slices->caller) != 0)
        abort();
}
