/*
 * The live watchdog: its library is loaded into the program, its monitor looks at
 * the processes while they run, and the findings are there when the run is over.
 */
#include "detectors/probe.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void probe(struct hz_arena *arena, const struct hz_home *home, struct hz_probe *out)
{
    *out = (struct hz_probe){.usable = true};
    if (home->preload == NULL)
        hz_probe_fails(out, "its library, libhazmat-watch.so, was not found", "make");
    else if (access(home->preload, R_OK) != 0)
        hz_probe_fails(out, hz_printf(arena, "%s: %s", home->preload, strerror(errno)), "make");
}

static void command(struct hz_arena *arena, const struct hz_home *home, const char *raw,
                    struct hz_plan *out)
{
    (void)raw;
    *out = (struct hz_plan){.watch = true, .slower = 1};
    if (home->preload != NULL)
        *hz_push(arena, &out->set) = hz_printf(arena, "LD_PRELOAD=%s", home->preload);
}

/* The loader says so on standard error, and goes on without the library. */
static bool not_loaded(struct hz_bytes bytes)
{
    static const char said[] = "ERROR: ld.so: object '";
    static const char where[] = "' from LD_PRELOAD cannot be preloaded";
    return bytes.n != 0 && memmem(bytes.at, bytes.n, said, strlen(said)) != NULL &&
           memmem(bytes.at, bytes.n, where, strlen(where)) != NULL;
}

static bool read_run(struct hz_arena *arena, const struct hz_raw *raw, hz_findings *out,
                     struct hz_error *error)
{
    const struct hz_outcome *outcome = raw->outcome;
    for (size_t i = 0; i < raw->live.n; i++) {
        struct hz_finding *finding = hz_push(arena, out);
        *finding = raw->live.at[i];
        finding->detector = hz_watchdog.name;
    }
    if (not_loaded(outcome->err.head))
        return hz_fail(error, "the watchdog's library could not be loaded into the program");
    return true;
}

const struct hz_detector hz_watchdog = {
    .name = "watchdog",
    .what = "what hangs and who starves, live, in all processes of the program",
    .flavour = "native",
    .probe = probe,
    .command = command,
    .read = read_run,
};
