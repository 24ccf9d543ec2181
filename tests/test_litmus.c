/*
 * Litmus programs under each memory model: exactly the outcomes of explorer/litmus/litmus.tsv, one
 * that is missing and one that is not allowed both fail; by brute force and by DPOR, which under
 * SC and TSO must have run one schedule of each class of equivalent ones.
 */
#include "explore_run.h"
#include "explorer/table.h"

enum { SHAPE, FILE_NAME, DEFINES, OUTCOMES /* under SC; TSO and C11 follow */ };

static struct hz_arena arena;
static struct table table;

static void setup(void)
{
    hz_arena_init(&arena);
}

static void teardown(void)
{
    hz_arena_free(&arena);
}

/* TEST_BUILD/tests/litmus/SB-RLX, of "SB.c" and "-DORDER=RLX". */
static const char *built(const struct table_row *row)
{
    const char *order = strchr(row->cells[DEFINES], '=');
    ck_assert_ptr_nonnull(order);
    return hz_printf(&arena, "%s/tests/litmus/%s-%s", TEST_BUILD, row->cells[SHAPE], order + 1);
}

/* told.h puts a 1 in front of the digits. */
static bool seen(const struct hzx_shared *shared, const char *outcome)
{
    uint64_t value = strtoull(hz_printf(&arena, "1%s", outcome), NULL, 10);
    for (uint32_t i = 0; i < shared->outcomes_n; i++)
        if (shared->outcomes[i].value == value)
            return true;
    return false;
}

static uint32_t allowed_and_seen(const struct hzx_shared *shared, const char *what,
                                 const char *allowed)
{
    uint32_t n = 0;
    char *rest = hz_dup(&arena, allowed);
    for (char *outcome; (outcome = strsep(&rest, " ")) != NULL; n++)
        ck_assert_msg(seen(shared, outcome), "%s: %s is missing", what, outcome);
    return n;
}

static void others_seen(const struct hzx_shared *shared, const char *what, const char *allowed)
{
    for (uint32_t i = 0; i < shared->outcomes_n; i++) {
        const char *digits =
            hz_printf(&arena, "%llu", (unsigned long long)shared->outcomes[i].value) + 1;
        ck_assert_msg(strstr(allowed, digits) != NULL, "%s: %s is not allowed", what, digits);
    }
}

/* How many classes of schedules there are. */
static uint64_t explore(const struct table_row *row, enum hzx_memory memory,
                        enum hzx_strategy_name strategy)
{
    char *argv[] = {(char *)built(row), NULL};
    struct hz_exploration made;
    struct hzx_config config = {.strategy = strategy, .memory = memory, .seed = 1, .keep_going = 1};
    struct hzx_shared *shared = explored(&arena, &made, config, argv);
    const char *what = hz_printf(&arena, "%s under %s by %s", strrchr(argv[0], '/') + 1,
                                 hzx_memory_text(memory), hzx_strategy_text(strategy));
    const char *allowed = row->cells[OUTCOMES + memory];
    uint64_t classes = shared->classes;
    ck_assert_msg(shared->state == HZX_EXHAUSTED && shared->first_failure == 0, "%s: %s", what,
                  hzx_result_text(&arena, shared));
    uint32_t n = allowed_and_seen(shared, what, allowed);
    others_seen(shared, what, allowed);
    ck_assert_msg(n > 0 && shared->outcomes_n == n, "%s: %u outcomes, not %u", what,
                  shared->outcomes_n, n);
    hz_explore_close(&made);
    return classes;
}

static void both_ways(const struct table_row *row, enum hzx_memory memory)
{
    uint64_t all = explore(row, memory, HZX_BRUTE), run = explore(row, memory, HZX_DPOR);
    ck_assert_msg(memory == HZX_C11 || run == all, "%s under %s: dpor ran %llu of %llu classes",
                  built(row), hzx_memory_text(memory), (unsigned long long)run,
                  (unsigned long long)all);
}

START_TEST(what_the_model_allows_and_no_more)
{
    const struct table_row *row = &table.rows.at[_i];
    both_ways(row, HZX_SC);
    both_ways(row, HZX_TSO);
    both_ways(row, HZX_C11);
}
END_TEST

/* What C11's memory keeps of a schedule has an end, and what a load may choose from. */
START_TEST(older_stores_that_are_left_out_are_told)
{
    static const struct {
        const char *how, *stores;
        enum hzx_memory memory;
        uint32_t outcomes; /* 0: not all are tried */
    } cases[] = {{"alone", "200", HZX_C11, 1}, {"alone", "300", HZX_C11, 0},
                 {"alone", "300", HZX_SC, 1},  {"read", "63", HZX_C11, 64},
                 {"read", "64", HZX_C11, 0},   {"read", "64", HZX_SC, 65}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *argv[] = {(char *)small(&arena, "stores"), (char *)cases[i].how,
                        (char *)cases[i].stores, NULL};
        struct hz_exploration made;
        struct hzx_config config = {.strategy = HZX_DPOR, .seed = 1, .memory = cases[i].memory};
        struct hzx_shared *shared = explored(&arena, &made, config, argv);
        bool all = cases[i].outcomes != 0;
        ck_assert_msg(shared->state == (all ? HZX_EXHAUSTED : HZX_SPENT) &&
                          (all || strstr(shared->text, "older stores") != NULL),
                      "%s %s: %s", cases[i].how, cases[i].stores,
                      hzx_result_text(&arena, shared));
        ck_assert(!all || shared->outcomes_n == cases[i].outcomes);
        hz_explore_close(&made);
    }
}
END_TEST

int main(void)
{
    struct hz_error error;
    if (!table_read(&table, TEST_SOURCE "/tests/explorer/litmus/litmus.tsv", &error)) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    Suite *suite = suite_create("litmus");
    TCase *tests = tcase_create("outcomes");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, what_the_model_allows_and_no_more, 0, (int)table.rows.n);
    tcase_add_test(tests, older_stores_that_are_left_out_are_told);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    hz_arena_free(&table.arena);
    return failed != 0 || table.rows.n == 0;
}
