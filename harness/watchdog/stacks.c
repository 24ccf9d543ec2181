#include "watchdog/stacks.h"

#include <dirent.h>
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A stack that is deeper (a runaway recursion) is cut off at its outer end. */
#define FRAMES 128
/* How long a thread may take to stop. It takes microseconds, unless the kernel holds it. */
#define STOP_MILLISECONDS 200

struct hzs_process {
    pid_t pid;
    Dwfl *dwfl;
};

/* ---- opening ----------------------------------------------------------------- */

/*
 * Not dwfl_standard_find_debuginfo(): that asks a debuginfod server where the
 * environment names one, and a look at a process must not wait for a network.
 */
static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_linux_proc_find_elf,
    .find_debuginfo = dwfl_build_id_find_debuginfo,
};

struct hzs_process *hzs_open(pid_t pid, struct hz_error *error)
{
    Dwfl *dwfl = dwfl_begin(&callbacks);
    if (dwfl == NULL) {
        hz_fail(error, "cannot read debug information: %s", dwfl_errmsg(-1));
        return NULL;
    }
    int failed = dwfl_linux_proc_report(dwfl, pid);
    if (failed == 0 && dwfl_report_end(dwfl, NULL, NULL) != 0)
        failed = -1;
    /* `true`: the threads are stopped by us, see stop(). */
    if (failed == 0)
        failed = dwfl_linux_proc_attach(dwfl, pid, true);
    if (failed != 0) {
        hz_fail(error, "cannot read the memory map of process %d: %s", (int)pid,
                failed > 0 ? strerror(failed) : dwfl_errmsg(-1));
        dwfl_end(dwfl);
        return NULL;
    }
    struct hzs_process *process = calloc(1, sizeof *process);
    if (process == NULL) {
        dwfl_end(dwfl);
        hz_fail(error, "out of memory");
        return NULL;
    }
    *process = (struct hzs_process){.pid = pid, .dwfl = dwfl};
    return process;
}

void hzs_close(struct hzs_process *process)
{
    if (process == NULL)
        return;
    dwfl_end(process->dwfl);
    free(process);
}

/* ---- frames ------------------------------------------------------------------ */

/* The path of the file that the module was loaded from, or "[vdso: 71]" and the like. */
static const char *module_path(Dwfl_Module *module)
{
    if (module == NULL)
        return NULL;
    return dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
}

/* libc, its loader and the preloaded library: what stands below and around a program. */
static bool of_runtime(const char *path)
{
    static const char *const names[] = {"libc.so.",        "libc-2.",     "ld-linux",
                                        "ld-2.",           "libpthread",  "[vdso",
                                        "libhazmat-watch", "libasan.so.", "libtsan.so."};
    if (path == NULL)
        return false;
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(base, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static const char *join_path(struct hz_arena *arena, const char *folder, const char *file)
{
    if (file == NULL || file[0] == '/' || folder == NULL)
        return hz_dup(arena, file);
    return hz_printf(arena, "%s/%s", folder, file);
}

/*
 * The compilation unit that the byte at `address` is of, or NULL; `bias` is what the
 * process's addresses have on those of the file. Looks through all units where there
 * is no index of addresses: clang writes none.
 */
static Dwarf_Die *find_unit(Dwfl *dwfl, uint64_t address, Dwarf_Addr *bias)
{
    Dwfl_Module *module = dwfl_addrmodule(dwfl, address);
    if (module == NULL || of_runtime(module_path(module)))
        return NULL;
    Dwarf_Die *unit = dwfl_module_addrdie(module, address, bias);
    if (unit != NULL)
        return unit;
    while ((unit = dwfl_module_nextcu(module, unit, bias)) != NULL)
        if (dwarf_haspc(unit, address - *bias) > 0)
            return unit;
    return NULL;
}

/* The folder that the unit was compiled in, or NULL. */
static const char *folder_of(Dwarf_Die *unit)
{
    Dwarf_Attribute folder;
    return dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &folder));
}

/* What is known of the byte at `address`; `unit` may be NULL. */
static struct hz_frame frame_at(struct hz_arena *arena, Dwfl *dwfl, uint64_t address,
                                Dwarf_Die *unit, Dwarf_Addr bias)
{
    struct hz_frame frame = {.address = address};
    Dwfl_Module *module = dwfl_addrmodule(dwfl, address);
    if (module == NULL)
        return frame;
    frame.module = hz_dup(arena, module_path(module));
    frame.function = hz_dup(arena, dwfl_module_addrname(module, address));
    Dwarf_Line *line = unit != NULL ? dwarf_getsrc_die(unit, address - bias) : NULL;
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
static void push_frames(struct hz_arena *arena, Dwfl *dwfl, uint64_t address, hz_stack *stack)
{
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = find_unit(dwfl, address, &bias);
    *hz_push(arena, stack) = frame_at(arena, dwfl, address, unit, bias);
    if (unit == NULL)
        return;
    Dwarf_Die *around = NULL, *scopes = NULL;
    int n = dwarf_getscopes(unit, address - bias, &around);
    /* The scopes as they are nested in the code, not as the inlined function's source nests. */
    if (n > 0 && (n = dwarf_getscopes_die(&around[0], &scopes)) > 0)
        push_callers(arena, stack, unit, scopes, n);
    free(scopes);
    free(around);
}

struct hz_frame hzs_frame(struct hz_arena *arena, struct hzs_process *process, uint64_t address)
{
    hz_stack stack = {0};
    push_frames(arena, process->dwfl, address - 1, &stack);
    return stack.at[0];
}

/* ---- stacks ------------------------------------------------------------------ */

/* One stack to be read; the arguments and results of reader(). */
struct reading {
    struct hz_arena *arena;
    struct hzs_process *process;
    pid_t tid;
    uint64_t pcs[FRAMES];
    size_t n;
    bool ok;
    struct hz_error error;
};

static int take_frame(Dwfl_Frame *state, void *argument)
{
    struct reading *reading = argument;
    Dwarf_Addr pc;
    bool exact;
    if (!dwfl_frame_pc(state, &pc, &exact) || reading->n == FRAMES)
        return DWARF_CB_ABORT;
    reading->pcs[reading->n++] = exact ? pc : pc - 1;
    return DWARF_CB_OK;
}

/* Stops a thread within a bounded time. */
static bool stop(pid_t tid, struct hz_error *error)
{
    if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) != 0)
        return hz_fail(error, "thread %d cannot be traced: %s", (int)tid, strerror(errno));
    if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) != 0)
        return hz_fail(error, "thread %d cannot be stopped: %s", (int)tid, strerror(errno));
    double end = hz_now() + STOP_MILLISECONDS / 1e3;
    do {
        /* Without WEXITED: the status of a child of ours that ends belongs to who forked it. */
        siginfo_t info = {0};
        if (waitid(P_PID, (id_t)tid, &info, WSTOPPED | WNOHANG | __WALL | __WNOTHREAD) != 0)
            return hz_fail(error, "thread %d is gone: %s", (int)tid, strerror(errno));
        if (info.si_pid == tid)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
    } while (hz_now() < end);
    return hz_fail(error, "thread %d did not stop within %d ms", (int)tid, STOP_MILLISECONDS);
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
    if (!stop(reading->tid, &reading->error))
        return NULL;
    /* An outer end that cannot be unwound is no failure, as long as there is an inner one. */
    int failed = dwfl_getthread_frames(reading->process->dwfl, reading->tid, take_frame, reading);
    reading->ok = reading->n > 0;
    if (!reading->ok)
        hz_fail(&reading->error, "cannot unwind thread %d: %s", (int)reading->tid,
                failed != 0 ? dwfl_errmsg(-1) : "no frames");
    /* Now, because this thread may be joined a moment before the kernel has cleared up. */
    ptrace(PTRACE_DETACH, reading->tid, NULL, NULL);
    return NULL;
}

/* The program's own part of a stack; the whole of it where it has no such part. */
static hz_stack trim(const hz_stack *all)
{
    size_t first = 0, last = all->n;
    while (first < last && of_runtime(all->at[first].module))
        first++;
    while (last > first) {
        const struct hz_frame *frame = &all->at[last - 1];
        bool entry = frame->function != NULL && strcmp(frame->function, "_start") == 0;
        if (!entry && !of_runtime(frame->module) && frame->module != NULL)
            break;
        last--;
    }
    if (first == last)
        return *all;
    hz_stack part = {.at = all->at + first, .n = last - first, .capacity = last - first};
    return part;
}

bool hzs_stack(struct hz_arena *arena, struct hzs_process *process, pid_t tid, hz_stack *out,
               struct hz_error *error)
{
    struct reading reading = {.arena = arena, .process = process, .tid = tid};
    pthread_t thread;
    int failed = pthread_create(&thread, NULL, reader, &reading);
    if (failed != 0)
        return hz_fail(error, "cannot start a thread: %s", strerror(failed));
    pthread_join(thread, NULL);
    if (!reading.ok)
        return hz_fail(error, "%s", reading.error.text);
    hz_stack all = {0};
    for (size_t i = 0; i < reading.n; i++)
        push_frames(arena, process->dwfl, reading.pcs[i], &all);
    *out = trim(&all);
    return true;
}

/* ---- names of addresses -------------------------------------------------------- */

struct mapping {
    uint64_t start, end;
    bool shared;
    char path[512];
    uint64_t file; /* somewhere in the last mapping of a file before, if none is between */
};

static bool find_mapping(pid_t pid, uint64_t address, struct mapping *out)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "re");
    if (maps == NULL)
        return false;
    bool found = false;
    char *line = NULL;
    size_t size = 0;
    uint64_t file = 0, file_end = 0;
    while (!found && getline(&line, &size, maps) > 0) {
        char access[8] = "";
        out->path[0] = '\0';
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %*s %511[^\n]", &out->start,
                   &out->end, access, out->path) < 3)
            continue;
        out->shared = access[3] == 's';
        out->file = out->start == file_end ? file : 0;
        if (out->path[0] == '/') {
            file = out->start;
            file_end = out->end;
        }
        found = address >= out->start && address < out->end;
    }
    free(line);
    fclose(maps);
    return found;
}

/* The thread whose stack pointer is in the mapping; 0 if none is, as far as is known. */
static pid_t stack_owner(pid_t pid, const struct mapping *mapping)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return 0;
    pid_t owner = 0;
    for (struct dirent *entry; owner == 0 && (entry = readdir(tasks)) != NULL;) {
        snprintf(path, sizeof path, "/proc/%d/task/%s/syscall", (int)pid, entry->d_name);
        FILE *file = fopen(path, "re");
        uint64_t sp = 0;
        if (file == NULL)
            continue;
        /* Blocked: "number 6 arguments sp pc"; not in a call: "-1 sp pc"; running: "running". */
        if (fscanf(file, "%*d %*x %*x %*x %*x %*x %*x %" SCNx64, &sp) == 1 &&
            sp >= mapping->start && sp < mapping->end)
            owner = (pid_t)atoi(entry->d_name);
        fclose(file);
    }
    closedir(tasks);
    return owner;
}

/* The symbol at `address` in the module that `within` is in; NULL if there is none. */
static const char *symbol_name(struct hz_arena *arena, Dwfl *dwfl, uint64_t within,
                               uint64_t address)
{
    Dwfl_Module *module = dwfl_addrmodule(dwfl, within);
    GElf_Off offset = 0;
    GElf_Sym symbol; /* one that ends before the address is not returned */
    if (module == NULL)
        return NULL;
    const char *name = dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL, NULL);
    if (name == NULL)
        return NULL;
    return offset == 0 ? hz_dup(arena, name) : hz_printf(arena, "%s+0x%" PRIx64, name, offset);
}

const char *hzs_name(struct hz_arena *arena, struct hzs_process *process, uint64_t address)
{
    struct mapping mapping;
    const char *name = symbol_name(arena, process->dwfl, address, address);
    if (name != NULL)
        return name;
    if (!find_mapping(process->pid, address, &mapping))
        return hz_printf(arena, "0x%" PRIx64, address);
    /* Variables without a value in the file go on after the end of its mapping. */
    if (mapping.path[0] == '\0' && mapping.file != 0 &&
        (name = symbol_name(arena, process->dwfl, mapping.file, address)) != NULL)
        return name;
    if (mapping.shared)
        return hz_printf(arena, "shared memory %s+0x%" PRIx64, mapping.path,
                         address - mapping.start);
    if (strcmp(mapping.path, "[heap]") == 0)
        return hz_printf(arena, "heap 0x%" PRIx64, address);
    if (strcmp(mapping.path, "[stack]") == 0)
        return hz_printf(arena, "stack of thread %d", (int)process->pid);
    pid_t owner = mapping.path[0] == '\0' ? stack_owner(process->pid, &mapping) : 0;
    if (owner != 0)
        return hz_printf(arena, "stack of thread %d", (int)owner);
    if (mapping.path[0] != '\0')
        return hz_printf(arena, "%s+0x%" PRIx64, mapping.path, address - mapping.start);
    return hz_printf(arena, "memory 0x%" PRIx64, address);
}
