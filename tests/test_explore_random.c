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

/* What stands together: a critical section with something in it, or a single operation. */
static void add_part(char *script, const char *parts, unsigned things)
{
    char what = parts[draw((unsigned)strlen(parts))], text[64];
    unsigned i = draw(things), k = draw(things);
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
    default: snprintf(text, sizeof text, "%c%u", what, i); break;
    }
    strcat(script, text);
}

struct shape {
    const char *parts; /* what threads are made of */
    unsigned threads, length, things;
};

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
static bool one(const struct shape *shape, unsigned number)
{
    char scripts[4][256] = {""};
    char *argv[6] = {(char *)small(&arena, "script")};
    state = number * 2654435761u + 99;
    for (unsigned t = 0; t < shape->threads; t++) {
        for (unsigned k = 0; k < shape->length; k++)
            add_part(scripts[t], shape->parts, shape->things);
        argv[t + 1] = scripts[t];
    }
    char what[1100];
    snprintf(what, sizeof what, "script %s %s %s", scripts[0], scripts[1], scripts[2]);
    struct hz_exploration made[2];
    struct hzx_config config = {.strategy = HZX_BRUTE, .seed = 1, .keep_going = 1,
                                .schedules = 60000};
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

/* HAZMAT_REPEAT=20: twenty times as many. */
static void many(const struct shape *shape, unsigned n)
{
    const char *repeat = getenv("HAZMAT_REPEAT");
    unsigned compared = 0;
    n *= repeat != NULL ? (unsigned)atoi(repeat) : 1;
    for (unsigned i = 0; i < n; i++)
        compared += one(shape, i);
    ck_assert_msg(2 * compared > n, "only %u of %u were small enough", compared, n);
}

START_TEST(words) { many(&(struct shape){"WGA", 3, 2, 2}, 80); }
END_TEST
START_TEST(mutexes) { many(&(struct shape){"LLMG", 3, 2, 2}, 80); }
END_TEST
START_TEST(tried_mutexes) { many(&(struct shape){"LTW", 2, 2, 2}, 80); }
END_TEST
START_TEST(rwlocks) { many(&(struct shape){"RV", 3, 2, 2}, 80); }
END_TEST
START_TEST(semaphores) { many(&(struct shape){"PQG", 3, 2, 2}, 80); }
END_TEST
START_TEST(conditions) { many(&(struct shape){"CSBL", 3, 1, 1}, 80); }
END_TEST
START_TEST(conditions_of_two) { many(&(struct shape){"CCSBL", 2, 2, 2}, 80); }
END_TEST
START_TEST(barriers) { many(&(struct shape){"KGW", 3, 2, 1}, 80); }
END_TEST
START_TEST(timed_locks) { many(&(struct shape){"LOW", 2, 2, 2}, 80); }
END_TEST
START_TEST(timed_conditions) { many(&(struct shape){"DSBL", 2, 2, 1}, 80); }
END_TEST
START_TEST(of_everything) { many(&(struct shape){"LTORVWGAPQCDSBK", 2, 3, 2}, 300); }
END_TEST

int main(void)
{
    Suite *suite = suite_create("explore_random");
    TCase *tests = tcase_create("dpor against brute force");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, words);
    tcase_add_test(tests, mutexes);
    tcase_add_test(tests, tried_mutexes);
    tcase_add_test(tests, rwlocks);
    tcase_add_test(tests, semaphores);
    tcase_add_test(tests, conditions);
    tcase_add_test(tests, conditions_of_two);
    tcase_add_test(tests, barriers);
    tcase_add_test(tests, timed_locks);
    tcase_add_test(tests, timed_conditions);
    tcase_add_test(tests, of_everything);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
