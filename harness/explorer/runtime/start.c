/*
 * How it begins: the C library's first function is called with our main() in place of
 * the program's. Without HAZMAT_EXPLORE in the environment the program runs as ever, once,
 * with real threads: nothing is controlled and nothing is judged.
 */
#include "explorer/runtime/campaign.h"
#include "explorer/runtime/sync.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static hzx_main *program_main;

static struct hzx_shared *mapping(void)
{
    const char *told = getenv(HZX_ENVIRONMENT);
    if (told == NULL)
        return NULL;
    int fd = atoi(told);
    struct hzx_shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared == MAP_FAILED || shared->magic != HZX_MAGIC) {
        fprintf(stderr, "hazmat explore: %s=%s names no campaign of this version: build the "
                        "program again with this version's `hazmat cc`\n", HZX_ENVIRONMENT, told);
        _exit(3);
    }
    close(fd);
    unsetenv(HZX_ENVIRONMENT);
    return shared;
}

static int our_main(int argc, char **argv, char **environment)
{
    struct hzx_shared *shared = mapping();
    if (shared == NULL)
        return program_main(argc, argv, environment);
    return hzx_campaign(shared, program_main, argc, argv, environ);
}

int __libc_start_main(hzx_main *, int, char **, void (*)(void), void (*)(void), void (*)(void),
                      void *);
int __libc_start_main(hzx_main *main, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
    program_main = main;
    return HZX_REAL(__libc_start_main)(our_main, argc, argv, init, fini, rtld_fini, stack_end);
}

void hzx_uncontrolled(const char *name, uintptr_t pc)
{
    struct hzx_shared *shared = hzx.shared;
    enum { NAME_MOST = sizeof shared->uncontrolled[0].name - 1 };
    for (uint32_t i = 0; i < shared->uncontrolled_n && i < HZX_UNCONTROLLED; i++)
        if (strncmp(shared->uncontrolled[i].name, name, NAME_MOST) == 0)
            return;
    if (shared->uncontrolled_n >= HZX_UNCONTROLLED)
        return;
    uint32_t n = shared->uncontrolled_n++;
    strncpy(shared->uncontrolled[n].name, name, NAME_MOST);
    shared->uncontrolled[n].pc = pc;
}

void hzx_no_room(const char *what, uintptr_t pc)
{
    hzx_uncontrolled(what, pc);
    hzx.shared->left_out |= HZX_LEFT_ROOM;
    hzx_end(HZX_CUT, pc, NULL);
}
