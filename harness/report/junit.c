#include "report/junit.h"

#include "report/text.h"

#include <errno.h>
#include <libxml/xmlwriter.h>
#include <string.h>
#include <unistd.h>

struct junit {
    struct hz_arena arena;
    xmlTextWriterPtr xml;
    const struct hz_stream *stream;
    const struct hz_matrix *matrix;
};

/* XML 1.0 has no way to write most control characters: they are made visible. */
static void attribute(struct junit *junit, const char *name, const char *value)
{
    xmlTextWriterWriteAttribute(junit->xml, BAD_CAST name,
                                BAD_CAST hz_visible(&junit->arena, value, true));
}

static void text(struct junit *junit, const char *value)
{
    xmlTextWriterWriteString(junit->xml, BAD_CAST hz_visible(&junit->arena, value, true));
}

static void element(struct junit *junit, const char *name)
{
    xmlTextWriterStartElement(junit->xml, BAD_CAST name);
}

static void end(struct junit *junit)
{
    xmlTextWriterEndElement(junit->xml);
}

static void problem(struct junit *junit, const char *name, const struct hz_matrix_cell *cell,
                    const char *message)
{
    element(junit, name);
    attribute(junit, "message", message);
    if (cell->broken != NULL)
        text(junit, cell->broken);
    const struct hz_run *run = cell->example;
    for (size_t i = 0; run != NULL && i < run->findings.n; ++i)
        text(junit, hz_printf(&junit->arena, "%s/%s: %s\n",
                              hz_class_name(run->findings.at[i].class), run->findings.at[i].kind,
                              run->findings.at[i].summary));
    if (run != NULL && run->raw != NULL)
        text(junit, hz_printf(&junit->arena, "raw output: %s\n", run->raw));
    end(junit);
}

static void write_case(struct junit *junit, const struct hz_matrix_row *row, int variant,
                       size_t column)
{
    const struct hz_matrix_cell *cell = &row->cells[variant][column];
    if (cell->cell.runs == 0)
        return;
    element(junit, "testcase");
    attribute(junit, "classname",
              hz_printf(&junit->arena, "hazmat.%s", hz_class_name(row->class)));
    attribute(junit, "name",
              hz_printf(&junit->arena, "%s %s %s", row->pair,
                        hz_variant_name((enum hz_variant)variant),
                        junit->matrix->detectors.at[column]));
    attribute(junit, "time", hz_printf(&junit->arena, "%.3f", cell->seconds));
    if (cell->cell.of[HZ_BROKEN] != 0)
        problem(junit, "error", cell, cell->surprise != NULL ? cell->surprise : "broken");
    else if (cell->surprise != NULL)
        problem(junit, "failure", cell, cell->surprise);
    end(junit);
}

struct counts {
    unsigned tests, failures, errors;
    double seconds;
};

static struct counts count(const struct hz_matrix *matrix, enum hz_class class)
{
    struct counts counts = {0};
    for (size_t i = 0; i < matrix->rows.n; ++i) {
        const struct hz_matrix_row *row = &matrix->rows.at[i];
        for (size_t k = 0; row->class == class && k < 2 * matrix->detectors.n; ++k) {
            const struct hz_matrix_cell *cell = &row->cells[k % 2][k / 2];
            if (cell->cell.runs == 0)
                continue;
            ++counts.tests;
            counts.errors += cell->cell.of[HZ_BROKEN] != 0;
            counts.failures += cell->cell.of[HZ_BROKEN] == 0 && cell->surprise != NULL;
            counts.seconds += cell->seconds;
        }
    }
    return counts;
}

static void write_suite(struct junit *junit, enum hz_class class)
{
    struct counts counts = count(junit->matrix, class);
    if (counts.tests == 0)
        return;
    element(junit, "testsuite");
    attribute(junit, "name", hz_printf(&junit->arena, "hazmat.%s", hz_class_name(class)));
    attribute(junit, "tests", hz_printf(&junit->arena, "%u", counts.tests));
    attribute(junit, "failures", hz_printf(&junit->arena, "%u", counts.failures));
    attribute(junit, "errors", hz_printf(&junit->arena, "%u", counts.errors));
    attribute(junit, "skipped", "0");
    attribute(junit, "time", hz_printf(&junit->arena, "%.3f", counts.seconds));
    const json_t *environment = json_object_get(junit->stream->start, "environment");
    const char *when = json_string_value(json_object_get(environment, "when"));
    if (when != NULL)
        attribute(junit, "timestamp", when);
    for (size_t i = 0; i < junit->matrix->rows.n; ++i) {
        const struct hz_matrix_row *row = &junit->matrix->rows.at[i];
        for (size_t k = 0; row->class == class && k < 2 * junit->matrix->detectors.n; ++k)
            write_case(junit, row, (int)(k % 2), k / 2);
    }
    end(junit);
}

static bool write_whole(int fd, const xmlBuffer *buffer, struct hz_error *error)
{
    const char *at = (const char *)xmlBufferContent(buffer);
    size_t left = (size_t)xmlBufferLength(buffer);
    while (left != 0) {
        ssize_t written = write(fd, at, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return hz_fail(error, "writing JUnit XML: %s", strerror(errno));
        at += written;
        left -= (size_t)written;
    }
    return true;
}

bool hz_junit_write(int fd, const struct hz_stream *stream, const struct hz_matrix *matrix,
                    struct hz_error *error)
{
    struct junit junit = {.stream = stream, .matrix = matrix};
    xmlBufferPtr buffer = xmlBufferCreate();
    junit.xml = buffer != NULL ? xmlNewTextWriterMemory(buffer, 0) : NULL;
    if (junit.xml == NULL) {
        xmlBufferFree(buffer);
        return hz_fail(error, "writing JUnit XML: out of memory");
    }
    hz_arena_init(&junit.arena);
    xmlTextWriterSetIndent(junit.xml, 1);
    xmlTextWriterStartDocument(junit.xml, NULL, "UTF-8", NULL);
    element(&junit, "testsuites");
    attribute(&junit, "name", "hazmat");
    for (int class = 0; class < HZ_CLASSES; ++class)
        write_suite(&junit, (enum hz_class)class);
    xmlTextWriterEndDocument(junit.xml);
    xmlFreeTextWriter(junit.xml);
    bool fine = write_whole(fd, buffer, error);
    xmlBufferFree(buffer);
    hz_arena_free(&junit.arena);
    return fine;
}
