/* What a program is given when it starts: harness/process/spawn.h, by way of hz_supervise(). */
#include "supervised.h"

#include "process/spawn.h"

#include <sys/resource.h>
#include <sys/syscall.h>

static void expect(const char *line)
{
    const char *text = printed();
    ck_assert_msg(strstr(text, hz_printf(&arena, "%s\n", line)) != NULL, "no '%s' in\n%s", line,
                  text);
}

START_TEST(what_every_program_gets)
{
    struct rlimit core = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_CORE, &core); /* if we may; it makes the limit of 0 below say something */
    signal(SIGPIPE, SIG_IGN);
    /* 33 is glibc's own: only the kernel's call lets a parent of ours ignore it. */
    static const unsigned long ignored[4] = {1 /* SIG_IGN */};
    ck_assert_int_eq(syscall(SYS_rt_sigaction, 33, ignored, NULL, sizeof ignored[3]), 0);
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    int stray = dup2(ready[0], 100); /* without close-on-exec */
    ck_assert_int_eq(stray, 100);
    struct hz_command command = fake("proc-state", NULL, NULL);
    command.keep = NULL;
    supervise(&command);
    close(stray);
    assert_end(HZ_END_EXITED);
    expect("leader=1");
    expect("death=9");
    expect("input=");
    expect("descriptors=0,1,2,");
    expect("core=0");
    expect("/proc/self/status:SigBlk:\t0000000000000000");
    expect("/proc/self/status:SigIgn:\t0000000000000000");
    expect("/proc/self/personality:00000000");
    char folder[4096];
    ck_assert_ptr_nonnull(getcwd(folder, sizeof folder));
    expect(hz_printf(&arena, "folder=%s", folder));
}
END_TEST

START_TEST(what_it_gets_on_request)
{
    char path[] = "/tmp/hazmat-test-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);
    ck_assert_int_eq(write(fd, "from a file", 11), 11);
    cpu_set_t cpus, allowed;
    ck_assert_int_eq(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    CPU_ZERO(&cpus);
    for (int cpu = 0; CPU_COUNT(&cpus) == 0; cpu++)
        if (CPU_ISSET(cpu, &allowed))
            CPU_SET(cpu, &cpus);
    struct hz_command command = fake("proc-state", NULL, NULL);
    char *set[] = {mark, "ADDED=something", NULL};
    command.set = set;
    command.input = path;
    command.folder = "/proc";
    command.cpus = &cpus;
    command.fixed_addresses = true;
    command.limits.file_size = 123456;
    command.limits.address_space = 1 << 30;
    supervise(&command);
    close(fd);
    unlink(path);
    assert_end(HZ_END_EXITED);
    expect("added=something");
    expect("input=from a file");
    expect("folder=/proc");
    expect("cpus=1");
    expect("file_size=123456");
    expect("address_space=1073741824");
    expect("/proc/self/personality:00040000");
    expect(hz_printf(&arena, "descriptors=0,1,2,%d,", ready[1]));
}
END_TEST

START_TEST(core_dumps_when_allowed)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_CORE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_CORE, &limit), 0);
    struct hz_command command = fake("proc-state", NULL, NULL);
    command.limits.core = true;
    supervise(&command);
    expect(hz_printf(&arena, "core=%lld", (long long)limit.rlim_cur));
}
END_TEST

/* A limit above our own is not an error: ours holds. */
START_TEST(limits_are_never_raised)
{
    struct rlimit limit = {1 << 20, 1 << 20};
    struct rlimit before;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct hz_command command = fake("proc-state", NULL, NULL);
    command.limits.file_size = 1 << 30;
    supervise(&command);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_end(HZ_END_EXITED);
    expect("file_size=1048576");
}
END_TEST

START_TEST(found_in_path)
{
    struct hz_command command = fake("proc-state", NULL, NULL);
    char *argv[] = {"proc-state", NULL};
    char *set[] = {mark, "PATH=/no/such/folder:" TEST_FAKE, NULL};
    command.argv = argv;
    command.set = set;
    supervise(&command);
    assert_end(HZ_END_EXITED);
}
END_TEST

static void expect_reason(const struct hz_command *command, const char *reason)
{
    supervise(command);
    assert_end(HZ_END_NOT_STARTED);
    ck_assert_str_eq(out.reason, reason);
}

START_TEST(reasons)
{
    struct hz_command command = fake("proc-state", NULL, NULL);
    command.folder = "/no/such/folder";
    expect_reason(&command, "/no/such/folder: No such file or directory");
    command = fake("proc-state", NULL, NULL);
    command.input = "/no/such/input";
    expect_reason(&command, "/no/such/input: No such file or directory");
    command = fake("proc-state", NULL, NULL);
    command.keep = (const int[]){999, -1};
    expect_reason(&command, "a descriptor to keep: Bad file descriptor");
    command = fake("proc-state", NULL, NULL);
    cpu_set_t none;
    CPU_ZERO(&none);
    command.cpus = &none;
    expect_reason(&command, "processors to run on: Invalid argument");
}
END_TEST

START_TEST(no_descriptors_to_be_had)
{
    struct rlimit before, none;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct hz_command command = fake("proc-state", NULL, NULL);
    for (rlim_t n = 0; n < 20; n++) {
        none = (struct rlimit){n, before.rlim_max};
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
        hz_supervise(&arena, &command, &out);
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
        ck_assert(out.end == HZ_END_NOT_STARTED || out.end == HZ_END_EXITED);
        ck_assert(out.end == HZ_END_EXITED || out.reason != NULL);
        ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    }
}
END_TEST

/* The pipes then have the numbers that the program's own 0, 1 and 2 are to have. */
START_TEST(caller_without_standard_descriptors)
{
    struct hz_command command = fake("proc-state", NULL, NULL);
    pid_t child = fork();
    if (child == 0) {
        struct hz_program program;
        char text[4096];
        for (int fd = 0; fd <= 2; fd++)
            close(fd);
        if (!hz_spawn(&command, &program, NULL) || waitpid(program.pid, NULL, 0) != program.pid)
            _exit(1);
        ssize_t n = read(program.out, text, sizeof text);
        _exit(n > 0 && memmem(text, (size_t)n, "input=\n", 7) != NULL ? 0 : 2);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, what_every_program_gets);
    tcase_add_test(tests, what_it_gets_on_request);
    tcase_add_test(tests, core_dumps_when_allowed);
    tcase_add_test(tests, limits_are_never_raised);
    tcase_add_test(tests, found_in_path);
    tcase_add_test(tests, reasons);
    tcase_add_test(tests, no_descriptors_to_be_had);
    tcase_add_test(tests, caller_without_standard_descriptors);
}

int main(void)
{
    return run_cases("spawn", add);
}
