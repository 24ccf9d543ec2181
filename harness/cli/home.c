#include "cli/home.h"

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static const char *own_folder(struct hz_arena *arena)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return HZ_BINARY_DIR;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    return hz_copy(arena, path, (size_t)(slash - path));
}

void hz_place_find(struct hz_arena *arena, const struct hz_settings *settings,
                   struct hz_place *out)
{
    const char *folder = own_folder(arena);
    const char *share = hz_printf(arena, "%s/../share/hazmat", folder);
    out->installed = access(hz_printf(arena, "%s/scenarios", share), F_OK) == 0;
    if (out->installed) {
        out->home.corpus = share;
        out->home.programs = hz_printf(arena, "%s/../lib/hazmat/bin", folder);
        out->home.preload = hz_printf(arena, "%s/../lib/hazmat/libhazmat-watch.so", folder);
        out->home.runtime = hz_printf(arena, "%s/../lib/hazmat/libhazmat-explore.so", folder);
        out->results = "hazmat-results";
    } else {
        out->home.corpus = HZ_SOURCE_DIR;
        out->home.programs = hz_printf(arena, "%s/bin", folder);
        out->home.preload = hz_printf(arena, "%s/libhazmat-watch.so", folder);
        out->home.runtime = hz_printf(arena, "%s/libhazmat-explore.so", folder);
        out->results = hz_printf(arena, "%s/results", folder);
    }
    out->home.hazmat = hz_printf(arena, "%s/hazmat", folder);
    if (settings->corpus != NULL)
        out->home.corpus = settings->corpus;
    if (settings->results != NULL)
        out->results = settings->results;
}

bool hz_place_catalog(struct hz_arena *arena, const struct hz_place *place,
                      struct hz_catalog *out)
{
    HZ_VEC(const char *) names = {0};
    for (const struct hz_detector *const *detector = hz_detectors; *detector != NULL; ++detector) {
        if (*detector != &hz_bare)
            *hz_push(arena, &names) = (*detector)->name;
    }
    *hz_push(arena, &names) = NULL;
    struct hz_error error;
    *out = (struct hz_catalog){0};
    if (!hz_catalog_load(arena, place->home.corpus, names.at, out, &error)) {
        fprintf(stderr, "hazmat: %s\n", error.text);
        return false;
    }
    for (size_t i = 0; i < out->faults.n; ++i) {
        const struct hz_diagnostic *fault = &out->faults.at[i];
        if (fault->line > 0)
            fprintf(stderr, "%s:%d: %s\n", fault->file, fault->line, fault->message);
        else
            fprintf(stderr, "%s: %s\n", fault->file, fault->message);
    }
    if (out->faults.n != 0)
        fprintf(stderr, "hazmat: the corpus has %zu fault%s; nothing was run\n", out->faults.n,
                out->faults.n != 1 ? "s" : "");
    return out->faults.n == 0;
}

static bool wanted(const struct hz_settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->detectors.n; ++i) {
        if (strcmp(settings->detectors.at[i], name) == 0)
            return true;
    }
    return settings->detectors.n == 0;
}

void hz_place_tools(struct hz_arena *arena, const struct hz_place *place,
                    const struct hz_settings *settings, hz_tools *out)
{
    for (const struct hz_detector *const *detector = hz_detectors; *detector != NULL; ++detector) {
        if (!wanted(settings, (*detector)->name))
            continue;
        struct hz_tool *tool = hz_push(arena, out);
        tool->detector = *detector;
        (*detector)->probe(arena, &place->home, &tool->probe);
    }
}

json_t *hz_place_environment(const hz_tools *tools, const struct hz_settings *settings)
{
    struct utsname system;
    uname(&system);
    char when[64];
    time_t now = time(NULL);
    struct tm utc;
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    json_t *detectors = json_object();
    for (size_t i = 0; i < tools->n; ++i) {
        const struct hz_tool *tool = &tools->at[i];
        json_t *object = json_pack("{s:b}", "usable", tool->probe.usable);
        if (tool->probe.version != NULL)
            json_object_set_new(object, "version", hz_json_text(tool->probe.version));
        if (tool->probe.problem != NULL)
            json_object_set_new(object, "problem", hz_json_text(tool->probe.problem));
        json_object_set_new(detectors, tool->detector->name, object);
    }
    return json_pack("{s:s, s:s, s:I, s:i, s:i, s:s, s:s, s:s, s:o}", "hazmat", HZ_VERSION, "when",
                     when, "processors", (json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "jobs",
                     (int)settings->jobs, "cpus", (int)settings->cpus, "system", system.sysname,
                     "release", system.release, "machine", system.machine, "detectors", detectors);
}

void hz_place_cpus(unsigned n, cpu_set_t *out)
{
    cpu_set_t allowed;
    CPU_ZERO(out);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return;
    for (size_t i = 0; n != 0 && i < CPU_SETSIZE; ++i) {
        if (CPU_ISSET(i, &allowed)) {
            CPU_SET(i, out);
            --n;
        }
    }
}

/* Pairs whose names have the text in them: what may have been meant. */
static void suggest(const struct hz_catalog *catalog, const char *text)
{
    bool first = true;
    for (size_t i = 0; i < catalog->pairs.n; ++i) {
        const char *id = catalog->pairs.at[i].id;
        if (strstr(id, text) == NULL)
            continue;
        fprintf(stderr, "%s %s", first ? "these have it in their names:" : ",", id);
        first = false;
    }
    if (!first)
        fputc('\n', stderr);
}

static const struct hz_pair *find_pair(const struct hz_catalog *catalog, const char *name)
{
    const struct hz_pair *found = NULL;
    size_t n = 0;
    for (size_t i = 0; i < catalog->pairs.n; ++i) {
        const struct hz_pair *pair = &catalog->pairs.at[i];
        if (strcmp(pair->id, name) == 0)
            return pair;
        const char *slash = strchr(pair->id, '/');
        if (strcmp(slash + 1, name) == 0) {
            found = pair;
            ++n;
        }
    }
    if (n == 1)
        return found;
    if (n > 1)
        fprintf(stderr, "hazmat: \"%s\" is in several classes; say CLASS/%s\n", name, name);
    else
        fprintf(stderr, "hazmat: there is no pair \"%s\"; `hazmat list` shows them\n", name);
    suggest(catalog, name);
    return NULL;
}

int hz_place_one_pair(struct hz_arena *arena, const struct hz_settings *settings,
                      struct hz_place *place, const struct hz_pair **out)
{
    struct hz_catalog catalog;
    if (settings->words_n != 1) {
        fprintf(stderr, "hazmat: name one pair; `hazmat list` shows them\n");
        return HZ_EXIT_USAGE;
    }
    hz_place_find(arena, settings, place);
    if (!hz_place_catalog(arena, place, &catalog))
        return HZ_EXIT_USAGE;
    *out = find_pair(&catalog, settings->words[0]);
    return *out != NULL ? HZ_EXIT_FINE : HZ_EXIT_NOTHING;
}

const char *hz_place_program(struct hz_arena *arena, const char *name, struct hz_error *error)
{
    const char *paths = getenv("PATH");
    if (strchr(name, '/') != NULL || paths == NULL) {
        if (access(name, X_OK) == 0)
            return name;
        hz_fail(error, "%s: %s", name, strerror(errno));
        return NULL;
    }
    char *copy = hz_dup(arena, paths), *rest;
    for (char *folder = strtok_r(copy, ":", &rest); folder; folder = strtok_r(NULL, ":", &rest)) {
        const char *path = hz_printf(arena, "%s/%s", folder, name);
        if (access(path, X_OK) == 0)
            return path;
    }
    hz_fail(error, "%s: there is no such program in PATH", name);
    return NULL;
}
