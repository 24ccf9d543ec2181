/*
 * The programs of explorer/programs/programs.tsv, after published benchmarks: the portfolio finds
 * what is wrong with each within the table's budget of schedules, and reports nothing, not even a
 * data race, of its correct variant. Budgets were set from what these seeds need: other seeds may
 * need more (docs/explorer-results.md).
 */
#include "explore_run.h"
#include "explorer/table.h"

enum { NAME, FILE_NAME, SIZE, DEFINES, FAILURE, MODEL, BUDGET };
enum { SEEDS = 3, FIXED_BUDGET = 1000 };

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

static struct hzx_shared *explore(struct hz_exploration *made, const struct table_row *row,
                                  const char *variant, struct hzx_config config)
{
    const char *program =
        hz_printf(&arena, "%s/tests/programs/%s%s", TEST_BUILD, row->cells[NAME], variant);
    char *argv[] = {(char *)program, NULL};
    ck_assert_msg(hzx_memory_parse(row->cells[MODEL], &config.memory), "%s: no model `%s`",
                  row->cells[NAME], row->cells[MODEL]);
    config.depth = 3;
    config.no_shrink = 1;
    return explored(&arena, made, config, argv);
}

/* `expected`: ends as the explorer calls them, "crash or use after free". */
static bool is_one_of(const char *expected, const char *end)
{
    static const char between[] = " or ";
    for (const char *next; expected != NULL; expected = next) {
        next = strstr(expected, between);
        size_t n = next != NULL ? (size_t)(next - expected) : strlen(expected);
        if (strlen(end) == n && strncmp(expected, end, n) == 0)
            return true;
        next = next != NULL ? next + strlen(between) : NULL;
    }
    return false;
}

START_TEST(what_is_wrong_is_found)
{
    const struct table_row *row = &table.rows.at[_i];
    uint64_t budget = strtoull(row->cells[BUDGET], NULL, 10);
    for (unsigned seed = 1; budget > 0 && seed <= SEEDS; seed++) {
        struct hz_exploration made;
        struct hzx_config config = {.seed = seed, .schedules = budget, .no_races = 1};
        struct hzx_shared *shared = explore(&made, row, "", config);
        ck_assert_msg(shared->state == HZX_FOUND &&
                          is_one_of(row->cells[FAILURE], hzx_end_text(shared->outcome.end)),
                      "%s, seed %u: %s, not %s", row->cells[NAME], seed,
                      hzx_result_text(&arena, shared), row->cells[FAILURE]);
        hz_explore_close(&made);
    }
}
END_TEST

START_TEST(what_is_right_is_left_alone)
{
    const struct table_row *row = &table.rows.at[_i];
    struct hz_exploration made;
    struct hzx_config config = {.seed = 1, .schedules = FIXED_BUDGET};
    struct hzx_shared *shared = explore(&made, row, "-fixed", config);
    ck_assert_msg(shared->first_failure == 0, "%s: %s", row->cells[NAME],
                  hzx_result_text(&arena, shared));
    hz_explore_close(&made);
}
END_TEST

int main(void)
{
    struct hz_error error;
    if (!table_read(&table, TEST_SOURCE "/tests/explorer/programs/programs.tsv", &error)) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    Suite *suite = suite_create("explore_programs");
    TCase *tests = tcase_create("published programs");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 300);
    tcase_add_loop_test(tests, what_is_wrong_is_found, 0, (int)table.rows.n);
    tcase_add_loop_test(tests, what_is_right_is_left_alone, 0, (int)table.rows.n);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    hz_arena_free(&table.arena);
    return failed != 0 || table.rows.n == 0;
}
