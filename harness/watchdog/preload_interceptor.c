/*
 * Clang links ThreadSanitizer's interceptors into the program, so they come first: the program
 * calls them and they call us, and what called us is a line of the sanitizer's. The line of the
 * program's is one frame further out. (gcc's sanitizer is a library, which comes after us.)
 */
#include "watchdog/preload.h"

#include <dlfcn.h>
#include <link.h>
#include <unwind.h>

enum { MOST = 96 };

/* The first and the last byte of this library (ld(1)). */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

/* Written by the thread that starts this library, before `hzw_intercepted` is set. */
static struct {
    uint64_t start, end;
} interceptors[MOST];
static size_t known;
static __typeof__(_Unwind_Backtrace) *backtrace;
static __typeof__(_Unwind_GetIP) *get_ip;

bool hzw_intercepted;

/* Always finds something, us if nobody else: a dlsym() that finds nothing allocates. */
void hzw_find_interceptor(const char *function)
{
    const char *start = dlsym(RTLD_DEFAULT, function);
    Dl_info info;
    ElfW(Sym) *symbol = NULL;
    if ((start >= __ehdr_start && start < _end) || known == MOST ||
        dladdr1(start, &info, (void **)&symbol, RTLD_DL_SYMENT) == 0 || symbol == NULL ||
        symbol->st_shndx == SHN_UNDEF) /* the address of ours, as a program without PIE has it */
        return;
    interceptors[known].start = HZW_ADDRESS(start);
    interceptors[known++].end = HZW_ADDRESS(start) + symbol->st_size;
}

void hzw_found_interceptors(void)
{
    /* libgcc's, which the sanitizer has brought along: this library needs libc alone. */
    if (known == 0)
        return;
    backtrace = (__typeof__(backtrace))dlsym(RTLD_DEFAULT, "_Unwind_Backtrace");
    get_ip = (__typeof__(get_ip))dlsym(RTLD_DEFAULT, "_Unwind_GetIP");
    hzw_intercepted = backtrace != NULL && get_ip != NULL;
}

static bool is_interceptor(uint64_t pc)
{
    for (size_t i = 0; i < known; i++)
        if (pc > interceptors[i].start && pc <= interceptors[i].end)
            return true;
    return false;
}

struct walk {
    uint64_t from, to;
    bool there;
};

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *data)
{
    struct walk *walk = data;
    uint64_t pc = get_ip(context);
    if (walk->there && !is_interceptor(pc)) {
        walk->to = pc;
        return _URC_NORMAL_STOP;
    }
    walk->there = walk->there || pc == walk->from;
    return _URC_NO_REASON;
}

uint64_t hzw_caller_behind(uint64_t pc)
{
    struct walk walk = {.from = pc, .to = pc};
    if (is_interceptor(pc))
        backtrace(step, &walk);
    return walk.to;
}
