#include "watchdog/stacks_parts.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- symbols by address ----------------------------------------------------------- */

/* As a reader would call it: what was exported rather than an alias of it. */
static int rank_of(const GElf_Sym *symbol, const char *name)
{
    int bind = GELF_ST_BIND(symbol->st_info), type = GELF_ST_TYPE(symbol->st_info);
    int rank = bind == STB_GLOBAL ? 4 : bind == STB_WEAK ? 2 : 0;
    if (type != STT_NOTYPE)
        rank += 8;
    return name[0] != '_' ? rank + 1 : rank;
}

static bool has_place(const GElf_Sym *symbol, GElf_Word section)
{
    int type = GELF_ST_TYPE(symbol->st_info);
    return section != SHN_UNDEF && section != SHN_ABS && section != (GElf_Word)-1 &&
           (type == STT_NOTYPE || type == STT_OBJECT || type == STT_FUNC || type == STT_GNU_IFUNC);
}

static int by_start(const void *left, const void *right)
{
    const struct hzs_symbol *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return a->rank - b->rank;
}

void hzs_read_symbols(struct hzs_module *module)
{
    if (module->symbols_read)
        return;
    module->symbols_read = true;
    int n = hzs_elf(module) ? dwfl_module_getsymtab(module->dwfl) : 0;
    for (int i = 0; i < n; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        GElf_Word section;
        const char *name =
            dwfl_module_getsym_info(module->dwfl, i, &symbol, &address, &section, NULL, NULL);
        if (name == NULL || name[0] == '\0' || !has_place(&symbol, section))
            continue;
        *hz_push(&module->arena, &module->symbols) = (struct hzs_symbol){
            .start = address,
            .size = symbol.st_size,
            .name = name, /* libdwfl's, as long as the module is open */
            .rank = rank_of(&symbol, name),
        };
    }
    if (module->symbols.n != 0)
        qsort(module->symbols.at, module->symbols.n, sizeof *module->symbols.at, by_start);
}

/* A symbol without a size (one of an assembler's) goes on to the next symbol in its section. */
static bool same_section(struct hzs_module *module, uint64_t a, uint64_t b)
{
    Dwarf_Addr bias;
    GElf_Addr left = a, right = b;
    Elf_Scn *section = dwfl_module_address_section(module->dwfl, &left, &bias);
    return section != NULL && section == dwfl_module_address_section(module->dwfl, &right, &bias);
}

/* How many symbols that end before the address are passed over to find one that does not. */
#define NESTED 32

const struct hzs_symbol *hzs_symbol(struct hzs_module *module, uint64_t address)
{
    hzs_read_symbols(module);
    size_t low = 0, high = module->symbols.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (module->symbols.at[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    const struct hzs_symbol *nearest = low > 0 ? &module->symbols.at[low - 1] : NULL;
    for (size_t i = low; i > 0 && low - i < NESTED; i--) {
        const struct hzs_symbol *symbol = &module->symbols.at[i - 1];
        if (address - symbol->start < symbol->size)
            return symbol;
    }
    if (nearest != NULL && nearest->size == 0 && same_section(module, nearest->start, address))
        return nearest;
    return NULL;
}

/* ---- C++ --------------------------------------------------------------------------- */

/*
 * The C++ library can tell the names of C++. It is not linked with, but taken where it is
 * installed: only a C++ program needs it, and that one has brought it along.
 */
static char *(*demangle)(const char *, char *, size_t *, int *);

static void find_demangler(void)
{
    void *library = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_LOCAL);
    if (library != NULL)
        demangle = (char *(*)(const char *, char *, size_t *, int *))(uintptr_t)dlsym(
            library, "__cxa_demangle");
}

const char *hzs_demangle(struct hz_arena *arena, const char *name)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (name == NULL || strncmp(name, "_Z", 2) != 0)
        return hz_dup(arena, name);
    pthread_once(&once, find_demangler);
    char *plain = demangle != NULL ? demangle(name, NULL, NULL, NULL) : NULL;
    const char *kept = hz_dup(arena, plain != NULL ? plain : name);
    free(plain);
    return kept;
}
