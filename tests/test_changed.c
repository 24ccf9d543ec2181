/*
 * The matrix has teeth: a twin without its fix, and a buggy program with it, make `hazmat
 * check` fail and are named. On a copy of the corpus, built anew, for pairs of each class.
 */
#include "shell.h"

/* A copy of the build whose corpus is $DIR/corpus; programs that are not changed are links. */
static const char prepare[] =
    "mkdir corpus build && cp -r '" TEST_SOURCE "/scenarios' '" TEST_SOURCE "/fixed' corpus && "
    "cp '" TEST_BUILD "/hazmat' '" TEST_BUILD "/libhazmat-watch.so' build && "
    "cp -rs '" TEST_BUILD "/bin' build/bin";

/*
 * change PAIR INTO FROM OLD NEW: the file of INTO keeps its header and gets the code of
 * FROM, whose markers OLD become NEW, and a line that changes nothing (twins that are the
 * same are a fault of the corpus); then it is built.
 */
static const char change[] =
    "change() {\n"
    "  sed '/^ \\*\\/$/q' corpus/$2/$1.c > header\n"
    "  sed -n '/^ \\*\\/$/,$p' corpus/$3/$1.c | sed \"1d; s/$4:/$5:/\" > code\n"
    "  { cat header code; echo 'extern int nothing_changed;'; } > corpus/$2/$1.c\n"
    "  variant=buggy; [ $2 = scenarios ] || variant=fixed\n"
    "  flags='-std=gnu17 -g -gdwarf-4 -O0 -fno-omit-frame-pointer -pthread'\n"
    "  rm build/bin/native/$variant/$1 build/bin/tsan/$variant/$1\n"
    "  clang $flags corpus/$2/$1.c -o build/bin/native/$variant/$1 &&\n"
    "  clang $flags -fsanitize=thread corpus/$2/$1.c '" TEST_BUILD "/tsan_report.o' \\\n"
    "        -o build/bin/tsan/$variant/$1\n"
    "}\n";

/* A detector that catches the pair, one that is quick. */
static const struct {
    const char *pair, *detector;
} changed[] = {
    {"race/lost-update", "tsan"},
    {"race/wrong-lock", "drd"},
    {"deadlock/transfer-order", "helgrind"},
    {"deadlock/self-lock", "watchdog"},
    {"deadlock/proc-pipes-both-full", "watchdog"},
    {"starvation/lock-hog", "watchdog"},
    {"starvation/proc-spin-on-empty-pipe", "watchdog"},
};
#define CHANGED (int)(sizeof changed / sizeof *changed)

static void check_changed(int i, const char *into, const char *from, const char *old,
                          const char *new, const char *variant)
{
    char text[4096];
    ck_shell(0, prepare);
    snprintf(text, sizeof text, "%s change %s %s %s %s %s", change, changed[i].pair, into, from,
             old, new);
    ck_shell(0, text);
    snprintf(text, sizeof text, "build/hazmat check --corpus corpus --results r -k %s -d %s",
             changed[i].pair, changed[i].detector);
    ck_shell(1, text);
    snprintf(text, sizeof text, "%s %s under %s", changed[i].pair, variant, changed[i].detector);
    ck_says(text);
}

START_TEST(a_twin_without_its_fix)
{
    check_changed(_i, "fixed", "scenarios", "HAZARD", "FIX", "fixed");
}
END_TEST

START_TEST(a_buggy_program_with_the_fix)
{
    check_changed(_i, "scenarios", "fixed", "FIX", "HAZARD", "buggy");
}
END_TEST

/* The copy itself is as good as the original: what fails above fails for the change. */
START_TEST(an_unchanged_copy)
{
    char text[256];
    ck_shell(0, prepare);
    snprintf(text, sizeof text, "build/hazmat check --corpus corpus --results r -k %s -d %s",
             changed[_i].pair, changed[_i].detector);
    ck_shell(0, text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("changed");
    TCase *pairs = tcase_create("pairs");
    tcase_add_checked_fixture(pairs, setup, teardown);
    tcase_set_timeout(pairs, 120);
    tcase_add_loop_test(pairs, an_unchanged_copy, 0, CHANGED);
    tcase_add_loop_test(pairs, a_twin_without_its_fix, 0, CHANGED);
    tcase_add_loop_test(pairs, a_buggy_program_with_the_fix, 0, CHANGED);
    suite_add_tcase(suite, pairs);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
