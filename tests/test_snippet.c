/* Source lines in reports: where they are found, what is not read, how they are printed. */
#include "report/snippet.h"
#include "report/terminal.h"
#include "runs.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct hz_snippets snippets;
static char folder[64];

static void setup(void)
{
    hz_arena_init(&arena);
    snippets = (struct hz_snippets){.arena = &arena};
    strcpy(folder, "/tmp/hazmat-snippet-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
    hz_arena_free(&arena);
}

static const char *put(const char *name, const char *text)
{
    const char *path = hz_printf(&arena, "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

START_TEST(lines_are_found)
{
    const char *path = put("a.c", "one\n\ttwo\033[2J\nthree");
    ck_assert_str_eq(hz_snippet_text(&snippets, path, 1), "one");
    ck_assert_str_eq(hz_snippet_text(&snippets, path, 2), "        two\\x1b[2J");
    ck_assert_str_eq(hz_snippet_text(&snippets, path, 3), "three");
    ck_assert_ptr_null(hz_snippet_text(&snippets, path, 4));
    ck_assert_ptr_null(hz_snippet_text(&snippets, path, 0));
    ck_assert_ptr_null(hz_snippet_text(&snippets, path, -1));
    ck_assert_ptr_null(hz_snippet_text(&snippets, NULL, 1));
    ck_assert_ptr_null(hz_snippet_text(&snippets, "/nowhere/a.c", 1));
    ck_assert_uint_eq(snippets.files.n, 2); /* each was looked for once */
}
END_TEST

/* A corpus that was built in another place. */
START_TEST(files_of_the_corpus_are_found_by_their_names)
{
    ck_assert_int_eq(mkdir(hz_printf(&arena, "%s/fixed", folder), 0700), 0);
    put("fixed/a.c", "here\n");
    ck_assert_ptr_null(hz_snippet_text(&snippets, "/elsewhere/fixed/a.c", 1));
    struct hz_snippets rooted = {.arena = &arena, .root = folder};
    ck_assert_str_eq(hz_snippet_text(&rooted, "/elsewhere/fixed/a.c", 1), "here");
    ck_assert_str_eq(hz_snippet_text(&rooted, "fixed/a.c", 1), "here");
    ck_assert_str_eq(hz_snippet_text(&rooted, "/fixed/scenarios/fixed/a.c", 1), "here");
    ck_assert_ptr_null(hz_snippet_text(&rooted, "/elsewhere/unfixed/a.c", 1));
}
END_TEST

/* A name that a tool gave may be that of anything: a FIFO would be waited for for ever. */
START_TEST(only_plain_files_of_some_size_are_read)
{
    const char *fifo = hz_printf(&arena, "%s/fifo", folder);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert_ptr_null(hz_snippet_text(&snippets, fifo, 1));
    ck_assert_ptr_null(hz_snippet_text(&snippets, folder, 1));
    const char *large = put("large.c", "first\n");
    ck_assert_int_eq(truncate(large, 4 << 20), 0);
    ck_assert_str_eq(hz_snippet_text(&snippets, large, 1), "first");
    const char *too_large = put("too-large.c", "first\n");
    ck_assert_int_eq(truncate(too_large, (4 << 20) + 1), 0);
    ck_assert_ptr_null(hz_snippet_text(&snippets, too_large, 1));
}
END_TEST

static char *printed(const char *text, int line)
{
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    struct hz_paper paper = {.file = file, .width = 80};
    hz_snippet_print(&paper, text, line, HZ_RED);
    fclose(file);
    return out;
}

static void ck_printed(const char *text, int line, const char *wanted)
{
    char *out = printed(text, line);
    ck_assert_str_eq(out, wanted);
    free(out);
}

START_TEST(the_statement_is_marked)
{
    ck_printed("    a++; /* HAZARD: x */", 27,
               "   27 |     a++; /* HAZARD: x */\n"
               "      |     ^~~~\n");
    ck_printed("  año(); // x", 7,
               "    7 |   año(); // x\n"
               "      |   ^~~~~~\n");
    ck_printed("/* all */", 7,
               "    7 | /* all */\n"
               "      | ^~~~~~~~~\n");
    ck_printed("}", 123456,
               "123456 | }\n"
               "      | ^\n");
    ck_printed("   ", 7, "    7 |    \n");
    char *absurd = calloc(1, 100001);
    memset(absurd, 'x', 100000);
    char *out = printed(absurd, 7);
    ck_assert_uint_le(strlen(out), 1000);
    free(out);
    free(absurd);
}
END_TEST

/* ---- findings, as a compiler prints them ---- */

static struct hz_party *add_party(struct hz_finding *finding, const char *id, const char *file,
                                  int line)
{
    struct hz_party *party = hz_push(&arena, &finding->parties);
    party->id = id;
    party->role = "write";
    *hz_push(&arena, &party->stack) = (struct hz_frame){"add", file, line, "/bin/bank", 0};
    *hz_push(&arena, &party->stack) = (struct hz_frame){"start_thread", NULL, 0, "/lib/c", 0};
    return party;
}

static char *findings(const struct hz_run *run, const char *root)
{
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    struct hz_paper paper = {.file = file, .width = 80};
    ck_assert_uint_eq(hz_terminal_findings(&paper, run, 1, root), run->findings.n);
    fclose(file);
    return out;
}

START_TEST(a_finding_is_printed_as_by_a_compiler)
{
    const char *path = put("bank.c", "one;\ntwo;\nthree;\n");
    struct hz_run run = {.pair = "bank", .class = HZ_RACE, .detector = "tsan"};
    struct hz_finding *finding = make_finding(&run, "data-race", "two writes");
    struct hz_party *party = add_party(finding, "T1", path, 2);
    *hz_push(&arena, &party->holds) = (struct hz_thing){"mutex", "m", {"add", path, 1, NULL, 0}};
    add_party(finding, "T2", path, 3);
    char *out = findings(&run, folder);
    ck_assert_str_eq(out, "bank.c:2: error: race: two writes [data-race; tsan]\n"
                          "    2 | two;\n"
                          "      | ^~~~\n"
                          "bank.c:2: note: T1: write\n"
                          "      add                          bank.c:2\n"
                          "bank.c:1: note: holds mutex m, taken here\n"
                          "    1 | one;\n"
                          "      | ^~~~\n"
                          "bank.c:3: note: T2: write\n"
                          "    3 | three;\n"
                          "      | ^~~~~~\n"
                          "      add                          bank.c:3\n"
                          "\n");
    free(out);
}
END_TEST

/* A line without a file, a file without a line: a stream may say so. */
START_TEST(places_that_are_known_by_half)
{
    struct hz_run run = {.pair = "bank", .class = HZ_RACE, .detector = "drd"};
    struct hz_finding *finding = make_finding(&run, "data-race", "a\033write");
    finding->sure = HZ_PROBABLE;
    finding->times = 2;
    struct hz_party *party = add_party(finding, NULL, NULL, 7);
    *hz_push(&arena, &party->holds) = (struct hz_thing){"mutex", "m", {"add", NULL, 1, NULL, 0}};
    add_party(finding, "T2", "bank.c", 0);
    char *out = findings(&run, NULL);
    ck_assert_str_eq(out, "warning: race: a\\x1bwrite [data-race; drd; probable] (2 times)\n"
                          "note: write\n"
                          "      add                          (/bin/bank)\n"
                          "note: holds mutex m\n"
                          "note: T2: write\n"
                          "      add                          (/bin/bank)\n"
                          "\n");
    free(out);
}
END_TEST

/* Of one hazard speaks who saw it happen; of two who did, or did not, who has names for the locks.
 */
START_TEST(one_finding_speaks_for_all_detectors)
{
    static const struct {
        enum hz_sure sure[3];
        const char *lock, *told;
    } table[] = {
        {{HZ_PROBABLE, HZ_CERTAIN, HZ_PROBABLE}, "m", "error: race: second"},
        {{HZ_CERTAIN, HZ_PROBABLE, HZ_PROBABLE}, "m", "error: race: first"},
        {{HZ_PROBABLE, HZ_PROBABLE, HZ_PROBABLE}, "m", "warning: race: third"},
        {{HZ_CERTAIN, HZ_CERTAIN, HZ_CERTAIN}, "m", "error: race: third"},
        {{HZ_CERTAIN, HZ_CERTAIN, HZ_CERTAIN}, NULL, "error: race: first"},
    };
    static const char *const detectors[] = {"helgrind", "drd", "watchdog"};
    static const char *const texts[] = {"first", "second", "third"};
    for (size_t row = 0; row < sizeof table / sizeof *table; row++) {
        struct hz_run runs[3] = {0};
        for (size_t i = 0; i < 3; i++) {
            runs[i].detector = detectors[i];
            struct hz_finding *finding = make_finding(&runs[i], "data-race", texts[i]);
            finding->sure = table[row].sure[i];
            struct hz_party *party = add_party(finding, "T1", "bank.c", 7);
            if (i == 2)
                party->waits_for = (struct hz_thing){"mutex", table[row].lock, {0}};
        }
        char *out = NULL;
        size_t size = 0;
        FILE *file = open_memstream(&out, &size);
        struct hz_paper paper = {.file = file, .width = 80};
        ck_assert_uint_eq(hz_terminal_findings(&paper, runs, 3, NULL), 1);
        fclose(file);
        ck_assert_msg(strstr(out, table[row].told) != NULL, "row %zu: %s", row, out);
        ck_assert_ptr_nonnull(strstr(out, "[data-race; helgrind, drd, watchdog"));
        free(out);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("snippet");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_set_timeout(all, 60);
    tcase_add_test(all, lines_are_found);
    tcase_add_test(all, files_of_the_corpus_are_found_by_their_names);
    tcase_add_test(all, only_plain_files_of_some_size_are_read);
    tcase_add_test(all, the_statement_is_marked);
    tcase_add_test(all, a_finding_is_printed_as_by_a_compiler);
    tcase_add_test(all, places_that_are_known_by_half);
    tcase_add_test(all, one_finding_speaks_for_all_detectors);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
