/*
 * One watched run of a real program, for the tests of the live monitor.
 */
#ifndef HZ_MONITOR_RUN_H
#define HZ_MONITOR_RUN_H

#include "process/supervise.h"
#include "watchdog/monitor_parts.h"

#include <check.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEADLINE 60.0
#define ENOUGH_LOOKS 6
#define PRELOAD TEST_BUILD "/libhazmat-watch.so"

static struct hz_arena arena;
static char folder[64];

static void set_up(void)
{
    hz_arena_init(&arena);
    strcpy(folder, "/tmp/test-monitor-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void tear_down(void)
{
    const char *files[] = {"up", "down", "one", "two", "program", "enough"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(hz_printf(&arena, "%s/%s", folder, files[i]));
    rmdir(folder);
    hz_arena_free(&arena);
}

struct run {
    struct hzw_options options;
    bool preload;
    bool fixed;      /* TSan wants its addresses where they are */
    bool go_on;      /* do not stop at a hang */
    double seconds;  /* deadline; 0: DEADLINE */
    size_t findings; /* stop at so many findings, hang or not; 0: do not */
    bool in_slices;  /* a full look is left wherever it may be */
    const int *keep;
    sem_t *post;        /* after each look; NULL: do not */
    int pipe;           /* something is written there now and then; 0: nothing */
    atomic_int *enough; /* not 0 once there were ENOUGH_LOOKS full looks; NULL: nobody asks */
    /* What came of it: */
    struct hzw_monitor *monitor;
    bool hung;
    unsigned long looks;
    struct hz_outcome outcome;
};

static enum hz_look look(void *context, pid_t supervisor)
{
    struct run *run = context;
    if (++run->looks % 40 == 0 && run->pipe != 0)
        ck_assert_int_eq(write(run->pipe, "x", 1), 1);
    bool hangs = hzw_look(run->monitor, supervisor, false);
    if (run->enough != NULL)
        *run->enough = run->monitor->turns >= ENOUGH_LOOKS;
    if (run->post != NULL)
        sem_post(run->post);
    run->hung |= hangs;
    bool enough = run->findings != 0 && hzw_findings(run->monitor)->n >= run->findings;
    return (hangs && !run->go_on && run->findings == 0) || enough ? HZ_LOOK_STOP : HZ_LOOK_GO_ON;
}

static void watch(struct run *run, char *const *argv)
{
    struct hz_error error = {0};
    run->monitor = hzw_open(&run->options, &error);
    ck_assert_msg(run->monitor != NULL, "%s", error.text);
    if (run->in_slices)
        run->monitor->slice = 0;
    char *set[3] = {hzw_environment(&arena, run->monitor)};
    if (run->preload) {
        ck_assert_msg(access(PRELOAD, R_OK) == 0, "there is no %s", PRELOAD);
        set[1] = "LD_PRELOAD=" PRELOAD;
    }
    struct hz_command command = {
        .argv = argv,
        .set = set,
        .keep = run->keep,
        .fixed_addresses = run->fixed,
        .limits = {.seconds = run->seconds != 0 ? run->seconds : DEADLINE,
                   .grace = 0.1,
                   .head = 4096,
                   .tail = 4096},
        .observer = {.every = 0.005, .look = look, .context = run},
    };
    hz_supervise(&arena, &command, &run->outcome);
    hzw_finish(run->monitor);
    ck_assert_msg(run->outcome.end != HZ_END_NOT_STARTED, "%s", run->outcome.reason);
}

static inline char *fake(const char *name)
{
    return hz_printf(&arena, "%s/%s", TEST_FAKE, name);
}

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *one = tcase_create(name);
    tcase_set_timeout(one, 200);
    tcase_add_checked_fixture(one, set_up, tear_down);
    suite_add_tcase(suite, one);
    return one;
}

static int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
