/*
 * The catalog as a whole: a good corpus is read as it stands (tests/data/catalog/good),
 * and what is wrong with pairs, files and folders is told (corpora made here).
 */
#include "catalog_corpus.h"

/* ---- a good corpus ---- */

static void load_good(const char *folder)
{
    bool loaded = hz_catalog_load(&arena, folder, detectors, &catalog, &error);
    ck_assert_msg(loaded, "%s", error.text);
    for (size_t i = 0; i < catalog.faults.n; i++)
        ck_abort_msg("%s:%d: %s", catalog.faults.at[i].file, catalog.faults.at[i].line,
                     catalog.faults.at[i].message);
}

START_TEST(pairs_come_by_class_and_name)
{
    load_good(TEST_DATA "/catalog/good//");
    ck_assert_uint_eq(catalog.pairs.n, 3);
    ck_assert_str_eq(catalog.pairs.at[0].id, "race/a-counter");
    ck_assert_str_eq(catalog.pairs.at[1].id, "race/b-counter");
    ck_assert_str_eq(catalog.pairs.at[2].id, "deadlock/two-doors");
    ck_assert_int_eq(catalog.pairs.at[2].class, HZ_DEADLOCK);
    const struct hz_source *source = &catalog.pairs.at[0].source[HZ_FIXED];
    ck_assert_str_eq(source->name, "fixed/race/a-counter.c");
    ck_assert_str_eq(source->path, TEST_DATA "/catalog/good/fixed/race/a-counter.c");
}
END_TEST

START_TEST(a_header_is_read)
{
    load_good(TEST_DATA "/catalog/good");
    const struct hz_pair *pair = &catalog.pairs.at[2];
    ck_assert_str_eq(pair->kind, "lock-order");
    ck_assert_str_eq(pair->source[HZ_BUGGY].essay,
                     "Two guards lock two doors, each in the order of their own round.\n\n"
                     "A second paragraph\n  with a line that stands further in.");
    ck_assert_uint_eq(pair->concepts.n, 3);
    ck_assert_str_eq(pair->concepts.at[0], "lock");
    ck_assert_str_eq(pair->concepts.at[2], "deadlock");
    ck_assert_uint_eq(pair->see.n, 2);
    ck_assert_str_eq(pair->see.at[1], "pthread_mutex_lock(3)");
    ck_assert(pair->also_misuse && !catalog.pairs.at[0].also_misuse);
    ck_assert_str_eq(pair->source[HZ_BUGGY].flags, "-O0");
    ck_assert_str_eq(catalog.pairs.at[0].source[HZ_BUGGY].flags, "-O2");
    ck_assert_str_eq(catalog.pairs.at[0].source[HZ_FIXED].flags, "-O2");
}
END_TEST

static void expects(const struct hz_pair *pair, enum hz_variant variant, const char *detector,
                    enum hz_word word, const char *why)
{
    struct hz_expectation expectation = hz_pair_expects(pair, variant, detector);
    ck_assert_str_eq(expectation.detector, detector);
    ck_assert_str_eq(hz_word_name(expectation.word), hz_word_name(word));
    ck_assert_int_eq(expectation.why != NULL, why != NULL);
    if (why != NULL)
        ck_assert_str_eq(expectation.why, why);
}

START_TEST(expectations_are_read)
{
    load_good(TEST_DATA "/catalog/good");
    const struct hz_pair *pair = &catalog.pairs.at[2];
    expects(pair, HZ_BUGGY, "tsan", HZ_EXPECT_CAUGHT, NULL);
    expects(pair, HZ_BUGGY, "helgrind", HZ_EXPECT_SOMETIMES, "only where both rounds are walked");
    expects(pair, HZ_BUGGY, "drd", HZ_EXPECT_BLIND, "keeps no lock-order graph: it looks at races");
    expects(pair, HZ_BUGGY, "newcomer", HZ_EXPECT_NONE, NULL);
    expects(pair, HZ_FIXED, "tsan", HZ_EXPECT_CLEAN, NULL);
    expects(pair, HZ_FIXED, "helgrind", HZ_EXPECT_FALSE_ALARM, "remembers the old round");
    expects(pair, HZ_FIXED, "drd", HZ_EXPECT_CLEAN, NULL);
    expects(pair, HZ_FIXED, "newcomer", HZ_EXPECT_NONE, NULL);
}
END_TEST

START_TEST(markers_are_read)
{
    load_good(TEST_DATA "/catalog/good");
    const struct hz_source *buggy = &catalog.pairs.at[2].source[HZ_BUGGY];
    ck_assert_uint_eq(buggy->markers.n, 2);
    const struct hz_marker *marker = hz_source_marker(buggy, 28);
    ck_assert_ptr_nonnull(marker);
    ck_assert_str_eq(marker->text, "the other guard holds it and waits for us");
    ck_assert_ptr_nonnull(hz_source_marker(buggy, 40));
    ck_assert_str_eq(hz_source_marker(buggy, 40)->text, "the other way round");
    ck_assert_ptr_null(hz_source_marker(buggy, 29));
    ck_assert_ptr_null(hz_source_marker(buggy, 0));
    ck_assert_uint_eq(catalog.pairs.at[2].source[HZ_FIXED].markers.n, 1);
}
END_TEST

START_TEST(a_source_knows_its_file)
{
    const struct hz_source source = {.path = "../corpus/scenarios/race/x.c",
                                     .name = "scenarios/race/x.c"};
    ck_assert(hz_source_is(&source, "../corpus/scenarios/race/x.c"));
    ck_assert(hz_source_is(&source, "/elsewhere/scenarios/race/x.c"));
    ck_assert(hz_source_is(&source, "/scenarios/race/x.c"));
    ck_assert(hz_source_is(&source, "scenarios/race/x.c"));
    ck_assert(!hz_source_is(&source, "/elsewhere/fixed/race/x.c"));
    ck_assert(!hz_source_is(&source, "/elsewhere/myscenarios/race/x.c"));
    ck_assert(!hz_source_is(&source, "race/x.c"));
    ck_assert(!hz_source_is(&source, "x.c"));
    ck_assert(!hz_source_is(&source, ""));
    ck_assert(!hz_source_is(&source, NULL));
}
END_TEST

START_TEST(words_have_names_both_ways)
{
    for (int i = HZ_EXPECT_NONE; i <= HZ_EXPECT_FALSE_ALARM; i++) {
        enum hz_word word;
        ck_assert(hz_word_parse(hz_word_name((enum hz_word)i), &word));
        ck_assert_int_eq(word, i);
    }
    enum hz_word word;
    ck_assert(!hz_word_parse("catched", &word));
    ck_assert_str_eq(hz_variant_name(HZ_BUGGY), "buggy");
    ck_assert_str_eq(hz_variant_name(HZ_FIXED), "fixed");
}
END_TEST

/* ---- several faults ---- */

START_TEST(all_faults_come_at_once_sorted)
{
    const char *buggy = edited(buggy_text, "@see ", "@sea ");
    buggy = edited(buggy, "thread, race", "thread, rice");
    buggy = edited(buggy, "drd=missed", "drd=mist");
    const char *fixed = edited(fixed_text, "FIX: in", "HAZARD: in");
    write_pair(buggy, edited(fixed, "lost-update", "lost"));
    write_text("scenarios/race/alone.c", edited(buggy_text, "tsan=caught", "tsan=seen"));
    load();
    static const char *const begins[] = {
        "fixed/race/sales.c:4: ",     "fixed/race/sales.c:12: ",    "scenarios/race/alone.c:0: ",
        "scenarios/race/alone.c:6: ", "scenarios/race/sales.c:5: ", "scenarios/race/sales.c:7: ",
        "scenarios/race/sales.c:9: ",
    };
    const char *at = faults();
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++, at = strchr(at, '\n') + 1)
        ck_assert_msg(strncmp(at, begins[i], strlen(begins[i])) == 0, "%s: %s", begins[i], at);
    ck_assert_str_eq(at, "");
}
END_TEST

START_TEST(the_class_is_the_folders)
{
    make_folder("scenarios/deadlock");
    make_folder("fixed/deadlock");
    write_text("scenarios/deadlock/sales.c", buggy_text);
    write_text("fixed/deadlock/sales.c", fixed_text);
    load();
    const char *all = faults();
    ck_assert_ptr_nonnull(
        strstr(all, "fixed/deadlock/sales.c:4: @repairs says race, but the file"));
    ck_assert_ptr_nonnull(strstr(all, "scenarios/deadlock/sales.c:4: @hazard says race, but the"));
    ck_assert_uint_eq(catalog.faults.n, 2);
}
END_TEST

/* ---- the two files of a pair ---- */

START_TEST(a_twin_must_not_be_missing)
{
    write_text("scenarios/race/one.c", buggy_text);
    write_text("fixed/race/other.c", fixed_text);
    write_pair(buggy_text, fixed_text);
    load();
    ck_assert_str_eq(faults(),
                     "fixed/race/other.c:0: has no buggy twin: write scenarios/race/other.c\n"
                     "scenarios/race/one.c:0: has no corrected twin: write fixed/race/one.c\n");
    ck_assert_uint_eq(catalog.pairs.n, 1);
    ck_assert_str_eq(catalog.pairs.at[0].id, "race/sales");
}
END_TEST

/* `same`: what replaces the mended line. */
static void write_same(const char *same)
{
    const char *line = "__sync_fetch_and_add(&sales, 1); /* FIX: in one step */";
    write_pair(buggy_text, edited(fixed_text, line, same));
    load();
}

START_TEST(a_twin_must_not_be_the_same)
{
    static const char same[] = "fixed/race/sales.c:0: is the same program as its buggy twin";
    write_same("sales++; /* FIX: not at all */");
    ck_assert_msg(strncmp(faults(), same, sizeof same - 1) == 0, "%s", faults());
    ck_assert_uint_eq(catalog.faults.n, 1);
    write_same("sales++; /* FIX: not at all */ /* but well said */\n\n");
    ck_assert_msg(strncmp(faults(), same, sizeof same - 1) == 0, "%s", faults());
    write_same("sales--; /* FIX: somehow */");
    ck_assert_str_eq(faults(), "");
}
END_TEST

/* A twin with so many lines more than the buggy program, besides the one that is replaced. */
static void write_longer(int lines)
{
    const char *more = "";
    for (int i = 0; i < lines; i++)
        more = hz_printf(&arena, "%s\n    sales += %d;", more, i);
    const char *fixed = edited(fixed_text, "{", hz_printf(&arena, "{%s", more));
    write_pair(buggy_text, fixed);
    load();
}

START_TEST(a_twin_must_not_differ_by_too_much)
{
    write_longer(HZ_CATALOG_DIFF - 2);
    ck_assert_str_eq(faults(), "");
    write_longer(HZ_CATALOG_DIFF - 1);
    ck_assert_str_eq(faults(),
                     "fixed/race/sales.c:0: takes 1 lines from its buggy twin and adds 40, "
                     "more than 40 in all: change nothing but what mends it\n");
}
END_TEST

START_TEST(headers_markers_and_empty_lines_are_no_difference)
{
    const char *essay = "", *gap = "", *marker = "";
    for (int i = 0; i < 3 * HZ_CATALOG_DIFF; i++) {
        essay = hz_printf(&arena, "%s * And line %d.\n", essay, i);
        gap = hz_printf(&arena, "%s\n  ", gap);
        marker = hz_printf(&arena, "%s\n     * line %d", marker, i);
    }
    const char *fixed = edited(fixed_text, " *\n", hz_printf(&arena, "%s *\n", essay));
    fixed = edited(fixed, "in one step", hz_printf(&arena, "in one step %s", marker));
    write_pair(buggy_text, edited(fixed, "static", hz_printf(&arena, "%sstatic", gap)));
    load();
    ck_assert_str_eq(faults(), "");
}
END_TEST

START_TEST(the_same_flags_in_both_are_right)
{
    write_pair(edited(buggy_text, " */", " * @flags   -O2\n */"),
               edited(fixed_text, " */", " * @flags   -O2\n */"));
    load();
    ck_assert_str_eq(faults(), "");
    ck_assert_str_eq(catalog.pairs.at[0].source[HZ_BUGGY].flags, "-O2");
}
END_TEST

/* ---- files and folders ---- */

START_TEST(a_zero_byte_is_told)
{
    char *text = hz_dup(&arena, buggy_text);
    write_pair(buggy_text, fixed_text);
    *strstr(text, "sales++") = '\0';
    write_bytes("scenarios/race/sales.c", text, sizeof buggy_text - 1);
    load();
    ck_assert_str_eq(faults(), "scenarios/race/sales.c:17: a zero byte: remove it\n");
}
END_TEST

START_TEST(line_ends_are_told_once_and_hide_nothing)
{
    const char *text = "";
    for (const char *at = edited(buggy_text, "@see", "@sea"); *at != '\0'; at++)
        text = hz_printf(&arena, "%s%s%c", text, *at == '\n' ? "\r" : "", *at);
    write_pair(text, fixed_text);
    load();
    ck_assert_uint_eq(catalog.faults.n, 2);
    ck_assert_int_eq(catalog.faults.at[0].line, 1);
    ck_assert_int_eq(catalog.faults.at[1].line, 9);
}
END_TEST

START_TEST(an_endless_header_is_told)
{
    const char *text = "/*\n * It goes on\n * @hazard race/x\n";
    write_pair(text, fixed_text);
    load();
    ck_assert_ptr_nonnull(strstr(faults(), "scenarios/race/sales.c:1: the header comment has no"));
}
END_TEST

START_TEST(empty_files_are_told_and_do_no_harm)
{
    write_pair("", "");
    load();
    ck_assert_ptr_nonnull(strstr(faults(), "scenarios/race/sales.c:1: no header"));
    ck_assert_ptr_nonnull(strstr(faults(), "fixed/race/sales.c:1: no header"));
    ck_assert_ptr_nonnull(strstr(faults(), "fixed/race/sales.c:0: is the same program"));
    ck_assert_uint_eq(catalog.pairs.n, 0);
}
END_TEST

START_TEST(broken_code_ends_somewhere)
{
    static const char *const ends[] = {"\"", "'\\", "/* open", "// \\", "/", "\"\\\n", "/*/"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        write_pair(hz_printf(&arena, "%s%s", buggy_text, ends[i]), fixed_text);
        load();
        ck_assert_str_eq(faults(), "");
    }
}
END_TEST

/* Reading one would wait for its writer for ever. */
START_TEST(a_fifo_is_not_opened)
{
    write_pair(buggy_text, fixed_text);
    ck_assert_int_eq(mkfifo(hz_printf(&arena, "%s/scenarios/race/pipe.c", root), 0600), 0);
    make_folder("fixed/race/pipe.c");
    load();
    ck_assert_ptr_nonnull(strstr(faults(), "scenarios/race/pipe.c:0: is not a regular file"));
    ck_assert_ptr_nonnull(strstr(faults(), "fixed/race/pipe.c:0: is not a regular file"));
    ck_assert_uint_eq(catalog.faults.n, 2);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_told)
{
    write_pair(buggy_text, fixed_text);
    ck_assert_int_eq(unlink(hz_printf(&arena, "%s/fixed/race/sales.c", root)), 0);
    ck_assert_int_eq(symlink("nowhere", hz_printf(&arena, "%s/fixed/race/sales.c", root)), 0);
    load();
    ck_assert_str_eq(faults(), "fixed/race/sales.c:0: cannot be read: No such file or directory\n");
}
END_TEST

static const char *repeated(const char *text, size_t times)
{
    size_t n = strlen(text);
    char *all = hz_alloc(&arena, n * times + 1);
    for (size_t i = 0; i < times; i++)
        memcpy(all + i * n, text, n);
    return all;
}

START_TEST(a_file_that_is_too_long_is_told)
{
    static const char told[] = "fixed/race/sales.c:0: is too long";
    write_pair(buggy_text, hz_printf(&arena, "%s%s", fixed_text, repeated("x;\n", 990)));
    load();
    ck_assert_msg(strncmp(faults(), told, sizeof told - 1) == 0, "%s", faults());
    ck_assert_uint_eq(catalog.faults.n, 1);
    write_pair(buggy_text, hz_printf(&arena, "%s//%s\n", fixed_text, repeated("x", 128 * 1024)));
    load();
    ck_assert_msg(strncmp(faults(), told, sizeof told - 1) == 0, "%s", faults());
    write_pair(buggy_text, hz_printf(&arena, "%s%s", fixed_text, repeated("\n", 950)));
    load();
    ck_assert_str_eq(faults(), "");
}
END_TEST

START_TEST(what_lies_in_the_wrong_place_is_told)
{
    write_pair(buggy_text, fixed_text);
    make_folder("scenarios/rage");
    make_folder("fixed/misuse");
    make_folder("scenarios/race/deeper");
    make_folder("scenarios/.git");
    write_text("scenarios/sales.c", buggy_text);
    write_text("scenarios/README", "");
    write_text("scenarios/race/notes.txt", "");
    write_text("scenarios/race/.sales.c", "");
    load();
    ck_assert_str_eq(faults(),
                     "fixed/misuse:0: is not a class: use race, deadlock or starvation\n"
                     "scenarios/race/deeper:0: folders below a class are not read: move its files "
                     "up\n"
                     "scenarios/rage:0: is not a class: use race, deadlock or starvation\n"
                     "scenarios/sales.c:0: belongs in a folder of its class: race, deadlock or "
                     "starvation\n");
    ck_assert_uint_eq(catalog.pairs.n, 1);
}
END_TEST

START_TEST(names_are_plain)
{
    static const char *const bad[] = {"Sales", "sales_2", "sales.x", "sale s", "s\xc3\xa9"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *buggy = hz_printf(&arena, "scenarios/race/%s.c", bad[i]);
        write_text(buggy, buggy_text);
        write_text(hz_printf(&arena, "fixed/race/%s.c", bad[i]), fixed_text);
        load();
        ck_assert_uint_eq(catalog.faults.n, 2 * (i + 1));
        ck_assert_ptr_nonnull(
            strstr(faults(), hz_printf(&arena, "%s:0: its name may only have small", buggy)));
    }
    ck_assert_uint_eq(catalog.pairs.n, 0);
}
END_TEST

START_TEST(a_folder_that_is_no_corpus_is_an_error)
{
    ck_assert(!hz_catalog_load(&arena, "/nowhere", detectors, &catalog, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "/nowhere/scenarios: No such file"));
    ck_assert_int_eq(rmdir(hz_printf(&arena, "%s/fixed/race", root)), 0);
    ck_assert_int_eq(rmdir(hz_printf(&arena, "%s/fixed", root)), 0);
    ck_assert(!hz_catalog_load(&arena, root, detectors, &catalog, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "/fixed: No such file"));
    make_folder("fixed");
    load();
    ck_assert_uint_eq(catalog.pairs.n + catalog.faults.n, 0);
}
END_TEST

static TCase *reading(void)
{
    TCase *tests = tcase_create("reading");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, pairs_come_by_class_and_name);
    tcase_add_test(tests, a_header_is_read);
    tcase_add_test(tests, expectations_are_read);
    tcase_add_test(tests, markers_are_read);
    tcase_add_test(tests, a_source_knows_its_file);
    tcase_add_test(tests, words_have_names_both_ways);
    return tests;
}

static TCase *checking(void)
{
    TCase *tests = tcase_create("checking");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, all_faults_come_at_once_sorted);
    tcase_add_test(tests, the_class_is_the_folders);
    tcase_add_test(tests, a_twin_must_not_be_missing);
    tcase_add_test(tests, a_twin_must_not_be_the_same);
    tcase_add_test(tests, a_twin_must_not_differ_by_too_much);
    tcase_add_test(tests, headers_markers_and_empty_lines_are_no_difference);
    tcase_add_test(tests, the_same_flags_in_both_are_right);
    tcase_add_test(tests, a_zero_byte_is_told);
    tcase_add_test(tests, line_ends_are_told_once_and_hide_nothing);
    tcase_add_test(tests, an_endless_header_is_told);
    tcase_add_test(tests, empty_files_are_told_and_do_no_harm);
    tcase_add_test(tests, broken_code_ends_somewhere);
    tcase_add_test(tests, a_fifo_is_not_opened);
    tcase_add_test(tests, a_file_that_cannot_be_read_is_told);
    tcase_add_test(tests, a_file_that_is_too_long_is_told);
    tcase_add_test(tests, what_lies_in_the_wrong_place_is_told);
    tcase_add_test(tests, names_are_plain);
    tcase_add_test(tests, a_folder_that_is_no_corpus_is_an_error);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("catalog");
    suite_add_tcase(suite, reading());
    suite_add_tcase(suite, checking());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
