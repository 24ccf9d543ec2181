/* The alignment of two texts, against known rows and against every small pair of texts. */
#include "catalog/diff.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct hz_arena arena;

static void setup(void)
{
    hz_arena_init(&arena);
}

static void teardown(void)
{
    hz_arena_free(&arena);
}

static struct hz_diff diff_of(const char *left, const char *right)
{
    struct hz_diff diff;
    hz_diff(&arena, (struct hz_bytes){left, strlen(left)}, (struct hz_bytes){right, strlen(right)},
            &diff);
    return diff;
}

/* Rows as "1=1 2|2 3|- -|4": the same, replaced, taken away, added. */
static const char *rows_of(const struct hz_diff *diff)
{
    const char *all = "";
    for (size_t i = 0; i < diff->rows.n; i++) {
        struct hz_diff_row row = diff->rows.at[i];
        const char *left = row.left != 0 ? hz_printf(&arena, "%d", row.left) : "-";
        const char *right = row.right != 0 ? hz_printf(&arena, "%d", row.right) : "-";
        all = hz_printf(&arena, "%s%s%s%c%s", all, i != 0 ? " " : "", left, row.changed ? '|' : '=',
                        right);
    }
    return all;
}

static const struct {
    const char *left, *right, *rows;
    size_t removed, added;
} known[] = {
    {"", "", "", 0, 0},
    {"a\n", "a\n", "1=1", 0, 0},
    {"a", "a\n", "1=1", 0, 0},
    {"", "a\nb\n", "-|1 -|2", 0, 2},
    {"a\nb\n", "", "1|- 2|-", 2, 0},
    {"\n", "", "1|-", 1, 0},
    {"a\n\nb\n", "a\nb\n", "1=1 2|- 3=2", 1, 0},
    {"a\nb\nc\n", "a\nx\nc\n", "1=1 2|2 3=3", 1, 1},
    {"a\nb\nc\n", "a\nx\ny\nc\n", "1=1 2|2 -|3 3=4", 1, 2},
    {"a\nb\nc\nd\n", "a\nx\nd\n", "1=1 2|2 3|- 4=3", 2, 1},
    {"a\nb\n", "b\na\n", "1|- 2=1 -|2", 1, 1},
    {"a\nb\nc\nd\n", "b\nx\nd\ne\n", "1|- 2=1 3|2 4=3 -|4", 2, 2},
    {"a\n", "a \n", "1|1", 1, 1},
    {"ab\n", "a\nb\n", "1|1 -|2", 1, 2},
    {"n++;  /* HAZARD: x */\n", "lock\nn++;\nunlock\n", "-|1 1=2 -|3", 0, 2},
    {"n++; /* HAZARD: x */\n", "n--;\n", "1|1", 1, 1},
    {"n++; /* HAZARD: x */\n", "n++; /* HAZARD: x */\n", "1=1", 0, 0},
    {"n++;\n", "n++; /* FIX: x */\n", "1|1", 1, 1},
    {"n++; /* hazard */\n", "n++;\n", "1|1", 1, 1},
};

START_TEST(known_texts_are_aligned)
{
    struct hz_diff diff = diff_of(known[_i].left, known[_i].right);
    ck_assert_str_eq(rows_of(&diff), known[_i].rows);
    ck_assert_uint_eq(diff.removed, known[_i].removed);
    ck_assert_uint_eq(diff.added, known[_i].added);
}
END_TEST

START_TEST(a_text_may_hold_zero_bytes)
{
    struct hz_diff diff;
    hz_diff(&arena, (struct hz_bytes){"a\0b\n", 4}, (struct hz_bytes){"a\0c\n", 4}, &diff);
    ck_assert_str_eq(rows_of(&diff), "1|1");
}
END_TEST

/* The definition itself, without a table. */
static size_t longest_common(const char *left, const char *right)
{
    if (*left == '\0' || *right == '\0')
        return 0;
    if (*left == *right)
        return 1 + longest_common(left + 1, right + 1);
    size_t without_left = longest_common(left + 1, right);
    size_t without_right = longest_common(left, right + 1);
    return without_left > without_right ? without_left : without_right;
}

static const char *as_lines(const char *letters)
{
    const char *text = "";
    for (; *letters != '\0'; letters++)
        text = hz_printf(&arena, "%s%c\n", text, *letters);
    return text;
}

/* Every line once and in order, unchanged ones equal, and as many of them as there can be. */
static void check_alignment(const char *left, const char *right)
{
    struct hz_diff diff = diff_of(as_lines(left), as_lines(right));
    int l = 0, r = 0;
    size_t kept = 0;
    for (size_t i = 0; i < diff.rows.n; i++) {
        struct hz_diff_row row = diff.rows.at[i];
        ck_assert(row.left != 0 || row.right != 0);
        ck_assert(row.left == 0 || row.left == ++l);
        ck_assert(row.right == 0 || row.right == ++r);
        kept += !row.changed;
        ck_assert(row.changed || (row.left != 0 && row.right != 0 && left[l - 1] == right[r - 1]));
    }
    ck_assert_uint_eq((size_t)l, strlen(left));
    ck_assert_uint_eq((size_t)r, strlen(right));
    ck_assert_msg(kept == longest_common(left, right), "%s, %s", left, right);
    ck_assert_uint_eq(diff.removed, strlen(left) - kept);
    ck_assert_uint_eq(diff.added, strlen(right) - kept);
}

/* The text of that number in the order "", a, b, c, aa, ab, … */
static void nth(unsigned n, char *out)
{
    for (; n != 0; n = (n - 1) / 3)
        *out++ = "abc"[(n - 1) % 3];
    *out = '\0';
}

START_TEST(every_small_pair_is_aligned_as_well_as_can_be)
{
    enum { TEXTS = 1 + 3 + 9 + 27 + 81 };
    for (unsigned i = 0; i < TEXTS; i++) {
        for (unsigned k = 0; k < TEXTS; k++) {
            char left[8], right[8];
            nth(i, left);
            nth(k, right);
            check_alignment(left, right);
        }
    }
    check_alignment("abcabbaabcabca", "cbabacabcbac");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("catalog diff");
    TCase *tests = tcase_create("diff");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, known_texts_are_aligned, 0, (int)(sizeof known / sizeof *known));
    tcase_add_test(tests, a_text_may_hold_zero_bytes);
    tcase_add_test(tests, every_small_pair_is_aligned_as_well_as_can_be);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
