/* For tests of pictures: fragments of a page as trees. */
#ifndef HZ_TEST_FRAGMENT_H
#define HZ_TEST_FRAGMENT_H

#include "report/picture.h"
#include "xpath.h"

#include <check.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

/* Of everything that somebody could call a lock, a thread or a file. */
#define HOSTILE "<b>\"'&lt;&amp;]]>--></svg></script>\\N\\\" \033[2J\xff\xef\xbf\xbf{|}\n;label=x"

static struct hz_arena arena;

static void setup(void)
{
    hz_arena_init(&arena);
}

static void teardown(void)
{
    hz_arena_free(&arena);
}

/* ---- fragments as trees ------------------------------------------------------------- */

struct fragment {
    char *text;
    size_t n;
    xmlDoc *document;
};

static FILE *open_fragment(struct fragment *fragment)
{
    *fragment = (struct fragment){0};
    FILE *file = open_memstream(&fragment->text, &fragment->n);
    ck_assert_ptr_nonnull(file);
    fputs("<div>", file);
    return file;
}

/* Well-formed XML, without any style or script of its own, or address to load something from. */
static void close_fragment(struct fragment *fragment, FILE *file)
{
    fputs("</div>", file);
    fclose(file);
    fragment->document = xmlReadMemory(fragment->text, (int)fragment->n, NULL, "UTF-8",
                                       XML_PARSE_NONET | XML_PARSE_NOWARNING);
    ck_assert_msg(fragment->document != NULL, "no XML: %s", fragment->text);
    ck_assert_ptr_null(strstr(fragment->text, " style="));
    ck_assert_ptr_null(strstr(fragment->text, "http"));
}

static void free_fragment(struct fragment *fragment)
{
    xmlFreeDoc(fragment->document);
    free(fragment->text);
}

static size_t count(const struct fragment *fragment, const char *path)
{
    return (size_t)count_in(fragment->document, path);
}

static bool says(const struct fragment *fragment, const char *text)
{
    xmlChar *all = xmlNodeGetContent(xmlDocGetRootElement(fragment->document));
    bool found = strstr((const char *)all, text) != NULL;
    xmlFree(all);
    return found;
}

#endif
