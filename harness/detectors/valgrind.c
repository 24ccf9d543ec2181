/*
 * Helgrind and DRD, the two thread checkers of Valgrind: the native program on a
 * simulated processor.
 *
 * Measured with Valgrind 3.19: a start costs 0.25 s, an error next to nothing. What
 * was tried and is not used:
 *  - --log-file beside --xml-file: from then on forked children write into their
 *    parent's document;
 *  - --fair-sched=no, the default: two threads that wait for each other's turn in a
 *    loop took 46 s instead of 4 s (Helgrind), over 60 s instead of 15 s (DRD).
 */
#include "detectors/probe.h"
#include "detectors/valgrind_xml.h"

#include <string.h>

/* ---- how a program is run ---- */

static void command(struct hz_arena *arena, const char *tool, const char *raw, struct hz_plan *out)
{
    /* Asked to end, Helgrind complains of the locks that the program had no time to give back. */
    *out = (struct hz_plan){.kill_at_once = true, .slower = 8};
    char *path = hz_alloc(arena, strlen(raw) * 2 + 1), *to = path;
    for (const char *from = raw; *from != '\0'; from++) {
        *to++ = *from;
        if (*from == '%') /* Valgrind's own sign */
            *to++ = '%';
    }
    char *const words[] = {
        "valgrind",
        hz_printf(arena, "--tool=%s", tool),
        "--xml=yes",
        hz_printf(arena, "--xml-file=%s/%s.%%p.xml", path, tool),
        "--trace-children=no", /* forked children are followed in any case */
        "--vgdb=no",
        "--fair-sched=try",
        "--num-callers=24",
        "--error-limit=yes", /* no more than a thousand different errors */
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        *hz_push(arena, &out->prefix) = words[i];
}

static void helgrind_command(struct hz_arena *arena, const struct hz_home *home, const char *raw,
                             struct hz_plan *out)
{
    (void)home;
    command(arena, "helgrind", raw, out);
}

static void drd_command(struct hz_arena *arena, const struct hz_home *home, const char *raw,
                        struct hz_plan *out)
{
    (void)home;
    command(arena, "drd", raw, out);
}

/* ---- what it left ---- */

/* All documents of a run together. */
struct sum {
    size_t documents;
    struct hz_valgrind_document root;
    bool root_cut;
    bool elements, tool_crashed, program_frames, program_lines;
};

static bool is_document(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".xml") == 0;
}

static void read_documents(struct hz_arena *arena, const char *detector, const struct hz_raw *raw,
                           hz_findings *out, struct sum *sum)
{
    for (size_t i = 0; i < raw->files.n; i++) {
        const struct hz_raw_file *file = &raw->files.at[i];
        struct hz_valgrind_document document;
        if (!is_document(file->name))
            continue;
        hz_valgrind_read(arena, detector, file->bytes, &document, out);
        sum->documents++;
        sum->elements = sum->elements || document.elements;
        sum->tool_crashed = sum->tool_crashed || document.tool_crashed;
        sum->program_frames = sum->program_frames || document.program_frames;
        sum->program_lines = sum->program_lines || document.program_lines;
        if (document.root) {
            sum->root = document;
            sum->root_cut = file->cut;
        }
    }
}

/* The line of `bytes` that `text` stands in, as a string; NULL if it does not. */
static const char *line_with(struct hz_arena *arena, struct hz_bytes bytes, const char *text)
{
    const char *found = bytes.n != 0 ? memmem(bytes.at, bytes.n, text, strlen(text)) : NULL;
    if (found == NULL)
        return NULL;
    const char *from = found, *to = found, *end = bytes.at + bytes.n;
    while (from > bytes.at && from[-1] != '\n' && found - from < 200)
        from--;
    while (to < end && *to != '\n' && to - found < 200)
        to++;
    return hz_copy(arena, from, (size_t)(to - from));
}

/* Why Valgrind itself gave up, by what it wrote to standard error; NULL if it did not. */
static const char *gave_up(struct hz_arena *arena, const struct hz_outcome *outcome)
{
    static const char *const said[] = {
        "valgrind:  Fatal error at startup",
        "valgrind: the 'impossible' happened",
        "valgrind: fatal error",
        "Valgrind's memory management: out of memory",
        "Helgrind: hg_", /* "Helgrind: hg_main.c:5379 (…): Assertion 'found' failed." */
        "drd: drd_",
        "valgrind: failed to start tool",
    };
    const struct hz_bytes streams[] = {outcome->err.head, outcome->err.tail};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        for (size_t k = 0; k < 2; k++) {
            const char *line = line_with(arena, streams[k], said[i]);
            if (line != NULL)
                return line;
        }
    }
    return NULL;
}

/* Whether the program was ended in a way that leaves Valgrind no time for its closing summary. */
static bool ended_early(const struct hz_outcome *outcome)
{
    return outcome->end == HZ_END_STOPPED || outcome->end == HZ_END_DEADLINE ||
           outcome->end == HZ_END_INTERRUPTED || outcome->end == HZ_END_SIGNALED;
}

static bool read_run(struct hz_arena *arena, const char *detector, const struct hz_raw *raw,
                     hz_findings *out, struct hz_error *error)
{
    const struct hz_outcome *outcome = raw->outcome;
    struct sum sum = {0};
    size_t before = out->n;
    read_documents(arena, detector, raw, out, &sum);
    const char *why = gave_up(arena, outcome);
    if (why != NULL)
        return hz_fail(error, "Valgrind gave up: %s", why);
    if (sum.documents == 0)
        return hz_fail(error, "Valgrind wrote no report");
    if (!sum.elements || !sum.root.root)
        return hz_fail(error, "Valgrind's report cannot be read");
    if (sum.tool_crashed)
        return hz_fail(error, "Valgrind's %s crashed in thrd_create, which it does not know",
                       detector);
    if (sum.root_cut && out->n == before)
        return hz_fail(error, "Valgrind's report is too long, and what was read names no error");
    if (!sum.root.finished && !sum.root_cut && !ended_early(outcome))
        return hz_fail(error, "Valgrind's report ends without its closing summary");
    if (sum.program_frames && !sum.program_lines)
        return hz_fail(error, "Valgrind could not read the program's debug information: build "
                              "with -g -gdwarf-4");
    return true;
}

static bool helgrind_read(struct hz_arena *arena, const struct hz_raw *raw, hz_findings *out,
                          struct hz_error *error)
{
    return read_run(arena, "helgrind", raw, out, error);
}

static bool drd_read(struct hz_arena *arena, const struct hz_raw *raw, hz_findings *out,
                     struct hz_error *error)
{
    return read_run(arena, "drd", raw, out, error);
}

/* ---- whether it can be used ---- */

static void probe(struct hz_arena *arena, const char *tool, struct hz_probe *out)
{
    static char *const version[] = {"valgrind", "--version", NULL};
    /*
     * Only Memcheck refuses to start where libc's debug symbols are missing. Helgrind
     * starts, exits with 0 for a program without threads, and fails an assertion in
     * the first one that has some.
     */
    static char *const symbols[] = {"valgrind", "--tool=memcheck", "-q", "true", NULL};
    char *const itself[] = {"valgrind", hz_printf(arena, "--tool=%s", tool), "-q", "true", NULL};
    const char *text;
    *out = (struct hz_probe){.usable = true};
    if (!hz_probe_run(arena, version, HZ_PROBE_SECONDS, &text)) {
        hz_probe_fails(out, "valgrind does not run", "sudo apt-get install valgrind libc6-dbg");
        return;
    }
    out->version = hz_probe_version(arena, text);
    if (!hz_probe_run(arena, symbols, HZ_PROBE_SECONDS, &text))
        hz_probe_fails(out,
                       strstr(text, "function redirection") != NULL
                           ? "valgrind cannot read libc's debug symbols"
                           : "valgrind cannot run a program",
                       "sudo apt-get install libc6-dbg");
    else if (!hz_probe_run(arena, itself, HZ_PROBE_SECONDS, &text))
        hz_probe_fails(out, hz_printf(arena, "valgrind has no working tool %s", tool),
                       "sudo apt-get install --reinstall valgrind");
}

static void helgrind_probe(struct hz_arena *arena, const struct hz_home *home, struct hz_probe *out)
{
    (void)home;
    probe(arena, "helgrind", out);
}

static void drd_probe(struct hz_arena *arena, const struct hz_home *home, struct hz_probe *out)
{
    (void)home;
    probe(arena, "drd", out);
}

const struct hz_detector hz_helgrind = {
    .name = "helgrind",
    .what = "Valgrind's Helgrind: data races, lock order, misuse",
    .flavour = "native",
    .probe = helgrind_probe,
    .command = helgrind_command,
    .read = helgrind_read,
};

const struct hz_detector hz_drd = {
    .name = "drd",
    .what = "Valgrind's DRD: data races, misuse; keeps no lock order",
    .flavour = "native",
    .probe = drd_probe,
    .command = drd_command,
    .read = drd_read,
};
