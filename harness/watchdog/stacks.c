#include "watchdog/stacks_parts.h"

#include <dwarf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>

/* A stack that is deeper (a runaway recursion) is cut off at its outer end. */
#define FRAMES 128
#define RED_ZONE 128
/* How long a thread may take to stop. It takes microseconds, unless the kernel holds it. */
#define STOP_MILLISECONDS 200

/* ---- frames ------------------------------------------------------------------ */

static const char *join_path(struct hz_arena *arena, const char *folder, const char *file)
{
    if (file == NULL || file[0] == '/' || folder == NULL)
        return hz_dup(arena, file);
    return hz_printf(arena, "%s/%s", folder, file);
}

/* The folder that the unit was compiled in, or NULL. */
static const char *folder_of(Dwarf_Die *unit)
{
    Dwarf_Attribute folder;
    return dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &folder));
}

static const char *function_at(struct hz_arena *arena, struct hzs_module *module, uint64_t address)
{
    const struct hzs_symbol *symbol = hzs_symbol(module, address);
    return symbol != NULL ? hzs_demangle(arena, symbol->name) : NULL;
}

/*
 * What is known of the byte at `address`; `unit` may be NULL. Not the functions of the
 * runtime: its symbols are many, and its frames are mostly left out.
 */
static struct hz_frame frame_at(struct hz_arena *arena, struct hzs_module *module, uint64_t address,
                                Dwarf_Die *unit)
{
    struct hz_frame frame = {.address = address};
    if (module == NULL)
        return frame;
    frame.module = hz_dup(arena, hzs_path(module));
    if (!module->runtime)
        frame.function = function_at(arena, module, address);
    Dwarf_Line *line = unit != NULL ? dwarf_getsrc_die(unit, address - module->bias) : NULL;
    if (line != NULL) {
        dwarf_lineno(line, &frame.line);
        frame.file = join_path(arena, folder_of(unit), dwarf_linesrc(line, NULL, NULL));
    }
    return frame;
}

/* The file with that number in the line table of a compilation unit; NULL if there is none. */
static const char *file_number(struct hz_arena *arena, Dwarf_Die *unit, Dwarf_Word number)
{
    Dwarf_Files *files;
    size_t n;
    if (dwarf_getsrcfiles(unit, &files, &n) != 0 || number >= n)
        return NULL;
    return join_path(arena, folder_of(unit), dwarf_filesrc(files, number, NULL, NULL));
}

static bool number_of(Dwarf_Die *die, unsigned attribute, Dwarf_Word *out)
{
    Dwarf_Attribute value;
    return dwarf_formudata(dwarf_attr(die, attribute, &value), out) == 0;
}

/*
 * An inlined call has no frame of its own in memory: takes it out of the debug
 * information. `frame` is named after the inlined function, and the frame that is
 * added after it stands at the line of the call.
 */
static void push_callers(struct hz_arena *arena, hz_stack *stack, Dwarf_Die *unit,
                         Dwarf_Die *scopes, int n)
{
    for (int i = 0; i < n; i++) {
        int tag = dwarf_tag(&scopes[i]);
        struct hz_frame *inner = &stack->at[stack->n - 1];
        if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
            continue;
        const char *name = dwarf_diename(&scopes[i]);
        if (name != NULL)
            inner->function = hz_dup(arena, name);
        Dwarf_Word file, line;
        if (tag == DW_TAG_subprogram || !number_of(&scopes[i], DW_AT_call_line, &line) ||
            !number_of(&scopes[i], DW_AT_call_file, &file))
            return;
        struct hz_frame outer = *inner;
        outer.function = NULL;
        outer.file = file_number(arena, unit, file);
        outer.line = (int)line;
        *hz_push(arena, stack) = outer;
    }
}

/* Adds the frame of one address, and those of the calls that were inlined there. */
static void push_frames(struct hz_arena *arena, struct hzs_process *process, uint64_t address,
                        double end, hz_stack *stack)
{
    struct hzs_module *module = hzs_module_at(process, address);
    Dwarf_Die *unit = module != NULL ? hzs_unit(module, address, end) : NULL;
    *hz_push(arena, stack) = frame_at(arena, module, address, unit);
    if (unit == NULL)
        return;
    struct hzs_scopes scopes;
    hzs_scopes(module, unit, address, &scopes);
    push_callers(arena, stack, unit, scopes.at, scopes.n);
}

/* Gives a frame of the runtime that is told its function. */
static void name_frame(struct hz_arena *arena, struct hzs_process *process, struct hz_frame *frame)
{
    struct hzs_module *module = hzs_module_at(process, frame->address);
    if (frame->function == NULL && module != NULL && module->runtime)
        frame->function = function_at(arena, module, frame->address);
}

struct hz_frame hzs_frame(struct hz_arena *arena, struct hzs_process *process, uint64_t address)
{
    hz_stack stack = {0};
    double begin = hz_worked();
    push_frames(arena, process, address - 1, begin + process->left, &stack);
    name_frame(arena, process, &stack.at[0]);
    process->left -= hz_worked() - begin;
    return stack.at[0];
}

/* ---- stacks ------------------------------------------------------------------ */

/* One stack to be read; the arguments and results of reader(). */
struct reading {
    struct hzs_process *process;
    pid_t tid;
    hzs_inspect *inspect;
    void *argument;
    struct hzs_raw frames[FRAMES];
    struct hzs_thread thread;
    double inspected; /* seconds that `inspect` took */
    struct hz_error error;
};

#ifdef __x86_64__
#define RAX 0
#define RBX 3
#define R12_TO_R15 0xf000u

/*
 * libdw takes rax for rbx where it lists what a call preserves (elfutils 0.188,
 * backends/x86_64_cfi.c). A frame that was unwound by its table, which r12 to r15 tell, has
 * the rbx of the one inside of it, if it has no other; and of rax after a call nothing is
 * known.
 */
static void repair(struct hzs_raw *raw, const struct hzs_raw *inside, bool call)
{
    if (call)
        raw->known &= ~(1u << RAX);
    if ((raw->known & 1u << RBX) != 0 || (raw->known & R12_TO_R15) != R12_TO_R15 ||
        (inside->known & 1u << RBX) == 0)
        return;
    raw->registers[RBX] = inside->registers[RBX];
    raw->known |= 1u << RBX;
}
#else
static void repair(struct hzs_raw *raw, const struct hzs_raw *inside, bool call)
{
    (void)raw, (void)inside, (void)call;
}
#endif

static int take_frame(Dwfl_Frame *state, void *argument)
{
    struct reading *reading = argument;
    size_t *n = &reading->thread.n;
    struct hzs_raw *raw = &reading->frames[*n];
    Dwarf_Addr pc;
    bool exact;
    if (*n == FRAMES || !dwfl_frame_pc(state, &pc, &exact))
        return DWARF_CB_ABORT;
    *raw = (struct hzs_raw){.pc = exact ? pc : pc - 1};
    for (unsigned i = 0; i < HZS_REGISTERS; i++) {
        Dwarf_Word value;
        if (dwfl_frame_reg(state, i, &value) != 0)
            continue;
        raw->registers[i] = value;
        raw->known |= 1u << i;
    }
    if (*n > 0)
        repair(raw, raw - 1, !exact);
    ++*n;
    return DWARF_CB_OK;
}

/* Where the thread's own data begins, which glibc puts at the end of its stack; or 0. */
static uint64_t thread_pointer(pid_t tid)
{
#ifdef __x86_64__
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, tid, NULL, &registers) == 0)
        return registers.fs_base;
#else
    (void)tid;
#endif
    return 0;
}

/* Stops a thread within a bounded time. */
static bool stop(pid_t tid, struct hz_error *error)
{
    if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) != 0)
        return hz_fail(error, "thread %d cannot be traced: %s", (int)tid, strerror(errno));
    if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) != 0)
        return hz_fail(error, "thread %d cannot be stopped: %s", (int)tid, strerror(errno));
    double end = hz_now() + STOP_MILLISECONDS / 1e3;
    for (unsigned round = 0; round == 0 || hz_now() < end; round++) {
        /* Without WEXITED: the status of a child of ours that ends belongs to who forked it. */
        siginfo_t info = {0};
        if (waitid(P_PID, (id_t)tid, &info, WSTOPPED | WNOHANG | __WALL | __WNOTHREAD) != 0)
            return hz_fail(error, "thread %d is gone: %s", (int)tid, strerror(errno));
        if (info.si_pid == tid)
            return true;
        /* Mostly it stops while another processor has it: at once. */
        if (round < 20)
            sched_yield();
        else
            nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
    }
    return hz_fail(error, "thread %d did not stop within %d ms", (int)tid, STOP_MILLISECONDS);
}

/*
 * From the stack pointer, and what a function without calls uses beyond it, to the data of
 * the thread or else its outermost frame: the kernel joins neighbours that are alike into
 * one mapping, so what is beyond may be something else.
 */
static void find_extent(struct reading *reading)
{
    struct hzs_thread *thread = &reading->thread;
    uint64_t sp = reading->frames[0].registers[HZS_SP], data = thread_pointer(reading->tid);
    struct hzs_mapping mapping;
    thread->low = sp - RED_ZONE;
    thread->high = reading->frames[thread->n - 1].registers[HZS_SP];
    if (hzs_find_mapping(reading->process, sp, &mapping) && data > thread->high &&
        data < mapping.end)
        thread->high = data;
}

/*
 * Runs in a thread of its own, which ends when the stack is read. The kernel undoes
 * what a tracing thread leaves behind when it ends, whatever the state of the traced
 * one: a thread that did not stop in time, which could not be detached from, goes on
 * untraced instead of stopping later for good; one that died is not left a zombie.
 */
static void *reader(void *argument)
{
    struct reading *reading = argument;
    prctl(PR_SET_TIMERSLACK, 1000UL); /* of this thread: sleeps are no longer than they say */
    if (!stop(reading->tid, &reading->error))
        return NULL;
    /* An outer end that cannot be unwound is no failure, as long as there is an inner one. */
    int failed = dwfl_getthread_frames(reading->process->dwfl, reading->tid, take_frame, reading);
    if (reading->thread.n == 0) {
        hz_fail(&reading->error, "cannot unwind thread %d: %s", (int)reading->tid,
                failed != 0 ? dwfl_errmsg(-1) : "no frames");
    } else {
        find_extent(reading);
        double begin = hz_worked();
        if (reading->inspect != NULL)
            reading->inspect(&reading->thread, reading->argument);
        reading->inspected = hz_worked() - begin;
    }
    /* Now, because this thread may be joined a moment before the kernel has cleared up. */
    ptrace(PTRACE_DETACH, reading->tid, NULL, NULL);
    return NULL;
}

static void remember(struct hzs_process *process, const struct hzs_thread *thread)
{
    struct hzs_extent *extent = NULL;
    for (size_t i = 0; i < process->extents.n && extent == NULL; i++)
        if (process->extents.at[i].tid == thread->tid)
            extent = &process->extents.at[i];
    if (extent == NULL)
        extent = hz_push(&process->arena, &process->extents);
    *extent = (struct hzs_extent){thread->tid, thread->low, thread->high};
}

bool hzs_stopped(struct hzs_process *process, pid_t tid, hzs_inspect *inspect, void *argument,
                 struct hz_error *error)
{
    struct reading reading;
    reading.process = process;
    reading.tid = tid;
    reading.inspect = inspect;
    reading.argument = argument;
    reading.thread = (struct hzs_thread){.tid = tid, .frames = reading.frames};
    reading.inspected = 0;
    double begin = hz_worked();
    pthread_t thread;
    int failed = pthread_create(&thread, NULL, reader, &reading);
    if (failed != 0)
        return hz_fail(error, "cannot start a thread: %s", strerror(failed));
    pthread_join(thread, NULL);
    /* On a busy machine a thread waits long to be run, and to stop: no reading is saved by that. */
    process->left += hz_worked() - begin - reading.inspected;
    if (reading.thread.n == 0)
        return hz_fail(error, "%s", reading.error.text);
    remember(process, &reading.thread);
    return true;
}

/* ---- the part of a stack that is the program's ------------------------------------ */

/* Of a program without a loader libc is a part, as a rule without debug information. */
static bool of_runtime(struct hzs_process *process, const struct hz_frame *frame)
{
    if (frame->module == NULL)
        return false;
    const struct hzs_module *module = hzs_module_at(process, frame->address);
    return module != NULL && (module->runtime || (module->fixed && frame->file == NULL));
}

/* The program's own part of a stack; the whole of it where it has no such part. */
static hz_stack trim(struct hzs_process *process, const hz_stack *all)
{
    size_t first = 0, last = all->n;
    while (first < last && of_runtime(process, &all->at[first]))
        first++;
    while (last > first) {
        const struct hz_frame *frame = &all->at[last - 1];
        bool entry = frame->function != NULL && strcmp(frame->function, "_start") == 0;
        if (!entry && !of_runtime(process, frame) && frame->module != NULL)
            break;
        last--;
    }
    if (first == last)
        return *all;
    hz_stack part = {.at = all->at + first, .n = last - first, .capacity = last - first};
    return part;
}

/* The addresses of the frames of one thread. */
struct addresses {
    uint64_t at[FRAMES];
    size_t n;
};

static void take_addresses(const struct hzs_thread *thread, void *argument)
{
    struct addresses *addresses = argument;
    for (size_t i = 0; i < thread->n; i++)
        addresses->at[addresses->n++] = thread->frames[i].pc;
}

bool hzs_stack(struct hz_arena *arena, struct hzs_process *process, pid_t tid, hz_stack *out,
               struct hz_error *error)
{
    struct addresses addresses = {.n = 0};
    double begin = hz_worked();
    if (!hzs_stopped(process, tid, take_addresses, &addresses, error))
        return false;
    hz_stack all = {0};
    double end = hz_worked() + process->left;
    for (size_t i = 0; i < addresses.n; i++)
        push_frames(arena, process, addresses.at[i], end, &all);
    *out = trim(process, &all);
    for (size_t i = 0; i < out->n; i++)
        name_frame(arena, process, &out->at[i]);
    process->left -= hz_worked() - begin;
    return true;
}
