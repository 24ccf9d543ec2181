/* What was found at each line: which lines, by whom, and nothing of other programs. */
#include "report/line_notes.h"
#include "runs.h"

#include <check.h>
#include <stdlib.h>

static struct hz_stream stream;
static struct hz_pair pair;

static void setup(void)
{
    hz_arena_init(&arena);
    stream = (struct hz_stream){.complete = true};
    pair = (struct hz_pair){.id = "race/bank", .class = HZ_RACE};
    pair.source[HZ_BUGGY].name = pair.source[HZ_BUGGY].path = "scenarios/race/bank.c";
    pair.source[HZ_FIXED].name = pair.source[HZ_FIXED].path = "fixed/race/bank.c";
}

static void teardown(void)
{
    hz_arena_free(&arena);
}

static struct hz_run *add(const char *program, enum hz_variant variant, const char *detector)
{
    return make_run(&stream, program, HZ_RACE, variant, detector, HZ_CAUGHT);
}

static void find(struct hz_run *run, enum hz_class class, const char *kind, const char *role,
                 const char *file, int line)
{
    struct hz_finding *finding = make_finding(run, kind, "");
    finding->class = class;
    struct hz_party *party = hz_push(&arena, &finding->parties);
    party->role = role;
    add_frame(party, "memset", NULL, 0);
    add_frame(party, "add", file, line);
    add_frame(party, "main", file, 99);
}

static void ck_notes(enum hz_variant variant, size_t n, const int *lines, const char *const *texts)
{
    hz_line_notes notes;
    hz_line_notes_make(&arena, &stream, &pair, variant, &notes);
    ck_assert_uint_eq(notes.n, n);
    for (size_t i = 0; i < n; i++) {
        ck_assert_int_eq(notes.at[i].line, lines[i]);
        ck_assert_str_eq(hz_line_note_text(&arena, &notes.at[i]), texts[i]);
    }
}

START_TEST(notes_by_line_and_kind)
{
    static const char buggy[] = "/build/scenarios/race/bank.c", fixed[] = "/b/fixed/race/bank.c";
    find(add("race/bank", HZ_BUGGY, "drd"), HZ_RACE, "data-race", "read by thread 2", buggy, 9);
    struct hz_run *tsan = add("race/bank", HZ_BUGGY, "tsan");
    find(tsan, HZ_RACE, "data-race", "previous write of 4 bytes", buggy, 9);
    find(tsan, HZ_RACE, "data-race", "write of 4 bytes", buggy, 7);
    find(tsan, HZ_RACE, "data-race", "write", buggy, 7);           /* told once */
    find(tsan, HZ_DEADLOCK, "a\033b", "read of a lock", buggy, 7); /* no race */
    find(tsan, HZ_RACE, "data-race", NULL, "/build/scenarios/race/bank2.c", 5);
    find(tsan, HZ_RACE, "data-race", "the thread's spread", NULL, 7);
    find(add("race/bank", HZ_FIXED, "new-one"), HZ_RACE, "data-race", "thread", fixed, 8);
    find(add("race/bank", HZ_FIXED, "helgrind"), HZ_RACE, "data-race", NULL, fixed, 8);
    find(add("race/bank2", HZ_BUGGY, "tsan"), HZ_RACE, "data-race", "write", buggy, 3);
    struct hz_run *own = add("race/bank", HZ_BUGGY, "tsan");
    own->judged = false;
    find(own, HZ_RACE, "data-race", "write", buggy, 3);
    ck_notes(HZ_BUGGY, 3, (const int[]){7, 7, 9},
             (const char *const[]){"tsan: a\\x1bb", "tsan: data-race (write)",
                                   "tsan, drd: data-race (read, write)"});
    ck_notes(HZ_FIXED, 1, (const int[]){8}, (const char *const[]){"helgrind, new-one: data-race"});
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("line notes");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_set_timeout(all, 60);
    tcase_add_test(all, notes_by_line_and_kind);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
