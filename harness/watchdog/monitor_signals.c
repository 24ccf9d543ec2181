/*
 * For which signals a process has handlers. The kernel says so, but under Valgrind,
 * which catches everything for its guest: there the guest's code is asked instead
 * whether it could install a handler at all.
 */
#include "watchdog/monitor_parts.h"

#include <elfutils/libdwfl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SIGNAL(n) (1ull << ((n)-1))
/* Sent by the thread's own faults, or kept by glibc for itself. */
#define NOT_SENT                                                                                   \
    (SIGNAL(SIGSEGV) | SIGNAL(SIGBUS) | SIGNAL(SIGFPE) | SIGNAL(SIGILL) | SIGNAL(SIGTRAP) |        \
     SIGNAL(SIGABRT) | SIGNAL(SIGSYS) | SIGNAL(SIGPIPE) | SIGNAL(32) | SIGNAL(33))
/* Those that Valgrind catches only if its guest does. */
#define TOLD_UNDER_VALGRIND (SIGNAL(SIGCHLD) | SIGNAL(SIGCONT) | SIGNAL(SIGURG) | SIGNAL(SIGWINCH))

static bool under_valgrind(const struct hzw_process *process)
{
    char path[64], program[512];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)process->alive);
    ssize_t n = readlink(path, program, sizeof program - 1);
    program[n > 0 ? n : 0] = '\0';
    return strstr(program, "/valgrind/") != NULL;
}

/*
 * A sanitizer's symbolizer: it waits for questions from the program, has handlers only
 * for its own crashes and for Ctrl-C, and never acts on the program by itself.
 */
static bool is_symbolizer(const struct hzw_view *view, const struct hzw_process *process)
{
    const char *name = view->threads.at[process->first].name;
    return strcmp(name, "llvm-symbolizer") == 0 || strcmp(name, "addr2line") == 0;
}

uint64_t hzw_signals(const struct hzw_view *view, const struct hzw_process *process)
{
    if (is_symbolizer(view, process))
        return 0;
    uint64_t handled = 0, caught = 0;
    bool told = false;
    for (size_t i = 0; i < process->n; i++) {
        const struct hzt_thread *thread = &view->threads.at[process->first + i];
        handled |= thread->handled;
        caught |= thread->caught;
        told |= thread->told;
    }
    /* What a thread blocks that was taken at its word is not known. */
    if (told)
        handled = caught;
    handled &= ~NOT_SENT;
    if ((handled & ~TOLD_UNDER_VALGRIND) != 0 && under_valgrind(process))
        handled &= TOLD_UNDER_VALGRIND;
    return handled;
}

/* ---- Valgrind's guests ----------------------------------------------------------- */

static bool installs_handlers(const char *name)
{
    static const char *const names[] = {"sigaction",   "__sigaction",   "signal", "bsd_signal",
                                        "sysv_signal", "__sysv_signal", "sigset", "sigvec"};
    size_t length = strcspn(name, "@");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
            return true;
    return false;
}

/* libc offers those functions to others; Valgrind's own parts are not the guest's. */
static bool of_the_guest(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && strncmp(slash, "/libc.so.", 9) != 0 &&
           strncmp(slash, "/ld-linux", 9) != 0 && strstr(path, "/valgrind/") == NULL;
}

/* Memory that processes share is mapped like a file, and has no symbols because it is no code. */
static bool is_data(const char *path)
{
    return strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/SYSV", 5) == 0 ||
           strncmp(path, "/memfd:", 7) == 0;
}

/* Stops at the first file that may install a handler, or whose symbols cannot be read. */
static int look_into(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base,
                     void *found)
{
    (void)user;
    (void)base;
    if (!of_the_guest(name) || is_data(name))
        return DWARF_CB_OK;
    int n = dwfl_module_getsymtab(module);
    bool may = n <= 0;
    for (int i = 0; i < n && !may; i++) {
        GElf_Sym symbol;
        const char *symbol_name = dwfl_module_getsym(module, i, &symbol, NULL);
        may = symbol_name != NULL && installs_handlers(symbol_name);
    }
    *(bool *)found = may;
    return may ? DWARF_CB_ABORT : DWARF_CB_OK;
}

bool hzw_guest_signals(const struct hzw_process *process)
{
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_linux_proc_find_elf,
        .find_debuginfo = dwfl_build_id_find_debuginfo,
    };
    if (!under_valgrind(process))
        return false;
    Dwfl *files = dwfl_begin(&callbacks);
    bool found = true;
    if (files != NULL && dwfl_linux_proc_report(files, process->alive) == 0 &&
        dwfl_report_end(files, NULL, NULL) == 0) {
        found = false;
        dwfl_getmodules(files, look_into, &found, 0);
    }
    dwfl_end(files);
    return found;
}
