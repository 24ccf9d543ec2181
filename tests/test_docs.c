/*
 * The two pages that lead from ideas to pairs: docs/concepts.md and its Spanish twin.
 * No link in them leads nowhere, every pair is linked from both, buggy and fixed, and
 * every concept that a header may name has its own section with at least one pair.
 */
#include "base/base.h"
#include "catalog/catalog.h"

#include <check.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER TEST_SOURCE "/docs"

static const char *const pages[] = {FOLDER "/concepts.md", FOLDER "/conceptos.md"};
#define PAGES ((int)(sizeof pages / sizeof pages[0]))

typedef HZ_VEC(const char *) strings;

static struct hz_arena arena;

static void setup(void)
{
    hz_arena_init(&arena);
}

static void teardown(void)
{
    hz_arena_free(&arena);
}

static const char *page_text(int page)
{
    struct hz_bytes bytes;
    struct hz_error error;
    ck_assert_msg(hz_read_file(&arena, pages[page], 0, &bytes, &error), "%s", error.text);
    return hz_copy(&arena, bytes.at, bytes.n);
}

/* The targets of all Markdown links, in order. */
static strings links(const char *text)
{
    strings out = {0};
    const char *at = text;
    while ((at = strstr(at, "](")) != NULL) {
        at += 2;
        size_t length = strcspn(at, ")\n");
        *hz_push(&arena, &out) = hz_copy(&arena, at, length);
        at += length;
    }
    return out;
}

static bool is_remote(const char *target)
{
    return strncmp(target, "http://", 7) == 0 || strncmp(target, "https://", 8) == 0;
}

static bool has_anchor(const char *text, const char *name)
{
    return strstr(text, hz_printf(&arena, "<a id=\"%s\"></a>", name)) != NULL;
}

/* Links to files that do not exist under `folder`, and to anchors that `text` has not. */
static strings dead_links(const char *text, const char *folder)
{
    strings all = links(text), dead = {0};
    for (size_t i = 0; i < all.n; i++) {
        const char *target = all.at[i];
        const char *path = hz_copy(&arena, target, strcspn(target, "#"));
        bool lives =
            is_remote(target) ||
            (target[0] == '#' ? has_anchor(text, target + 1)
                              : access(hz_printf(&arena, "%s/%s", folder, path), R_OK) == 0);
        if (!lives)
            *hz_push(&arena, &dead) = target;
    }
    return dead;
}

static bool linked(const char *text, const char *target)
{
    return strstr(text, hz_printf(&arena, "](%s)", target)) != NULL;
}

/* "race/lost-update" and so on, of every file under scenarios/. */
static strings pairs(void)
{
    static const char before[] = TEST_SOURCE "/scenarios/";
    strings out = {0};
    glob_t found;
    ck_assert_int_eq(glob(TEST_SOURCE "/scenarios/*/*.c", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *name = found.gl_pathv[i] + strlen(before);
        *hz_push(&arena, &out) = hz_copy(&arena, name, strlen(name) - strlen(".c"));
    }
    globfree(&found);
    return out;
}

/* Those of `all` whose buggy or fixed program the page does not link. */
static strings unlinked(const char *text, strings all)
{
    strings out = {0};
    for (size_t i = 0; i < all.n; i++) {
        if (!linked(text, hz_printf(&arena, "../scenarios/%s.c", all.at[i])) ||
            !linked(text, hz_printf(&arena, "../fixed/%s.c", all.at[i])))
            *hz_push(&arena, &out) = all.at[i];
    }
    return out;
}

/* The text from an anchor to the next one; NULL where there is no such anchor. */
static const char *section(const char *text, const char *name)
{
    char *anchor = hz_printf(&arena, "<a id=\"%s\"></a>", name);
    const char *start = strstr(text, anchor);
    if (start == NULL)
        return NULL;
    start += strlen(anchor);
    const char *end = strstr(start, "<a id=\"");
    return hz_copy(&arena, start, end != NULL ? (size_t)(end - start) : strlen(start));
}

static const char *join(strings list)
{
    const char *text = "";
    for (size_t i = 0; i < list.n; i++)
        text = hz_printf(&arena, "%s %s", text, list.at[i]);
    return text;
}

START_TEST(no_link_is_dead)
{
    const char *text = page_text(_i);
    ck_assert_uint_gt(links(text).n, 0);
    strings dead = dead_links(text, FOLDER);
    ck_assert_msg(dead.n == 0, "%s leads nowhere:%s", pages[_i], join(dead));
}
END_TEST

START_TEST(every_pair_is_linked)
{
    strings all = pairs();
    ck_assert_uint_gt(all.n, 0);
    strings missing = unlinked(page_text(_i), all);
    ck_assert_msg(missing.n == 0, "%s does not link both programs of:%s", pages[_i], join(missing));
}
END_TEST

START_TEST(every_concept_has_a_section_with_a_pair)
{
    const char *text = page_text(_i);
    for (const char *const *name = hz_concepts; *name != NULL; name++) {
        const char *part = section(text, *name);
        ck_assert_msg(part != NULL, "%s has no <a id=\"%s\"></a>", pages[_i], *name);
        ck_assert_msg(strstr(part, "](../scenarios/") != NULL, "%s: %s leads to no pair", pages[_i],
                      *name);
    }
}
END_TEST

START_TEST(both_pages_link_the_same)
{
    strings english = links(page_text(0)), spanish = links(page_text(1));
    for (size_t i = 0; i < english.n && i < spanish.n; i++)
        if (strncmp(english.at[i], "concept", 7) != 0) /* each leads to the other */
            ck_assert_str_eq(english.at[i], spanish.at[i]);
    ck_assert_uint_eq(english.n, spanish.n);
}
END_TEST

/* What the tests above stand on sees a fault where there is one. */
START_TEST(faults_are_seen)
{
    static const char text[] =
        "<a id=\"lock\"></a>\n[a](concepts.md) [b](no-such-file.md) [c](#lock) "
        "[d](#key) [e](https://example.org/x)\n"
        "<a id=\"pipe\"></a> [f](../scenarios/race/x.c)";
    strings dead = dead_links(text, FOLDER);
    ck_assert_str_eq(join(dead), " no-such-file.md #key ../scenarios/race/x.c");

    strings all = {0};
    *hz_push(&arena, &all) = "race/x";
    ck_assert_uint_eq(unlinked(text, all).n, 1);
    ck_assert_uint_eq(unlinked("[](../scenarios/race/x.c)[](../fixed/race/x.c)", all).n, 0);

    ck_assert_ptr_null(strstr(section(text, "lock"), "scenarios"));
    ck_assert_ptr_nonnull(strstr(section(text, "pipe"), "scenarios"));
    ck_assert_ptr_null(section(text, "queue"));
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("docs");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, no_link_is_dead, 0, PAGES);
    tcase_add_loop_test(tests, every_pair_is_linked, 0, PAGES);
    tcase_add_loop_test(tests, every_concept_has_a_section_with_a_pair, 0, PAGES);
    tcase_add_test(tests, both_pages_link_the_same);
    tcase_add_test(tests, faults_are_seen);

    Suite *suite = suite_create("docs");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
