/*
 * Between the files that implement stacks.h.
 *
 *   stacks_maps.c      what /proc tells of a process: its maps, its memory
 *   stacks_open.c      the files behind the maps, and what is kept of each
 *   stacks_cache.c     processes that are kept open
 *   stacks_symbols.c   symbols by address
 *   stacks_variables.c units and variables by address
 *   stacks.c           stacks and their frames
 *   names_types.c      what a type has at an offset
 *   names_pointers.c   where the pointers in a value lead
 *   names_locals.c     the variables of the frames of a thread
 *   names.c            what stands at an address
 *
 * All that is made from a module's files lives in the arena of that module and is good
 * until the module or the process is closed. One thread at a time uses a process.
 */
#ifndef HZ_STACKS_PARTS_H
#define HZ_STACKS_PARTS_H

#include "watchdog/stacks.h"

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

/* ---- modules ------------------------------------------------------------------- */

struct hzs_symbol {
    uint64_t start, size; /* in the process */
    const char *name;     /* as the file has it */
    int rank;             /* of several at one address the highest is told */
};

/* Code of a unit or function, between two addresses of the file. */
struct hzs_range {
    uint64_t low, high;
    Dwarf_Die die;
};
typedef HZ_VEC(struct hzs_range) hzs_ranges;

/* A variable with a place of its own: file-scope, static in a function, member of a class. */
struct hzs_variable {
    uint64_t start, size; /* in the process */
    Dwarf_Die die;
    const char *name;
    const char *function; /* that it is local to; or NULL */
    bool points;          /* there may be pointers in it */
};

/* A file that is mapped into a process; the user data of its Dwfl_Module. */
struct hzs_module {
    Dwfl_Module *dwfl;
    struct hz_arena arena;
    pid_t pid;
    uint64_t device, inode;       /* of the file, by the maps */
    uint64_t low, high;           /* where it is, with variables that have no value in the file */
    uint64_t first_end;           /* of its first mapping */
    uint64_t data_low, data_high; /* what of that can be written */
    bool runtime;                 /* libc, its loader, the preloaded library, … */
    bool elf_read, has_elf;
    uint64_t elf_bias; /* addresses in the process less those in the file */
    bool fixed;        /* a program without a loader: libc is a part of it */
    bool symbols_read;
    HZ_VEC(struct hzs_symbol) symbols; /* by start */
    bool dwarf_read;
    Dwarf *dwarf; /* NULL: none, or more of it than can be read in good time */
    Dwarf_Addr bias;
    bool units_read;
    Dwarf_CU *last_unit; /* that is in `units` */
    hzs_ranges units;    /* by low when units_read */
    unsigned lines_read; /* of so many units */
    Dwarf_CU *last_lines;
    bool scopes_read;
    Dwarf_CU *last_scope; /* the last unit of which functions and variables are read */
    bool within;          /* of that they are read up to `next` */
    Dwarf_Die next;
    hzs_ranges functions;
    HZ_VEC(struct hzs_variable) variables;
    size_t functions_sorted, variables_sorted; /* so many are by address */
};

/* ---- the frames of a thread ---------------------------------------------------- */

#define HZS_REGISTERS 17 /* by DWARF's numbers, those of x86-64 */
#define HZS_SP 7

/* One frame as the unwinder left it. */
struct hzs_raw {
    uint64_t pc; /* of the call, or of the instruction */
    uint64_t registers[HZS_REGISTERS];
    uint32_t known; /* bit n: register n has a value */
};

/* The frames of a thread that is stopped, innermost first. */
struct hzs_thread {
    pid_t tid;
    const struct hzs_raw *frames;
    size_t n;
    uint64_t low, high; /* its stack is there, as far as it is used */
};

/* Where the stack of a thread was when it was last stopped. */
struct hzs_extent {
    pid_t tid;
    uint64_t low, high;
};

struct hzs_process {
    pid_t pid;
    uint64_t started; /* clock ticks since boot */
    Dwfl *dwfl;
    char *maps;            /* their text when last read; malloc */
    uint64_t files;        /* hash of the mapped files with code */
    struct hz_arena arena; /* of `extents` */
    HZ_VEC(struct hzs_extent) extents;
    double left; /* seconds, by hz_worked(), that stacks and names may still take */
};
/*
 * So long the stacks and names of one process may take until it is refreshed, all in all:
 * what is not found by then is told with less.
 */
#define HZS_SECONDS 0.25

/* ---- stacks_maps.c ------------------------------------------------------------- */

struct hzs_mapping {
    uint64_t start, end, offset, device, inode;
    char access[5];
    const char *path; /* not ended by a zero byte */
    size_t path_length;
    uint64_t file; /* somewhere in the last mapping of a file before, if no gap is between */
    bool guarded;  /* the mapping right before it may not be touched */
};

/* Goes through the lines of maps: false after the last one. `*at` is where the next begins. */
bool hzs_next_mapping(const char **at, struct hzs_mapping *out);
bool hzs_find_mapping(struct hzs_process *process, uint64_t address, struct hzs_mapping *out);
/* The text of maps, for free(); NULL if it cannot be read. */
char *hzs_read_maps(pid_t pid);
/* Those of its lines that may tell of a file, and the vdso's; for free(). NULL: no memory. */
char *hzs_file_lines(const char *maps);
/* Differs when other files with code are mapped. */
uint64_t hzs_hash_files(const char *maps);
/* When the process began, in clock ticks since boot; 0 if it is gone. */
uint64_t hzs_started(pid_t pid);
/* False if not all of it can be read. */
bool hzs_memory(const struct hzs_process *process, uint64_t address, void *out, size_t size);

/* ---- stacks_open.c ------------------------------------------------------------- */

/*
 * Forgets the extents, reads the maps again and follows them. False if that cannot be:
 * the process is gone, or another program runs in it; it must be closed then.
 */
bool hzs_refresh(struct hzs_process *process);

/* What is kept of a module; NULL for NULL. */
struct hzs_module *hzs_module(Dwfl_Module *module);
struct hzs_module *hzs_module_at(struct hzs_process *process, uint64_t address);
/* All of them; the arena's. */
typedef HZ_VEC(struct hzs_module *) hzs_modules;
hzs_modules hzs_all_modules(struct hz_arena *arena, struct hzs_process *process);
/* Opens the file of the module; false if that is not to be had. */
bool hzs_elf(struct hzs_module *module);
/* Opens the debug information; false if there is none, or too much of it. */
bool hzs_dwarf(struct hzs_module *module);
/* Path of the file that it was mapped from, or "[vdso: 71]" and the like. */
const char *hzs_path(const struct hzs_module *module);

/* ---- stacks_symbols.c ---------------------------------------------------------- */

void hzs_read_symbols(struct hzs_module *module);
/* The symbol that the address is in, or NULL. */
const struct hzs_symbol *hzs_symbol(struct hzs_module *module, uint64_t address);
/* A name as C++ has it; any other one as it is. */
const char *hzs_demangle(struct hz_arena *arena, const char *name);

/* ---- stacks_variables.c -------------------------------------------------------- */

/* These read on from where they were left, until `end` (hz_worked()); true when all is read. */
bool hzs_read_units(struct hzs_module *module, double end);
bool hzs_read_scopes(struct hzs_module *module, double end); /* functions and variables */
bool hzs_read_lines(struct hzs_module *module, double end);  /* of the first units */
/* The unit that the code at `address` is of, or NULL. */
Dwarf_Die *hzs_unit(struct hzs_module *module, uint64_t address, double end);
/* The variable at the address, as far as they are read, or NULL. */
const struct hzs_variable *hzs_variable(struct hzs_module *module, uint64_t address);

/* Blocks and inlined calls around an address, innermost first; the last is the function. */
struct hzs_scopes {
    Dwarf_Die at[48];
    int n; /* 0: not known */
};
void hzs_scopes(struct hzs_module *module, Dwarf_Die *unit, uint64_t address,
                struct hzs_scopes *scopes);

/* ---- stacks.c ------------------------------------------------------------------ */

/*
 * Stops a thread, unwinds it, and calls `inspect` (if that is not NULL) while it is
 * stopped, in a thread of its own. False if its stack cannot be read.
 */
typedef void hzs_inspect(const struct hzs_thread *thread, void *argument);
bool hzs_stopped(struct hzs_process *process, pid_t tid, hzs_inspect *inspect, void *argument,
                 struct hz_error *error);

/* ---- names_types.c ------------------------------------------------------------- */

/* Text that grows up to a limit; what does not fit marks it as cut. */
struct hzs_text {
    char at[400];
    size_t n;
    bool cut;
};
void hzs_add(struct hzs_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The type of a variable, parameter, member or pointer; false for void. */
bool hzs_type_of(Dwarf_Die *die, Dwarf_Die *type);
/* Without typedefs and qualifiers; stops at a lock's typedef. */
bool hzs_peel(Dwarf_Die *type, bool *lock);
bool hzs_size(Dwarf_Die *type, uint64_t *size);
/* Where a member or base class is in its type; false if it has no place of that sort. */
bool hzs_place_of(Dwarf_Die *member, uint64_t *offset);
/* The name of a member is one of the library's own: `__data`, `_M_mutex`, or none at all. */
bool hzs_hidden(const char *name);

enum hzs_found { HZS_NOTHING, HZS_WITHIN, HZS_EXACT, HZS_LOCK };
/*
 * Adds what a type has at an offset: `[3].lock`. Stops at locks, whatever of them is there
 * (HZS_LOCK). Within something else, what is left over is added as `+0x4` (HZS_WITHIN).
 */
enum hzs_found hzs_member(Dwarf_Die *type, uint64_t offset, struct hzs_text *text);

/* ---- names_pointers.c ---------------------------------------------------------- */

/* Numbers and locks hold no pointers. */
bool hzs_may_point(Dwarf_Die *type);

/* A search for a pointer that leads to `target`. */
struct hzs_search {
    struct hzs_process *process;
    uint64_t target;
    double end;      /* by when it must be done (hz_worked()) */
    unsigned levels; /* of pointers that are followed */
    unsigned steps;  /* taken so far */
    unsigned depth;  /* of values within values */
    enum hzs_found found;
    struct hzs_text best;      /* the way, as in `table->buckets[5].lock` */
    const char *best_function; /* of the variable where it begins, if that is not static */
};
/*
 * Looks through a value of a type, of which `data` is a copy, for the way from `name`,
 * which must be as it was when it returns. True when a lock is found: enough is known.
 */
bool hzs_follow(struct hzs_search *search, Dwarf_Die *type, const unsigned char *data, size_t size,
                struct hzs_text *name);
/* The same from a variable at an address, which it reads. */
bool hzs_follow_at(struct hzs_search *search, Dwarf_Die *type, uint64_t address,
                   struct hzs_text *name);

/* ---- names_locals.c ------------------------------------------------------------ */

/* The variable that a frame of the thread has at an address in its stack, with its function. */
bool hzs_local(struct hzs_process *process, const struct hzs_thread *thread, uint64_t address,
               double end, struct hzs_text *name, const char **function);
/* Searches from the variables of the frames of the thread. True when a lock is found. */
bool hzs_follow_locals(struct hzs_search *search, const struct hzs_thread *thread);

#endif
