/*
 * Each fault within a file is told with its line and what to do: one edit of a good
 * pair, one fault. And what only looks like one is let be.
 */
#include "catalog_corpus.h"

#define B HZ_BUGGY
#define F HZ_FIXED

/* One edit of a good pair; the line in which the one fault is, and a part of its message. */
static const struct {
    enum hz_variant variant;
    const char *from, *to;
    int line;
    const char *says;
} edits[] = {
    /* the header as a whole */
    {B, "/*\n * Two", "int x;\n/*\n * Two", 1, "begin the file with a block comment"},
    {F, "/*\n * One", "// One", 1, "begin the file with a block comment"},
    {B, " * Two clerks count the same sales.\n", "", 1, "no essay"},
    /* keys */
    {B, " * @see ", " * @sea ", 9, "unknown key @sea: a buggy file has @hazard, @concept"},
    {F, " * @repairs", " * @sea CWE-1\n * @repairs", 4,
     "unknown key @sea: a fixed file has @repairs, @expect, @why, @flags"},
    {B, " * @see ", " * @See ", 9, "unknown key @See"},
    {B, " * @see ", " * @ ", 9, "unknown key @:"},
    {B, " * @see      CWE-362", " * @see", 9, "@see is empty"},
    {B, " */", " * @see CWE-1\n */", 10, "a second @see: put all into the one in line 9"},
    {B, " */", " * @hazard race/x\n */", 10, "a second @hazard"},
    {B, " */", " * @concept pool\n */", 10, "a second @concept"},
    {B, " */", " * @expect tsan=blind\n */", 10, "a second @expect"},
    {F, " */", " * @repairs race/lost-update\n */", 5, "a second @repairs"},
    {F, " */", " * @see CWE-1\n */", 5, "@see belongs in the buggy file"},
    {F, " */", " * @concept race\n */", 5, "@concept belongs in the buggy file"},
    {B, " */", " * @repairs race/lost-update\n */", 10, "@repairs belongs in the fixed file"},
    /* class and kind */
    {B, " * @hazard   race/lost-update\n", "", 1, "no @hazard: add \"@hazard CLASS/KIND\""},
    {F, " * @repairs  race/lost-update\n", "", 1, "no @repairs: add \"@repairs CLASS/KIND\""},
    {B, "race/lost-update", "lost-update", 4, "write @hazard CLASS/KIND"},
    {B, "race/lost-update", "race/", 4, "write @hazard CLASS/KIND"},
    {B, "race/lost-update", "race/Lost_Update", 4, "not \"race/Lost_Update\""},
    {B, "race/lost-update", "", 4, "write @hazard CLASS/KIND"},
    {B, "race/lost-update", "rage/lost-update", 4, "unknown class \"rage\""},
    {B, "race/lost-update", "misuse/lost-update", 4, "unknown class \"misuse\""},
    {F, "race/lost-update", "deadlock/lost-update", 4, "but the file is in the folder race"},
    {F, "race/lost-update", "race/found-update", 4,
     "@repairs race/found-update, but its buggy twin is @hazard race/lost-update"},
    /* concepts */
    {B, " * @concept  thread, race\n", "", 1, "no @concept"},
    {B, "thread, race", "thread, rice", 5, "unknown concept \"rice\": use program, process"},
    {B, "thread, race", "thread race", 5, "unknown concept \"thread race\""},
    {B, "thread, race", "race,\n *   thread, pool,\n *   race", 7,
     "the concept race stands here twice"},
    {B, "thread, race", " ,", 5, "@concept is empty"},
    /* expectations */
    {B, "tsan=caught ", "", 6, "@expect says nothing of tsan: add tsan=WORD (caught, blind"},
    {B, "drd=missed", "drd=missed asan=caught", 7,
     "@expect of unknown detector \"asan\": known are tsan, helgrind, drd"},
    {B, "drd=missed", "drd=missed bare=caught", 7, "@expect speaks of bare"},
    {B, "drd=missed", "drd=missed tsan=caught", 7, "@expect speaks of tsan twice (line 6 too)"},
    {B, "tsan=caught", "tsan=catched", 6,
     "@expect tsan=catched: for a buggy program the words are"},
    {B, "tsan=caught", "tsan=clean", 6, "for a buggy program the words are caught, blind, missed"},
    {B, "tsan=caught", "tsan=none", 6, "@expect tsan=none"},
    {B, "tsan=caught", "tsan=", 6, "@expect tsan=:"},
    {B, "tsan=caught", "tsan=caught,", 6, "@expect tsan=caught,:"},
    {B, "drd=missed", "drd=missed well", 7, "@expect has \"well\": write DETECTOR=WORD"},
    {F, " */", " * @expect tsan=missed\n */", 5,
     "for a fixed program the words are clean, false-alarm, sometimes"},
    /* reasons */
    {B, " * @why      drd: looks away\n", "", 7, "why is drd missed? Add \"@why drd: reason\""},
    {B, "tsan=caught helgrind=caught\n", "tsan=caught\n * helgrind=sometimes\n", 7,
     "why is helgrind sometimes?"},
    {F, " */", " * @expect\n *   tsan=false-alarm\n */", 6, "why is tsan false-alarm?"},
    {B, "drd: looks", "drd, tsan: looks", 8, "@why speaks of tsan, which is expected to be caught"},
    {F, " */", " * @why drd: for nothing\n */", 5,
     "@why speaks of drd, which is expected to be clean"},
    {B, "drd: looks", "drd,asan: looks", 8, "@why of unknown detector \"asan\""},
    {B, " * @see", " * @why drd: again\n * @see", 9, "@why speaks of drd twice (line 8 too)"},
    {B, " * @see", " * @why\n * @see", 9, "write @why DETECTOR[,DETECTOR]: reason"},
    {B, " * @see", " * @why drd it is\n * @see", 9, "write @why DETECTOR[,DETECTOR]: reason"},
    {B, " * @see", " * @why : it is\n * @see", 9, "write @why DETECTOR[,DETECTOR]: reason"},
    {B, " * @see", " * @why tsan:\n * @see", 9, "write @why DETECTOR[,DETECTOR]: reason"},
    /* @also and @flags */
    {B, " * @see", " * @also race\n * @see", 9, "@also can only say misuse, not \"race\""},
    {B, " * @see", " * @flags -O4\n * @see", 9, "@flags can only be one of -O0, -O1, -O2, -O3"},
    {B, " * @see", " * @flags -O0 -g\n * @see", 9, "not \"-O0 -g\""},
    {B, " * @see", " * @flags\t-O0\n * @see", 9, "the build would not see this"},
    {B, " * @see", "@flags -O0\n * @see", 9, "the build would not see this"},
    {B, " * @see", " * @flags\n *   -O0\n * @see", 9, "the build would not see this"},
    {F, " */", " * @flags -O2\n */", 5, "built with -O2, its buggy twin with -O0"},
    {B, " */", " * @flags -O2\n */", 0, "built with -O0, its buggy twin with -O2"},
    /* markers */
    {B, " /* HAZARD: both do this */", "", 0, "no line is marked: end the line that goes wrong"},
    {F, " /* FIX: in one step */", "", 0, "no line is marked: end the line that was mended"},
    {B, "HAZARD: both do this", "HAZARD:", 17, "a HAZARD marker without text"},
    {B, "HAZARD: both do this", "HAZARD: :", 17, "a HAZARD marker without text"},
    {B, "HAZARD: both do this", "HAZARD both do this", 17, "write \"HAZARD: text\", with a colon"},
    {B, "HAZARD: both do this", "FIX: both do this", 17, "a FIX marker in a buggy program"},
    {F, "FIX: in one", "HAZARD: in one", 12, "here lines are marked FIX:"},
    {B, "    return unused", "    /* HAZARD: alone */\n    return unused", 18,
     "a HAZARD marker on a line without code"},
    {B, "    return unused", "    /* so: */ /* HAZARD: alone */\n    return unused", 18,
     "a HAZARD marker on a line without code"},
    {B, " */\n#include", " */ /* HAZARD: at the header */\n#include", 10,
     "a HAZARD marker on a line without code"},
    {B, "pthread.h>", "pthread.h> /* HAZARD: a directive */", 11, "on a line without code"},
    {B, "    sales++; /* HAZARD: both do this */", "/* HAZARD: first */ sales++;", 17,
     "a HAZARD marker on a line without code"},
    {B, "{\n", "{ /* HAZARD: before */ int x;\n", 16, "code after a HAZARD marker"},
    {B, "int sales;", "int sales; /* see HAZARD: below */", 13, "a marker must begin its comment"},
    {F, "int sales;", "int sales; // as the FIX: says", 8, "a marker must begin its comment"},
    /* bytes */
    {B, "the same", "the \xff same", 2, "not UTF-8"},
    {F, "{\n", "{\r\n", 11, "the line ends with CR LF"},
};

START_TEST(a_fault_is_told_with_its_line_and_what_to_do)
{
    enum hz_variant variant = edits[_i].variant;
    const char *text = edited(variant == B ? buggy_text : fixed_text, edits[_i].from, edits[_i].to);
    write_pair(variant == B ? text : buggy_text, variant == F ? text : fixed_text);
    load();
    bool of_twin = strstr(edits[_i].says, "built with -O0") != NULL;
    const char *file = variant == B && !of_twin ? "scenarios" : "fixed";
    const char *place = hz_printf(&arena, "%s/race/sales.c:%d: ", file, edits[_i].line);
    const char *all = faults();
    ck_assert_msg(strncmp(all, place, strlen(place)) == 0 && strstr(all, edits[_i].says) != NULL &&
                      catalog.faults.n == 1,
                  "wanted %s%s\ngot %s", place, edits[_i].says, all);
    ck_assert_uint_eq(catalog.pairs.n, 0);
}
END_TEST

/* What looks like a fault and is none. */
static const struct {
    enum hz_variant variant;
    const char *from, *to;
} harmless[] = {
    {B, "static int sales;", "static int sales; /* a PREFIX: HAZARDOUS, FIXME */"},
    {B, "static int sales;", "static int sales; /* the FIX is known */"},
    {B, "static int sales;", "static const char *x = \"/* FIX: no */\";\nstatic int sales;"},
    {B, "static int sales;", "#error don't /* a comment */\nstatic int sales;"},
    {B, "static int sales;",
     "static char quote = '\"', other = '\\''; // plain\nstatic int sales;"},
    {B, "Two clerks", "HAZARD: and FIX: may stand here. Two clerks"},
    {B, "CWE-362", "CWE-362,\n *   and a \xc3\xa9"},
    {B, "/* HAZARD: both do this */", "// HAZARD: both do this"},
    {B, "/* HAZARD: both do this */", "/* HAZARD: one */ /* a remark */"},
    {B, "/* HAZARD: both do this */", "/*HAZARD:one*/"},
    {B, "/*\n * Two", "\n\n/** Two"},
    {B, " * @see", " * @flags -O0\n * @see"},
    {F, " */", " * @expect drd=sometimes\n * @why drd: by luck\n */"},
    {B, "drd=missed", "drd=blind"},
};

START_TEST(what_is_right_is_no_fault)
{
    enum hz_variant variant = harmless[_i].variant;
    const char *text =
        edited(variant == B ? buggy_text : fixed_text, harmless[_i].from, harmless[_i].to);
    write_pair(variant == B ? text : buggy_text, variant == F ? text : fixed_text);
    load();
    ck_assert_str_eq(faults(), "");
    ck_assert_uint_eq(catalog.pairs.n, 1);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

static TCase *editing(void)
{
    TCase *tests = tcase_create("edits");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_fault_is_told_with_its_line_and_what_to_do, 0, COUNT(edits));
    tcase_add_loop_test(tests, what_is_right_is_no_fault, 0, COUNT(harmless));
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("catalog edits");
    suite_add_tcase(suite, editing());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
