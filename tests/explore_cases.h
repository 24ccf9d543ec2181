/*
 * For tests of the explorer: campaigns on explorer/small/cases.c and its kin, one at a time, and
 * replays of what they find. The arena and the last campaign are given back after each test.
 */
#ifndef HZ_TEST_EXPLORE_CASES_H
#define HZ_TEST_EXPLORE_CASES_H

#include "explore_run.h"

static struct hz_arena arena;
static struct hz_exploration made;

static inline void setup(void)
{
    hz_arena_init(&arena);
}

static inline void teardown(void)
{
    hz_explore_close(&made);
    hz_arena_free(&arena);
}

static inline struct hzx_shared *run_case(const char *name, struct hzx_config config)
{
    hz_explore_close(&made);
    char *argv[] = {(char *)small(&arena, "cases"), (char *)name, NULL};
    config.seed = config.seed != 0 ? config.seed : 1;
    config.depth = 3;
    config.preemptions = 2;
    return explored(&arena, &made, config, argv);
}

static inline struct hzx_shared *run_small(const char *program, const char *name,
                                           struct hzx_config config)
{
    hz_explore_close(&made);
    char *argv[] = {(char *)small(&arena, program), (char *)name, NULL};
    config.seed = 1;
    return explored(&arena, &made, config, argv);
}

/* For what is wrong beside a race. */
static inline struct hzx_shared *beside_races(const char *name, enum hzx_strategy_name strategy,
                                              enum hzx_end end)
{
    return run_case(name, (struct hzx_config){.strategy = strategy, .schedules = 20000,
                                              .no_races = end != HZX_RACE});
}

/* The segments of `found`, run again so often; its trace and how often it failed alike. */
static inline uint64_t replayed(const struct hzx_shared *found, char *const *argv, uint32_t times,
                                enum hzx_mode mode, uint64_t *failed)
{
    struct hzx_config config = {.strategy = HZX_REPLAY, .times = times, .seed = 1, .mode = mode,
                                .spurious = UINT32_MAX, .max_steps = UINT32_MAX, .sought = found->outcome.end,
                                .no_races = found->outcome.end != HZX_RACE};
    struct hz_exploration again = {.config = config, .argv = argv, .program = argv[0],
                                   .seconds = 60, .segments = found->segments,
                                   .segments_n = found->segments_n};
    struct hz_error error;
    ck_assert_msg(hz_explore(&arena, &again, &error), "%s", error.text);
    ck_assert_str_eq(again.shared->text, "");
    ck_assert_uint_gt(again.shared->events_n, 0);
    *failed = again.shared->failures[found->outcome.end];
    uint64_t trace = again.shared->trace_hash;
    hz_explore_close(&again);
    return trace;
}

/* Of the first line of `path` that holds `marker`. */
static inline int line_of(const char *path, const char *marker)
{
    char line[256];
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    int number = 1;
    while (fgets(line, sizeof line, file) != NULL && strstr(line, marker) == NULL)
        number++;
    fclose(file);
    return number;
}

/* What is wrong with the cases. */
static const struct {
    const char *name;
    enum hzx_end end;
} wrong[] = {
    {"plain", HZX_RACE},           {"plain-checked", HZX_RACE},
    {"crossed", HZX_DEADLOCK},     {"turns", HZX_STATUS},
    {"lost-signal", HZX_STUCK},    {"use-after-free", HZX_USE_AFTER_FREE},
    {"double-free", HZX_DOUBLE_FREE}, {"spin", HZX_LIVELOCK},
    {"lock-leak", HZX_LOCK_LEAK},  {"strange-unlock", HZX_MISUSE},
    {"crash", HZX_CRASH},          {"semaphore", HZX_STUCK},
};

#endif
