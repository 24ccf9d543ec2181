#include "watchdog/stacks_parts.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of pointers from pointers; short ways are looked for first. */
#define MOST_LEVELS 2

/* One address, and what is found out about it. */
struct naming {
    struct hz_arena *arena;
    struct hzs_process *process;
    uint64_t address;
    double end;
    bool mapped;
    struct hzs_mapping mapping;
    pid_t owner;       /* of the stack that it is in; 0: none */
    const char *place; /* "heap 0x5555…" */
};

static bool path_is(const struct hzs_mapping *mapping, const char *path)
{
    return mapping->path_length == strlen(path) &&
           memcmp(mapping->path, path, mapping->path_length) == 0;
}

/* ---- what is always at the same address --------------------------------------------- */

static const char *in_function(struct hz_arena *arena, const char *name, const char *function)
{
    return function != NULL ? hz_printf(arena, "%s in %s", name, function) : hz_dup(arena, name);
}

/* The symbol of a variable of C++ has the namespaces and classes around it. */
static const char *full_name(struct hz_arena *arena, struct hzs_module *module,
                             const struct hzs_variable *variable)
{
    const struct hzs_symbol *symbol =
        variable->function == NULL ? hzs_symbol(module, variable->start) : NULL;
    if (symbol == NULL || symbol->start != variable->start || strncmp(symbol->name, "_Z", 2) != 0)
        return variable->name;
    return hzs_demangle(arena, symbol->name);
}

static const char *variable_name(struct naming *at, struct hzs_module *module)
{
    const struct hzs_variable *variable = hzs_variable(module, at->address);
    if (variable == NULL && hzs_dwarf(module)) {
        hzs_read_scopes(module, at->end);
        variable = hzs_variable(module, at->address);
    }
    Dwarf_Die type, die;
    struct hzs_text text = {0};
    if (variable == NULL)
        return NULL;
    die = variable->die;
    hzs_add(&text, "%s", full_name(at->arena, module, variable));
    if (!hzs_type_of(&die, &type) ||
        hzs_member(&type, at->address - variable->start, &text) == HZS_NOTHING)
        return NULL;
    return in_function(at->arena, text.at, variable->function);
}

static const char *symbol_name(struct naming *at, struct hzs_module *module)
{
    const struct hzs_symbol *symbol = hzs_symbol(module, at->address);
    if (symbol == NULL)
        return NULL;
    const char *name = hzs_demangle(at->arena, symbol->name);
    uint64_t offset = at->address - symbol->start;
    return offset == 0 ? name : hz_printf(at->arena, "%s+0x%" PRIx64, name, offset);
}

/* As addr2line and the like take it: the address in the file. */
static const char *file_name(struct naming *at, struct hzs_module *module)
{
    const char *path = hzs_path(module), *slash = strrchr(path, '/');
    return hz_printf(at->arena, "%s+0x%" PRIx64, slash != NULL ? slash + 1 : path,
                     at->address - module->elf_bias);
}

static const char *static_name(struct naming *at)
{
    struct hzs_module *module = hzs_module_at(at->process, at->address);
    /* Variables without a value in the file go on after the end of its mapping. */
    if (module == NULL && at->mapped && at->mapping.file != 0)
        module = hzs_module_at(at->process, at->mapping.file);
    if (module == NULL || !hzs_elf(module) || at->address >= module->high)
        return NULL;
    const char *name = variable_name(at, module);
    if (name == NULL)
        name = symbol_name(at, module);
    return name != NULL || !at->mapped ? name : file_name(at, module);
}

/* ---- stacks ---------------------------------------------------------------------------- */

/* The stack pointer of a thread that is blocked; 0 if it runs. */
static uint64_t blocked_at(pid_t pid, pid_t tid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", (int)pid, (int)tid);
    FILE *file = fopen(path, "re");
    uint64_t sp = 0;
    if (file == NULL)
        return 0;
    /* Blocked: "number 6 arguments sp pc"; not in a call: "-1 sp pc"; running: "running". */
    bool blocked = fscanf(file, "%*d %*x %*x %*x %*x %*x %*x %" SCNx64, &sp) == 1;
    fclose(file);
    return blocked ? sp : 0;
}

/* The main thread's stack, or a mapping with a guard before it, as that of a thread has. */
static bool like_stack(const struct naming *at)
{
    return path_is(&at->mapping, "[stack]") ||
           (at->mapping.path_length == 0 && at->mapping.guarded);
}

static bool in_mapping(const struct naming *at, uint64_t address)
{
    return address >= at->mapping.start && address < at->mapping.end;
}

/* The thread whose stack pointer is in the same mapping; 0 if none is, as far as is known. */
static pid_t neighbour(struct naming *at)
{
    struct hzs_process *process = at->process;
    for (size_t i = 0; i < process->extents.n; i++)
        if (in_mapping(at, process->extents.at[i].low))
            return process->extents.at[i].tid;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)process->pid);
    DIR *tasks = like_stack(at) ? opendir(path) : NULL;
    pid_t found = 0;
    if (tasks == NULL)
        return 0;
    for (struct dirent *entry;
         found == 0 && hz_worked() < at->end && (entry = readdir(tasks)) != NULL;) {
        pid_t tid = (pid_t)atoi(entry->d_name);
        if (tid != 0 && in_mapping(at, blocked_at(process->pid, tid)))
            found = tid;
    }
    closedir(tasks);
    return found;
}

/* The search for a variable in the frames of the owner of a stack. */
struct local {
    struct naming *at;
    bool in_stack, found;
    struct hzs_text name;
    const char *function;
};

static void look_for_local(const struct hzs_thread *thread, void *argument)
{
    struct local *local = argument;
    struct naming *at = local->at;
    local->in_stack = at->address >= thread->low && at->address < thread->high;
    local->found = local->in_stack && hzs_local(at->process, thread, at->address, at->end,
                                                &local->name, &local->function);
}

/* Finds the owner of the stack that the address is in, and the variable there. */
static const char *local_name(struct naming *at)
{
    struct local local = {.at = at};
    pid_t tid = neighbour(at);
    if (tid == 0 || !hzs_stopped(at->process, tid, look_for_local, &local, NULL) || !local.in_stack)
        return NULL;
    at->owner = tid;
    return local.found ? hz_printf(at->arena, "%s in %s (stack of tid %d)", local.name.at,
                                   local.function, (int)tid)
                       : NULL;
}

/* ---- other memory ------------------------------------------------------------------------ */

static const char *place_of(struct naming *at)
{
    const struct hzs_mapping *mapping = &at->mapping;
    uint64_t offset = at->address - mapping->start + mapping->offset;
    if (!at->mapped)
        return hz_printf(at->arena, "0x%" PRIx64, at->address);
    if (mapping->access[3] == 's')
        return hz_printf(at->arena, "shared memory %.*s+0x%" PRIx64, (int)mapping->path_length,
                         mapping->path, offset);
    if (at->owner != 0)
        return hz_printf(at->arena, "stack of tid %d", (int)at->owner);
    if (path_is(mapping, "[heap]"))
        return hz_printf(at->arena, "heap 0x%" PRIx64, at->address);
    if (path_is(mapping, "[stack]"))
        return hz_printf(at->arena, "stack 0x%" PRIx64, at->address);
    if (mapping->path_length != 0 && mapping->path[0] == '/')
        return hz_printf(at->arena, "%.*s+0x%" PRIx64, (int)mapping->path_length, mapping->path,
                         offset);
    return hz_printf(at->arena, "memory 0x%" PRIx64, at->address);
}

/* ---- ways by pointers ---------------------------------------------------------------------- */

static struct hzs_search search_for(const struct naming *at)
{
    return (struct hzs_search){
        .process = at->process, .target = at->address, .end = at->end, .levels = 1};
}

/* The names of C++ take long: one is made only where something is found. */
static void follow_variable(struct hzs_search *search, struct hz_arena *arena,
                            struct hzs_module *module, const struct hzs_variable *variable)
{
    Dwarf_Die type, die = variable->die;
    enum hzs_found before = search->found;
    const char *names[] = {variable->name, NULL};
    for (int i = 0; i < 2 && hzs_type_of(&die, &type); i++) {
        struct hzs_text name = {0};
        hzs_add(&name, "%s", names[i]);
        (void)hzs_follow_at(search, &type, variable->start, &name);
        if (search->found == before)
            return;
        search->best_function = variable->function;
        names[1] = full_name(arena, module, variable);
        if (i == 1 || names[1] == names[0])
            return;
        search->found = before;
    }
}

static void follow_variables(struct hzs_search *search, struct hz_arena *arena,
                             struct hzs_module *module)
{
    if (module->runtime || !hzs_dwarf(module))
        return;
    hzs_read_scopes(module, search->end);
    for (size_t i = 0; i < module->variables.n; i++) {
        if (search->found == HZS_LOCK || hz_worked() > search->end)
            return;
        if (module->variables.at[i].points)
            follow_variable(search, arena, module, &module->variables.at[i]);
    }
}

static const char *way_from_variables(struct naming *at)
{
    struct hzs_search search = search_for(at);
    hzs_modules modules = hzs_all_modules(at->arena, at->process);
    for (; search.found != HZS_LOCK && search.levels <= MOST_LEVELS; search.levels++) {
        search.steps = 0;
        for (size_t i = 0; i < modules.n && search.found != HZS_LOCK; i++)
            follow_variables(&search, at->arena, modules.at[i]);
    }
    if (search.found == HZS_NOTHING)
        return NULL;
    const char *way = in_function(at->arena, search.best.at, search.best_function);
    return at->mapping.access[3] == 's' || at->owner != 0
               ? hz_printf(at->arena, "%s (%s)", way, at->place)
               : way;
}

static void look_for_way(const struct hzs_thread *thread, void *argument)
{
    struct hzs_search *search = argument;
    for (; search->found != HZS_LOCK && search->levels <= MOST_LEVELS; search->levels++) {
        search->steps = 0;
        (void)hzs_follow_locals(search, thread);
    }
}

static const char *way_from_locals(struct naming *at, pid_t tid)
{
    struct hzs_search search = search_for(at);
    if (tid == 0 || !hzs_stopped(at->process, tid, look_for_way, &search, NULL) ||
        search.found == HZS_NOTHING)
        return NULL;
    return hz_printf(at->arena, "%s in %s (%s)", search.best.at, search.best_function, at->place);
}

/* ---- names ---------------------------------------------------------------------------------- */

static const char *name_of(struct naming *at, pid_t tid)
{
    at->mapped = hzs_find_mapping(at->process, at->address, &at->mapping);
    const char *name = static_name(at);
    if (name == NULL && at->mapped)
        name = local_name(at);
    if (name != NULL)
        return name;
    at->place = place_of(at);
    if (at->mapped)
        name = way_from_variables(at);
    if (name == NULL && at->mapped)
        name = way_from_locals(at, tid);
    return name != NULL ? name : at->place;
}

const char *hzs_name_from(struct hz_arena *arena, struct hzs_process *process, uint64_t address,
                          pid_t tid)
{
    double begin = hz_worked();
    struct naming at = {
        .arena = arena, .process = process, .address = address, .end = begin + process->left};
    const char *name = name_of(&at, tid);
    process->left -= hz_worked() - begin;
    return name;
}

const char *hzs_name(struct hz_arena *arena, struct hzs_process *process, uint64_t address)
{
    return hzs_name_from(arena, process, address, 0);
}
