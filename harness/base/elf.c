#include "base/elf.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* NULL where it cannot be read, of which libelf says nothing; to be closed in any case. */
static Elf *open_elf(const char *path, int *fd)
{
    elf_version(EV_CURRENT);
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* else a FIFO waits for its other end */
    return *fd >= 0 ? elf_begin(*fd, ELF_C_READ, NULL) : NULL;
}

static void close_elf(Elf *elf, int fd)
{
    elf_end(elf);
    if (fd >= 0)
        close(fd);
}

static bool holds(enum hz_elf_names which, unsigned section)
{
    switch (which) {
    case HZ_ELF_SYMBOLS: return section == SHT_SYMTAB || section == SHT_DYNSYM;
    case HZ_ELF_IMPORTS: return section == SHT_DYNSYM;
    default: return section == SHT_DYNAMIC;
    }
}

/* Where the name of entry `i` is in the string table, which begins with an empty one: 0 if it is
 * none of those that are asked for. False after the last entry. */
static bool name_at(enum hz_elf_names which, Elf_Data *data, int i, size_t *at)
{
    GElf_Sym symbol;
    GElf_Dyn entry;
    if (which == HZ_ELF_LIBRARIES) {
        if (gelf_getdyn(data, i, &entry) == NULL)
            return false;
        *at = entry.d_tag == DT_NEEDED ? entry.d_un.d_val : 0;
    } else {
        if (gelf_getsym(data, i, &symbol) == NULL)
            return false;
        *at = which == HZ_ELF_SYMBOLS || symbol.st_shndx == SHN_UNDEF ? symbol.st_name : 0;
    }
    return true;
}

static bool any_in(Elf *elf, enum hz_elf_names which, bool (*is)(void *context, const char *name),
                   void *context)
{
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section)) != NULL;) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == NULL || !holds(which, header.sh_type))
            continue;
        Elf_Data *data = elf_getdata(section, NULL);
        size_t at;
        for (int i = 0; name_at(which, data, i, &at); i++) {
            const char *name = at != 0 ? elf_strptr(elf, header.sh_link, at) : NULL;
            if (name != NULL && is(context, name))
                return true;
        }
    }
    return false;
}

bool hz_elf_any(const char *path, enum hz_elf_names which,
                bool (*is)(void *context, const char *name), void *context)
{
    int fd;
    Elf *elf = open_elf(path, &fd);
    bool found = any_in(elf, which, is, context);
    close_elf(elf, fd);
    return found;
}

static bool is_same(void *wanted, const char *name)
{
    return strcmp(wanted, name) == 0;
}

bool hz_elf_has(const char *path, enum hz_elf_names which, const char *name)
{
    return hz_elf_any(path, which, is_same, (void *)name);
}

const char *hz_elf_build_id(struct hz_arena *arena, const char *path)
{
    int fd;
    Elf *elf = open_elf(path, &fd);
    const void *bytes;
    ssize_t n = dwelf_elf_gnu_build_id(elf, &bytes);
    char *text = n > 0 ? hz_alloc(arena, 2 * (size_t)n + 1) : NULL;
    for (ssize_t i = 0; i < n; i++)
        sprintf(text + 2 * i, "%02x", ((const unsigned char *)bytes)[i]);
    close_elf(elf, fd);
    return text;
}

bool hz_elf_static(const char *path)
{
    int fd;
    size_t n = 0;
    Elf *elf = open_elf(path, &fd);
    bool loaded = elf_getphdrnum(elf, &n) != 0;
    for (size_t i = 0; i < n && !loaded; i++) {
        GElf_Phdr header;
        loaded = gelf_getphdr(elf, (int)i, &header) != NULL && header.p_type == PT_INTERP;
    }
    close_elf(elf, fd);
    return !loaded;
}
