/* The schedules that `explore` leaves; with --keep-going one for each sort of failure. */
#include "cli/explore.h"

#include "base/elf.h"
#include "explorer/lines.h"
#include "explorer/schedule.h"
#include "explorer/steps.h"
#include "explorer/tell.h"

#include <stdlib.h>
#include <string.h>

#define SECONDS 20.0 /* for the replay of one */

bool hz_save_schedule(struct hz_arena *arena, const struct hz_exploration *exploration,
                      const char *path, struct hz_error *error)
{
    const struct hzx_shared *shared = exploration->shared;
    struct hzx_schedule schedule = {
        .program = exploration->program,
        .build_id = hz_elf_build_id(arena, exploration->program),
        .memory = exploration->config.memory,
        .found = hz_printf(
            arena, "%s by %s, seed %llu, schedule %llu", hzx_end_text(shared->outcome.end),
            hzx_strategy_text(exploration->config.strategy),
            (unsigned long long)exploration->config.seed, (unsigned long long)shared->schedules)};
    char *real = realpath(exploration->program, NULL);
    if (real != NULL)
        schedule.program = hz_dup(arena, real);
    free(real);
    for (char *const *word = exploration->argv; *word != NULL; word++)
        *hz_push(arena, &schedule.arguments) = *word;
    for (uint32_t i = 0; i < shared->segments_n; i++)
        *hz_push(arena, &schedule.segments) = shared->segments[i];
    for (uint32_t i = 0; i < shared->racy_n && schedule.memory == HZX_TSO; i++)
        *hz_push(arena, &schedule.racy) = shared->racy[i];
    return hzx_schedule_write(path, &schedule, error);
}

/* "bank.schedule", "bank.2.schedule", …; of a name of the user's "FILE", "FILE.2", … */
static const char *path_of(struct hz_arena *arena, const char *first, size_t number)
{
    if (number == 1)
        return first;
    const char *end = strstr(first, ".schedule");
    if (end == NULL || end[strlen(".schedule")] != '\0')
        return hz_printf(arena, "%s.%zu", first, number);
    return hz_printf(arena, "%.*s.%zu.schedule", (int)(end - first), first, number);
}

/* Which of the findings of a replay it is: its own, which stands first, or one of its races. */
static size_t index_of(const struct hzx_sort *sort, const struct hzx_shared *shared)
{
    if (sort->outcome.end != HZX_RACE)
        return 0;
    uint32_t i = 0;
    while (i < shared->races_n && (shared->races[i].sides[1].pc != sort->outcome.pc ||
                                   shared->races[i].sides[0].pc != sort->outcome.other_pc))
        i++;
    return i;
}

/* A race has several pairs of instructions where a line has several. */
static struct hz_finding *told_before(struct hz_arena *arena, hz_findings *findings,
                                      const struct hz_finding *finding)
{
    if (strcmp(finding->kind, "data-race") != 0)
        return NULL;
    const char *print = hz_finding_print(arena, finding, HZ_BY_LINES);
    for (size_t i = 0; i < findings->n; i++)
        if (strcmp(hz_finding_print(arena, &findings->at[i], HZ_BY_LINES), print) == 0)
            return &findings->at[i];
    return NULL;
}

/* True if it is new: it was added then. */
static bool add_finding(struct hz_arena *arena, const struct hz_exploration *again,
                        const struct hzx_sort *sort, struct hzx_lines *lines, struct hz_run *run)
{
    hz_findings findings = {0};
    hzx_findings(arena, again->shared, lines, &findings);
    size_t which = index_of(sort, again->shared);
    if (again->shared->outcome.end != sort->outcome.end || which >= findings.n)
        return false; /* it did not fail again */
    struct hz_finding *before = told_before(arena, &run->findings, &findings.at[which]);
    if (before != NULL) {
        before->times += sort->times;
        return false;
    }
    if (run->findings.n == 0)
        hzx_steps(arena, again->shared, lines, &run->steps);
    findings.at[which].times = sort->times;
    *hz_push(arena, &run->findings) = findings.at[which];
    return true;
}

/* Its schedule, run once more: to know where its threads stood. */
static struct hz_exploration again_of(const struct hz_exploration *exploration,
                                      const struct hzx_sort *sort)
{
    struct hz_exploration again = *exploration;
    again.config.strategy = HZX_REPLAY;
    again.config.times = 1;
    again.config.sought = sort->outcome.end;
    again.config.max_steps = again.config.spurious = UINT32_MAX;
    again.seconds = SECONDS;
    again.progress = NULL;
    again.segments = sort->segments;
    again.segments_n = sort->segments_n;
    again.racy = exploration->shared->racy;
    again.racy_n = sort->racy_n;
    return again;
}

static bool tell_sort(struct hz_arena *arena, const struct hz_exploration *exploration,
                      const struct hzx_sort *sort, const char *path, struct hz_run *run,
                      struct hz_error *error)
{
    struct hz_exploration again = again_of(exploration, sort);
    struct hzx_lines *lines = NULL;
    bool fine = hz_explore(arena, &again, error) &&
                (lines = hzx_lines_open(again.program, again.shared, error)) != NULL;
    if (fine && add_finding(arena, &again, sort, lines, run)) {
        struct hz_finding *last = &run->findings.at[run->findings.n - 1];
        last->schedule = path_of(arena, path, run->findings.n);
        again.config.strategy = exploration->config.strategy;
        again.shared->schedules = sort->schedule;
        fine = hz_save_schedule(arena, &again, last->schedule, error);
    }
    hzx_lines_close(lines);
    hz_explore_close(&again);
    return fine;
}

bool hz_explore_sorts(struct hz_arena *arena, const struct hz_exploration *exploration,
                      const char *path, struct hz_run *run, struct hz_error *error)
{
    const struct hzx_shared *shared = exploration->shared;
    bool fine = true;
    for (uint32_t i = 0; i < shared->sorts_n && fine; i++)
        fine = tell_sort(arena, exploration, &shared->sorts[i], path, run, error);
    return fine;
}
