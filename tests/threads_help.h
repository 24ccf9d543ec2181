/* What the tests of what the kernel says of threads share: children that block, and in what. */
#ifndef THREADS_HELP_H
#define THREADS_HELP_H

#include "watchdog/threads.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE 30.0

/* What parent and children share. Descriptors are made before the fork. */
static struct shared {
    uint32_t word, owned;
} * shared;
static char folder[64];
static char fifo[96], locked[96];
static int empty[2], full[2], sockets[2], event, folder_fd, lock_fd;
static struct hz_arena arena;

static inline void set_up(void)
{
    static char block[1 << 16];
    hz_arena_init(&arena);
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(shared != MAP_FAILED);
    strcpy(folder, "/tmp/test-threads-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(fifo, sizeof fifo, "%s/fifo", folder);
    snprintf(locked, sizeof locked, "%s/locked", folder);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    folder_fd = open(folder, O_RDONLY | O_DIRECTORY);
    lock_fd = open(locked, O_RDWR | O_CREAT, 0600);
    ck_assert_int_eq(flock(lock_fd, LOCK_EX), 0);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    ck_assert_int_eq(fcntl(lock_fd, F_SETLK, &whole), 0);
    ck_assert(pipe(empty) == 0 && pipe2(full, O_NONBLOCK) == 0);
    while (write(full[1], block, sizeof block) > 0)
        ;
    ck_assert_int_eq(fcntl(full[1], F_SETFL, 0), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    event = eventfd(0, 0);
    shared->owned = (uint32_t)gettid();
}

static inline void tear_down(void)
{
    unlink(fifo);
    unlink(locked);
    rmdir(folder);
    hz_arena_free(&arena);
}

static inline pid_t start(void (*work)(void))
{
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        work();
        _exit(0);
    }
    return child;
}

static inline void stop(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

/* Reads the thread until it is in that system call; the caller looks at the rest. */
static inline struct hzt_thread wait_for_call(pid_t pid, pid_t tid, long call)
{
    struct hzt_thread thread;
    double until = hz_now() + DEADLINE;
    do {
        ck_assert_msg(hz_now() < until, "thread %d never came to call %ld", (int)tid, call);
        usleep(1000);
        ck_assert(hzt_read(pid, tid, &thread));
    } while (thread.call != call);
    return thread;
}

static const struct timespec hour = {3600, 0};
static char byte;

/* A result that nobody wants, of a call that does not come back. */
static inline void ignore(long result)
{
    (void)result;
}

static inline void pipe_read(void)
{
    ignore(read(empty[0], &byte, 1));
}

static inline void lock_flock(void)
{
    flock(open(locked, O_RDWR), LOCK_EX);
}

static inline void sleeps(void)
{
    syscall(SYS_nanosleep, &hour, NULL);
}

static inline ino_t inode_of(int fd)
{
    struct stat about;
    ck_assert_int_eq(fstat(fd, &about), 0);
    return about.st_ino;
}

/* Runs the suite of these cases, each with the fixture above. */
static inline int run_suite(const char *name, TCase *tests)
{
    Suite *suite = suite_create(name);
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
