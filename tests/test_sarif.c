/* SARIF: what the published schema allows, whatever the stream says; places, threads, graphs. */
#include "sarif_help.h"

START_TEST(a_run_for_each_detector)
{
    struct hz_run *run = add_run("./bank", "tsan");
    add_party(add_finding(run, HZ_RACE, "data-race"), "/src/bank.c", 7);
    struct hz_finding *second = add_finding(run, HZ_DEADLOCK, "lock-order");
    add_party(second, "/src/bank.c", 8);
    second->sure = HZ_PROBABLE;
    add_party(add_finding(run, HZ_RACE, "data-race"), "/src/bank.c", 9);
    add_run("./bank", "drd");
    json_t *log = written("/src", NULL);
    ck_assert_str_eq(text_at(log, "version"), "2.1.0");
    ck_assert_uint_eq(json_array_size(at(log, "runs")), 2);
    ck_assert_str_eq(text_at(log, "runs.0.tool.driver.name"), "tsan");
    ck_assert_str_eq(text_at(log, "runs.0.tool.driver.version"), "clang 14");
    ck_assert_str_eq(text_at(log, "runs.0.conversion.tool.driver.version"), "0.1");
    ck_assert_uint_eq(json_array_size(at(log, "runs.0.tool.driver.rules")), 2);
    ck_assert_str_eq(text_at(log, "runs.0.tool.driver.rules.1.id"), "deadlock/lock-order");
    ck_assert_int_gt(strlen(text_at(log, "runs.0.tool.driver.rules.1.help.text")), 20);
    ck_assert_uint_eq(json_array_size(at(log, "runs.0.results")), 3);
    ck_assert_str_eq(text_at(log, "runs.0.results.0.level"), "error");
    ck_assert_str_eq(text_at(log, "runs.0.results.1.level"), "warning");
    ck_assert_str_eq(text_at(log, "runs.0.results.2.ruleId"), "race/data-race");
    ck_assert_int_eq(json_integer_value(at(log, "runs.0.results.1.ruleIndex")), 1);
    ck_assert_int_eq(json_integer_value(at(log, "runs.0.results.2.ruleIndex")), 0);
    ck_assert_uint_eq(json_array_size(at(log, "runs.1.results")), 0);
    ck_assert(json_is_true(at(log, "runs.1.invocations.0.executionSuccessful")));
    ck_assert_str_eq(text_at(log, "runs.1.invocations.0.startTimeUtc"), "2026-01-02T03:04:05Z");
    json_decref(log);
}
END_TEST

/* The schema is worth something only if it refuses what is wrong. */
START_TEST(the_schema_refuses_what_is_wrong)
{
    add_party(add_finding(add_run("./bank", "tsan"), HZ_RACE, "data-race"), "/src/bank.c", 7);
    json_t *log = written("/src", NULL);
    json_object_del(at(log, "runs.0.results.0"), "message");
    ck_assert_int_eq(json_dump_file(log, path, 0), 0);
    ck_assert_int_ne(validate(), 0);
    json_decref(log);
}
END_TEST

/* The same finding of three repetitions is one result; of another program it is another. */
START_TEST(repetitions_are_counted)
{
    for (int i = 0; i < 3; i++)
        add_party(add_finding(add_run("./bank", "tsan"), HZ_RACE, "data-race"), "/b/bank.c", 7);
    stream.runs.at[2].findings.at[0].times = 5;
    add_party(add_finding(add_run("./shop", "tsan"), HZ_RACE, "data-race"), "/b/bank.c", 7);
    json_t *log = written(NULL, NULL);
    ck_assert_uint_eq(json_array_size(at(log, "runs.0.results")), 2);
    ck_assert_int_eq(json_integer_value(at(log, "runs.0.results.0.occurrenceCount")), 7);
    ck_assert_int_eq(json_integer_value(at(log, "runs.0.results.1.occurrenceCount")), 1);
    json_decref(log);
}
END_TEST

/* A pair "race/bank" whose line 7 is marked. */
static void add_pair(void)
{
    struct hz_pair *pair = hz_push(&arena, &catalog.pairs);
    *pair = (struct hz_pair){.id = "race/bank", .class = HZ_RACE, .kind = "lost-update"};
    for (int variant = 0; variant < 2; variant++) {
        const char *name = variant == HZ_BUGGY ? "scenarios/race/bank.c" : "fixed/race/bank.c";
        pair->source[variant].name = name;
        pair->source[variant].path = file_at(name, "int main(void)\n");
    }
    *hz_push(&arena, &pair->source[HZ_BUGGY].markers) =
        (struct hz_marker){7, "both may have read it"};
}

static void ck_suppressed(const json_t *log, const char *result, const char *why)
{
    json_t *list = at(log, hz_printf(&arena, "runs.0.results.%s.suppressions", result));
    ck_assert(json_is_array(list)); /* all or none of a run tell, says the standard */
    ck_assert_uint_eq(json_array_size(list), why != NULL ? 1 : 0);
    if (why == NULL)
        return;
    ck_assert_str_eq(text_at(list, "0.kind"), "inSource");
    ck_assert_str_eq(text_at(list, "0.justification"), why);
    ck_assert_str_eq(text_at(list, "0.location.physicalLocation.artifactLocation.uri"),
                     "scenarios/race/bank.c");
    ck_assert_int_eq(number_at(list, "0.location.physicalLocation.region.startLine"), 7);
}

#define AT_THE_LINE "race/bank: at a line that is marked as its hazard: both may have read it"
#define BESIDE                                                                                     \
    "race/bank: at no marked line, but the same run has a finding of this class at one: both "     \
    "may have read it"

/* In a buggy program at the marked line and elsewhere, and in its twin. */
START_TEST(seeded_hazards_are_suppressed)
{
    add_pair();
    for (int variant = 0; variant < 2; variant++) {
        struct hz_run *run = add_judged("race/bank", (enum hz_variant)variant, "tsan");
        add_party(add_finding(run, HZ_RACE, "data-race"), "/c/scenarios/race/bank.c", 7);
        add_party(add_finding(run, HZ_STARVATION, "bypass"), "/c/scenarios/race/bank.c", 8);
        add_party(add_finding(run, HZ_MISUSE, "unlock-unlocked"), "/c/scenarios/race/bank.c", 7);
    }
    json_t *log = written(folder, &catalog);
    ck_assert_uint_eq(json_array_size(at(log, "runs.0.results")), 6);
    ck_suppressed(log, "0", AT_THE_LINE);
    ck_suppressed(log, "1", NULL);
    ck_suppressed(log, "2", AT_THE_LINE); /* another class, and yet what the marker speaks of */
    for (int i = 3; i < 6; i++)
        ck_suppressed(log, hz_printf(&arena, "%d", i), NULL);
    json_decref(log);
    log = written(folder, NULL);
    ck_assert_ptr_null(at(log, "runs.0.results.0.suppressions"));
    ck_assert_uint_eq(json_array_size(at(log, "runs.0.invocations.0.toolExecutionNotifications")),
                      0);
    json_decref(log);
}
END_TEST

/* The same class elsewhere in one run; in a run without the marked one; another class. */
START_TEST(what_stands_beside_a_seeded_hazard_is_suppressed)
{
    add_pair();
    struct hz_run *run = add_judged("race/bank", HZ_BUGGY, "tsan");
    add_party(add_finding(run, HZ_RACE, "data-race"), "/c/scenarios/race/bank.c", 8);
    add_party(add_finding(run, HZ_STARVATION, "bypass"), "/c/scenarios/race/bank.c", 8);
    run = add_judged("race/bank", HZ_BUGGY, "tsan");
    add_party(add_finding(run, HZ_RACE, "data-race"), "/c/scenarios/race/bank.c", 9);
    json_t *log = written(folder, &catalog);
    for (int i = 0; i < 3; i++)
        ck_suppressed(log, hz_printf(&arena, "%d", i), NULL);
    ck_assert_str_eq(
        text_at(log, "runs.0.invocations.0.toolExecutionNotifications.0.message.text"),
        "Results in buggy programs of the corpus that are not suppressed: 3. Neither they nor "
        "another finding of their class in the same run are at a marked line.");
    ck_assert(json_is_true(at(log, "runs.0.invocations.0.executionSuccessful")));
    json_decref(log);
    run = add_judged("race/bank", HZ_BUGGY, "tsan"); /* the first of them again, and its cause */
    add_party(add_finding(run, HZ_RACE, "data-race"), "/c/scenarios/race/bank.c", 8);
    add_party(add_finding(run, HZ_RACE, "data-race"), "/c/scenarios/race/bank.c", 7);
    log = written(folder, &catalog);
    ck_assert_uint_eq(json_array_size(at(log, "runs.0.results")), 4);
    ck_suppressed(log, "0", BESIDE);
    ck_suppressed(log, "1", NULL);
    ck_suppressed(log, "2", NULL);
    ck_suppressed(log, "3", AT_THE_LINE);
    ck_assert_ptr_nonnull(
        strstr(text_at(log, "runs.0.invocations.0.toolExecutionNotifications.0.message.text"),
               "suppressed: 2."));
    json_decref(log);
}
END_TEST

START_TEST(broken_runs_are_no_success)
{
    add_run("./bank", "drd")->broken = "valgrind crashed";
    add_run("./bank", "tsan");
    json_t *log = written(NULL, NULL);
    ck_assert(json_is_false(at(log, "runs.0.invocations.0.executionSuccessful")));
    ck_assert_ptr_nonnull(
        strstr(text_at(log, "runs.0.invocations.0.toolExecutionNotifications.0.message.text"),
               "valgrind crashed"));
    ck_assert(json_is_true(at(log, "runs.1.invocations.0.executionSuccessful")));
    json_decref(log);
    stream.complete = false;
    log = written(NULL, NULL);
    ck_assert(json_is_false(at(log, "runs.1.invocations.0.executionSuccessful")));
    json_decref(log);
}
END_TEST

START_TEST(hostile_text_stays_text)
{
    struct hz_run *run = add_run("\xff\"}]\033[2J", "\xfe\xff");
    struct hz_finding *finding = add_finding(run, HZ_MISUSE, "\x80\"kind\n");
    finding->summary = "see [here](https://evil.example) {0} \xc3\x28 \001";
    struct hz_party *party = add_party(finding, "\xf0\x28", 1);
    party->name = "\xff";
    party->stack.at[0].function = "\xe2\x82";
    party->stack.at[0].module = "\xff\xff";
    add_finding(run, HZ_RACE, ""); /* nobody, nowhere */
    json_object_set_new(at(stream.start, "environment"), "when", json_string("today"));
    json_object_set_new(at(stream.start, "environment"), "hazmat", json_integer(7));
    json_t *log = written(NULL, NULL);
    ck_assert_str_eq(text_at(log, "runs.0.results.0.message.text"),
                     "see [here] (https://evil.example) {{0}} \xef\xbf\xbd( \001");
    ck_assert_str_eq(text_at(log, "runs.0.tool.driver.name"), "\xef\xbf\xbd\xef\xbf\xbd");
    ck_assert_ptr_null(at(log, "runs.0.invocations.0.startTimeUtc"));
    ck_assert_uint_eq(json_array_size(at(log, "runs.0.results")), 2);
    json_decref(log);
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
    struct hz_error error = {""};
    FILE *full = fopen("/dev/full", "we");
    add_run("./bank", "tsan");
    ck_assert(!hz_sarif_write(full, &stream, NULL, NULL, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "No space left"));
    fclose(full);
}
END_TEST

int main(void)
{
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_set_timeout(all, 120);
    tcase_add_test(all, a_run_for_each_detector);
    tcase_add_test(all, the_schema_refuses_what_is_wrong);
    tcase_add_test(all, repetitions_are_counted);
    tcase_add_test(all, seeded_hazards_are_suppressed);
    tcase_add_test(all, what_stands_beside_a_seeded_hazard_is_suppressed);
    tcase_add_test(all, broken_runs_are_no_success);
    tcase_add_test(all, hostile_text_stays_text);
    tcase_add_test(all, a_full_disk_is_an_error);
    return run_suite("sarif", all);
}
