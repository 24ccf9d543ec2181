/*
 * DPOR against brute force on random programs: the same outcomes, the same failures, and
 * exactly as many schedules as there are classes of equivalent ones.
 */
#include "explore_run.h"

#include <inttypes.h>

static struct hz_arena arena;

static void setup(void)
{
    hz_arena_init(&arena);
}

static void teardown(void)
{
    hz_arena_free(&arena);
}

/* ---- random programs ---- */

static uint64_t state;

static unsigned draw(unsigned n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((state >> 33) % n);
}

struct shape {
    const char *name, *parts; /* what threads are made of */
    unsigned threads, length, things;
    unsigned spurious; /* waits that may end for no reason */
    unsigned programs;
};

/* What stands together: a critical section with something in it, or a single operation. */
static void add_part(char *script, const struct shape *shape)
{
    char what = shape->parts[draw((unsigned)strlen(shape->parts))], text[64];
    unsigned things = shape->things, i = draw(things), k = draw(things);
    static const char inside[] = "WGASB";
    char in = inside[draw(3)];
    switch (what) {
    case 'L': snprintf(text, sizeof text, "L%u%c%uU%u", i, in, k, i); break;
    case 'M': snprintf(text, sizeof text, "L%uL%uU%uU%u", i, (i + 1) % things, (i + 1) % things, i);
        break;
    case 'D': snprintf(text, sizeof text, "L%uD%uU%u", i, i, i); break;
    case 'C': snprintf(text, sizeof text, "L%uC%uU%u", i, i, i); break;
    case 'R': snprintf(text, sizeof text, "R%uG%ur%u", i, k, i); break;
    case 'V': snprintf(text, sizeof text, "V%uW%uv%u", i, k, i); break;
    case 'N': snprintf(text, sizeof text, "N%u", draw(shape->threads + 1)); break;
    default: snprintf(text, sizeof text, "%c%u", what, i); break;
    }
    strcat(script, text);
}

/* ---- the comparison ---- */

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void sorted_outcomes(const struct hzx_shared *shared, uint64_t *out)
{
    for (uint32_t i = 0; i < shared->outcomes_n; i++)
        out[i] = shared->outcomes[i].value;
    qsort(out, shared->outcomes_n, sizeof *out, by_value);
}

static void compare(const char *what, const struct hzx_shared *dpor,
                    const struct hzx_shared *brute)
{
    static uint64_t ours[HZX_OUTCOMES], all[HZX_OUTCOMES];
    ck_assert_msg(dpor->state == HZX_EXHAUSTED, "%s: dpor did not end", what);
    sorted_outcomes(dpor, ours);
    sorted_outcomes(brute, all);
    ck_assert_msg(dpor->outcomes_n == brute->outcomes_n &&
                      memcmp(ours, all, dpor->outcomes_n * sizeof *ours) == 0,
                  "%s: %u outcomes, not %u", what, dpor->outcomes_n, brute->outcomes_n);
    for (unsigned end = 0; end < HZX_ENDS; end++)
        ck_assert_msg((dpor->failures[end] != 0) == (brute->failures[end] != 0) ||
                          end == HZX_CUT,
                      "%s: %s by one of them only", what, hzx_end_text(end));
    ck_assert_msg(dpor->classes == brute->classes,
                  "%s: %" PRIu64 " schedules for %" PRIu64 " classes", what, dpor->classes,
                  brute->classes);
}

/* True if it was small enough for brute force. */
static bool both_ways(const char *what, char **argv, unsigned spurious)
{
    struct hz_exploration made[2];
    struct hzx_config config = {.strategy = HZX_BRUTE, .seed = 1, .keep_going = 1,
                                .schedules = 60000, .spurious = spurious};
    struct hzx_shared *brute = explored(&arena, &made[0], config, argv);
    bool small_enough = brute->state == HZX_EXHAUSTED;
    if (small_enough) {
        config.strategy = HZX_DPOR;
        compare(what, explored(&arena, &made[1], config, argv), brute);
        hz_explore_close(&made[1]);
    }
    hz_explore_close(&made[0]);
    return small_enough;
}

static const char *told(const char *name, char **argv)
{
    return hz_printf(&arena, "%s: script %s %s %s", name, argv[1], argv[2],
                     argv[3] != NULL ? argv[3] : "");
}

static bool one(const struct shape *shape, unsigned number)
{
    char scripts[4][256] = {""};
    char *argv[6] = {(char *)small(&arena, "script")};
    state = number * 2654435761u + 99;
    for (unsigned t = 0; t < shape->threads; t++) {
        for (unsigned k = 0; k < shape->length; k++)
            add_part(scripts[t], shape);
        argv[t + 1] = scripts[t];
    }
    return both_ways(told(shape->name, argv), argv, shape->spurious);
}

/* HAZMAT_REPEAT=20: twenty times as many. */
static void many(const struct shape *shape)
{
    const char *repeat = getenv("HAZMAT_REPEAT");
    unsigned compared = 0, n = shape->programs * (repeat != NULL ? (unsigned)atoi(repeat) : 1);
    for (unsigned i = 0; i < n; i++)
        compared += one(shape, i);
    ck_assert_msg(2 * compared > n, "%s: only %u of %u were small enough",
                  shape->name, compared, n);
}

/* Each is a test by itself. */
static const struct shape shapes[] = {
    {"words", "WGA", 3, 2, 2, 0, 80},
    {"mutexes", "LLMG", 3, 2, 2, 0, 80},
    {"tried mutexes", "LTW", 2, 2, 2, 0, 80},
    {"read-write locks", "RV", 3, 2, 2, 0, 80},
    {"semaphores", "PQG", 3, 2, 2, 0, 80},
    {"conditions", "CSBL", 3, 1, 1, 0, 80},
    {"conditions of two", "CCSBL", 2, 2, 2, 0, 80},
    {"barriers", "KGW", 3, 2, 1, 0, 80},
    {"timed locks", "LOW", 2, 2, 2, 0, 80},
    {"timed conditions", "DSBL", 2, 2, 1, 0, 80},
    {"timed conditions of three", "DSBL", 3, 1, 1, 0, 80},
    {"cancelled semaphores", "QPNX", 3, 2, 2, 0, 80},
    {"cancelled conditions", "CSBN", 2, 2, 1, 0, 80},
    {"cancelled time-outs", "DSNXG", 2, 2, 1, 0, 80},
    {"joins that need not wait", "JIAW", 3, 2, 1, 0, 80},
    {"cancelled joins", "JINAQ", 2, 2, 1, 0, 80},
    {"spurious wake-ups", "CSBG", 2, 2, 2, 1, 80},
    {"more spurious wake-ups", "CDSB", 3, 1, 1, 2, 80},
    {"cancelled or spurious", "CSDNA", 2, 2, 1, 1, 80},
    {"everything", "LTORVWGAPQCDSBK", 2, 3, 2, 0, 300},
    {"everything, cancelled or spurious", "LTORVWGAPQCDSBKNXJI", 2, 3, 2, 1, 300},
};

START_TEST(dpor_is_exact)
{
    many(&shapes[_i]);
}
END_TEST

/* Of which DPOR once left something out: rarer than one in a test's programs. */
static const char *const rare[][3] = {
    {"N0Q0", "N0", "P0"},                 /* a post that a cancelled wait need not wait for */
    {"Q1P0", "S0P1", "Q1N0"},             /* cancelled while it waits, or before */
    {"S0", "L0D0U0", "L0D0U0"},           /* called, and then another was */
    {"I0J0", "J0A0", "J0I0"},             /* ended, or not yet */
    {"L0G0U0L0A0U0", "L0C0U0S0", NULL},   /* ends for no reason when all else is over */
};

START_TEST(what_was_once_left_out)
{
    char *argv[5] = {(char *)small(&arena, "script")};
    for (unsigned t = 0; t < 3; t++)
        argv[t + 1] = (char *)rare[_i][t];
    ck_assert(both_ways(told("rare", argv), argv, 1));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explore_random");
    TCase *tests = tcase_create("dpor against brute force");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 300);
    tcase_add_loop_test(tests, dpor_is_exact, 0, sizeof shapes / sizeof *shapes);
    tcase_add_loop_test(tests, what_was_once_left_out, 0, sizeof rare / sizeof *rare);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
