/*
 * ThreadSanitizer, which is part of the program: built in by the compiler, told what
 * to do by the environment.
 *
 * Measured with clang 14: a start costs 20 ms, the first report 70 ms more (the
 * runtime starts llvm-symbolizer).
 */
#include "detectors/probe.h"
#include "detectors/tsan_reader.h"

#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/utsname.h>

/* ---- how a program is run ---- */

/*
 * exitcode=0: the program's own status says whether its check held, so reports must
 *   not change it. But the runtime ends a crashed program with that status as well:
 *   abort_on_error=1 keeps a crash a crash.
 * verbosity=1: the log then says that the runtime was there, which tells a clean run
 *   from a program that was never built for it.
 * die_after_fork=0: the child of a process with threads goes on, though unwatched;
 *   otherwise the runtime would end it at its first pthread_create.
 * report_thread_leaks=0: a thread that nobody joined is no hazard by itself.
 * history_size=4: fewer earlier stacks are lost; small programs got neither slower nor
 *   larger by it.
 */
static const char options[] = "exitcode=0:abort_on_error=1:verbosity=1:die_after_fork=0:"
                              "report_thread_leaks=0:detect_deadlocks=1:second_deadlock_stack=1:"
                              "history_size=4:color=never";

static void command(struct hz_arena *arena, const struct hz_home *home, const char *raw,
                    struct hz_plan *out)
{
    (void)home;
    *out = (struct hz_plan){.fixed_addresses = true, .runtime_thread = true, .slower = 4};
    /* A value may hold colons and blanks between quotes of one kind. */
    char quote = strchr(raw, '"') != NULL ? '\'' : '"';
    *hz_push(arena, &out->set) =
        hz_printf(arena, "TSAN_OPTIONS=%s:stack_trace_format=\"%s\":log_path=%c%s/tsan%c", options,
                  HZ_TSAN_FRAME_FORMAT, quote, raw, quote);
    *hz_push(arena, &out->set) = hz_printf(arena, "HAZMAT_TSAN_OUT=%s/report", raw);
}

/* ---- what it left ---- */

static const struct hz_raw_file *file_named(const struct hz_raw *raw, const char *name)
{
    for (size_t i = 0; i < raw->files.n; i++)
        if (strcmp(raw->files.at[i].name, name) == 0)
            return &raw->files.at[i];
    return NULL;
}

/*
 * One process's findings: by the lines of tsan_report.c, or by the log where that
 * has more (there is no such file, or the program was killed between the two).
 */
static void read_process(struct hz_arena *arena, const struct hz_raw_file *lines,
                         const struct hz_raw_file *log, hz_findings *out)
{
    hz_findings by_lines = {0}, by_log = {0};
    if (lines != NULL)
        hz_tsan_lines(arena, lines->bytes, &by_lines);
    if (log != NULL)
        hz_tsan_text(arena, log->bytes, &by_log);
    const hz_findings *better = by_log.n > by_lines.n ? &by_log : &by_lines;
    for (size_t i = 0; i < better->n; i++) {
        struct hz_finding *finding = hz_push(arena, out);
        *finding = better->at[i];
        finding->detector = hz_tsan.name;
    }
}

static void read_processes(struct hz_arena *arena, const struct hz_raw *raw, hz_findings *out)
{
    for (size_t i = 0; i < raw->files.n; i++) {
        const struct hz_raw_file *file = &raw->files.at[i];
        if (strncmp(file->name, "report.", 7) == 0) {
            const char *log = hz_printf(arena, "tsan.%s", file->name + 7);
            read_process(arena, file, file_named(raw, log), out);
        } else if (strncmp(file->name, "tsan.", 5) == 0) {
            const char *lines = hz_printf(arena, "report.%s", file->name + 5);
            if (file_named(raw, lines) == NULL)
                read_process(arena, NULL, file, out);
        }
    }
}

/* Whether frames of the program were given and not one of them with a line of its source. */
static bool without_lines(const hz_findings *findings)
{
    bool frames = false;
    for (size_t i = 0; i < findings->n; i++) {
        for (size_t k = 0; k < findings->at[i].parties.n; k++) {
            const hz_stack *stack = &findings->at[i].parties.at[k].stack;
            frames = frames || stack->n != 0;
            for (size_t f = 0; f < stack->n; f++)
                if (stack->at[f].line > 0)
                    return false;
        }
    }
    return frames;
}

static const char *failure_in(struct hz_arena *arena, const struct hz_raw *raw, bool *ran)
{
    const struct hz_outcome *outcome = raw->outcome;
    const char *failure = NULL;
    for (size_t i = 0; failure == NULL && i < raw->files.n; i++)
        if (strncmp(raw->files.at[i].name, "tsan.", 5) == 0)
            failure = hz_tsan_failure(arena, raw->files.at[i].bytes, ran);
    /* Before it has read its options, it writes to standard error. */
    if (failure == NULL)
        failure = hz_tsan_failure(arena, outcome->err.head, ran);
    if (failure == NULL)
        failure = hz_tsan_failure(arena, outcome->err.tail, ran);
    return failure;
}

static bool read_run(struct hz_arena *arena, const struct hz_raw *raw, hz_findings *out,
                     struct hz_error *error)
{
    size_t before = out->n;
    read_processes(arena, raw, out);
    hz_findings read = {.at = out->n != 0 ? &out->at[before] : NULL, .n = out->n - before};
    bool ran = false;
    const char *failure = failure_in(arena, raw, &ran);
    if (failure != NULL)
        return hz_fail(error, "%s", failure);
    if (!ran)
        return hz_fail(error, "ThreadSanitizer was not there: the program is not built with "
                              "-fsanitize=thread, or its log could not be written");
    if (without_lines(&read))
        return hz_fail(error, "ThreadSanitizer's stacks name no line of source: llvm-symbolizer "
                              "is missing, or the program is built without -g");
    return true;
}

/* ---- whether it can be used ---- */

/* The shadow memory has its place: addresses may be random by 28 bits, or not at all. */
static bool addresses_fit(struct hz_arena *arena, struct hz_probe *out)
{
    struct hz_bytes bits;
    int now = personality(0xffffffff);
    if (now != -1 && personality((unsigned long)now | ADDR_NO_RANDOMIZE) != -1) {
        personality((unsigned long)now);
        return true;
    }
    if (!hz_read_file(arena, "/proc/sys/vm/mmap_rnd_bits", 0, &bits, NULL) || atoi(bits.at) <= 28)
        return true;
    return hz_probe_fails(out,
                          hz_printf(arena,
                                    "address randomisation cannot be turned off here, and "
                                    "vm.mmap_rnd_bits is %d",
                                    atoi(bits.at)),
                          "sudo sysctl vm.mmap_rnd_bits=28");
}

static bool has_file(struct hz_arena *arena, const char *name)
{
    const char *path;
    char *argv[] = {"clang", hz_printf(arena, "-print-file-name=%s", name), NULL};
    /* Of a file that it does not find, clang prints the bare name. */
    return hz_probe_run(arena, argv, HZ_PROBE_SECONDS, &path) && path[0] == '/';
}

static bool runtime_there(struct hz_arena *arena, struct hz_probe *out)
{
    struct utsname machine;
    uname(&machine);
    /* Newer releases keep one folder a target and leave the machine out of the name. */
    if (has_file(arena, hz_printf(arena, "libclang_rt.tsan-%s.a", machine.machine)) ||
        has_file(arena, "libclang_rt.tsan.a"))
        return true;
    return hz_probe_fails(out, "clang has no ThreadSanitizer runtime",
                          "sudo apt-get install libclang-rt-dev");
}

static void probe(struct hz_arena *arena, const struct hz_home *home, struct hz_probe *out)
{
    static char *const clang[] = {"clang", "--version", NULL};
    static char *const symbolizer[] = {"llvm-symbolizer", "--version", NULL};
    const char *text;
    (void)home;
    *out = (struct hz_probe){.usable = true};
    if (!hz_probe_run(arena, clang, HZ_PROBE_SECONDS, &text)) {
        hz_probe_fails(out, "clang does not run", "sudo apt-get install clang");
        return;
    }
    out->version = hz_probe_version(arena, text);
    if (!runtime_there(arena, out) || !addresses_fit(arena, out))
        return;
    if (!hz_probe_run(arena, symbolizer, HZ_PROBE_SECONDS, &text))
        hz_probe_fails(out, "llvm-symbolizer does not run: stacks would have no lines",
                       "sudo apt-get install llvm");
}

const struct hz_detector hz_tsan = {
    .name = "tsan",
    .what = "ThreadSanitizer, built into the program: data races, lock order, misuse",
    .flavour = "tsan",
    .probe = probe,
    .command = command,
    .read = read_run,
};
