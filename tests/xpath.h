/* Questions to a document, for the tests of what is written as XML or HTML. */
#ifndef HZ_TEST_XPATH_H
#define HZ_TEST_XPATH_H

#include <check.h>
#include <libxml/xpath.h>

/* What the path finds, which the caller frees. */
static inline xmlXPathObject *find_in(xmlDoc *document, const char *path)
{
    xmlXPathContext *context = xmlXPathNewContext(document);
    xmlXPathObject *found = xmlXPathEvalExpression((const xmlChar *)path, context);
    xmlXPathFreeContext(context);
    ck_assert_msg(found != NULL, "no XPath: %s", path);
    return found;
}

/* How many nodes the path finds, or the number that it is. */
static inline int count_in(xmlDoc *document, const char *path)
{
    xmlXPathObject *found = find_in(document, path);
    int n = found->type == XPATH_NODESET ? xmlXPathNodeSetGetLength(found->nodesetval)
                                         : (int)found->floatval;
    xmlXPathFreeObject(found);
    return n;
}

#endif
