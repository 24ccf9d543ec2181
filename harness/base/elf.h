/*
 * What an ELF file says of itself, by libelf. The file may be anything: what is missing, cut off
 * or lies outside of it is as if it were not there, and no file makes a function here fail or wait.
 */
#ifndef HZ_ELF_H
#define HZ_ELF_H

#include "base/base.h"

enum hz_elf_names {
    HZ_ELF_SYMBOLS,   /* of all kinds, its own and those it takes from libraries */
    HZ_ELF_IMPORTS,   /* the symbols that it takes from libraries */
    HZ_ELF_LIBRARIES, /* as it names them, in most cases without a folder */
};

/* Whether `is` holds of one of the names; it is asked of no other after that. */
bool hz_elf_any(const char *path, enum hz_elf_names which,
                bool (*is)(void *context, const char *name), void *context);

/* Whether one of them is `name`. */
bool hz_elf_has(const char *path, enum hz_elf_names which, const char *name);

/* The digits of its build id, or NULL if it has none. */
const char *hz_elf_build_id(struct hz_arena *arena, const char *path);

/* Whether it is a program that starts without a loader: nothing can be preloaded into it. */
bool hz_elf_static(const char *path);

#endif
