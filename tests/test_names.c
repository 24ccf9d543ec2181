/*
 * Programs that say what the names of their own addresses are (data/names/), as both
 * compilers build them, without optimisation and with it.
 */
#include "watchdog/stacks_parts.h"

#include <check.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMES TEST_DATA "/names"

static struct hz_arena arena;
static char folder[64];

/* ---- helpers ------------------------------------------------------------------------ */

static void setup(void)
{
    hz_arena_init(&arena);
    strcpy(folder, "/tmp/hazmat-names-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chmod(folder, 0755), 0);
}

static void teardown(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
    hz_arena_free(&arena);
}

__attribute__((format(printf, 1, 2))) static void sh(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = hz_vprintf(&arena, format, args);
    va_end(args);
    const char *command = hz_printf(&arena, "cd '%s' && { %s; }", folder, text);
    ck_assert_msg(system(command) == 0, "%s", command);
}

/* One line of what a program said. */
struct saying {
    unsigned long address;
    int tid;
    char name[512];
};
typedef HZ_VEC(struct saying) sayings;

struct program {
    pid_t pid;
    int in, out;
    FILE *said;
};

/* Runs `path`, which is in the folder. */
static struct program run(const char *path)
{
    int in[2], out[2];
    ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
    ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
    struct program program = {.in = in[1], .said = fdopen(out[0], "r")};
    program.pid = fork();
    if (program.pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        if (chdir(folder) == 0)
            execl(path, path, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    return program;
}

static void until_paused(pid_t pid, pid_t tid)
{
    const char *path = hz_printf(&arena, "/proc/%d/task/%d/syscall", (int)pid, (int)tid);
    int call = 0;
    while (call != 34) { /* pause() */
        FILE *file = fopen(path, "re");
        ck_assert_ptr_nonnull(file);
        if (fscanf(file, "%d", &call) != 1)
            call = 0;
        fclose(file);
    }
}

/* What the program says until its threads have stopped. */
static sayings hear(struct program *program)
{
    sayings all = {0};
    char line[1024];
    while (fgets(line, sizeof line, program->said) != NULL && strcmp(line, "end\n") != 0) {
        struct saying *saying = hz_push(&arena, &all);
        ck_assert_msg(
            sscanf(line, "%lx %d %511[^\n]", &saying->address, &saying->tid, saying->name) == 3,
            "%s", line);
    }
    until_paused(program->pid, program->pid);
    for (size_t i = 0; i < all.n; i++)
        if (all.at[i].tid != 0)
            until_paused(program->pid, all.at[i].tid);
    return all;
}

static void end(struct program *program)
{
    kill(program->pid, SIGKILL);
    ck_assert_int_eq(waitpid(program->pid, NULL, 0), program->pid);
    close(program->in);
    fclose(program->said);
}

static struct hzs_process *open_process(pid_t pid)
{
    struct hz_error error;
    struct hzs_process *process = hzs_open(pid, &error);
    ck_assert_msg(process != NULL, "%s", error.text);
    process->left = 60; /* however busy the machine is */
    return process;
}

static const char *named(struct hzs_process *process, const struct saying *saying)
{
    return hzs_name_from(&arena, process, saying->address, saying->tid);
}

static void are_right(struct hzs_process *process, const sayings *all, const char *how)
{
    ck_assert_uint_ne(all->n, 0);
    for (size_t i = 0; i < all->n; i++) {
        const char *name = named(process, &all->at[i]);
        ck_assert_msg(strcmp(name, all->at[i].name) == 0, "%s: '%s' is not '%s'", how, name,
                      all->at[i].name);
    }
}

/* Builds a program and holds it to its word. */
static void check_program(const char *build)
{
    sh("%s", build);
    struct program program = run("./prog");
    sayings all = hear(&program);
    struct hzs_process *process = open_process(program.pid);
    ck_assert(hzs_warm(process, 60));
    are_right(process, &all, build);
    hzs_close(process);
    end(&program);
}

static const char *const variants[] = {
    "-O0 -gdwarf-4",
    "-O0 -gdwarf-5",
    "-O2 -gdwarf-4",
    "-O2 -gdwarf-5",
};

static void check_all(const char *compiler, const char *files)
{
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        check_program(hz_printf(&arena,
                                "%s %s -D_GNU_SOURCE -pthread -fomit-frame-pointer -I%s %s -o prog",
                                compiler, variants[i], NAMES, files));
}

/* ---- names by debug information ----------------------------------------------------------- */

static const char *const compilers[] = {"gcc", "clang"};

START_TEST(variables_have_the_names_of_their_types)
{
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        const char *how = hz_printf(&arena, "%s %s -D_GNU_SOURCE -pthread -I%s", compilers[_i],
                                    variants[i], NAMES);
        sh("%s -fPIC -shared %s/lent.c -o liblent.so", how, NAMES);
        check_program(hz_printf(&arena,
                                "%s -fPIC -DLENT='\"lent[1].lock\"' %s/globals.c ./liblent.so "
                                "-o prog",
                                how, NAMES));
        /* The library's variable is moved into the program, which has but its symbol. */
        check_program(hz_printf(&arena,
                                "%s -fno-pie -DLENT='\"lent+0x%x\"' %s/globals.c ./liblent.so "
                                "-no-pie -o prog",
                                how, 72 + 8, NAMES));
    }
}
END_TEST

START_TEST(variables_of_frames_have_names)
{
    check_all(compilers[_i], NAMES "/locals.c");
}
END_TEST

START_TEST(pointers_lead_to_names)
{
    check_all(compilers[_i], NAMES "/heap.c");
}
END_TEST

START_TEST(the_names_of_cxx_are_those_of_the_source)
{
    static const char *const with[] = {"g++ -std=c++17", "clang++ -std=c++17"};
    check_all(with[_i], NAMES "/cxx.cc");
}
END_TEST

/* ---- stacks and names of programs of all sorts ------------------------------------------- */

static const char *const builds[] = {
    "gcc -O0 -g",
    "gcc -O2 -g -fomit-frame-pointer",
    "clang -O2 -gdwarf-5 -fomit-frame-pointer",
    "gcc -O2 -g -static",
    "gcc -O2 -g -static-pie",
    "clang -O0 -g -static",
};

static const char *build(const char *how, const char *name)
{
    sh("%s -D_GNU_SOURCE -pthread -w -I%s %s/calls.c -o %s", how, NAMES, NAMES, name);
    return hz_printf(&arena, "./%s", name);
}

/* The thread that said "serve" stands in stops(), and main() in its loop. */
static void stacks_are_right(struct program *program, struct hzs_process *process,
                             const sayings *all, const char *how)
{
    static const char *const functions[] = {"stops", "relay", "serve"};
    struct hz_error error;
    hz_stack stack;
    pid_t tid = all->at[1].tid;
    until_paused(program->pid, tid);
    ck_assert_msg(hzs_stack(&arena, process, tid, &stack, &error), "%s: %s", how, error.text);
    ck_assert_msg(stack.n == 3, "%s: %zu frames", how, stack.n);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_msg(strcmp(stack.at[i].function, functions[i]) == 0, "%s: %s", how,
                      stack.at[i].function);
        ck_assert_msg(stack.at[i].file != NULL && stack.at[i].line != 0, "%s: no line", how);
    }
    ck_assert(hzs_stack(&arena, process, program->pid, &stack, NULL));
    ck_assert_msg(strcmp(stack.at[stack.n - 1].function, "main") == 0, "%s: %s", how,
                  stack.at[stack.n - 1].function);
}

/* What calls.c says; its main thread does not end in pause(). */
static sayings hear_calls(struct program *program)
{
    sayings all = {0};
    char line[1024];
    while (fgets(line, sizeof line, program->said) != NULL && strcmp(line, "end\n") != 0) {
        struct saying *saying = hz_push(&arena, &all);
        if (sscanf(line, "%lx %d %511[^\n]", &saying->address, &saying->tid, saying->name) != 3)
            ck_assert_int_eq(sscanf(line, "(nil) %d %511[^\n]", &saying->tid, saying->name), 2);
    }
    return all;
}

static void check_calls(const char *how, struct program *program, const sayings *all)
{
    struct hzs_process *process = open_process(program->pid);
    ck_assert_uint_eq(all->n, 2);
    ck_assert_str_eq(named(process, &all->at[0]), "accounts[3].lock");
    stacks_are_right(program, process, all, how);
    hzs_close(process);
    end(program);
}

START_TEST(stacks_are_whole_however_a_program_is_built)
{
    struct program program = run(build(builds[_i], "prog"));
    sayings all = hear_calls(&program);
    check_calls(builds[_i], &program, &all);
}
END_TEST

START_TEST(a_file_that_is_gone_or_replaced_is_still_the_one_that_runs)
{
    static const char *const ways[] = {"rm prog", "cp /bin/true new && mv new prog"};
    for (int i = 0; i < 2; i++) {
        struct program program = run(build("gcc -O2 -g", "prog"));
        sayings all = hear_calls(&program);
        sh("%s", ways[i]);
        check_calls(ways[i], &program, &all);
    }
}
END_TEST

/* Where neither the kernel's link may be followed nor the path leads there. */
START_TEST(without_a_file_there_is_what_memory_has)
{
    struct program program = run(build("gcc -O2 -g -rdynamic", "prog"));
    sayings all = hear_calls(&program);
    struct hzs_process *process = open_process(program.pid);
    struct hzs_module *module = hzs_module_at(process, all.at[0].address);
    module->pid = -1; /* there are no ways */
    sh("rm prog");
    ck_assert_int_eq(hzs_elf(module), false);
    const char *name = named(process, &all.at[0]);
    ck_assert_msg(strstr(name, "/prog+0x") != NULL, "%s", name);
    hzs_close(process);
    end(&program);
}
END_TEST

/* Not everybody may, and not where the root folder is no mount. */
static bool enter_namespace(void)
{
    return unshare(CLONE_NEWNS | (geteuid() != 0 ? CLONE_NEWUSER : 0)) == 0 &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static bool may_enter_namespace(void)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(!enter_namespace());
    return waitpid(child, &status, 0) == child && status == 0;
}

START_TEST(a_program_in_another_mount_namespace_is_read)
{
    if (!may_enter_namespace()) {
        fprintf(stderr, "skipped: no mount namespace can be made here\n");
        return;
    }
    build("gcc -O2 -g", "inner");
    int out[2];
    ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
    const char *top = hz_printf(&arena, "%s/top", folder);
    sh("mkdir top && cp /bin/true top/inner");
    struct program program = {.in = open("/dev/null", O_RDONLY | O_CLOEXEC),
                              .said = fdopen(out[0], "r")};
    program.pid = fork();
    if (program.pid == 0) {
        dup2(out[1], 1);
        if (enter_namespace() && mount(folder, top, NULL, MS_BIND, NULL) == 0 && chdir(top) == 0)
            execl("./inner", "./inner", (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    sayings all = hear_calls(&program);
    check_calls("mounted", &program, &all);
}
END_TEST

START_TEST(without_debug_information_there_are_symbols_and_files)
{
    struct program program = run(build("gcc -O2", "prog"));
    sayings all = hear_calls(&program);
    struct hzs_process *process = open_process(program.pid);
    ck_assert_str_eq(named(process, &all.at[0]), "accounts+0x98");
    hzs_close(process);
    end(&program);
    program = run(build("gcc -O2 -s -no-pie", "bare"));
    all = hear_calls(&program);
    process = open_process(program.pid);
    ck_assert_str_eq(named(process, &all.at[0]),
                     hz_printf(&arena, "bare+0x%lx", all.at[0].address));
    hz_stack stack;
    until_paused(program.pid, all.at[1].tid);
    ck_assert(hzs_stack(&arena, process, all.at[1].tid, &stack, NULL));
    ck_assert_uint_eq(stack.n, 3);
    ck_assert_ptr_null(stack.at[0].function);
    ck_assert_ptr_nonnull(strstr(stack.at[0].module, "/bare"));
    hzs_close(process);
    end(&program);
}
END_TEST

/* ---- processes kept open ------------------------------------------------------------------ */

static void tell(struct program *program, const char *line)
{
    ck_assert_int_eq(write(program->in, line, strlen(line)), (ssize_t)strlen(line));
}

START_TEST(a_process_that_is_kept_is_followed)
{
    sh("gcc -g -fPIC -shared %s/lent.c -o liblent.so", NAMES);
    build("gcc -O0 -g -no-pie -DOTHER", "other");
    struct program program = run(build("gcc -O0 -g -no-pie", "prog"));
    struct hzs_cache *cache = hzs_cache_new(&arena);
    sayings all = hear_calls(&program);
    struct hzs_process *process = hzs_cache_get(cache, program.pid);
    ck_assert_ptr_nonnull(process);
    ck_assert(hzs_warm(process, 10));
    ck_assert_str_eq(named(process, &all.at[0]), "accounts[3].lock");
    ck_assert_ptr_eq(hzs_cache_get(cache, program.pid), process);
    hzs_cache_done(cache);

    tell(&program, "+./liblent.so\n");
    sayings more = hear_calls(&program);
    ck_assert_ptr_eq(hzs_cache_get(cache, program.pid), process);
    ck_assert_str_eq(named(process, &more.at[0]), "kept[2].lock");
    ck_assert_str_eq(named(process, &all.at[0]), "accounts[3].lock");
    hzs_cache_done(cache);

    tell(&program, "./other\n");
    all = hear_calls(&program);
    process = hzs_cache_get(cache, program.pid);
    ck_assert_ptr_nonnull(process);
    ck_assert_str_eq(named(process, &all.at[0]), "accounts[3].lock");
    stacks_are_right(&program, process, &all, "exec");
    hzs_cache_done(cache);

    end(&program);
    hzs_cache_done(cache);
    ck_assert_ptr_null(hzs_cache_get(cache, program.pid));
    hzs_cache_close(cache);
}
END_TEST

START_TEST(more_processes_than_are_kept_are_all_read)
{
    struct program programs[30];
    const char *path = build("gcc -O0 -g", "prog");
    struct hzs_cache *cache = hzs_cache_new(&arena);
    sayings all[30];
    for (int i = 0; i < 30; i++) {
        programs[i] = run(path);
        all[i] = hear_calls(&programs[i]);
    }
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 30; i++)
            ck_assert_str_eq(named(hzs_cache_get(cache, programs[i].pid), &all[i].at[0]),
                             "accounts[3].lock");
        hzs_cache_done(cache);
    }
    hzs_cache_close(cache);
    for (int i = 0; i < 30; i++)
        end(&programs[i]);
}
END_TEST

/* A program whose debug information takes too long is told by its symbols. */
START_TEST(what_is_not_read_in_time_is_told_with_less)
{
    struct program program = run(build("clang -O0 -g", "prog"));
    sayings all = hear_calls(&program);
    struct hzs_process *process = open_process(program.pid);
    process->left = 0;
    ck_assert_str_eq(named(process, &all.at[0]), "accounts+0x98");
    ck_assert(!hzs_warm(process, 0));
    ck_assert_str_eq(named(process, &all.at[0]), "accounts+0x98");
    ck_assert(hzs_warm(process, 10));
    ck_assert_str_eq(named(process, &all.at[0]), "accounts[3].lock");
    hzs_close(process);
    end(&program);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("names");
    TCase *tests = tcase_create("names");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, variables_have_the_names_of_their_types, 0, 2);
    tcase_add_loop_test(tests, variables_of_frames_have_names, 0, 2);
    tcase_add_loop_test(tests, pointers_lead_to_names, 0, 2);
    tcase_add_loop_test(tests, the_names_of_cxx_are_those_of_the_source, 0, 2);
    tcase_add_loop_test(tests, stacks_are_whole_however_a_program_is_built, 0,
                        sizeof builds / sizeof *builds);
    tcase_add_test(tests, a_file_that_is_gone_or_replaced_is_still_the_one_that_runs);
    tcase_add_test(tests, without_a_file_there_is_what_memory_has);
    tcase_add_test(tests, a_program_in_another_mount_namespace_is_read);
    tcase_add_test(tests, without_debug_information_there_are_symbols_and_files);
    tcase_add_test(tests, a_process_that_is_kept_is_followed);
    tcase_add_test(tests, more_processes_than_are_kept_are_all_read);
    tcase_add_test(tests, what_is_not_read_in_time_is_told_with_less);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
