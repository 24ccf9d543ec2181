#include "detectors/probe.h"
#include "reader_help.h"

#include <sys/stat.h>
#include <unistd.h>

/* ---- tools that are not what they seem ---- */

static char *tools; /* the only folder in PATH */

static void fake(const char *name, const char *script)
{
    char *path = hz_printf(&arena, "%s/%s", tools, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "#!/bin/sh\n%s\n", script);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path, 0755), 0);
}

static void setup_tools(void)
{
    setup();
    tools = hz_printf(&arena, "%s", "/tmp/hazmat-tools-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(tools));
    ck_assert_int_eq(setenv("PATH", tools, 1), 0);
}

static void teardown_tools(void)
{
    static const char *const names[] = {"clang", "llvm-symbolizer", "valgrind", "tool"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(hz_printf(&arena, "%s/%s", tools, names[i]));
    ck_assert_int_eq(rmdir(tools), 0);
    teardown();
}

static struct hz_probe probe(const struct hz_detector *detector)
{
    struct hz_home home = {.preload = "/proc/self/exe"};
    struct hz_probe found = {0};
    detector->probe(&arena, &home, &found);
    return found;
}

#define CHECK_UNUSABLE(found, why, how)                                                            \
    do {                                                                                           \
        struct hz_probe probe_ = (found);                                                          \
        ck_assert(!probe_.usable);                                                                 \
        ck_assert_msg(strstr(probe_.problem, (why)) != NULL, "%s", probe_.problem);                \
        ck_assert_str_eq(probe_.repair, (how));                                                    \
    } while (0)

static bool run_tool(double seconds, const char **output)
{
    char *argv[] = {"tool", "word", NULL};
    return hz_probe_run(&arena, argv, seconds, output);
}

START_TEST(output_then_error)
{
    const char *output;
    fake("tool", "echo wrong >&2; echo \"$1\"; exit 0");
    ck_assert(run_tool(60, &output));
    ck_assert_str_eq(output, "word\nwrong\n");
    fake("tool", "echo \"$1\"; exit 3");
    ck_assert(!run_tool(60, &output));
    ck_assert_str_eq(output, "word\n");
    fake("tool", "kill -9 $$");
    ck_assert(!run_tool(60, &output));
}
END_TEST

START_TEST(no_tool)
{
    const char *output = NULL;
    ck_assert(!run_tool(60, &output));
    ck_assert_str_eq(output, "");
}
END_TEST

/* Without its limit this would take an hour. */
START_TEST(a_tool_that_hangs)
{
    const char *output;
    fake("tool", "echo begun; exec /bin/sleep 3600");
    ck_assert(!run_tool(0.5, &output));
}
END_TEST

START_TEST(a_tool_that_never_stops_talking)
{
    const char *output;
    fake("tool", "/usr/bin/yes | /usr/bin/head -c 500000;"
                 "/usr/bin/yes | /usr/bin/head -c 500000 >&2");
    ck_assert(run_tool(60, &output));
    ck_assert_uint_eq(strlen(output), 65536);
    fake("tool", "exec /usr/bin/yes");
    ck_assert(!run_tool(0.5, &output));
    ck_assert_uint_gt(strlen(output), 0);
    ck_assert_uint_le(strlen(output), 65536);
}
END_TEST

START_TEST(versions)
{
    ck_assert_str_eq(hz_probe_version(&arena, "Debian clang version 14.0.6\nTarget: 1.2"),
                     "14.0.6");
    ck_assert_str_eq(hz_probe_version(&arena, "valgrind-3.19.0\n"), "3.19.0");
    ck_assert_str_eq(hz_probe_version(&arena, "clang version 18.1.3 (1ubuntu1)"), "18.1.3");
    ck_assert_str_eq(hz_probe_version(&arena, "It is 3.2."), "3.2");
    ck_assert_ptr_null(hz_probe_version(&arena, "x86 7 v14.0\n1.2"));
    ck_assert_ptr_null(hz_probe_version(&arena, ""));
}
END_TEST

/* ---- probes ---- */

#define GOOD_CLANG                                                                                 \
    "case $1 in --version) echo clang version 14.0.6;; "                                           \
    "-print-file-name=*) echo /usr/lib/${1#*=};; esac"

START_TEST(tsan_usable)
{
    fake("clang", GOOD_CLANG);
    fake("llvm-symbolizer", "echo LLVM");
    struct hz_probe found = probe(&hz_tsan);
    ck_assert_str_eq(found.version, "14.0.6");
    ck_assert_msg(found.usable, "%s", found.problem);
    ck_assert_ptr_null(found.problem);
}
END_TEST

START_TEST(tsan_lacks_something)
{
    CHECK_UNUSABLE(probe(&hz_tsan), "clang does not run", "sudo apt-get install clang");
    fake("clang", "case $1 in --version) echo clang version 14.0.6;; *) echo ${1#*=};; esac");
    fake("llvm-symbolizer", "echo LLVM");
    CHECK_UNUSABLE(probe(&hz_tsan), "runtime", "sudo apt-get install libclang-rt-dev");
    ck_assert_str_eq(probe(&hz_tsan).version, "14.0.6");
    fake("clang", GOOD_CLANG);
    fake("llvm-symbolizer", "exit 1");
    CHECK_UNUSABLE(probe(&hz_tsan), "llvm-symbolizer", "sudo apt-get install llvm");
}
END_TEST

/* What the real one says where libc6-dbg is not installed: to Memcheck, and only to it. */
#define NO_SYMBOLS                                                                                 \
    "case $* in --version) echo valgrind-3.19.0;; --tool=memcheck*) "                              \
    "echo 'valgrind:  Fatal error at startup: a function redirection' >&2; exit 1;; esac"

START_TEST(valgrind_lacks_something)
{
    const struct hz_detector *both[] = {&hz_helgrind, &hz_drd};
    CHECK_UNUSABLE(probe(both[_i]), "valgrind does not run",
                   "sudo apt-get install valgrind libc6-dbg");
    fake("valgrind", NO_SYMBOLS);
    CHECK_UNUSABLE(probe(both[_i]), "libc's debug symbols", "sudo apt-get install libc6-dbg");
    fake("valgrind", "case $* in --version) echo valgrind-3.19.0;; --tool=memcheck*) exit 0;; "
                     "*) exit 1;; esac");
    CHECK_UNUSABLE(probe(both[_i]), both[_i]->name, "sudo apt-get install --reinstall valgrind");
    fake("valgrind", "echo valgrind-3.19.0");
    ck_assert(probe(both[_i]).usable);
    ck_assert_str_eq(probe(both[_i]).version, "3.19.0");
}
END_TEST

START_TEST(watchdog_needs_its_library)
{
    struct hz_probe found = {0};
    struct hz_home home = {.preload = "/nowhere/libhazmat-watch.so"};
    hz_watchdog.probe(&arena, &home, &found);
    CHECK_UNUSABLE(found, "/nowhere/libhazmat-watch.so", "make");
    home.preload = NULL;
    hz_watchdog.probe(&arena, &home, &found);
    CHECK_UNUSABLE(found, "libhazmat-watch.so", "make");
    ck_assert(probe(&hz_watchdog).usable);
    ck_assert(probe(&hz_bare).usable);
}
END_TEST

/* ---- the list, and the two that have no tool ---- */

START_TEST(all_by_name)
{
    static const char *const names[] = {"bare", "tsan", "helgrind", "drd", "watchdog", "explorer"};
    static const char *const flavours[] = {"native", "tsan", "native", "native", "native",
                                           "explore"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct hz_detector *detector = hz_detectors[i];
        ck_assert_str_eq(detector->name, names[i]);
        ck_assert_ptr_eq(hz_detector_named(names[i]), detector);
        ck_assert(detector->probe != NULL && detector->command != NULL && detector->read != NULL);
        ck_assert(detector->what[0] != '\0');
        ck_assert_str_eq(detector->flavour, flavours[i]);
    }
    ck_assert_ptr_null(hz_detectors[sizeof names / sizeof *names]);
    ck_assert_ptr_null(hz_detector_named("bar"));
    ck_assert_ptr_null(hz_detector_named(""));
}
END_TEST

START_TEST(bare_has_no_findings)
{
    struct hz_outcome outcome = {.end = HZ_END_SIGNALED, .signal = 11};
    struct hz_raw raw = {.outcome = &outcome};
    hz_findings findings = {0};
    struct hz_plan plan = {0};
    struct hz_home home = {0};
    *hz_push(&arena, &raw.live) = (struct hz_finding){.detector = "x", .kind = "x"};
    hz_bare.command(&arena, &home, "/tmp", &plan);
    ck_assert(plan.prefix.n == 0 && plan.set.n == 0 && !plan.watch && !plan.fixed_addresses);
    ck_assert(hz_bare.read(&arena, &raw, &findings, NULL));
    ck_assert_uint_eq(findings.n, 0);
}
END_TEST

START_TEST(watchdog_passes_on_what_its_monitor_found)
{
    struct hz_outcome outcome = {.end = HZ_END_STOPPED};
    struct hz_raw raw = {.outcome = &outcome};
    hz_findings findings = {0};
    struct hz_plan plan = {0};
    struct hz_error error;
    struct hz_home home = {.preload = "/lib/ab.so"};
    hz_watchdog.command(&arena, &home, "/tmp", &plan);
    ck_assert(plan.watch);
    ck_assert_uint_eq(plan.set.n, 1);
    ck_assert_str_eq(plan.set.at[0], "LD_PRELOAD=/lib/ab.so");
    *hz_push(&arena, &raw.live) = (struct hz_finding){.class = HZ_DEADLOCK, .kind = "lock-cycle"};
    ck_assert(hz_watchdog.read(&arena, &raw, &findings, &error));
    ck_assert_uint_eq(findings.n, 1);
    ck_assert_str_eq(findings.at[0].detector, "watchdog");
    ck_assert_str_eq(findings.at[0].kind, "lock-cycle");
    outcome.err.head = text_bytes("ERROR: ld.so: object '/lib/ab.so' from LD_PRELOAD cannot be "
                                  "preloaded (cannot open shared object file): ignored.\n");
    ck_assert(!hz_watchdog.read(&arena, &raw, &findings, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "could not be loaded"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reader-detectors");
    TCase *plain = tcase_create("plain");
    tcase_add_checked_fixture(plain, setup, teardown);
    tcase_add_test(plain, versions);
    tcase_add_test(plain, all_by_name);
    tcase_add_test(plain, bare_has_no_findings);
    tcase_add_test(plain, watchdog_passes_on_what_its_monitor_found);
    tcase_add_test(plain, watchdog_needs_its_library);
    suite_add_tcase(suite, plain);

    TCase *probes = tcase_create("probes");
    tcase_add_checked_fixture(probes, setup_tools, teardown_tools);
    tcase_set_timeout(probes, 120);
    tcase_add_test(probes, output_then_error);
    tcase_add_test(probes, no_tool);
    tcase_add_test(probes, a_tool_that_hangs);
    tcase_add_test(probes, a_tool_that_never_stops_talking);
    tcase_add_test(probes, tsan_usable);
    tcase_add_test(probes, tsan_lacks_something);
    tcase_add_loop_test(probes, valgrind_lacks_something, 0, 2);
    suite_add_tcase(suite, probes);
    return run_suite(suite);
}
