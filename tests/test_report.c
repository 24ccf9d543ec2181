/* The matrix and the reports made of it; text that is fit for a terminal. */
#include "report/junit.h"
#include "report/terminal.h"
#include "runs.h"

#include <check.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct hz_stream stream;

static void setup(void)
{
    hz_arena_init(&arena);
    stream = (struct hz_stream){.complete = true};
}

static void teardown(void)
{
    hz_stream_free(&stream);
    hz_arena_free(&arena);
}

static struct hz_run *add(const char *pair, enum hz_class class, enum hz_variant variant,
                          const char *detector, enum hz_verdict verdict, enum hz_word expected)
{
    struct hz_run *run = make_run(&stream, pair, class, variant, detector, verdict);
    run->expected.word = expected;
    return run;
}

static struct hz_matrix build(void)
{
    struct hz_matrix matrix;
    hz_matrix_build(&arena, &stream, &matrix);
    return matrix;
}

static char *printed_wide(const struct hz_matrix *matrix, int width)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    struct hz_paper paper = {.file = file, .width = width};
    hz_terminal_report(&paper, &stream, matrix);
    fclose(file);
    return text;
}

static char *printed(const struct hz_matrix *matrix)
{
    return printed_wide(matrix, 80);
}

START_TEST(rows_columns_and_counts)
{
    add("race/b", HZ_RACE, HZ_BUGGY, "tsan", HZ_CAUGHT, HZ_EXPECT_CAUGHT);
    add("race/b", HZ_RACE, HZ_BUGGY, "tsan", HZ_MISSED, HZ_EXPECT_CAUGHT);
    add("race/b", HZ_RACE, HZ_FIXED, "tsan", HZ_CLEAN, HZ_EXPECT_CLEAN);
    add("deadlock/a", HZ_DEADLOCK, HZ_BUGGY, "watchdog", HZ_CAUGHT, HZ_EXPECT_CAUGHT);
    add("race/a", HZ_RACE, HZ_BUGGY, "bare", HZ_WENT_WRONG, HZ_EXPECT_NONE);
    add("race/a", HZ_RACE, HZ_FIXED, "tsan", HZ_FALSE_ALARM, HZ_EXPECT_CLEAN);
    add("race/a", HZ_RACE, HZ_BUGGY, "tsan", HZ_CAUGHT, HZ_EXPECT_CAUGHT);
    struct hz_matrix matrix = build();
    ck_assert_uint_eq(matrix.detectors.n, 3);
    ck_assert_str_eq(matrix.detectors.at[0], "bare");
    ck_assert_str_eq(matrix.detectors.at[1], "tsan");
    ck_assert_str_eq(matrix.detectors.at[2], "watchdog");
    ck_assert_uint_eq(matrix.rows.n, 3);
    ck_assert_str_eq(matrix.rows.at[0].pair, "race/a");
    ck_assert_str_eq(matrix.rows.at[1].pair, "race/b");
    ck_assert_str_eq(matrix.rows.at[2].pair, "deadlock/a");
    ck_assert_uint_eq(matrix.surprises, 2); /* a flaky cell and a false alarm */
    ck_assert_uint_eq(matrix.caught, 2);    /* race/b not in every run */
    ck_assert_uint_eq(matrix.buggy, 3);
    ck_assert_uint_eq(matrix.clean, 1);
    ck_assert_uint_eq(matrix.fixed, 2);
    ck_assert_uint_eq(matrix.scores[HZ_RACE][1].score.recall.hits, 2);
    ck_assert_uint_eq(matrix.scores[HZ_RACE][1].score.recall.of, 3);
}
END_TEST

/* The explorer runs other programs than bare, and more than once. */
START_TEST(what_cannot_be_compared_has_no_ratio)
{
    static const char *const detectors[] = {"bare", "tsan", "explorer"};
    for (size_t i = 0; i < 3; ++i)
        add("race/a", HZ_RACE, HZ_FIXED, detectors[i], HZ_CLEAN, HZ_EXPECT_CLEAN)->outcome.seconds =
            (double)i + 1;
    struct hz_matrix matrix = build();
    ck_assert_double_eq(matrix.scores[HZ_RACE][1].ratio, 2);
    ck_assert_double_nan(matrix.scores[HZ_RACE][2].ratio);
    char *text = printed(&matrix);
    ck_assert_ptr_nonnull(strstr(text, " 2.0x\n"));
    ck_assert_ptr_null(strstr(text, " 3.0x\n"));
    ck_assert_ptr_nonnull(strstr(text, "The explorer has no /bare"));
    free(text);
}
END_TEST

START_TEST(a_broken_run_is_neither_clean_nor_missed)
{
    add("race/a", HZ_RACE, HZ_BUGGY, "drd", HZ_BROKEN, HZ_EXPECT_BLIND)->broken = "it crashed";
    add("race/a", HZ_RACE, HZ_FIXED, "drd", HZ_BROKEN, HZ_EXPECT_CLEAN)->broken = "it crashed";
    struct hz_matrix matrix = build();
    ck_assert_uint_eq(matrix.broken, 2);
    ck_assert_uint_eq(matrix.surprises, 2);
    ck_assert_uint_eq(matrix.clean, 0);
    ck_assert_uint_eq(matrix.scores[HZ_RACE][0].score.recall.of, 0);
    char *text = printed(&matrix);
    ck_assert_ptr_nonnull(strstr(text, "BROKEN"));
    ck_assert_ptr_nonnull(strstr(text, "it crashed"));
    free(text);
}
END_TEST

static void add_both(const char *pair, enum hz_class class, const char *detector, unsigned runs)
{
    bool bare = hz_detector_is_bare(detector);
    for (unsigned i = 0; i < runs; ++i) {
        add(pair, class, HZ_BUGGY, detector,
            bare         ? HZ_WENT_WRONG
            : i % 2 != 0 ? HZ_MISPLACED
                         : HZ_CAUGHT,
            HZ_EXPECT_CAUGHT);
        add(pair, class, HZ_FIXED, detector, i % 2 != 0 ? HZ_FAILED : HZ_CLEAN, HZ_EXPECT_CLEAN);
    }
}

static void ck_fits_80_columns(const struct hz_matrix *matrix, const char *what)
{
    char *text = printed(matrix), *rest;
    ck_assert_ptr_null(strchr(text, '\033'));
    ck_assert_ptr_nonnull(strstr(text, what));
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (strstr(line, " under ") == NULL)
            ck_assert_msg(hz_columns(line) <= 80, "%d columns: %s", hz_columns(line), line);
    }
    free(text);
}

/* Every line fits 80 columns, and every cell has a word without any colour. */
START_TEST(the_matrix_fits_80_columns)
{
    for (const struct hz_detector *const *it = hz_detectors; *it != NULL; ++it)
        add_both("starvation/a-name-that-is-much-longer-than-a-name-should-be", HZ_STARVATION,
                 (*it)->name, 1);
    struct hz_matrix matrix = build();
    ck_assert_uint_ge(matrix.detectors.n, 6);
    ck_fits_80_columns(&matrix, "  a-name-that-is-much-longer-than-a-name-should-be\n");
}
END_TEST

/* Rates have wide cells: what does not fit goes below. So do columns of other Hazmats. */
START_TEST(the_matrix_fits_80_columns_whatever_is_in_it)
{
    for (const struct hz_detector *const *it = hz_detectors; *it != NULL; ++it)
        add_both("starvation/proc-two-awaited-one-comes", HZ_STARVATION, (*it)->name, 1001);
    add_both("starvation/ñandú\033[2J", HZ_STARVATION, "\033[2Ja-detector-with-a-very-long-name",
             3);
    add_both("starvation/often", HZ_STARVATION, "tsan", 20001);
    for (size_t i = 0; i < stream.runs.n; ++i)
        if (strcmp(stream.runs.at[i].detector, "drd") == 0)
            stream.runs.at[i].outcome.seconds = 1500;
    struct hz_matrix matrix = build();
    ck_fits_80_columns(&matrix, "501/1001 500/1001*");
}
END_TEST

static void ck_has(const char *text, const char *part, bool has)
{
    ck_assert_msg((strstr(text, part) != NULL) == has, "%s: %s", part, text);
}

/* The explorer's column has the number of schedules, where a terminal has room for it. */
START_TEST(a_wide_matrix_counts_schedules)
{
    for (const struct hz_detector *const *it = hz_detectors; *it != NULL; ++it)
        add("race/exhausted", HZ_RACE, HZ_FIXED, (*it)->name, HZ_CLEAN, HZ_EXPECT_CLEAN);
    struct hz_run *run = &stream.runs.at[stream.runs.n - 1];
    ck_assert_str_eq(run->detector, "explorer");
    run->search = (struct hz_search){1234, false, true, -1};
    run = add("race/bounded", HZ_RACE, HZ_BUGGY, "explorer", HZ_CAUGHT, HZ_EXPECT_CAUGHT);
    run->search = (struct hz_search){3, true, false, -1};
    run = add("race/bounded", HZ_RACE, HZ_FIXED, "explorer", HZ_CLEAN, HZ_EXPECT_CLEAN);
    run->search = (struct hz_search){5000, false, false, 2};
    run = add("race/unbounded", HZ_RACE, HZ_FIXED, "explorer", HZ_CLEAN, HZ_EXPECT_CLEAN);
    run->search = (struct hz_search){77, false, false, -1};
    struct hz_matrix matrix = build();
    char *wide = printed_wide(&matrix, 120), *narrow = printed(&matrix);
    ck_has(wide, "ok 1234\n", true);
    ck_has(wide, "caught 3 ok 5000 b2\n", true);
    ck_has(wide, "77", false);
    ck_has(wide, "explorer: the schedule in which it failed", true);
    ck_has(narrow, "1234", false);
    ck_has(narrow, "explorer: the schedule", false);
    free(wide);
    free(narrow);
    for (size_t i = 0; i < stream.runs.n; ++i)
        stream.runs.at[i].search = (struct hz_search){0};
    matrix = build();
    wide = printed_wide(&matrix, 120); /* of a Hazmat that did not count */
    ck_has(wide, "explorer: the schedule", false);
    free(wide);
}
END_TEST

START_TEST(a_search_is_written_and_read)
{
    static const char *const bad[] = {
        "{}",
        "3",
        "{\"schedules\":1,\"exhausted\":true}",
        "{\"schedules\":-1,\"found\":false,\"exhausted\":true}",
        "{\"schedules\":1,\"found\":false,\"exhausted\":1}",
        "{\"schedules\":1,\"found\":false,\"exhausted\":true,\"bound\":-2}",
        "{\"schedules\":1,\"found\":false,\"exhausted\":true,\"bound\":2147483648}"};
    static const struct hz_search good[] = {
        {17, false, true, -1}, {5000, false, false, 0}, {3, true, false, -1}};
    struct hz_search search;
    struct hz_error error;
    for (size_t i = 0; i < sizeof good / sizeof *good; ++i) {
        json_t *object = hz_search_to_json(&good[i]);
        ck_assert(hz_search_from_json(object, &search, &error));
        json_decref(object);
        ck_assert_uint_eq(search.schedules, good[i].schedules);
        ck_assert_int_eq(search.found, good[i].found);
        ck_assert_int_eq(search.exhausted, good[i].exhausted);
        ck_assert_int_eq(search.bound, good[i].bound);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        json_t *object = json_loads(bad[i], JSON_DECODE_ANY, NULL);
        ck_assert_ptr_nonnull(object);
        ck_assert_msg(!hz_search_from_json(object, &search, &error), "%s", bad[i]);
        ck_assert_ptr_nonnull(strstr(error.text, "\"search\""));
        json_decref(object);
    }
    ck_assert(hz_search_from_json(NULL, &search, &error));
    ck_assert_uint_eq(search.schedules, 0);
}
END_TEST

static char *junit_of(const struct hz_matrix *matrix, size_t *size)
{
    int fds[2];
    struct hz_error error;
    ck_assert_int_eq(pipe(fds), 0);
    ck_assert(hz_junit_write(fds[1], &stream, matrix, &error));
    close(fds[1]);
    char *text = calloc(1, 65536);
    ssize_t got, n = 0;
    while ((got = read(fds[0], text + n, 65535 - (size_t)n)) > 0)
        n += got;
    close(fds[0]);
    *size = (size_t)n;
    return text;
}

static bool keeps_to_the_schema(xmlDocPtr document)
{
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt(TEST_DATA "/schema/junit.xsd");
    xmlSchemaPtr schema = xmlSchemaParse(parser);
    ck_assert_ptr_nonnull(schema);
    xmlSchemaValidCtxtPtr validation = xmlSchemaNewValidCtxt(schema);
    bool fine = xmlSchemaValidateDoc(validation, document) == 0;
    xmlSchemaFreeValidCtxt(validation);
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(parser);
    return fine;
}

START_TEST(junit_is_xml_whatever_the_text)
{
    add("race/a", HZ_RACE, HZ_BUGGY, "tsan", HZ_BROKEN, HZ_EXPECT_CAUGHT)->broken =
        "]]></error><x>&\001\033[2J\xff\"'";
    add("race/a", HZ_RACE, HZ_FIXED, "tsan", HZ_FALSE_ALARM, HZ_EXPECT_CLEAN);
    add("race/a", HZ_RACE, HZ_BUGGY, "drd", HZ_CAUGHT, HZ_EXPECT_CAUGHT);
    struct hz_matrix matrix = build();
    size_t size;
    char *text = junit_of(&matrix, &size);
    xmlDocPtr document = xmlReadMemory(text, (int)size, "junit.xml", NULL, 0);
    ck_assert_ptr_nonnull(document);
    ck_assert(keeps_to_the_schema(document));
    xmlNodePtr suite = xmlFirstElementChild(xmlDocGetRootElement(document));
    ck_assert_str_eq((const char *)suite->name, "testsuite");
    static const char *const wanted[][2] = {{"tests", "3"}, {"failures", "1"}, {"errors", "1"}};
    for (int i = 0; i < 3; ++i) {
        xmlChar *value = xmlGetProp(suite, (const xmlChar *)wanted[i][0]);
        ck_assert_str_eq((const char *)value, wanted[i][1]);
        xmlFree(value);
    }
    ck_assert_uint_eq(xmlChildElementCount(suite), 3);
    xmlUnsetProp(suite, (const xmlChar *)"name"); /* the schema refuses what is wrong */
    ck_assert(!keeps_to_the_schema(document));
    xmlFreeDoc(document);
    free(text);
}
END_TEST

START_TEST(hostile_text_is_made_visible)
{
    ck_assert_str_eq(hz_visible(&arena, "a\033[31mb", false), "a\\x1b[31mb");
    ck_assert_str_eq(hz_visible(&arena, "one\ntwo", false), "one\\x0atwo");
    ck_assert_str_eq(hz_visible(&arena, "one\ntwo", true), "one\ntwo");
    ck_assert_str_eq(hz_visible(&arena, "\xff\xc0\x80", false), "\\xff\\xc0\\x80");
    ck_assert_str_eq(hz_visible(&arena, "año", false), "año");
    ck_assert_str_eq(hz_visible(&arena, "\u202egnp", false), "\\xe2\\x80\\xaegnp");
    ck_assert_str_eq(hz_visible(&arena, "\xe2\x82", false), "\\xe2\\x82");
    ck_assert_str_eq(hz_visible(&arena, NULL, false), "");
}
END_TEST

START_TEST(words_are_broken_only_where_they_do_not_fit)
{
    static const struct {
        const char *text;
        size_t bytes;
    } wanted[] = {{"ten fits.", 9},
                  {"0123456789", 10},
                  {"one two three", 7},
                  {"one two th", 10},
                  {"0123456789 eleven", 10},
                  {"0123456789eleven", 10},
                  {"    0123456789", 10},
                  {"    ab 01234567", 6},
                  {"año año añoño", 9},
                  {"one\ntwo three four", 3},
                  {"", 0}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; ++i)
        ck_assert_msg(hz_fitting_words(wanted[i].text, 10) == wanted[i].bytes, "\"%s\": %zu",
                      wanted[i].text, hz_fitting_words(wanted[i].text, 10));
}
END_TEST

START_TEST(text_is_cut_and_folded_by_columns)
{
    ck_assert_str_eq(hz_cut(&arena, "short", 5), "short");
    ck_assert_str_eq(hz_cut(&arena, "longer", 5), "long…");
    ck_assert_int_eq(hz_columns("año"), 3);
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    struct hz_paper paper = {.file = file, .width = 12};
    hz_folded(&paper, 2, "one two three four\nfive");
    fclose(file);
    ck_assert_str_eq(text, "  one two\n  three four\n  five\n");
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_set_timeout(all, 60);
    tcase_add_test(all, rows_columns_and_counts);
    tcase_add_test(all, what_cannot_be_compared_has_no_ratio);
    tcase_add_test(all, a_broken_run_is_neither_clean_nor_missed);
    tcase_add_test(all, the_matrix_fits_80_columns);
    tcase_add_test(all, the_matrix_fits_80_columns_whatever_is_in_it);
    tcase_add_test(all, a_wide_matrix_counts_schedules);
    tcase_add_test(all, a_search_is_written_and_read);
    tcase_add_test(all, junit_is_xml_whatever_the_text);
    tcase_add_test(all, hostile_text_is_made_visible);
    tcase_add_test(all, words_are_broken_only_where_they_do_not_fit);
    tcase_add_test(all, text_is_cut_and_folded_by_columns);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
