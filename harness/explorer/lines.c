#include "explorer/lines.h"

#include "watchdog/stacks_parts.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct source {
    const char *file;
    struct hz_bytes bytes;
};

struct hzx_lines {
    struct hz_arena arena;
    Dwfl *dwfl;
    HZ_VEC(struct source) sources;
};

static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_build_id_find_elf,
                                         .find_debuginfo = dwfl_standard_find_debuginfo,
                                         .section_address = dwfl_offline_section_address};

/* Only what is a file: the program has told the path. */
static void add_library(struct hzx_lines *lines, const char *path, uint64_t load)
{
    struct stat about;
    if (stat(path, &about) == 0 && S_ISREG(about.st_mode))
        dwfl_report_elf(lines->dwfl, path, path, -1, load, true);
}

struct hzx_lines *hzx_lines_open(const char *program, const struct hzx_shared *shared,
                                 struct hz_error *error)
{
    struct hzx_lines *lines = calloc(1, sizeof *lines);
    if (lines == NULL) {
        hz_fail(error, "out of memory");
        return NULL;
    }
    hz_arena_init(&lines->arena);
    lines->dwfl = dwfl_begin(&callbacks);
    dwfl_report_begin(lines->dwfl);
    bool fine = dwfl_report_elf(lines->dwfl, program, program, -1, shared->load, true) != NULL;
    for (uint32_t i = 0; fine && i < shared->libraries_n; i++)
        add_library(lines, shared->libraries[i].path, shared->libraries[i].load);
    dwfl_report_end(lines->dwfl, NULL, NULL);
    if (!fine) {
        hz_fail(error, "%s: %s", program, dwfl_errmsg(-1));
        hzx_lines_close(lines);
        return NULL;
    }
    return lines;
}

void hzx_lines_close(struct hzx_lines *lines)
{
    if (lines == NULL)
        return;
    if (lines->dwfl != NULL)
        dwfl_end(lines->dwfl);
    hz_arena_free(&lines->arena);
    free(lines);
}

/* By looking at each unit: clang writes no .debug_aranges that would tell which it is. */
static Dwarf_Line *line_of(Dwfl_Module *module, uint64_t pc)
{
    Dwarf_Addr bias = 0;
    for (Dwarf_Die *unit = NULL; (unit = dwfl_module_nextcu(module, unit, &bias)) != NULL;)
        if (dwarf_haspc(unit, pc - bias) == 1)
            return dwarf_getsrc_die(unit, pc - bias);
    return NULL;
}

struct hz_frame hzx_lines_frame(struct hz_arena *arena, struct hzx_lines *lines, uint64_t pc)
{
    struct hz_frame frame = {.address = pc};
    Dwfl_Module *module = pc != 0 ? dwfl_addrmodule(lines->dwfl, pc - 1) : NULL;
    if (module == NULL)
        return frame;
    frame.function = hz_dup(arena, dwfl_module_addrname(module, pc - 1));
    Dwarf_Line *line = line_of(module, pc - 1);
    int number = 0;
    const char *file = line != NULL ? dwarf_linesrc(line, NULL, NULL) : NULL;
    if (file != NULL && dwarf_lineno(line, &number) == 0 && number > 0) {
        frame.file = hz_dup(arena, file);
        frame.line = number;
    }
    return frame;
}

/* Whether this DIE is the variable that stands at `address` (of the file). */
static bool stands_at(Dwarf_Die *die, Dwarf_Addr address)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *ops;
    size_t n;
    if (dwarf_tag(die) != DW_TAG_variable ||
        dwarf_attr(die, DW_AT_location, &attribute) == NULL ||
        dwarf_getlocation(&attribute, &ops, &n) != 0 || n != 1)
        return false;
    if (ops[0].atom == DW_OP_addr)
        return ops[0].number == address;
    Dwarf_Attribute indexed; /* DWARF 5: DW_OP_addrx */
    Dwarf_Addr value;
    return ops[0].atom == DW_OP_addrx &&
           dwarf_getlocation_attr(&attribute, ops, &indexed) == 0 &&
           dwarf_formaddr(&indexed, &value) == 0 && value == address;
}

/* A global variable, or a static one of a function. */
static bool find_variable(Dwarf_Die *parent, Dwarf_Addr address, Dwarf_Die *out)
{
    Dwarf_Die die;
    if (dwarf_child(parent, &die) != 0)
        return false;
    do {
        int tag = dwarf_tag(&die);
        if (stands_at(&die, address)) {
            *out = die;
            return true;
        }
        if ((tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block ||
             tag == DW_TAG_namespace) &&
            find_variable(&die, address, out))
            return true;
    } while (dwarf_siblingof(&die, &die) == 0);
    return false;
}

/* `accounts[1].lock`, by the type of the variable at `start`; NULL if it has none. */
static const char *member_name(struct hz_arena *arena, Dwfl_Module *module, const char *name,
                               uint64_t start, uint64_t offset)
{
    Dwarf_Addr bias = 0;
    Dwarf_Die variable, type;
    for (Dwarf_Die *unit = NULL; (unit = dwfl_module_nextcu(module, unit, &bias)) != NULL;) {
        if (!find_variable(unit, start - bias, &variable))
            continue;
        struct hzs_text text = {0};
        hzs_add(&text, "%s", name);
        if (!hzs_type_of(&variable, &type) || hzs_member(&type, offset, &text) == HZS_NOTHING)
            return NULL;
        return hz_dup(arena, text.at);
    }
    return NULL;
}

const char *hzx_lines_name(struct hz_arena *arena, struct hzx_lines *lines, uint64_t address)
{
    GElf_Sym symbol;
    GElf_Off offset;
    Dwfl_Module *module = dwfl_addrmodule(lines->dwfl, address);
    const char *name = module != NULL ? dwfl_module_addrinfo(module, address, &offset, &symbol,
                                                             NULL, NULL, NULL)
                                      : NULL;
    if (name == NULL || GELF_ST_TYPE(symbol.st_info) != STT_OBJECT || offset >= symbol.st_size)
        return hz_printf(arena, "0x%llx", (unsigned long long)address);
    const char *member = member_name(arena, module, name, address - offset, offset);
    if (member != NULL)
        return member;
    return offset == 0 ? hz_dup(arena, name)
                       : hz_printf(arena, "%s+%llu", name, (unsigned long long)offset);
}

static const struct source *source_of(struct hzx_lines *lines, const char *file)
{
    for (size_t i = 0; i < lines->sources.n; i++)
        if (strcmp(lines->sources.at[i].file, file) == 0)
            return &lines->sources.at[i];
    struct source *source = hz_push(&lines->arena, &lines->sources);
    source->file = hz_dup(&lines->arena, file);
    if (!hz_read_file(&lines->arena, file, (size_t)4 << 20, &source->bytes, NULL))
        source->bytes = (struct hz_bytes){"", 0};
    return source;
}

const char *hzx_lines_text(struct hz_arena *arena, struct hzx_lines *lines, const char *file,
                           int line)
{
    const struct source *source = source_of(lines, file);
    const char *at = source->bytes.at, *end = at + source->bytes.n;
    for (int i = 1; i < line && at < end; i++) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        at = next != NULL ? next + 1 : end;
    }
    if (line < 1 || at >= end)
        return NULL;
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    stop = stop != NULL ? stop : end;
    while (at < stop && (*at == ' ' || *at == '\t'))
        at++;
    while (stop > at && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r'))
        stop--;
    return hz_copy(arena, at, (size_t)(stop - at));
}
