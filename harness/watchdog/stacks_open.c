#include "watchdog/stacks_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Compressed debug information is unpacked as a whole when it is opened, at about
 * 200 MB a second: what unpacks to more is left alone. Other is only mapped.
 */
#define MOST_UNPACKED (16u << 20)
#define PAGE 4096

/* ---- the files of modules ----------------------------------------------------------- */

const char *hzs_path(const struct hzs_module *module)
{
    if (module == NULL)
        return NULL;
    return dwfl_module_info(module->dwfl, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
}

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/*
 * Whether the file begins as the mapping does: headers and, mostly, the build id. A file
 * system of layers tells other numbers in maps than in stat(), so these are not compared.
 */
static bool same_beginning(const struct hzs_module *module, int file)
{
    struct hzs_process of = {.pid = module->pid};
    char mapped[PAGE], read[PAGE];
    ssize_t n = pread(file, read, sizeof read, 0);
    return n > 0 && hzs_memory(&of, module->low, mapped, (size_t)n) &&
           memcmp(mapped, read, (size_t)n) == 0;
}

/* Opens one of the ways to the file, if it is that file. */
static int open_way(const struct hzs_module *module, const char *way)
{
    struct stat status;
    if (stat(way, &status) != 0 || !S_ISREG(status.st_mode)) /* opening a device may do things */
        return -1;
    int file = open(way, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file >= 0 && !same_beginning(module, file)) {
        close(file);
        return -1;
    }
    return file;
}

/*
 * The file that is mapped, not the one that has its name now: it may have been removed or
 * replaced, and the process may have another root. The first way is the kernel's own, which
 * only root may go; the second is for the program alone.
 */
static int open_mapped(const struct hzs_module *module, const char *path)
{
    char way[PATH_MAX + 64];
    snprintf(way, sizeof way, "/proc/%d/map_files/%lx-%lx", (int)module->pid,
             (unsigned long)module->low, (unsigned long)module->first_end);
    int file = open_way(module, way);
    if (file < 0) {
        snprintf(way, sizeof way, "/proc/%d/exe", (int)module->pid);
        file = open_way(module, way);
    }
    if (file < 0 && !ends_in(path, " (deleted)")) {
        snprintf(way, sizeof way, "/proc/%d/root%s", (int)module->pid, path);
        file = open_way(module, way);
    }
    return file;
}

static int find_elf(Dwfl_Module *dwfl, void **userdata, const char *path, Dwarf_Addr base,
                    char **file_name, Elf **elf)
{
    const struct hzs_module *module = *userdata;
    if (module != NULL && path[0] == '/') {
        int file = open_mapped(module, path);
        if (file >= 0)
            *file_name = strdup(path);
        /* libdwfl would open whatever has that name here. */
        if (file >= 0 || !ends_in(path, " (deleted)"))
            return file;
    }
    return dwfl_linux_proc_find_elf(dwfl, userdata, path, base, file_name, elf);
}

static bool too_much(Elf *elf)
{
    uint64_t unpacked = 0;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section)) != NULL;) {
        GElf_Shdr header;
        GElf_Chdr packed;
        if (gelf_getshdr(section, &header) != NULL && (header.sh_flags & SHF_COMPRESSED) != 0 &&
            gelf_getchdr(section, &packed) != NULL)
            unpacked += packed.ch_size;
    }
    return unpacked > MOST_UNPACKED;
}

/*
 * Not dwfl_standard_find_debuginfo(): that asks a debuginfod server where the
 * environment names one, and a look at a process must not wait for a network.
 */
static int find_debuginfo(Dwfl_Module *dwfl, void **userdata, const char *name, Dwarf_Addr base,
                          const char *file_name, const char *link, GElf_Word crc, char **debug)
{
    int file =
        dwfl_build_id_find_debuginfo(dwfl, userdata, name, base, file_name, link, crc, debug);
    if (file < 0)
        return file;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(file, ELF_C_READ_MMAP, NULL);
    bool refused = elf == NULL || too_much(elf);
    elf_end(elf);
    if (!refused)
        return file;
    close(file);
    free(*debug);
    *debug = NULL;
    return -1;
}

static const Dwfl_Callbacks callbacks = {.find_elf = find_elf, .find_debuginfo = find_debuginfo};

/* ---- modules -------------------------------------------------------------------------- */

/* The libraries of C and C++, and the preloaded one: what stands below and around a program. */
static bool of_runtime(const char *path)
{
    static const char *const names[] = {
        "libc.so.",    "libc-2.",     "ld-linux",      "ld-2.",        "libpthread",
        "libm.so.",    "libdl.so.",   "librt.so.",     "[vdso",        "libhazmat-watch",
        "libasan.so.", "libtsan.so.", "libstdc++.so.", "libgcc_s.so.",
    };
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(base, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* A static PIE has a dynamic section, as a library has, in which it says what it is. */
static bool says_program(Elf *elf, const GElf_Phdr *dynamic)
{
    Elf_Data *data =
        elf_getdata_rawchunk(elf, (int64_t)dynamic->p_offset, dynamic->p_filesz, ELF_T_DYN);
    GElf_Dyn entry;
    for (int i = 0; data != NULL && gelf_getdyn(data, i, &entry) != NULL; i++)
        if (entry.d_tag == DT_FLAGS_1)
            return (entry.d_un.d_val & DF_1_PIE) != 0;
    return false;
}

/* Where it is in the process, and where of that there are variables. */
static void read_load(struct hzs_module *module, const GElf_Phdr *segment)
{
    uint64_t low = segment->p_vaddr + module->elf_bias, high = low + segment->p_memsz;
    if (high > module->high)
        module->high = high;
    if ((segment->p_flags & PF_W) == 0)
        return;
    if (module->data_low == 0 || low < module->data_low)
        module->data_low = low;
    if (high > module->data_high)
        module->data_high = high;
}

static void read_segments(struct hzs_module *module, Elf *elf)
{
    size_t n = 0;
    GElf_Ehdr header;
    bool loader = false;
    bool program = gelf_getehdr(elf, &header) != NULL && header.e_type == ET_EXEC;
    elf_getphdrnum(elf, &n);
    for (size_t i = 0; i < n; i++) {
        GElf_Phdr segment;
        if (gelf_getphdr(elf, (int)i, &segment) == NULL)
            continue;
        loader |= segment.p_type == PT_INTERP;
        if (segment.p_type == PT_DYNAMIC)
            program |= says_program(elf, &segment);
        if (segment.p_type == PT_LOAD)
            read_load(module, &segment);
    }
    module->fixed = program && !loader;
}

bool hzs_elf(struct hzs_module *module)
{
    if (module->elf_read)
        return module->has_elf;
    module->elf_read = true;
    GElf_Addr bias = 0;
    Elf *elf = dwfl_module_getelf(module->dwfl, &bias);
    if (elf == NULL)
        return false;
    module->has_elf = true;
    module->elf_bias = bias;
    read_segments(module, elf);
    return true;
}

bool hzs_dwarf(struct hzs_module *module)
{
    if (module->dwarf_read)
        return module->dwarf != NULL;
    module->dwarf_read = true;
    GElf_Addr bias;
    if (module->runtime || !hzs_elf(module) || too_much(dwfl_module_getelf(module->dwfl, &bias)))
        return false;
    module->dwarf = dwfl_module_getdwarf(module->dwfl, &module->bias);
    return module->dwarf != NULL;
}

static void free_module(struct hzs_module *module)
{
    if (module == NULL)
        return;
    hz_arena_free(&module->arena);
    free(module);
}

struct hzs_module *hzs_module(Dwfl_Module *module)
{
    void **userdata;
    if (module == NULL)
        return NULL;
    dwfl_module_info(module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
    return *userdata;
}

struct hzs_module *hzs_module_at(struct hzs_process *process, uint64_t address)
{
    return hzs_module(dwfl_addrmodule(process->dwfl, address));
}

struct collecting {
    struct hz_arena *arena;
    hzs_modules modules;
};

static int collect(Dwfl_Module *dwfl, void **userdata, const char *path, Dwarf_Addr base,
                   void *argument)
{
    (void)dwfl, (void)path, (void)base;
    struct collecting *all = argument;
    if (*userdata != NULL)
        *hz_push(all->arena, &all->modules) = *userdata;
    return DWARF_CB_OK;
}

hzs_modules hzs_all_modules(struct hz_arena *arena, struct hzs_process *process)
{
    struct collecting all = {.arena = arena};
    dwfl_getmodules(process->dwfl, collect, &all, 0);
    return all.modules;
}

/* ---- opening ---------------------------------------------------------------------------- */

struct adopting {
    struct hzs_process *process;
    const char *maps; /* the lines of files */
    bool failed;      /* no memory, or a file that was there is not */
};

/* Makes what is kept of a new module; looks whether an old one is still of the same file. */
static int adopt(Dwfl_Module *dwfl, void **userdata, const char *path, Dwarf_Addr base,
                 void *argument)
{
    struct adopting *adopting = argument;
    struct hzs_mapping mapping = {0};
    const char *at = adopting->maps;
    while (hzs_next_mapping(&at, &mapping) && mapping.start < base)
        ;
    struct hzs_module *module = *userdata;
    if (module != NULL) {
        adopting->failed |= module->device != mapping.device || module->inode != mapping.inode;
        return DWARF_CB_OK;
    }
    *userdata = module = calloc(1, sizeof *module);
    if (module == NULL) {
        adopting->failed = true;
        return DWARF_CB_ABORT;
    }
    module->dwfl = dwfl;
    module->pid = adopting->process->pid;
    dwfl_module_info(dwfl, NULL, &module->low, &module->high, NULL, NULL, NULL, NULL);
    module->first_end = mapping.end;
    module->device = mapping.device;
    module->inode = mapping.inode;
    module->runtime = of_runtime(path);
    hz_arena_init(&module->arena);
    return DWARF_CB_OK;
}

static int removed(Dwfl_Module *dwfl, void *userdata, const char *path, Dwarf_Addr base,
                   void *argument)
{
    (void)userdata, (void)path, (void)base;
    struct adopting *adopting = argument;
    adopting->failed = true;
    free_module(hzs_module(dwfl));
    return 0;
}

static int free_one(Dwfl_Module *dwfl, void **userdata, const char *path, Dwarf_Addr base,
                    void *unused)
{
    (void)dwfl, (void)path, (void)base, (void)unused;
    free_module(*userdata);
    *userdata = NULL;
    return DWARF_CB_OK;
}

/* Under the name by which libdwfl reads it from the memory of the process. */
static bool report_vdso(struct hzs_process *process, const char *maps)
{
    static const char name[] = "[vdso]";
    struct hzs_mapping mapping = {0};
    char module[32];
    while (hzs_next_mapping(&maps, &mapping)) {
        if (mapping.path_length != sizeof name - 1 ||
            memcmp(mapping.path, name, sizeof name - 1) != 0)
            continue;
        snprintf(module, sizeof module, "[vdso: %d]", (int)process->pid);
        return dwfl_report_module(process->dwfl, module, mapping.start, mapping.end) != NULL;
    }
    return true;
}

/* Not dwfl_linux_proc_report(): of ten thousand stacks' lines that takes 15 ms to read none. */
static int report_files(struct hzs_process *process, char *maps)
{
    FILE *lines = fmemopen(maps, strlen(maps), "r");
    if (lines == NULL)
        return errno;
    int failed = dwfl_linux_proc_maps_report(process->dwfl, lines);
    fclose(lines);
    return failed != 0 || report_vdso(process, maps) ? failed : -1;
}

/*
 * Tells libdwfl the modules; those that it knows from before it keeps. False also if one of
 * them is no longer there: libdwfl's state of the process may hang on it.
 */
static bool report(struct hzs_process *process, struct hz_error *error)
{
    char *maps = hzs_file_lines(process->maps);
    struct adopting adopting = {.process = process, .maps = maps};
    int failed = maps == NULL ? ENOMEM : report_files(process, maps);
    if (dwfl_report_end(process->dwfl, removed, &adopting) != 0 && failed == 0)
        failed = -1;
    if (failed == 0)
        dwfl_getmodules(process->dwfl, adopt, &adopting, 0);
    free(maps);
    if (failed != 0)
        return hz_fail(error, "cannot read the memory map of process %d: %s", (int)process->pid,
                       failed > 0 ? strerror(failed) : dwfl_errmsg(-1));
    return !adopting.failed ||
           hz_fail(error, "the files of process %d have changed", (int)process->pid);
}

static bool begin(struct hzs_process *process, struct hz_error *error)
{
    process->started = hzs_started(process->pid);
    process->maps = hzs_read_maps(process->pid);
    if (process->started == 0 || process->maps == NULL)
        return hz_fail(error, "cannot read the memory map of process %d: %s", (int)process->pid,
                       strerror(errno));
    process->files = hzs_hash_files(process->maps);
    process->dwfl = dwfl_begin(&callbacks);
    if (process->dwfl == NULL)
        return hz_fail(error, "cannot read debug information: %s", dwfl_errmsg(-1));
    if (!report(process, error))
        return false;
    /* `true`: the threads are stopped by us, see stop(). */
    int failed = dwfl_linux_proc_attach(process->dwfl, process->pid, true);
    if (failed != 0)
        return hz_fail(error, "cannot read the memory map of process %d: %s", (int)process->pid,
                       failed > 0 ? strerror(failed) : dwfl_errmsg(-1));
    return true;
}

struct hzs_process *hzs_open(pid_t pid, struct hz_error *error)
{
    struct hzs_process *process = calloc(1, sizeof *process);
    if (process == NULL) {
        hz_fail(error, "out of memory");
        return NULL;
    }
    process->pid = pid;
    process->left = HZS_SECONDS;
    hz_arena_init(&process->arena);
    if (begin(process, error))
        return process;
    hzs_close(process);
    return NULL;
}

void hzs_close(struct hzs_process *process)
{
    if (process == NULL)
        return;
    if (process->dwfl != NULL) {
        dwfl_getmodules(process->dwfl, free_one, NULL, 0);
        dwfl_end(process->dwfl);
    }
    hz_arena_free(&process->arena);
    free(process->maps);
    free(process);
}

bool hzs_refresh(struct hzs_process *process)
{
    hz_arena_free(&process->arena);
    hz_arena_init(&process->arena);
    memset(&process->extents, 0, sizeof process->extents);
    process->left = HZS_SECONDS;
    char *maps = hzs_read_maps(process->pid);
    if (maps == NULL || maps[0] == '\0' || hzs_started(process->pid) != process->started) {
        free(maps);
        return false;
    }
    free(process->maps);
    process->maps = maps;
    uint64_t files = hzs_hash_files(maps);
    if (files == process->files)
        return true;
    process->files = files;
    dwfl_report_begin(process->dwfl);
    return report(process, NULL);
}

/* ---- warming ------------------------------------------------------------------------------ */

/* What a stack and a name need of a module, in the order in which they need it. */
static bool warm(struct hzs_module *module, double end)
{
    Dwarf_Addr bias;
    if (!hzs_elf(module))
        return true;
    dwfl_module_eh_cfi(module->dwfl, &bias);
    if (module->runtime)
        return true;
    hzs_read_symbols(module);
    return !hzs_dwarf(module) || (hzs_read_units(module, end) && hzs_read_scopes(module, end) &&
                                  hzs_read_lines(module, end));
}

bool hzs_warm(struct hzs_process *process, double seconds)
{
    double end = hz_worked() + seconds;
    struct hz_arena arena;
    hz_arena_init(&arena);
    hzs_modules modules = hzs_all_modules(&arena, process);
    bool all = true;
    for (size_t i = 0; i < modules.n && all; i++)
        all = warm(modules.at[i], end) && (hz_worked() < end || i + 1 == modules.n);
    hz_arena_free(&arena);
    return all;
}
