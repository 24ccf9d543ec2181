#include "watchdog/stacks.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a watched child tells of itself; shared by fork. */
static struct told {
    _Atomic pid_t tid;         /* set last */
    int inner, inlined, outer; /* lines of the calls */
    _Atomic long rounds;
    void *returns_to;
    void *stack, *mapped;
    _Atomic bool go;
} * told;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long numbers[16];
static char large[1 << 20]; /* more than what is left of the pages that come from the file */
static struct hz_arena arena;

/* ---- what the children do ------------------------------------------------------ */

__attribute__((noinline)) static void wait_inside(int depth)
{
    if (depth > 0) {
        wait_inside(depth - 1);
        atomic_fetch_add(&told->rounds, 1); /* no tail call */
        return;
    }
    told->returns_to = __builtin_return_address(0);
    told->inner = __LINE__ + 2;
    atomic_store(&told->tid, gettid());
    pthread_mutex_lock(&lock);
    atomic_fetch_add(&told->rounds, 1);
}

__attribute__((always_inline)) static inline void inlined(void)
{
    told->inlined = __LINE__ + 1;
    wait_inside(0);
    atomic_fetch_add(&told->rounds, 1);
}

__attribute__((noinline)) static void *blocks(void *unused)
{
    told->outer = __LINE__ + 1;
    inlined();
    return unused;
}

__attribute__((noinline)) static void *recurses(void *unused)
{
    wait_inside(10000);
    return unused;
}

__attribute__((noinline)) static void *runs(void *unused)
{
    atomic_store(&told->tid, gettid());
    for (;;)
        atomic_fetch_add(&told->rounds, 1);
    return unused;
}

static void *shows_its_stack(void *unused)
{
    int here = 0;
    told->stack = &here;
    atomic_store(&told->tid, gettid());
    pause();
    return unused;
}

/* Waits in vfork() until its child is gone: nothing but a kill gets it out of there. */
static void *waits_for_vfork(void *unused)
{
    atomic_store(&told->tid, gettid());
    if (vfork() == 0) {
        while (!atomic_load(&told->go))
            usleep(1000);
        _exit(0);
    }
    for (;;)
        atomic_fetch_add(&told->rounds, 1);
    return unused;
}

/* A child with one more thread, which does that. */
__attribute__((noinline)) static pid_t child_with(void *(*does)(void *))
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    pthread_t thread;
    pthread_mutex_lock(&lock);
    pthread_create(&thread, NULL, does, NULL);
    pthread_join(thread, NULL);
    _exit(0);
}

/* ---- helpers ------------------------------------------------------------------- */

static pid_t told_tid(void)
{
    while (atomic_load(&told->tid) == 0)
        usleep(1000);
    return told->tid;
}

static char state_of(pid_t pid, pid_t tid)
{
    struct hz_bytes text;
    const char *path = hz_printf(&arena, "/proc/%d/task/%d/stat", (int)pid, (int)tid);
    if (!hz_read_file(&arena, path, 0, &text, NULL))
        return '?';
    const char *close = memrchr(text.at, ')', text.n);
    return close != NULL ? close[2] : '?';
}

static void until_state(pid_t pid, pid_t tid, char state)
{
    while (state_of(pid, tid) != state)
        usleep(1000);
}

static void goes_on(void)
{
    long before = atomic_load(&told->rounds);
    while (atomic_load(&told->rounds) == before)
        usleep(1000);
}

static struct hzs_process *open_process(pid_t pid)
{
    struct hz_error error;
    struct hzs_process *process = hzs_open(pid, &error);
    ck_assert_msg(process != NULL, "%s", error.text);
    return process;
}

static hz_stack stack_of(struct hzs_process *process, pid_t tid)
{
    struct hz_error error = {0};
    hz_stack stack = {0};
    ck_assert_msg(hzs_stack(&arena, process, tid, &stack, &error), "%s", error.text);
    return stack;
}

static void is_frame(const struct hz_frame *frame, const char *function, int line)
{
    ck_assert_ptr_nonnull(frame->function);
    ck_assert_str_eq(frame->function, function);
    ck_assert_ptr_nonnull(frame->file);
    ck_assert_str_eq(frame->file + strlen(frame->file) - strlen("/test_stacks.c"),
                     "/test_stacks.c");
    ck_assert_int_eq(frame->line, line);
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static void setup(void)
{
    hz_arena_init(&arena);
    told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(told, MAP_FAILED);
}

static void teardown(void)
{
    munmap(told, sizeof *told);
    hz_arena_free(&arena);
}

/* ---- the tests ----------------------------------------------------------------- */

START_TEST(a_blocked_stack_begins_and_ends_in_the_program)
{
    pid_t pid = child_with(blocks), tid = told_tid();
    until_state(pid, tid, 'S');
    struct hzs_process *process = open_process(pid);
    hz_stack stack = stack_of(process, tid);
    ck_assert_uint_eq(stack.n, 3);
    is_frame(&stack.at[0], "wait_inside", told->inner);
    is_frame(&stack.at[1], "inlined", told->inlined);
    is_frame(&stack.at[2], "blocks", told->outer);
    hzs_close(process);
    end(pid);
}
END_TEST

START_TEST(a_main_thread_ends_in_main)
{
    pid_t pid = child_with(blocks);
    told_tid();
    until_state(pid, pid, 'S');
    struct hzs_process *process = open_process(pid);
    hz_stack stack = stack_of(process, pid);
    ck_assert_uint_ge(stack.n, 2);
    ck_assert_str_eq(stack.at[0].function, "child_with");
    ck_assert_str_eq(stack.at[stack.n - 1].function, "main");
    hzs_close(process);
    end(pid);
}
END_TEST

START_TEST(a_running_thread_is_read_and_goes_on)
{
    pid_t pid = child_with(runs), tid = told_tid();
    struct hzs_process *process = open_process(pid);
    hz_stack stack = stack_of(process, tid);
    ck_assert_str_eq(stack.at[0].function, "runs");
    ck_assert_uint_eq(stack.n, 1);
    goes_on();
    hzs_close(process);
    end(pid);
}
END_TEST

START_TEST(a_deep_stack_is_cut_off)
{
    pid_t pid = child_with(recurses), tid = told_tid();
    until_state(pid, tid, 'S');
    struct hzs_process *process = open_process(pid);
    hz_stack stack = stack_of(process, tid);
    ck_assert_str_eq(stack.at[0].function, "wait_inside");
    ck_assert_uint_ge(stack.n, 100);
    ck_assert_uint_le(stack.n, 200);
    hzs_close(process);
    end(pid);
}
END_TEST

START_TEST(a_thread_that_does_not_stop_is_an_error_and_goes_on)
{
    pid_t pid = child_with(waits_for_vfork), tid = told_tid();
    until_state(pid, tid, 'D');
    struct hzs_process *process = open_process(pid);
    struct hz_error error = {0};
    hz_stack stack = {0};
    ck_assert(!hzs_stack(&arena, process, tid, &stack, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "did not stop"));
    hzs_close(process);
    atomic_store(&told->go, true);
    goes_on();
    end(pid);
}
END_TEST

START_TEST(a_thread_that_is_gone_is_an_error)
{
    pid_t pid = child_with(runs);
    told_tid();
    struct hzs_process *process = open_process(pid);
    end(pid);
    struct hz_error error = {0};
    hz_stack stack = {0};
    ck_assert(!hzs_stack(&arena, process, pid, &stack, &error));
    ck_assert_str_ne(error.text, "");
    hzs_close(process);
    ck_assert_ptr_null(hzs_open(pid, &error));
}
END_TEST

START_TEST(a_thread_that_may_not_be_traced_is_an_error)
{
    pid_t pid = fork();
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        atomic_store(&told->tid, gettid());
        for (;;)
            pause();
    }
    told_tid();
    struct hzs_process *process = open_process(pid);
    struct hz_error error = {0};
    hz_stack stack = {0};
    ck_assert(!hzs_stack(&arena, process, pid, &stack, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "cannot be traced"));
    hzs_close(process);
    end(pid);
}
END_TEST

/* The end of a child is for the one that forked it, even if it comes while it is being read. */
START_TEST(the_status_of_a_child_is_left_alone)
{
    for (int i = 0; i < 60; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            atomic_store(&told->tid, getpid());
            while (!atomic_load(&told->go))
                ;
            for (volatile int j = 0; j < i * 1000; j++)
                ;
            _exit(7);
        }
        while (atomic_load(&told->tid) != pid)
            usleep(100);
        struct hzs_process *process = open_process(pid);
        atomic_store(&told->go, true);
        for (int j = 0; j < 3; j++) {
            hz_stack stack = {0};
            (void)hzs_stack(&arena, process, pid, &stack, NULL);
        }
        hzs_close(process);
        int status = 0;
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
        atomic_store(&told->go, false);
    }
}
END_TEST

START_TEST(a_return_address_is_the_line_of_its_call)
{
    pid_t pid = child_with(blocks), tid = told_tid();
    until_state(pid, tid, 'S');
    struct hzs_process *process = open_process(pid);
    struct hz_frame frame = hzs_frame(&arena, process, (uint64_t)(uintptr_t)told->returns_to);
    is_frame(&frame, "inlined", told->inlined);
    frame = hzs_frame(&arena, process, 1);
    ck_assert_ptr_null(frame.function);
    ck_assert_ptr_null(frame.file);
    hzs_close(process);
    end(pid);
}
END_TEST

static const char *name_of(struct hzs_process *process, const void *address)
{
    return hzs_name(&arena, process, (uint64_t)(uintptr_t)address);
}

START_TEST(addresses_have_names)
{
    told->mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char *heap = (char *)sbrk(4096) + 24; /* not malloc(): a sanitizer's is elsewhere */
    int on_main_stack = 0;
    pid_t pid = child_with(shows_its_stack), tid = told_tid();
    until_state(pid, tid, 'S');
    struct hzs_process *process = open_process(pid);
    ck_assert_str_eq(name_of(process, numbers), "numbers[0]");
    ck_assert_str_eq(name_of(process, &numbers[5]), "numbers[5]");
    ck_assert_str_eq(name_of(process, &lock), "lock");
    ck_assert_str_eq(name_of(process, &large[0x80000]), "large[524288]");
    ck_assert_str_eq(
        name_of(process, &on_main_stack),
        hz_printf(&arena, "on_main_stack in addresses_have_names_fn (stack of tid %d)", (int)pid));
    ck_assert_str_eq(name_of(process, told->stack),
                     hz_printf(&arena, "here in shows_its_stack (stack of tid %d)", (int)tid));
    ck_assert_str_eq(name_of(process, heap), hz_printf(&arena, "heap %p", (void *)heap));
    const char *shared = name_of(process, (char *)told->mapped + 24);
    ck_assert_msg(strncmp(shared, "shared memory ", 14) == 0, "%s", shared);
    ck_assert_str_eq(name_of(process, (void *)16), "0x10");
    hzs_close(process);
    munmap(told->mapped, 4096);
    end(pid);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stacks");
    TCase *tests = tcase_create("stacks");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_blocked_stack_begins_and_ends_in_the_program);
    tcase_add_test(tests, a_main_thread_ends_in_main);
    tcase_add_test(tests, a_running_thread_is_read_and_goes_on);
    tcase_add_test(tests, a_deep_stack_is_cut_off);
    tcase_add_test(tests, a_thread_that_does_not_stop_is_an_error_and_goes_on);
    tcase_add_test(tests, a_thread_that_is_gone_is_an_error);
    tcase_add_test(tests, a_thread_that_may_not_be_traced_is_an_error);
    tcase_add_test(tests, the_status_of_a_child_is_left_alone);
    tcase_add_test(tests, a_return_address_is_the_line_of_its_call);
    tcase_add_test(tests, addresses_have_names);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
