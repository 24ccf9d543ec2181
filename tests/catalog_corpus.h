/*
 * A corpus in a folder of its own, for the tests of the catalog: one good pair as
 * text, ways to change it, and what the catalog says of what was written.
 */
#ifndef CATALOG_CORPUS_H
#define CATALOG_CORPUS_H

#include "catalog/catalog.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const detectors[] = {"tsan", "helgrind", "drd", NULL};

static struct hz_arena arena;
static struct hz_catalog catalog;
static struct hz_error error;
static char root[] = "/tmp/hazmat-catalog-XXXXXX";

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where)
{
    (void)about, (void)type, (void)where;
    return remove(path);
}

static void write_bytes(const char *name, const char *bytes, size_t n)
{
    FILE *file = fopen(hz_printf(&arena, "%s/%s", root, name), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
    ck_assert_int_eq(fclose(file), 0);
}

static void write_text(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

static void make_folder(const char *name)
{
    ck_assert_int_eq(mkdir(hz_printf(&arena, "%s/%s", root, name), 0700), 0);
}

static void setup(void)
{
    hz_arena_init(&arena);
    ck_assert_ptr_nonnull(mkdtemp(root));
    make_folder("scenarios");
    make_folder("fixed");
    make_folder("scenarios/race");
    make_folder("fixed/race");
}

static void teardown(void)
{
    ck_assert_int_eq(nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    hz_arena_free(&arena);
}

static void load(void)
{
    ck_assert_msg(hz_catalog_load(&arena, root, detectors, &catalog, &error), "%s", error.text);
}

/* All faults as "file:line: message" lines, the root left out. */
static inline const char *faults(void)
{
    const char *all = "";
    for (size_t i = 0; i < catalog.faults.n; i++) {
        const struct hz_diagnostic *fault = &catalog.faults.at[i];
        ck_assert_int_eq(strncmp(fault->file, root, strlen(root)), 0);
        all = hz_printf(&arena, "%s%s:%d: %s\n", all, fault->file + strlen(root) + 1, fault->line,
                        fault->message);
    }
    return all;
}

static const char buggy_text[] = "/*\n"
                                 " * Two clerks count the same sales.\n"
                                 " *\n"
                                 " * @hazard   race/lost-update\n"
                                 " * @concept  thread, race\n"
                                 " * @expect   tsan=caught helgrind=caught\n"
                                 " *           drd=missed\n"
                                 " * @why      drd: looks away\n"
                                 " * @see      CWE-362\n"
                                 " */\n"
                                 "#include <pthread.h>\n"
                                 "\n"
                                 "static int sales;\n"
                                 "\n"
                                 "void *clerk(void *unused)\n"
                                 "{\n"
                                 "    sales++; /* HAZARD: both do this */\n"
                                 "    return unused;\n"
                                 "}\n";

static const char fixed_text[] = "/*\n"
                                 " * One step instead of three.\n"
                                 " *\n"
                                 " * @repairs  race/lost-update\n"
                                 " */\n"
                                 "#include <pthread.h>\n"
                                 "\n"
                                 "static int sales;\n"
                                 "\n"
                                 "void *clerk(void *unused)\n"
                                 "{\n"
                                 "    __sync_fetch_and_add(&sales, 1); /* FIX: in one step */\n"
                                 "    return unused;\n"
                                 "}\n";

/* The text with its one `from` replaced; it is the test's error if there is none. */
static inline const char *edited(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    ck_assert_msg(at != NULL, "nothing to edit: %s", from);
    return hz_printf(&arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void write_pair(const char *buggy, const char *fixed)
{
    write_text("scenarios/race/sales.c", buggy);
    write_text("fixed/race/sales.c", fixed);
}

#endif
