/* Making a stream by hand, and reading the SARIF that is made of it, held against the schema. */
#ifndef HZ_SARIF_HELP_H
#define HZ_SARIF_HELP_H

#include "report/sarif.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PYTHON "/usr/bin/python3" /* Debian's, which has Debian's jsonschema */

#define BANK "int balance;\nvoid add(int n)\n{\n    balance += n;\n    balance += n;\n}\n"
#define BANK_LINE 4

static struct hz_arena arena;
static struct hz_stream stream;
static struct hz_catalog catalog;
static char folder[64], *path; /* of all files, and the log among them */

static void set_up(void)
{
    hz_arena_init(&arena);
    stream = (struct hz_stream){.complete = true};
    catalog = (struct hz_catalog){0};
    strcpy(folder, "/tmp/hazmat-sarif-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    path = hz_printf(&arena, "%s/log.sarif", folder);
    stream.start = json_pack("{s:{s:s, s:s, s:{s:{s:s}}}}", "environment", "hazmat", "0.1", "when",
                             "2026-01-02T03:04:05Z", "detectors", "tsan", "version", "clang 14");
}

static void tear_down(void)
{
    ck_assert_int_eq(system(hz_printf(&arena, "rm -r '%s'", folder)), 0);
    hz_stream_free(&stream);
    hz_arena_free(&arena);
}

/* ---- making a stream ---- */

/* The path of a file of the test's folder, which is there if it has a text. */
static const char *file_at(const char *name, const char *text)
{
    char *full = hz_printf(&arena, "%s/%s", folder, name), *slash = strrchr(full, '/');
    struct hz_error error;
    if (text == NULL)
        return full;
    *slash = '\0';
    ck_assert_msg(hz_make_folders(full, &error), "%s", error.text);
    *slash = '/';
    FILE *file = fopen(full, "we");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    return full;
}

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

static inline struct hz_run *add_judged(const char *pair, enum hz_variant variant,
                                        const char *detector)
{
    struct hz_run *run = add_run(pair, detector);
    run->judged = true;
    run->variant = variant;
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

static void add_frame(struct hz_party *party, const char *function, const char *file, int line,
                      const char *module)
{
    *hz_push(&arena, &party->stack) = (struct hz_frame){function, file, line, module, 0x1234};
}

static struct hz_party *add_bare_party(struct hz_finding *finding)
{
    struct hz_party *party = hz_push(&arena, &finding->parties);
    party->id = hz_printf(&arena, "T%zu", finding->parties.n);
    party->role = "write of 4 bytes";
    return party;
}

static struct hz_party *add_party(struct hz_finding *finding, const char *file, int line)
{
    struct hz_party *party = add_bare_party(finding);
    add_frame(party, "memcpy", NULL, 0, "/lib/libc.so");
    add_frame(party, "add", file, line, "/bin/bank");
    add_frame(party, "work", file, 90, "/bin/bank");
    return party;
}

/* ---- reading what is made of it ---- */

/* 0 if the file at `path` keeps to the schema. */
static int validate(void)
{
    return system(
        hz_printf(&arena,
                  PYTHON " -c 'import json, sys; from jsonschema import Draft4Validator as v\n"
                         "e = list(v(json.load(open(sys.argv[1]))).iter_errors(json.load(open("
                         "sys.argv[2]))))\n"
                         "[print(list(x.path), x.message[:300]) for x in e]\n"
                         "sys.exit(len(e) > 0)' '" TEST_DATA "/schema/sarif-2.1.0.json' '%s' >&2",
                  path));
}

static json_t *written(const char *root, const struct hz_catalog *known)
{
    struct hz_error error;
    json_error_t fault;
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_msg(hz_sarif_write(file, &stream, root, known, &error), "%s", error.text);
    fclose(file);
    ck_assert_int_eq(validate(), 0);
    json_t *log = json_load_file(path, 0, &fault);
    ck_assert_msg(log != NULL, "%s", fault.text);
    return log;
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

static inline int number_at(const json_t *value, const char *where)
{
    ck_assert_msg(json_is_integer(at(value, where)), "%s is no number", where);
    return (int)json_integer_value(at(value, where));
}

static inline int first_line(const json_t *log)
{
    return number_at(log, "runs.0.results.0.locations.0.physicalLocation.region.startLine");
}

/* Of the first result of the log. */
static inline const char *fingerprint(const char *root)
{
    json_t *log = written(root, NULL);
    const char *print =
        hz_dup(&arena, text_at(log, "runs.0.results.0.partialFingerprints.hazmat/v2"));
    json_decref(log);
    ck_assert_str_ne(print, "(nothing)");
    return print;
}

static inline int run_suite(const char *name, TCase *all)
{
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
