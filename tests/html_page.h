/*
 * For the tests of the HTML page: a stream of runs made by hand, the page made of it as text and
 * as a document, and questions to that document.
 */
#ifndef HZ_TEST_HTML_PAGE_H
#define HZ_TEST_HTML_PAGE_H

#include "detectors/detector.h"
#include "report/html.h"
#include "runs.h"
#include "xpath.h"

#include <check.h>
#include <libxml/HTMLparser.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct hz_stream stream;
static struct hz_catalog catalog;
static struct hz_html html;
static char *text; /* of the page that was made last */
static size_t text_n;
static htmlDocPtr document;

static void begin(void)
{
    hz_arena_init(&arena);
    stream = (struct hz_stream){.complete = true};
    catalog = (struct hz_catalog){0};
    html = (struct hz_html){.stream = &stream, .catalog = &catalog};
    text = NULL;
    document = NULL;
}

static void drop_page(void)
{
    xmlFreeDoc(document);
    free(text);
    document = NULL;
    text = NULL;
}

static void end(void)
{
    drop_page();
    hz_stream_free(&stream);
    hz_arena_free(&arena);
}

/* The corpus that this Hazmat has. */
static inline void load_corpus(void)
{
    struct hz_error error;
    HZ_VEC(const char *) names = {0};
    for (const struct hz_detector *const *known = hz_detectors + 1; *known != NULL; ++known)
        *hz_push(&arena, &names) = (*known)->name;
    *hz_push(&arena, &names) = NULL;
    ck_assert_msg(hz_catalog_load(&arena, TEST_SOURCE, names.at, &catalog, &error), "%s",
                  error.text);
    ck_assert_uint_gt(catalog.pairs.n, 0);
}

static inline struct hz_run *add_run(const char *pair, enum hz_class class, enum hz_variant variant,
                                     const char *detector, enum hz_verdict verdict)
{
    return make_run(&stream, pair, class, variant, detector, verdict);
}

static inline struct hz_party *add_party(struct hz_finding *finding, const char *id,
                                         const char *role, const char *file, int line)
{
    struct hz_party *party = hz_push(&arena, &finding->parties);
    party->id = id;
    party->role = role;
    add_frame(party, "work", file, line);
    add_frame(party, "main", file, line + 3);
    return party;
}

static inline struct hz_finding *add_finding(struct hz_run *run, const char *kind)
{
    return make_finding(run, kind, "what was seen");
}

/* Every detector catches every pair on its first marked line, and says nothing of the twin. */
static inline void catch_all(void)
{
    for (size_t i = 0; i < catalog.pairs.n; ++i) {
        const struct hz_pair *pair = &catalog.pairs.at[i];
        const struct hz_source *source = &pair->source[HZ_BUGGY];
        for (const struct hz_detector *const *known = hz_detectors; *known != NULL; ++known) {
            bool bare = *known == &hz_bare;
            struct hz_run *run = add_run(pair->id, pair->class, HZ_BUGGY, (*known)->name,
                                         bare ? HZ_WENT_WRONG : HZ_CAUGHT);
            if (!bare) {
                int line = source->markers.at[0].line;
                const char *file = hz_printf(&arena, "/elsewhere/%s", source->name);
                struct hz_finding *finding = add_finding(run, "data-race");
                add_party(finding, "T1", "writes", file, line);
                add_party(finding, "T2", "reads", file, line);
                run->finding = 0;
                run->line = line;
            }
            add_run(pair->id, pair->class, HZ_FIXED, (*known)->name, HZ_CLEAN);
        }
    }
}

static void make_page(void)
{
    struct hz_error error;
    struct hz_matrix *matrix = hz_alloc(&arena, sizeof *matrix);
    drop_page();
    hz_matrix_build(&arena, &stream, matrix);
    html.matrix = matrix;
    FILE *out = open_memstream(&text, &text_n);
    ck_assert_msg(hz_html_write(out, &html, &error), "%s", error.text);
    fclose(out);
    document = htmlReadMemory(text, (int)text_n, NULL, "UTF-8",
                              HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                                  HTML_PARSE_RECOVER);
    ck_assert_ptr_nonnull(document);
}

static inline xmlXPathObjectPtr evaluate(const char *path)
{
    return find_in(document, path);
}

/* How many nodes the path finds. */
static inline int count(const char *path)
{
    return count_in(document, path);
}

/* The text of the first node that the path finds; "" if it finds none. */
static inline const char *text_of(const char *path)
{
    xmlXPathObjectPtr found = evaluate(path);
    xmlChar *string = xmlXPathCastToString(found);
    const char *copy = hz_dup(&arena, (const char *)string);
    xmlFree(string);
    xmlXPathFreeObject(found);
    return copy;
}

#define ck_has(part) ck_assert_msg(strstr(text, part) != NULL, "the page has no \"%s\"", part)
#define ck_has_not(part) ck_assert_msg(strstr(text, part) == NULL, "the page has \"%s\"", part)

#endif
