/* What the tests of the readers share: captured folders, and outcomes that were had. */
#ifndef READER_HELP_H
#define READER_HELP_H

#include "detectors/detector.h"

#include <check.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hz_arena arena;

static inline void setup(void)
{
    hz_arena_init(&arena);
}

static inline void teardown(void)
{
    hz_arena_free(&arena);
}

static int reader_by_name(const void *left, const void *right)
{
    return strcmp(((const struct hz_raw_file *)left)->name,
                  ((const struct hz_raw_file *)right)->name);
}

/* Adds one file to what a run left. */
static inline void add_file(struct hz_raw *raw, const char *name, struct hz_bytes bytes)
{
    struct hz_raw_file *file = hz_push(&arena, &raw->files);
    file->name = name;
    file->bytes = bytes;
    qsort(raw->files.at, raw->files.n, sizeof *raw->files.at, reader_by_name);
}

/* All files of tests/data/readers/FOLDER. */
static inline struct hz_raw captured(const char *folder, const struct hz_outcome *outcome)
{
    struct hz_raw raw = {.outcome = outcome};
    char *path = hz_printf(&arena, "%s/readers/%s", TEST_DATA, folder);
    DIR *listing = opendir(path);
    ck_assert_msg(listing != NULL, "%s cannot be opened", path);
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        struct hz_bytes bytes;
        if (entry->d_name[0] == '.')
            continue;
        char *file = hz_printf(&arena, "%s/%s", path, entry->d_name);
        ck_assert(hz_read_file(&arena, file, 0, &bytes, NULL));
        add_file(&raw, hz_dup(&arena, entry->d_name), bytes);
    }
    closedir(listing);
    ck_assert_uint_ne(raw.files.n, 0);
    return raw;
}

/* The only file of a captured folder whose name begins with `prefix`. */
static inline struct hz_bytes captured_file(const char *folder, const char *prefix)
{
    struct hz_outcome outcome = {0};
    struct hz_raw raw = captured(folder, &outcome);
    for (size_t i = 0; i < raw.files.n; i++)
        if (strncmp(raw.files.at[i].name, prefix, strlen(prefix)) == 0)
            return raw.files.at[i].bytes;
    ck_abort_msg("%s has no %s", folder, prefix);
    return (struct hz_bytes){0};
}

/* A finding in one line: "race/data-race count.c:10 main.c:3", the innermost line of each party. */
static inline const char *brief(const struct hz_finding *finding)
{
    const char *text = hz_printf(&arena, "%s/%s", hz_class_name(finding->class), finding->kind);
    for (size_t i = 0; i < finding->parties.n; i++) {
        const hz_stack *stack = &finding->parties.at[i].stack;
        const char *place = "-";
        for (size_t k = 0; k < stack->n && *place == '-'; k++) {
            const char *slash = stack->at[k].file != NULL ? strrchr(stack->at[k].file, '/') : NULL;
            if (slash != NULL)
                place = hz_printf(&arena, "%s:%d", slash + 1, stack->at[k].line);
        }
        text = hz_printf(&arena, "%s %s", text, place);
    }
    return text;
}

static inline void check_findings(const hz_findings *findings, const char *const *expected)
{
    size_t n = 0;
    for (; expected[n] != NULL; n++) {
        ck_assert_msg(n < findings->n, "missing: %s", expected[n]);
        ck_assert_str_eq(brief(&findings->at[n]), expected[n]);
    }
    ck_assert_msg(findings->n == n, "one more: %s", n < findings->n ? brief(&findings->at[n]) : "");
}
#define CHECK_FINDINGS(findings, ...)                                                              \
    check_findings((findings), (const char *const[]){__VA_ARGS__, NULL})

/* A finding as text, but for how often it came, which stands elsewhere in the document. */
static inline char *whole(struct hz_finding finding)
{
    finding.times = 1;
    json_t *object = hz_finding_to_json(&finding);
    ck_assert_ptr_nonnull(object);
    char *text = json_dumps(object, JSON_SORT_KEYS);
    json_decref(object);
    char *kept = hz_dup(&arena, text);
    free(text);
    return kept;
}

/* Whether the first findings of two lists are the same. */
static inline void check_same(const hz_findings *some, char *const *all, size_t n)
{
    ck_assert_uint_ge(some->n, n);
    for (size_t i = 0; i < n; i++)
        ck_assert_str_eq(whole(some->at[i]), all[i]);
}

static inline char **whole_each(const hz_findings *findings)
{
    char **all = hz_alloc(&arena, (findings->n + 1) * sizeof *all);
    for (size_t i = 0; i < findings->n; i++)
        all[i] = whole(findings->at[i]);
    return all;
}

/* How often `text` stands in the first `n` bytes. */
static inline size_t count_of(struct hz_bytes bytes, size_t n, const char *text)
{
    size_t count = 0, length = strlen(text);
    for (size_t i = 0; i + length <= n; i++)
        count += memcmp(bytes.at + i, text, length) == 0;
    return count;
}

/* The same numbers on each run, so that a failure can be had again. */
static inline uint32_t dice(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static inline struct hz_bytes text_bytes(const char *text)
{
    return (struct hz_bytes){text, strlen(text)};
}

/* Runs one case with an arena of its own, and the suite. */
static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
