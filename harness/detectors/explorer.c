/*
 * The explorer: `hazmat explore` on the program that `hazmat cc` built. It runs the program
 * many times in one run of the matrix, and its answer is an event stream of its own.
 */
#include "detectors/probe.h"

#include "report/events.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void probe(struct hz_arena *arena, const struct hz_home *home, struct hz_probe *out)
{
    *out = (struct hz_probe){.usable = true};
    if (home->runtime == NULL || home->hazmat == NULL)
        hz_probe_fails(out, "its library, libhazmat-explore.so, was not found", "make");
    else if (access(home->runtime, R_OK) != 0)
        hz_probe_fails(out, hz_printf(arena, "%s: %s", home->runtime, strerror(errno)), "make");
}

static const char stream_name[] = "explorer.jsonl";

static void command(struct hz_arena *arena, const struct hz_home *home, const char *raw,
                    struct hz_plan *out)
{
    *out = (struct hz_plan){.slower = 6};
    char *const words[] = {hz_dup(arena, home->hazmat != NULL ? home->hazmat : "hazmat"),
                           "explore", "--report-only", "--quiet", "--budget", "4s", "--json",
                           hz_printf(arena, "%s/%s", raw, stream_name), "--output",
                           hz_printf(arena, "%s/schedule", raw), "--"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        *hz_push(arena, &out->prefix) = words[i];
}

/* The stream that `hazmat explore` wrote holds one run. */
static bool find_run(struct hz_arena *arena, const struct hz_raw *raw, struct hz_run *run,
                     struct hz_error *error)
{
    const struct hz_raw_file *file = NULL;
    for (size_t i = 0; i < raw->files.n; i++)
        if (strcmp(raw->files.at[i].name, stream_name) == 0)
            file = &raw->files.at[i];
    if (file == NULL)
        return hz_fail(error, "the explorer left no result: %.*s", (int)raw->outcome->err.head.n,
                       raw->outcome->err.head.at);
    bool found = false;
    const char *at = file->bytes.at, *end = at + file->bytes.n;
    for (const char *next; at < end && !found; at = next) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        next = stop != NULL ? stop + 1 : end;
        json_t *line = json_loadb(at, (size_t)(next - at), 0, NULL);
        const char *type = json_string_value(json_object_get(line, "type"));
        if (type != NULL && strcmp(type, "run") == 0)
            found = hz_run_from_json(arena, line, run, error);
        json_decref(line);
    }
    return found || hz_fail(error, "what the explorer left cannot be read");
}

static bool read_run(struct hz_arena *arena, const struct hz_raw *raw, hz_findings *out,
                     struct hz_error *error)
{
    struct hz_run run;
    if (!find_run(arena, raw, &run, error))
        return false;
    for (size_t i = 0; i < run.findings.n; i++)
        *hz_push(arena, out) = run.findings.at[i];
    return run.broken == NULL || hz_fail(error, "%s", run.broken);
}

static const char *search(struct hz_arena *arena, const struct hz_raw *raw, struct hz_search *out)
{
    struct hz_run run;
    if (!find_run(arena, raw, &run, NULL))
        return NULL;
    *out = run.search;
    return run.explored;
}

static void steps(struct hz_arena *arena, const struct hz_raw *raw, hz_steps *out)
{
    struct hz_run run;
    if (find_run(arena, raw, &run, NULL))
        *out = run.steps;
}

const struct hz_detector hz_explorer = {
    .name = "explorer",
    .what = "every order of the threads that it can try: what can go wrong, not what did",
    .flavour = "explore",
    .probe = probe,
    .command = command,
    .read = read_run,
    .search = search,
    .steps = steps,
};
