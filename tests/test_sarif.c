/* SARIF: what the published schema allows, whatever the stream says; places, threads, graphs. */
#include "report/sarif.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PYTHON "/usr/bin/python3" /* Debian's, which has Debian's jsonschema */

static struct hz_arena arena;
static struct hz_stream stream;
static struct hz_catalog catalog;
static char path[64];

static void setup(void)
{
    hz_arena_init(&arena);
    stream = (struct hz_stream){.complete = true};
    catalog = (struct hz_catalog){0};
    strcpy(path, "/tmp/hazmat-sarif-XXXXXX");
    close(mkstemp(path));
    stream.start = json_pack("{s:{s:s, s:s, s:{s:{s:s}}}}", "environment", "hazmat", "0.1", "when",
                             "2026-01-02T03:04:05Z", "detectors", "tsan", "version", "clang 14");
}

static void teardown(void)
{
    hz_stream_free(&stream);
    hz_arena_free(&arena);
    unlink(path);
}

/* ---- making a stream ---- */

static struct hz_run *add_run(const char *program, const char *detector)
{
    struct hz_run *run = hz_push(&arena, &stream.runs);
    *run = (struct hz_run){.pair = program,
                           .detector = detector,
                           .repetition = 1,
                           .finding = -1,
                           .outcome = {.end = HZ_END_EXITED}};
    return run;
}

static struct hz_finding *add_finding(struct hz_run *run, enum hz_class class, const char *kind)
{
    struct hz_finding *finding = hz_push(&arena, &run->findings);
    *finding = (struct hz_finding){.detector = run->detector,
                                   .class = class,
                                   .kind = kind,
                                   .summary = "what it is",
                                   .times = 1};
    return finding;
}

static struct hz_party *add_party(struct hz_finding *finding, const char *file, int line)
{
    struct hz_party *party = hz_push(&arena, &finding->parties);
    party->id = hz_printf(&arena, "T%zu", finding->parties.n);
    party->role = "write of 4 bytes";
    *hz_push(&arena, &party->stack) = (struct hz_frame){"memcpy", NULL, 0, "/lib/libc.so", 0x77};
    *hz_push(&arena, &party->stack) = (struct hz_frame){"add", file, line, "/bin/bank", 0x1234};
    *hz_push(&arena, &party->stack) = (struct hz_frame){"work", file, 90, "/bin/bank", 0x1235};
    return party;
}

/* ---- reading what is made of it ---- */

static json_t *read_log(void)
{
    json_error_t error;
    json_t *log = json_load_file(path, 0, &error);
    ck_assert_msg(log != NULL, "%s", error.text);
    return log;
}

/* 0 if the file at `path` keeps to the schema. */
static int validate(void)
{
    char command[1024];
    snprintf(command, sizeof command,
             PYTHON " -c 'import json, sys; from jsonschema import Draft4Validator as v\n"
                    "e = list(v(json.load(open(sys.argv[1]))).iter_errors(json.load(open("
                    "sys.argv[2]))))\n"
                    "[print(list(x.path), x.message[:300]) for x in e]\n"
                    "sys.exit(len(e) > 0)' '" TEST_DATA "/schema/sarif-2.1.0.json' '%s' >&2",
             path);
    return system(command);
}

static json_t *written(const char *root, const struct hz_catalog *known)
{
    struct hz_error error;
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_msg(hz_sarif_write(file, &stream, root, known, &error), "%s", error.text);
    fclose(file);
    ck_assert_int_eq(validate(), 0);
    return read_log();
}

/* The value at the end of a path such as "runs.0.results.1.level". */
static json_t *at(const json_t *value, const char *where)
{
    char *copy = hz_dup(&arena, where), *rest;
    for (char *key = strtok_r(copy, ".", &rest); key != NULL; key = strtok_r(NULL, ".", &rest))
        value = json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10))
                                     : json_object_get(value, key);
    return (json_t *)value;
}

static const char *text_at(const json_t *value, const char *where)
{
    const char *text = json_string_value(at(value, where));
    return text != NULL ? text : "(nothing)";
}

/* ---- tests ---- */

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
    ck_assert_str_eq(text_at(log, "runs.0.results.0.partialFingerprints.hazmat/v1"),
                     "race/data-race bank.c:7");
    json_decref(log);
}
END_TEST

static const char primary[] = "runs.0.results.0.locations.0.physicalLocation.artifactLocation";

static void ck_uri(const char *file, const char *root, const char *uri, const char *base)
{
    stream.runs.n = 0;
    add_party(add_finding(add_run("./bank", "tsan"), HZ_RACE, "data-race"), file, 7);
    json_t *log = written(root, NULL);
    ck_assert_str_eq(text_at(at(log, primary), "uri"), uri);
    ck_assert_str_eq(text_at(at(log, primary), "uriBaseId"), base);
    json_decref(log);
}

START_TEST(files_are_uris)
{
    ck_uri("/home/me/src/a/bank.c", "/home/me/src", "a/bank.c", "SRCROOT");
    ck_uri("/home/me/src/build/../a/./bank.c", "/home/me/src", "a/bank.c", "SRCROOT");
    ck_uri("/home/me/src2/bank.c", "/home/me/src", "file:///home/me/src2/bank.c", "(nothing)");
    ck_uri("/home/me/src/../other/bank.c", "/home/me/src", "file:///home/me/other/bank.c",
           "(nothing)");
    ck_uri("./x/bank.c", "/home/me/src", "x/bank.c", "SRCROOT");
    ck_uri("../x/../y/bank.c", "/home/me/src", "../y/bank.c", "SRCROOT");
    ck_uri("../../bank.c", "/home/me/src", "../../bank.c", "SRCROOT");
    ck_uri("/../../etc//passwd", NULL, "file:///etc/passwd", "(nothing)");
    ck_uri("/a b/javascript:%41?#\xff.c", "/x", "file:///a%20b/javascript%3A%2541%3F%23%FF.c",
           "(nothing)");
    ck_uri("/bank.c", "/", "file:///bank.c", "(nothing)");
    json_t *log = written("/home/me/my src", NULL);
    ck_assert_str_eq(text_at(log, "runs.0.originalUriBaseIds.SRCROOT.uri"),
                     "file:///home/me/my%20src/");
    json_decref(log);
}
END_TEST

START_TEST(threads_have_flows_and_the_graph_has_edges)
{
    struct hz_run *run = add_run("./bank", "watchdog");
    struct hz_finding *finding = add_finding(run, HZ_DEADLOCK, "lock-cycle");
    for (int i = 0; i < 2; i++) {
        struct hz_party *party = add_party(finding, "/src/bank.c", 20 + i);
        party->waits_for = (struct hz_thing){.kind = "mutex", .name = i == 0 ? "left" : "right"};
        *hz_push(&arena, &party->waits_on) = (size_t)(1 - i);
        *hz_push(&arena, &party->holds) = (struct hz_thing){
            "mutex", i == 0 ? "right" : "left", {"add", "/src/bank.c", 10 + i, NULL, 0}};
    }
    json_t *log = written("/src", NULL), *result = at(log, "runs.0.results.0");
    ck_assert_uint_eq(json_array_size(at(result, "codeFlows.0.threadFlows")), 2);
    json_t *flow = at(result, "codeFlows.0.threadFlows.1.locations");
    ck_assert_uint_eq(json_array_size(flow), 2); /* the library's call has no line */
    ck_assert_int_eq(json_integer_value(at(flow, "0.location.physicalLocation.region.startLine")),
                     90);
    ck_assert_int_eq(json_integer_value(at(flow, "1.location.physicalLocation.region.startLine")),
                     21);
    ck_assert_str_eq(text_at(flow, "1.importance"), "essential");
    ck_assert_uint_eq(json_array_size(at(result, "stacks.0.frames")), 3);
    ck_assert_uint_eq(json_array_size(at(result, "graphs.0.nodes")), 2);
    ck_assert_str_eq(text_at(result, "graphs.0.edges.0.sourceNodeId"), "t0");
    ck_assert_str_eq(text_at(result, "graphs.0.edges.0.targetNodeId"), "t1");
    ck_assert_str_eq(text_at(result, "graphs.0.edges.0.label.text"), "mutex left");
    ck_assert_uint_eq(json_array_size(at(result, "relatedLocations")), 3);
    ck_assert_str_eq(text_at(result, "relatedLocations.0.message.text"),
                     "T1 took mutex right here, and holds it");
    json_decref(log);
}
END_TEST

/* Two findings of one buggy program: one at the marked line, one elsewhere; and of its twin. */
START_TEST(seeded_hazards_are_suppressed)
{
    struct hz_pair *pair = hz_push(&arena, &catalog.pairs);
    *pair = (struct hz_pair){.id = "race/bank", .class = HZ_RACE, .kind = "lost-update"};
    pair->source[HZ_BUGGY].name = pair->source[HZ_BUGGY].path = "scenarios/race/bank.c";
    *hz_push(&arena, &pair->source[HZ_BUGGY].markers) =
        (struct hz_marker){7, "both may have read it"};
    for (int variant = 0; variant < 2; variant++) {
        struct hz_run *run = add_run("race/bank", "tsan");
        run->judged = true;
        run->variant = (enum hz_variant)variant;
        add_party(add_finding(run, HZ_RACE, "data-race"), "/c/scenarios/race/bank.c", 7);
        add_party(add_finding(run, HZ_RACE, "data-race"), "/c/scenarios/race/bank.c", 8);
        add_party(add_finding(run, HZ_STARVATION, "bypass"), "/c/scenarios/race/bank.c", 7);
    }
    json_t *log = written("/c", &catalog);
    ck_assert_uint_eq(json_array_size(at(log, "runs.0.results")), 6);
    ck_assert_str_eq(text_at(log, "runs.0.results.0.suppressions.0.kind"), "inSource");
    ck_assert_str_eq(text_at(log, "runs.0.results.0.suppressions.0.justification"),
                     "both may have read it");
    for (int i = 1; i < 6; i++) { /* all or none of a run tell, says the standard */
        json_t *none = at(log, hz_printf(&arena, "runs.0.results.%d.suppressions", i));
        ck_assert(json_is_array(none));
        ck_assert_uint_eq(json_array_size(none), 0);
    }
    json_decref(log);
    log = written("/c", NULL);
    ck_assert_ptr_null(at(log, "runs.0.results.0.suppressions"));
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
    Suite *suite = suite_create("sarif");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_set_timeout(all, 120);
    tcase_add_test(all, a_run_for_each_detector);
    tcase_add_test(all, the_schema_refuses_what_is_wrong);
    tcase_add_test(all, repetitions_are_counted);
    tcase_add_test(all, files_are_uris);
    tcase_add_test(all, threads_have_flows_and_the_graph_has_edges);
    tcase_add_test(all, seeded_hazards_are_suppressed);
    tcase_add_test(all, broken_runs_are_no_success);
    tcase_add_test(all, hostile_text_stays_text);
    tcase_add_test(all, a_full_disk_is_an_error);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
