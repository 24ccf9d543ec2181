#include "cli/explore.h"

#include "cli/home.h"
#include "cli/progress.h"

#include "base/elf.h"
#include "explorer/columns.h"
#include "explorer/driver.h"
#include "explorer/steps.h"
#include "explorer/tell.h"
#include "report/events.h"
#include "report/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECONDS_OVER 10.0 /* that a program may take for its last schedule, and to be made short */

/* What is being said, and where. */
struct telling {
    struct hz_arena *arena;
    const struct hz_settings *settings;
    struct hz_paper paper;
    bool lively; /* standard error is a terminal: progress is shown */
    double begun;
    struct hz_error error;
};

static void progress(void *context, const struct hzx_shared *shared)
{
    const struct telling *telling = context;
    if (telling->lively)
        fprintf(stderr, "\r\033[K%llu schedules, %.0f s", (unsigned long long)shared->schedules,
                hz_now() - telling->begun);
}

static void progress_over(const struct telling *telling)
{
    if (telling->lively)
        fputs("\r\033[K", stderr);
}

static struct hzx_config config_of(const struct hz_settings *settings)
{
    return (struct hzx_config){
        .strategy = settings->strategy,
        .memory = settings->memory,
        .mode = settings->mode,
        .depth = settings->depth,
        .preemptions = settings->preemptions,
        .max_steps = settings->max_steps,
        .seed = settings->seed,
        .schedules = settings->budget_schedules,
        .seconds = settings->budget_seconds,
        .spurious = settings->spurious,
        .keep_going = settings->keep_going,
        .keep_sorts = settings->keep_going,
        .no_races = settings->no_races,
    };
}

void hz_explore_mode(struct hz_arena *arena, const struct hz_settings *settings,
                     const char *program, struct hzx_config *config)
{
    config->mode = settings->mode;
    const char *why = settings->moded ? NULL : hz_needs_fork(arena, program);
    if (why == NULL)
        return;
    config->mode = HZX_FORK;
    if (!settings->quiet)
        fprintf(stderr, "hazmat: --mode fork: the program uses %s, which is not put back between "
                        "two schedules of one process\n", hz_visible(arena, why, false));
}

/* ---- the files it leaves ---- */

static const char *schedule_path(struct telling *telling, const char *program)
{
    if (telling->settings->output != NULL)
        return telling->settings->output;
    const char *slash = strrchr(program, '/');
    return hz_printf(telling->arena, "%s.schedule", slash != NULL ? slash + 1 : program);
}

static bool save_stream(struct telling *telling, const struct hz_run *run, double seconds)
{
    const char *path = telling->settings->json;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        return hz_fail(&telling->error, "%s: %s", path, strerror(errno));
    hz_tools none = {0};
    json_t *lines[] = {
        hz_start_to_json("explore", hz_place_environment(&none, telling->settings)),
        hz_run_to_json(run), hz_end_to_json(true, seconds)};
    bool fine = true;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        fine = fine && hz_events_append(fd, lines[i], &telling->error);
        json_decref(lines[i]);
    }
    close(fd);
    return fine;
}

/* ---- what it came to ---- */

static void name_schedule(hz_findings *findings, const char *path)
{
    for (size_t i = 0; i < findings->n; i++)
        findings->at[i].schedule = path;
}

static void print_schedule(const struct telling *telling, const struct hz_finding *finding,
                           bool first)
{
    FILE *file = telling->paper.file;
    const char *path = hz_visible(telling->arena, finding->schedule, false);
    fprintf(file, "schedule: %s", path);
    if (telling->settings->keep_going)
        fprintf(file, " (%s)", hz_visible(telling->arena, finding->summary, false));
    fputc('\n', file);
    if (first)
        fprintf(file, "  hazmat replay %s --print   shows it step by step\n", path);
}

static void print_hints(struct telling *telling, const struct hz_exploration *exploration,
                        struct hzx_lines *lines, const hz_findings *findings)
{
    const struct hzx_shared *shared = exploration->shared;
    FILE *file = telling->paper.file;
    uint64_t cut = shared->failures[HZX_CUT] - shared->blocked; /* by sleep sets: all there is */
    if (shared->failures[HZX_CUT] > shared->blocked)
        fprintf(file, "%llu schedule%s cut, by --max-steps %u%s or the end of the time: what comes "
                      "later was not seen\n", (unsigned long long)cut, cut == 1 ? " was" : "s were",
                exploration->config.max_steps,
                shared->left_out & HZX_LEFT_OUTSIDE ? ", a wait for what is not controlled" : "");
    for (uint32_t i = 0; i < shared->uncontrolled_n; i++) {
        struct hz_frame frame =
            hzx_lines_frame(telling->arena, lines, shared->uncontrolled[i].pc);
        const char *name = hz_visible(telling->arena, shared->uncontrolled[i].name, false);
        if (frame.line > 0)
            fprintf(file, "not controlled, so not explored: %s (%s:%d)\n", name,
                    hz_visible(telling->arena, frame.file, false), frame.line);
        else
            fprintf(file, "not controlled, so not explored: %s\n", name);
    }
    if (shared->state == HZX_FOUND && shared->outcome.end == HZX_RACE)
        fprintf(file, "nothing puts these two into an order, wherever they stand in the schedule;\n"
                      "  --no-races   explores what comes of it\n");
    for (size_t i = 0; i < findings->n; i++)
        if (i == 0 || findings->at[i].schedule != findings->at[i - 1].schedule)
            print_schedule(telling, &findings->at[i], i == 0);
}

/* With --keep-going: how often it failed, and how. True if it did. */
static bool print_failures(const struct telling *telling, const struct hzx_shared *shared)
{
    bool any = false;
    for (unsigned end = HZX_CUT + 1; end < HZX_ENDS; end++) {
        if (shared->failures[end] == 0)
            continue;
        hz_inked(&telling->paper, HZ_RED, "%s: %llu of %llu schedules\n", hzx_end_text(end),
                 (unsigned long long)shared->failures[end], (unsigned long long)shared->schedules);
        any = true;
    }
    if (any)
        fprintf(telling->paper.file, "the first failure was in schedule %llu\n",
                (unsigned long long)shared->first_failure);
    if (shared->sorts_left_out > 0)
        fprintf(telling->paper.file, "%llu failures are of further sorts, of which no schedule is "
                "kept\n", (unsigned long long)shared->sorts_left_out);
    for (uint32_t i = 0; i < shared->outcomes_n; i++)
        fprintf(telling->paper.file, "outcome %llu: %llu schedules\n",
                (unsigned long long)shared->outcomes[i].value,
                (unsigned long long)shared->outcomes[i].times);
    if (shared->config.strategy == HZX_BRUTE || shared->config.strategy == HZX_DPOR)
        fprintf(telling->paper.file, "%llu classes of equivalent schedules\n",
                (unsigned long long)shared->classes);
    if (shared->blocked > 0)
        fprintf(telling->paper.file, "%llu more were given up: seen before\n",
                (unsigned long long)shared->blocked);
    return any;
}

static int conclude(struct telling *telling, struct hz_exploration *exploration, bool fine)
{
    struct hz_arena *arena = telling->arena;
    struct hzx_shared *shared = exploration->shared;
    struct hz_run run = {.pair = exploration->argv[0], .detector = "explorer", .repetition = 1,
                         .finding = -1, .outcome = exploration->outcome};
    const char *path = NULL;
    struct hz_error error;
    if (!fine)
        run.broken = hz_dup(arena, telling->error.text);
    struct hzx_lines *lines =
        fine ? hzx_lines_open(exploration->program, shared, &error) : NULL;
    if (fine && lines != NULL) {
        run.explored = hzx_result_text(arena, shared);
        run.search = hzx_search(shared);
        hzx_findings(arena, shared, lines, &run.findings);
        hzx_steps(arena, shared, lines, &run.steps);
        path = schedule_path(telling, exploration->program);
        if (shared->state == HZX_FOUND) {
            name_schedule(&run.findings, path);
            fine = hz_save_schedule(arena, exploration, path, &telling->error);
        } else {
            fine = hz_explore_sorts(arena, exploration, path, &run, &telling->error);
        }
    }
    run.outcome.seconds = hz_now() - telling->begun;
    size_t found = hz_terminal_findings(&telling->paper, &run, 1, NULL);
    if (telling->settings->print && found > 0)
        hzx_columns(&telling->paper, shared, lines, 1, 0);
    if (run.explored != NULL)
        hz_inked(&telling->paper, found > 0 ? HZ_RED : HZ_GREEN, "%s\n",
                 hz_visible(arena, run.explored, false));
    if (telling->settings->keep_going && fine && print_failures(telling, shared))
        found = found > 0 ? found : 1;
    if (lines != NULL && !telling->settings->quiet)
        print_hints(telling, exploration, lines, &run.findings);
    hzx_lines_close(lines);
    if (telling->settings->json != NULL && !save_stream(telling, &run, run.outcome.seconds))
        fine = false;
    if (!fine || run.broken != NULL)
        fprintf(stderr, "hazmat explore: %s\n", telling->error.text);
    if (exploration->outcome.interrupted)
        return HZ_EXIT_INTERRUPTED;
    if (!fine || run.broken != NULL)
        return HZ_EXIT_BROKEN;
    return found > 0 && !telling->settings->report_only ? HZ_EXIT_SURPRISE : HZ_EXIT_FINE;
}

int hz_explore_program_of(struct hz_arena *arena, const struct hz_settings *settings)
{
    struct telling telling = {.arena = arena, .settings = settings, .begun = hz_now(),
                              .paper = hz_paper(stdout, settings->color),
                              .lively = isatty(2) && !settings->quiet};
    if (settings->words_n == 0) {
        fprintf(stderr, "hazmat explore: name a program that `hazmat cc` has built: "
                        "hazmat explore -- ./program\n");
        return HZ_EXIT_USAGE;
    }
    struct hz_exploration explorations[HZ_CAMPAIGNS];
    struct hz_exploration exploration = {.config = config_of(settings), .argv = settings->words,
                                         .progress = progress, .context = &telling};
    exploration.program = hz_place_program(arena, settings->words[0], &telling.error);
    if (exploration.program == NULL ||
        !hz_explorable(exploration.program, &telling.error)) {
        fprintf(stderr, "hazmat explore: %s\n", telling.error.text);
        return HZ_EXIT_USAGE;
    }
    exploration.seconds = (settings->budget_seconds > 0 ? settings->budget_seconds : 3600) +
                          SECONDS_OVER;
    hz_explore_mode(arena, settings, exploration.program, &exploration.config);
    for (unsigned i = 0; i < settings->campaigns; i++) {
        explorations[i] = exploration;
        explorations[i].config.seed += i;
    }
    bool fine;
    int which = hz_explore_many(arena, explorations, settings->campaigns, &fine, &telling.error);
    progress_over(&telling);
    int status = conclude(&telling, &explorations[which], fine);
    for (unsigned i = 0; i < settings->campaigns; i++)
        hz_explore_close(&explorations[i]);
    return status;
}
