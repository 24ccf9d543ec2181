#include "cli/home.h"
#include "cli/progress.h"
#include "cli/results.h"

#include "base/elf.h"
#include "explorer/driver.h"
#include "plan/schedule.h"
#include "report/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct watching {
    struct hz_arena *arena;
    const struct hz_settings *settings;
    int fd; /* of the event stream */
    struct hz_progress progress;
    HZ_VEC(struct hz_run) runs;
    struct hz_error error;
    bool failed, broken;
};

/* ---- the runs ---- */

static enum hz_next ended(void *context, const struct hz_target *target, const struct hz_run *run,
                          const json_t *event)
{
    struct watching *watching = context;
    (void)run;
    if (watching->fd >= 0 && !hz_events_append(watching->fd, event, &watching->error)) {
        watching->failed = true;
        return HZ_NEXT_STOP;
    }
    struct hz_run *kept = hz_push(watching->arena, &watching->runs);
    if (!hz_run_from_json(watching->arena, event, kept, &watching->error))
        watching->failed = true;
    hz_progress_line(&watching->progress, false, "%s: done", target->detector->name);
    return watching->failed ? HZ_NEXT_STOP : HZ_NEXT_GO_ON;
}

static void progress(void *context, size_t done, size_t running)
{
    hz_progress_show(&((struct watching *)context)->progress, done, running);
}

/* Why a detector takes no part in watching this program, or NULL. */
static const char *left_out(const struct hz_tool *tool, bool instrumented, bool explorable)
{
    bool valgrind = tool->detector == &hz_helgrind || tool->detector == &hz_drd;
    if (tool->detector == &hz_explorer)
        return explorable ? "`hazmat explore` runs this program, which `hazmat cc` has built"
                          : "`hazmat explore` runs programs that `hazmat cc` has built";
    if (explorable && (valgrind || tool->detector == &hz_tsan))
        return "the program was built by `hazmat cc`, for `hazmat explore` alone";
    if (tool->detector == &hz_tsan && !instrumented)
        return "the program was not built with -fsanitize=thread";
    if (valgrind && instrumented)
        return "a program that carries ThreadSanitizer does not run under Valgrind";
    return tool->probe.usable ? NULL : tool->probe.problem;
}

/* They end in any order; they are shown in that of the detectors. */
static int by_detector(const void *left, const void *right)
{
    const struct hz_run *a = left, *b = right;
    for (const struct hz_detector *const *it = hz_detectors; *it != NULL; ++it) {
        bool is_a = strcmp(a->detector, (*it)->name) == 0;
        bool is_b = strcmp(b->detector, (*it)->name) == 0;
        if (is_a && is_b)
            return a->repetition < b->repetition ? -1 : 1;
        if (is_a || is_b)
            return is_a ? -1 : 1;
    }
    return 0;
}

/* By name: who was left behind may be a tool's helper rather than the program's child. */
static void print_leaks(const struct hz_paper *paper, struct hz_arena *arena,
                        const struct hz_outcome *outcome)
{
    enum { NAMED = 3 };
    size_t n = outcome->leaks.n;
    if (n == 0)
        return;
    fprintf(paper->file, "; left %zu process%s behind:", n, n != 1 ? "es" : "");
    for (size_t i = 0; i < n && i < NAMED; ++i)
        fprintf(paper->file, "%s %s", i != 0 ? "," : "",
                hz_visible(arena, outcome->leaks.at[i].name, false));
    if (n > NAMED)
        fputs(", …", paper->file);
}

/* What each run came to; true if one of them went wrong by itself. */
static bool print_runs(const struct hz_paper *paper, struct watching *watching)
{
    bool wrong = false;
    for (size_t i = 0; i < watching->runs.n; ++i) {
        const struct hz_run *run = &watching->runs.at[i];
        char seconds[32];
        fprintf(paper->file, "%-9s %8s  %s", run->detector,
                hz_seconds_text(seconds, sizeof seconds, run->outcome.seconds),
                hz_visible(watching->arena, hz_outcome_text(watching->arena, run), false));
        print_leaks(paper, watching->arena, &run->outcome);
        fprintf(paper->file, "; %zu finding%s\n", run->findings.n,
                run->findings.n != 1 ? "s" : "");
        if (run->broken != NULL)
            hz_inked(paper, HZ_RED, "          BROKEN: %s\n",
                     hz_visible(watching->arena, run->broken, false));
        watching->broken |= run->broken != NULL;
        wrong |= run->hang != NULL || run->outcome.end == HZ_END_SIGNALED;
    }
    return wrong;
}

static int conclude(struct watching *watching, const char *results, enum hz_scheduled how)
{
    struct hz_paper paper = hz_paper(stdout, watching->settings->color);
    if (watching->runs.n > 1)
        qsort(watching->runs.at, watching->runs.n, sizeof *watching->runs.at, by_detector);
    size_t found = hz_terminal_findings(&paper, watching->runs.at, watching->runs.n, NULL);
    bool wrong = print_runs(&paper, watching);
    if (how == HZ_SCHEDULED_FAILED || watching->failed)
        fprintf(stderr, "hazmat run: %s\n", watching->error.text);
    hz_inked(&paper, found != 0 ? HZ_RED : HZ_GREEN, "%zu hazard%s found\n", found,
             found != 1 ? "s" : "");
    printf("raw output: %s/raw\n", results);
    if (how == HZ_SCHEDULED_INTERRUPTED)
        return HZ_EXIT_INTERRUPTED;
    if (found != 0 || wrong)
        return HZ_EXIT_SURPRISE;
    return how == HZ_SCHEDULED_FAILED || watching->failed || watching->broken ? HZ_EXIT_BROKEN
                                                                              : HZ_EXIT_FINE;
}

struct planned {
    struct hz_place place;
    hz_tools tools;
    HZ_VEC(struct hz_target) targets;
    cpu_set_t cpus;
    struct hz_results results;
};

static void plan(struct watching *watching, struct planned *planned, const char *program)
{
    const struct hz_settings *settings = watching->settings;
    struct hz_arena *arena = watching->arena;
    bool explorable = hz_explorable(program, NULL);
    bool instrumented = !explorable && hz_elf_has(program, HZ_ELF_SYMBOLS, "__tsan_init");
    char **argv = hz_alloc(arena, (settings->words_n + 1) * sizeof *argv);
    memcpy(argv, settings->words, settings->words_n * sizeof *argv);
    argv[0] = hz_dup(arena, program);
    hz_place_cpus(settings->cpus, &planned->cpus);
    for (size_t i = 0; i < planned->tools.n; ++i) {
        const struct hz_tool *tool = &planned->tools.at[i];
        const char *why = left_out(tool, instrumented, explorable);
        if (why != NULL) {
            fprintf(stderr, "%s takes no part: %s\n", tool->detector->name, why);
            continue;
        }
        for (unsigned k = 1; k <= settings->repeat; ++k)
            *hz_push(arena, &planned->targets) = (struct hz_target){
                .detector = tool->detector, .repetition = k, .name = settings->words[0],
                .argv = argv, .results = planned->results.folder,
                .raw = hz_printf(arena, "raw/%s/%u", tool->detector->name, k),
                .home = &planned->place.home, .cpus = settings->cpus != 0 ? &planned->cpus : NULL,
                .seconds = settings->timeout, .instrumented = instrumented,
                .input = settings->input};
    }
}

/*
 * Raw output of other people's programs does not belong into their working folder; it
 * goes where the XDG base directory specification puts the state of a program.
 */
static const char *state_folder(struct hz_arena *arena)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state != NULL && state[0] == '/')
        return hz_printf(arena, "%s/hazmat", state);
    return home != NULL && home[0] == '/' ? hz_printf(arena, "%s/.local/state/hazmat", home)
                                          : "hazmat-results";
}

/* The stream: in the results folder, and where --json says. */
static bool open_stream(struct watching *watching, struct planned *planned)
{
    if (!hz_results_open(watching->arena, planned->place.results, &planned->results,
                         &watching->error))
        return false;
    watching->fd = planned->results.fd;
    if (watching->settings->json == NULL)
        return true;
    watching->fd = open(watching->settings->json, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND |
                        O_CLOEXEC, 0666);
    return watching->fd >= 0 || hz_fail(&watching->error, "%s: %s", watching->settings->json,
                                        strerror(errno));
}

static int watch(struct watching *watching, struct planned *planned)
{
    json_t *start = hz_start_to_json("run", hz_place_environment(&planned->tools,
                                                                 watching->settings));
    watching->failed = !hz_events_append(watching->fd, start, &watching->error);
    json_decref(start);
    struct hz_receiver receiver = {ended, progress, watching};
    hz_progress_begin(&watching->progress, planned->targets.n);
    double begun = hz_now();
    enum hz_scheduled how = watching->failed
        ? HZ_SCHEDULED_FAILED
        : hz_schedule(planned->targets.at, planned->targets.n, watching->settings->jobs, &receiver,
                      &watching->error);
    hz_progress_end(&watching->progress);
    json_t *end = hz_end_to_json(how == HZ_SCHEDULED_ALL, hz_now() - begun);
    if (!watching->failed)
        watching->failed = !hz_events_append(watching->fd, end, &watching->error);
    json_decref(end);
    return conclude(watching, planned->results.folder, how);
}

int hz_run_program(struct hz_arena *arena, const struct hz_settings *settings)
{
    struct watching watching = {.arena = arena, .settings = settings, .fd = -1};
    struct planned planned = {0};
    if (settings->words_n == 0) {
        fprintf(stderr, "hazmat run: name a program: hazmat run -- ./program\n");
        return HZ_EXIT_USAGE;
    }
    const char *program = hz_place_program(arena, settings->words[0], &watching.error);
    if (program == NULL) {
        fprintf(stderr, "hazmat run: %s\n", watching.error.text);
        return HZ_EXIT_USAGE;
    }
    hz_place_find(arena, settings, &planned.place);
    if (settings->results == NULL)
        planned.place.results = state_folder(arena);
    hz_place_tools(arena, &planned.place, settings, &planned.tools);
    if (!open_stream(&watching, &planned)) {
        fprintf(stderr, "hazmat run: %s\n", watching.error.text);
        return HZ_EXIT_BROKEN;
    }
    plan(&watching, &planned, program);
    int status = HZ_EXIT_NOTHING;
    if (planned.targets.n != 0)
        status = watch(&watching, &planned);
    else
        fprintf(stderr, "hazmat run: no detector is left to watch it\n");
    hz_results_close(&planned.results);
    return status;
}
