#include "report/picture_parts.h"

#include <libxml/parser.h>
#include <limits.h>
#include <string.h>

#define DEEPEST 8 /* Graphviz nests three deep */

/* What may stand in an attribute's value. */
#define NUMBERS "0123456789.,- "
#define PATH NUMBERS "MmCcLlZz"
#define TRANSFORM NUMBERS "()abcdefghijklmnopqrstuvwxyz"

static const struct {
    const char *element, *attribute, *allowed;
} attributes[] = {
    {"g", "transform", TRANSFORM}, {"polygon", "points", NUMBERS}, {"polyline", "points", NUMBERS},
    {"path", "d", PATH},           {"ellipse", "cx", NUMBERS},     {"ellipse", "cy", NUMBERS},
    {"ellipse", "rx", NUMBERS},    {"ellipse", "ry", NUMBERS},     {"text", "x", NUMBERS},
    {"text", "y", NUMBERS},        {"text", "text-anchor", TRANSFORM},
    {"text", "font-size", NUMBERS},
};

/* The group in which a shape stands. */
enum group { OUTSIDE, PROCESS, THREAD, THING, EDGE };
static const char *const classes[] = {NULL, "hz-process", "hz-thread", "hz-thing", "hz-edge"};

static bool is(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static void write_attributes(FILE *out, xmlNode *node)
{
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        if (!is(node, attributes[i].element))
            continue;
        xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)attributes[i].attribute);
        const char *text = (const char *)value;
        if (text != NULL && text[strspn(text, attributes[i].allowed)] == '\0')
            fprintf(out, " %s=\"%s\"", attributes[i].attribute, text);
        xmlFree(value);
    }
}

/* By the class, and of nodes by the name that hz_dot_graph() gave them: it is the title. */
static enum group group_of(xmlNode *node)
{
    xmlChar *class = xmlGetNoNsProp(node, (const xmlChar *)"class");
    xmlNode *title = node->children;
    while (title != NULL && !is(title, "title"))
        title = title->next;
    xmlChar *name = title != NULL ? xmlNodeGetContent(title) : NULL;
    const char *word = class != NULL ? (const char *)class : "";
    enum group group = OUTSIDE;
    if (strcmp(word, "cluster") == 0)
        group = PROCESS;
    else if (strcmp(word, "edge") == 0)
        group = EDGE;
    else if (strcmp(word, "node") == 0)
        group = name != NULL && strncmp((const char *)name, "f0t", 3) == 0 ? THREAD : THING;
    xmlFree(class);
    xmlFree(name);
    return group;
}

static void write_shape(FILE *out, xmlNode *node, enum group group)
{
    bool arrow = group == EDGE && is(node, "polygon");
    fprintf(out, "<%s", (const char *)node->name);
    write_attributes(out, node);
    fprintf(out, " fill=\"%s\" stroke=\"currentColor\"%s%s/>", arrow ? "currentColor" : "none",
            group == THREAD ? " stroke-width=\"2\"" : "",
            group == PROCESS ? " stroke-dasharray=\"5 4\"" : "");
}

static void write_text(FILE *out, xmlNode *node, enum group group)
{
    xmlChar *content = xmlNodeGetContent(node);
    fputs("<text", out);
    write_attributes(out, node);
    fprintf(out, " fill=\"currentColor\" font-family=\"%s\">",
            group == THREAD || group == THING ? "monospace" : "sans-serif");
    hz_xml(out, (const char *)content);
    fputs("</text>", out);
    xmlFree(content);
}

static void write_children(FILE *out, xmlNode *parent, enum group group, unsigned depth)
{
    for (xmlNode *node = parent->children; node != NULL && depth < DEEPEST; node = node->next) {
        if (is(node, "g")) {
            enum group inner = group_of(node);
            fputs("<g", out);
            if (classes[inner] != NULL)
                fprintf(out, " class=\"%s\"", classes[inner]);
            write_attributes(out, node);
            fputc('>', out);
            write_children(out, node, inner, depth + 1);
            fputs("</g>", out);
        } else if (is(node, "text")) {
            write_text(out, node, group);
        } else if (group != OUTSIDE && (is(node, "polygon") || is(node, "path") ||
                                        is(node, "ellipse") || is(node, "polyline"))) {
            write_shape(out, node, group); /* outside there is only the background */
        }
    }
}

static bool size_of(xmlNode *root, float *width, float *height)
{
    xmlChar *box = xmlGetNoNsProp(root, (const xmlChar *)"viewBox");
    float x, y;
    bool fine = box != NULL && sscanf((const char *)box, "%f %f %f %f", &x, &y, width, height) == 4 &&
                *width > 0 && *height > 0 && *width < SHRT_MAX && *height < SHRT_MAX;
    xmlFree(box);
    return fine;
}

bool hz_svg_rewrite(FILE *out, struct hz_bytes svg, size_t number, const char *title,
                    const char *description)
{
    xmlDoc *document = svg.n < INT_MAX
        ? xmlReadMemory(svg.at, (int)svg.n, NULL, "UTF-8",
                        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING) : NULL;
    xmlNode *root = document != NULL ? xmlDocGetRootElement(document) : NULL;
    float width, height;
    bool fine = root != NULL && is(root, "svg") && size_of(root, &width, &height);
    if (fine) {
        fprintf(out, "<svg class=\"hz-graph\" role=\"img\" aria-labelledby=\"hz-graph-%zu-t\" "
                     "aria-describedby=\"hz-graph-%zu-d\" width=\"%.0f\" height=\"%.0f\" "
                     "viewBox=\"0 0 %.2f %.2f\">", number, number, width, height, width, height);
        fprintf(out, "<title id=\"hz-graph-%zu-t\">", number);
        hz_xml(out, title);
        fprintf(out, "</title><desc id=\"hz-graph-%zu-d\">", number);
        hz_xml(out, description);
        fputs("</desc>", out);
        write_children(out, root, OUTSIDE, 0);
        fputs("</svg>\n", out);
    }
    xmlFreeDoc(document);
    return fine;
}
