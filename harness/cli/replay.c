#include "cli/explore.h"
#include "cli/home.h"

#include "base/elf.h"
#include "explorer/columns.h"
#include "explorer/driver.h"
#include "explorer/schedule.h"
#include "explorer/tell.h"
#include "report/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <unistd.h>

/* The failure that the schedule leads to, by the words of its `found` line. */
static uint32_t sought(const struct hzx_schedule *schedule)
{
    for (uint32_t end = HZX_CUT + 1; schedule->found != NULL && end < HZX_ENDS; end++)
        if (strncmp(schedule->found, hzx_end_text(end), strlen(hzx_end_text(end))) == 0)
            return end;
    return HZX_FINE;
}

static struct hzx_config config_of(const struct hz_settings *settings,
                                   const struct hzx_schedule *schedule)
{
    return (struct hzx_config){.strategy = HZX_REPLAY, .memory = schedule->memory,
                               .max_steps = UINT32_MAX, .seed = 1, .spurious = UINT32_MAX, .times = settings->repeat,
                               .sought = sought(schedule),
                               .no_races = settings->no_races, .show = !settings->quiet};
}

/* The schedule means something for the build that it was found with, and for no other. */
static bool same_build(struct hz_arena *arena, const struct hzx_schedule *schedule,
                       struct hz_error *error)
{
    const char *id = hz_elf_build_id(arena, schedule->program);
    if (schedule->build_id == NULL || (id != NULL && strcmp(id, schedule->build_id) == 0))
        return true;
    return hz_fail(error, "%s is another build than the one that the schedule was found with: "
                          "explore it again", schedule->program);
}

/* ---- in a debugger ---- */

/*
 * The debugger takes our place, with the mapping left open for the program that it will
 * start: gdb switches address randomisation off by itself.
 */
static int debug(struct hz_arena *arena, const struct hz_settings *settings,
                 const struct hzx_schedule *schedule)
{
    int fd = memfd_create("hazmat-replay", 0);
    struct hzx_shared *shared = MAP_FAILED;
    if (fd >= 0 && ftruncate(fd, sizeof *shared) == 0)
        shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared == MAP_FAILED) {
        fprintf(stderr, "hazmat replay: %s\n", strerror(errno));
        return HZ_EXIT_BROKEN;
    }
    shared->magic = HZX_MAGIC;
    shared->config = config_of(settings, schedule);
    shared->config.mode = settings->moded ? settings->mode : HZX_THREADS_MODE;
    shared->config.times = 1;
    shared->config.show = 1;
    shared->config.stop = settings->step != 0 ? settings->step : HZX_STOP_AT_FAILURE;
    shared->segments_n = (uint32_t)schedule->segments.n;
    memcpy(shared->segments, schedule->segments.at,
           schedule->segments.n * sizeof *schedule->segments.at);
    shared->racy_n = (uint32_t)schedule->racy.n;
    if (shared->racy_n > 0)
        memcpy(shared->racy, schedule->racy.at, shared->racy_n * sizeof *shared->racy);
    setenv(HZX_ENVIRONMENT, hz_printf(arena, "%d", fd), 1);
    HZ_VEC(char *) argv = {0};
    for (size_t i = 0; i < settings->words_n - 1; i++)
        *hz_push(arena, &argv) = settings->words[i + 1];
    if (strcmp(argv.at[0], "gdb") == 0) {
        *hz_push(arena, &argv) = "--args";
        if (!settings->quiet)
            fprintf(stderr, "hazmat replay: in gdb `run` goes to that step, and `up` from the "
                            "explorer's frames to the program's\n");
    }
    *hz_push(arena, &argv) = hz_dup(arena, schedule->program);
    for (size_t i = 1; i < schedule->arguments.n; i++)
        *hz_push(arena, &argv) = schedule->arguments.at[i];
    *hz_push(arena, &argv) = NULL;
    personality(ADDR_NO_RANDOMIZE);
    execvp(argv.at[0], argv.at);
    fprintf(stderr, "hazmat replay: %s: %s\n", argv.at[0], strerror(errno));
    return HZ_EXIT_BROKEN;
}

/* ---- by itself ---- */

static int conclude(struct hz_arena *arena, const struct hz_settings *settings,
                    const struct hz_exploration *exploration)
{
    const struct hzx_shared *shared = exploration->shared;
    struct hz_paper paper = hz_paper(stdout, settings->color);
    struct hz_error error;
    if (settings->width > 0)
        paper.width = (int)settings->width;
    struct hzx_lines *lines = hzx_lines_open(exploration->program, shared, &error);
    if (lines == NULL) {
        fprintf(stderr, "hazmat replay: %s\n", error.text);
        return HZ_EXIT_BROKEN;
    }
    struct hz_run run = {.pair = exploration->argv[0], .detector = "explorer", .finding = -1};
    hzx_findings(arena, shared, lines, &run.findings);
    if (settings->print || settings->step != 0)
        hzx_columns(&paper, shared, lines, settings->step > 3 ? settings->step - 3 : 1,
                    settings->step != 0 ? settings->step : 0);
    else
        hz_terminal_findings(&paper, &run, 1, NULL);
    hzx_lines_close(lines);
    for (unsigned end = 0; end < HZX_ENDS; end++)
        if (shared->failures[end] > 0)
            fprintf(paper.file, "%s: %llu of %u\n", hzx_end_text(end),
                    (unsigned long long)shared->failures[end], settings->repeat);
    if (shared->text[0] != '\0')
        hz_inked(&paper, HZ_RED, "%s\n", hz_visible(arena, shared->text, false));
    else
        fprintf(paper.file, "trace %016llx%s\n", (unsigned long long)shared->trace_hash,
                settings->repeat > 1 ? ", the same each time" : "");
    return run.findings.n > 0 ? HZ_EXIT_SURPRISE : HZ_EXIT_FINE;
}

int hz_replay_schedule(struct hz_arena *arena, const struct hz_settings *settings)
{
    struct hz_error error;
    struct hzx_schedule schedule;
    if (settings->words_n == 0) {
        fprintf(stderr, "hazmat replay: name a schedule, as `hazmat explore` leaves it\n");
        return HZ_EXIT_USAGE;
    }
    if (!hzx_schedule_read(arena, settings->words[0], &schedule, &error) ||
        !hz_explorable(schedule.program, &error) ||
        !same_build(arena, &schedule, &error)) {
        fprintf(stderr, "hazmat replay: %s\n", error.text);
        return HZ_EXIT_USAGE;
    }
    if (settings->words_n > 1)
        return debug(arena, settings, &schedule);
    *hz_push(arena, &schedule.arguments) = NULL;
    struct hz_exploration exploration = {.config = config_of(settings, &schedule),
                                         .argv = schedule.arguments.at,
                                         .program = schedule.program,
                                         .seconds = 3600,
                                         .segments = schedule.segments.at,
                                         .segments_n = (uint32_t)schedule.segments.n,
                                         .racy = schedule.racy.at,
                                         .racy_n = (uint32_t)schedule.racy.n};
    hz_explore_mode(arena, settings, schedule.program, &exploration.config);
    int status = HZ_EXIT_BROKEN;
    if (hz_explore(arena, &exploration, &error))
        status = conclude(arena, settings, &exploration);
    else
        fprintf(stderr, "hazmat replay: %s\n", error.text);
    hz_explore_close(&exploration);
    return status;
}
