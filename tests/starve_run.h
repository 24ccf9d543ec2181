/*
 * A real program under the preload, with looks all the time, for the tests of starvation.
 */
#ifndef HZ_STARVE_RUN_H
#define HZ_STARVE_RUN_H

#include "starve_fill.h"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>

static struct hzw_options run_options;

static void setup_run(void)
{
    setup();
    run_options = hzw_defaults();
}

static inline int share_region(void)
{
    hzw_starve_close(starve);
    munmap(region, sizeof *region);
    int file = memfd_create("hazmat", 0);
    ck_assert_int_eq(ftruncate(file, sizeof *region), 0);
    region = mmap(NULL, sizeof *region, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ck_assert_ptr_ne(region, MAP_FAILED);
    region->magic = HZW_MAGIC;
    region->version = HZW_VERSION;
    region->slots = HZW_SLOTS;
    starve = hzw_starve_open(&run_options, region);
    setenv(HZW_ENV, hz_printf(&arena, "/proc/%d/fd/%d", (int)getpid(), file), 1);
    return file;
}

/* Looks at the program and its children until it ends, or for so many findings. */
static inline int run_and_look(const char *program, const char *how, const char *duration,
                               useconds_t pause, size_t enough)
{
    int file = share_region();
    pid_t pid = fork();
    if (pid == 0) {
        setenv("LD_PRELOAD", TEST_BUILD "/libhazmat-watch.so", 1);
        execl(program, program, how, duration, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        usleep(pause);
        struct hz_arena of_look;
        hz_arena_init(&of_look);
        memset(&threads, 0, sizeof threads);
        hzt_pids pids = {0};
        *hz_push(&of_look, &pids) = pid;
        for (size_t i = 0; i < pids.n; i++) {
            hzt_children(&of_look, pids.at[i], &pids);
            hzt_read_all(&of_look, pids.at[i], &threads);
        }
        look(hz_now());
        hz_arena_free(&of_look);
        if (enough != 0 && found.n >= enough) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            break;
        }
    }
    close(file);
    return status;
}

#endif
