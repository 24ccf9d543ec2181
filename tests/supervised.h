/*
 * For the tests of process/: runs a program of fake/ under hz_supervise() and sees
 * to it that nothing of it is left. All that such a program starts carries a mark
 * in its environment, by which it is found wherever in the process tree it is.
 */
#ifndef SUPERVISED_H
#define SUPERVISED_H

#include "process/supervise.h"

#include <check.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct hz_arena arena;
static struct hz_outcome out;
static char mark[64];
static int ready[2]; /* the program writes a byte into [1] when it is ready */

static inline void set_up(void)
{
    alarm(240); /* a broken supervisor ends even when nobody is left to kill it */
    hz_arena_init(&arena);
    snprintf(mark, sizeof mark, "HAZMAT_MARK=%d-%ld", (int)getpid(), (long)time(NULL));
    ck_assert_int_eq(pipe2(ready, O_NONBLOCK | O_CLOEXEC), 0);
}

static inline void tear_down(void)
{
    alarm(0);
    close(ready[0]);
    close(ready[1]);
    hz_arena_free(&arena);
}

/* The live processes that carry the mark; a zombie has no environment. */
static inline size_t marked(void)
{
    size_t n = 0;
    DIR *folder = opendir("/proc");
    ck_assert_ptr_nonnull(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[300];
        struct hz_bytes bytes;
        snprintf(path, sizeof path, "/proc/%s/environ", entry->d_name);
        if (isdigit((unsigned char)entry->d_name[0]) &&
            hz_read_file(&arena, path, 0, &bytes, NULL) &&
            memmem(bytes.at, bytes.n, mark, strlen(mark) + 1) != NULL)
            n++;
    }
    closedir(folder);
    return n;
}

/* Waits for a condition, however slow the machine is; the test case's time-out is the end. */
#define wait_until(condition)                                                                      \
    while (!(condition))                                                                           \
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL)

/* A command line for fake/PROGRAM, with a deadline that only a broken supervisor reaches. */
static inline struct hz_command fake(const char *program, const char *how, const char *amount)
{
    char **argv = hz_alloc(&arena, 4 * sizeof *argv);
    char **set = hz_alloc(&arena, 3 * sizeof *set);
    int *keep = hz_alloc(&arena, 2 * sizeof *keep);
    argv[0] = hz_printf(&arena, "%s/%s", TEST_FAKE, program);
    argv[1] = hz_dup(&arena, how);
    argv[2] = hz_dup(&arena, amount);
    set[0] = mark;
    set[1] = hz_printf(&arena, "READY=%d", ready[1]);
    keep[0] = ready[1];
    keep[1] = -1;
    return (struct hz_command){
        .argv = argv,
        .set = set,
        .keep = keep,
        .limits = {.seconds = 60, .grace = 60, .head = 1 << 16, .tail = 1 << 16},
    };
}

/* An observer that stops the program when the bytes of readiness that it counts down came. */
static inline enum hz_look stop_when_ready(void *missing, pid_t supervisor)
{
    int *left = missing;
    char byte;
    ck_assert_int_eq(supervisor, getpid());
    while (*left > 0 && read(ready[0], &byte, 1) == 1)
        --*left;
    return *left == 0 ? HZ_LOOK_STOP : HZ_LOOK_GO_ON;
}

static inline void stop_after(struct hz_command *command, int bytes)
{
    int *left = hz_alloc(&arena, sizeof *left);
    *left = bytes;
    command->observer =
        (struct hz_observer){.every = 0.01, .look = stop_when_ready, .context = left};
}

static inline void supervise(const struct hz_command *command)
{
    hz_supervise(&arena, command, &out);
    ck_assert_uint_eq(marked(), 0);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}

#define assert_end(expected)                                                                       \
    ck_assert_msg(out.end == (expected), "ended as %s (%s)", hz_end_name(out.end),                 \
                  out.reason != NULL ? out.reason : "no reason")

/* The arena's copy of what was printed, as a string. */
static inline const char *printed(void)
{
    return hz_printf(&arena, "%.*s%.*s", (int)out.out.head.n, out.out.head.at, (int)out.out.tail.n,
                     out.out.tail.at);
}

static inline int run_cases(const char *name, void (*add)(TCase *))
{
    Suite *suite = suite_create(name);
    TCase *tests = tcase_create(name);
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    add(tests);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
