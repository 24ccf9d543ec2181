#include "cli/home.h"
#include "cli/page.h"
#include "cli/progress.h"
#include "cli/results.h"
#include "cli/select.h"

#include "plan/schedule.h"
#include "report/junit.h"
#include "report/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Fewer runs say little of how often a hazard shows by itself. */
#define BARE_RUNS 5

typedef HZ_VEC(struct hz_target) targets;

/* All that a run of `hazmat check` knows. */
struct checking {
    struct hz_arena *arena;
    const struct hz_settings *settings;
    struct hz_place place;
    hz_tools tools;
    hz_chosen pairs;
    targets targets;
    struct hz_results results;
    struct hz_progress progress;
    cpu_set_t cpus;
    struct hz_cell *cells; /* by pair, variant, tool */
    size_t done, surprises;
    struct hz_error error;
    bool failed; /* the stream could not be written */
};

static struct hz_cell *cell_of(struct checking *checking, size_t pair, int variant, size_t tool)
{
    return &checking->cells[(pair * 2 + (size_t)variant) * checking->tools.n + tool];
}

static bool variant_wanted(const struct hz_settings *settings, enum hz_variant variant)
{
    for (size_t i = 0; i < settings->variants.n; ++i) {
        if (strcmp(settings->variants.at[i], hz_variant_name(variant)) == 0)
            return true;
    }
    return settings->variants.n == 0;
}

/* ---- the plan ---- */

static unsigned repetitions(const struct checking *checking, const struct hz_tool *tool)
{
    unsigned repeat = checking->settings->repeat;
    return tool->detector == &hz_bare && repeat < BARE_RUNS ? BARE_RUNS : repeat;
}

static void plan_cell(struct checking *checking, const struct hz_pair *pair,
                      enum hz_variant variant, const struct hz_tool *tool)
{
    struct hz_arena *arena = checking->arena;
    const char *program =
        hz_printf(arena, "%s/%s/%s/%s", checking->place.home.programs, tool->detector->flavour,
                  hz_variant_name(variant), pair->id);
    char **argv = hz_alloc(arena, 2 * sizeof *argv);
    argv[0] = hz_dup(arena, program);
    const char *missing = NULL;
    if (!tool->probe.usable)
        missing = tool->probe.problem;
    else if (access(program, X_OK) != 0)
        missing = hz_printf(arena, "%s: %s; build it with `cmake --build build --target corpus`",
                            program, strerror(errno));
    for (unsigned i = 1; i <= repetitions(checking, tool); ++i)
        *hz_push(arena, &checking->targets) = (struct hz_target){
            .pair = pair, .variant = variant, .detector = tool->detector, .missing = missing,
            .repetition = i, .name = pair->id, .argv = argv,
            .raw = hz_printf(arena, "raw/%s/%s/%s/%u", pair->id, hz_variant_name(variant),
                             tool->detector->name, i),
            .home = &checking->place.home,
            .cpus = checking->settings->cpus != 0 ? &checking->cpus : NULL,
            .seconds = checking->settings->timeout};
}

static void plan(struct checking *checking)
{
    for (size_t i = 0; i < checking->pairs.n; ++i) {
        for (int variant = 0; variant < 2; ++variant) {
            if (!variant_wanted(checking->settings, (enum hz_variant)variant))
                continue;
            for (size_t k = 0; k < checking->tools.n; ++k)
                plan_cell(checking, checking->pairs.at[i], (enum hz_variant)variant,
                          &checking->tools.at[k]);
        }
    }
    checking->cells = hz_alloc(checking->arena, checking->pairs.n * 2 * checking->tools.n *
                                                    sizeof *checking->cells);
}

/* ---- as the runs end ---- */

static size_t pair_index(const struct checking *checking, const struct hz_pair *pair)
{
    size_t i = 0;
    while (checking->pairs.at[i] != pair)
        ++i;
    return i;
}

static size_t tool_index(const struct checking *checking, const struct hz_detector *detector)
{
    size_t i = 0;
    while (checking->tools.at[i].detector != detector)
        ++i;
    return i;
}

/* A cell is complete: says so if it surprises. */
static void cell_ended(struct checking *checking, const struct hz_target *target,
                       const struct hz_cell *cell)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    const char *surprise = hz_cell_surprise(
        &arena, cell, target->variant, target->detector == &hz_bare,
        hz_pair_expects(target->pair, target->variant, target->detector->name));
    if (surprise != NULL) {
        ++checking->surprises;
        hz_progress_line(&checking->progress, true, "not as expected: %s %s under %s: %s",
                         target->name, hz_variant_name(target->variant), target->detector->name,
                         surprise);
    }
    hz_arena_free(&arena);
}

static void pair_ended(struct checking *checking, size_t index)
{
    size_t left = 0;
    for (int variant = 0; variant < 2; ++variant) {
        if (!variant_wanted(checking->settings, (enum hz_variant)variant))
            continue;
        for (size_t k = 0; k < checking->tools.n; ++k)
            left += repetitions(checking, &checking->tools.at[k]) -
                    cell_of(checking, index, variant, k)->runs;
    }
    if (left == 0)
        hz_progress_line(&checking->progress, false, "[%zu/%zu] %s", checking->done,
                         checking->targets.n, checking->pairs.at[index]->id);
}

static enum hz_next ended(void *context, const struct hz_target *target, const struct hz_run *run,
                          const json_t *event)
{
    struct checking *checking = context;
    ++checking->done;
    if (!hz_events_append(checking->results.fd, event, &checking->error)) {
        checking->failed = true;
        return HZ_NEXT_STOP;
    }
    size_t pair = pair_index(checking, target->pair);
    size_t tool = tool_index(checking, target->detector);
    struct hz_cell *cell = cell_of(checking, pair, target->variant, tool);
    hz_cell_add(cell, run->verdict);
    if (cell->runs == repetitions(checking, &checking->tools.at[tool]))
        cell_ended(checking, target, cell);
    pair_ended(checking, pair);
    return checking->settings->fail_fast && checking->surprises != 0 ? HZ_NEXT_STOP
                                                                     : HZ_NEXT_GO_ON;
}

static void progress(void *context, size_t done, size_t running)
{
    struct checking *checking = context;
    hz_progress_show(&checking->progress, done, running);
}

/* ---- before and after ---- */

static bool prepare(struct checking *checking, int *status)
{
    struct hz_catalog *catalog = hz_alloc(checking->arena, sizeof *catalog);
    *status = HZ_EXIT_USAGE;
    hz_place_find(checking->arena, checking->settings, &checking->place);
    if (checking->settings->words_n != 0) {
        fprintf(stderr, "hazmat check: \"%s\" is no option; select pairs with -k\n",
                checking->settings->words[0]);
        return false;
    }
    if (!hz_place_catalog(checking->arena, &checking->place, catalog))
        return false;
    if (!hz_select(checking->arena, catalog, checking->settings, &checking->pairs,
                   &checking->error)) {
        fprintf(stderr, "hazmat check: %s\n", checking->error.text);
        return false;
    }
    *status = HZ_EXIT_NOTHING;
    if (checking->pairs.n == 0) {
        fprintf(stderr, "hazmat check: no pair is selected; `hazmat list` shows what there is\n");
        return false;
    }
    hz_place_tools(checking->arena, &checking->place, checking->settings, &checking->tools);
    for (size_t i = 0; i < checking->tools.n; ++i) {
        const struct hz_tool *tool = &checking->tools.at[i];
        if (!tool->probe.usable)
            fprintf(stderr, "hazmat: %s cannot be used: %s%s%s\n", tool->detector->name,
                    tool->probe.problem, tool->probe.repair != NULL ? "; repair it with: " : "",
                    tool->probe.repair != NULL ? tool->probe.repair : "");
    }
    return true;
}

/* False, and said why, if it could not be written: CI would read an old or half a file. */
static bool write_junit(struct checking *checking, const struct hz_stream *stream,
                        const struct hz_matrix *matrix)
{
    const char *path = hz_printf(checking->arena, "%s/junit.xml", checking->results.folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    struct hz_error error;
    bool fine = fd >= 0 ? hz_junit_write(fd, stream, matrix, &error)
                        : hz_fail(&error, "%s", strerror(errno));
    if (!fine)
        fprintf(stderr, "hazmat: %s: %s\n", path, error.text);
    if (fd >= 0)
        close(fd);
    return fine;
}

/* The same of the page. */
static bool write_page(struct checking *checking, const struct hz_stream *stream,
                       const struct hz_matrix *matrix)
{
    const char *path = hz_printf(checking->arena, "%s/report.html", checking->results.folder);
    struct hz_html html = {.stream = stream, .matrix = matrix};
    hz_page_folder(checking->arena, &html, stream->runs.n, checking->results.events);
    struct hz_error error;
    if (!hz_page_save(checking->arena, checking->settings, &html, path, &error)) {
        fprintf(stderr, "hazmat: %s\n", error.text);
        return false;
    }
    printf("report: %s\n", path);
    return true;
}

/* Prints the matrix from the stream, as `hazmat report` would. */
static int conclude(struct checking *checking, enum hz_scheduled how)
{
    struct hz_stream stream = {0};
    struct hz_matrix matrix;
    struct hz_error error;
    if (!hz_stream_read(checking->arena, checking->results.events, &stream, &error)) {
        fprintf(stderr, "hazmat: %s\n", error.text);
        return HZ_EXIT_BROKEN;
    }
    hz_matrix_build(checking->arena, &stream, &matrix);
    struct hz_paper paper = hz_paper(stdout, checking->settings->color);
    hz_terminal_report(&paper, &stream, &matrix);
    printf("results: %s\n", checking->results.folder);
    bool written = write_junit(checking, &stream, &matrix);
    written &= write_page(checking, &stream, &matrix);
    hz_stream_free(&stream);
    if (how == HZ_SCHEDULED_INTERRUPTED)
        return HZ_EXIT_INTERRUPTED;
    if (how == HZ_SCHEDULED_FAILED || checking->failed || !written || matrix.broken != 0)
        return HZ_EXIT_BROKEN;
    return matrix.surprises != 0 ? HZ_EXIT_SURPRISE : HZ_EXIT_FINE;
}

static int run_all(struct checking *checking)
{
    for (size_t i = 0; i < checking->targets.n; ++i)
        checking->targets.at[i].results = checking->results.folder;
    hz_progress_begin(&checking->progress, checking->targets.n);
    struct hz_receiver receiver = {ended, progress, checking};
    double begun = hz_now();
    enum hz_scheduled how = hz_schedule(checking->targets.at, checking->targets.n,
                                        checking->settings->jobs, &receiver, &checking->error);
    hz_progress_end(&checking->progress);
    if (how == HZ_SCHEDULED_FAILED || checking->failed)
        fprintf(stderr, "hazmat: %s\n", checking->error.text);
    json_t *last = hz_end_to_json(how == HZ_SCHEDULED_ALL, hz_now() - begun);
    struct hz_error error;
    if (!checking->failed && !hz_events_append(checking->results.fd, last, &error)) {
        fprintf(stderr, "hazmat: %s\n", error.text);
        checking->failed = true;
    }
    json_decref(last);
    return conclude(checking, how);
}

int hz_check(struct hz_arena *arena, const struct hz_settings *settings)
{
    struct checking checking = {.arena = arena, .settings = settings};
    int status;
    if (!prepare(&checking, &status))
        return status;
    hz_place_cpus(settings->cpus, &checking.cpus);
    plan(&checking);
    if (!hz_results_open(arena, checking.place.results, &checking.results, &checking.error)) {
        fprintf(stderr, "hazmat check: %s\n", checking.error.text);
        return HZ_EXIT_BROKEN;
    }
    json_t *start = hz_start_to_json("check", hz_place_environment(&checking.tools, settings));
    bool begun = hz_events_append(checking.results.fd, start, &checking.error);
    json_decref(start);
    if (begun)
        status = run_all(&checking);
    else
        fprintf(stderr, "hazmat check: %s\n", checking.error.text);
    hz_results_close(&checking.results);
    return begun ? status : HZ_EXIT_BROKEN;
}
