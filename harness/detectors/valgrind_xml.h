/*
 * Reads what Helgrind and DRD write with --xml=yes. Pure.
 *
 * One document is one process. It is read as a stream: it may be cut off anywhere
 * (the process was killed) or be garbage from some byte on, and what stood whole
 * before that is read. DRD writes elements that the protocol's description does not
 * list; those that are not known here are passed over.
 */
#ifndef HZ_VALGRIND_XML_H
#define HZ_VALGRIND_XML_H

#include "base/base.h"
#include "finding/finding.h"

/* More findings than this of one document, or more frames of one stack, are not read. */
#define HZ_VALGRIND_FINDINGS 2000
#define HZ_VALGRIND_FRAMES 256

struct hz_valgrind_document {
    bool elements; /* at least one element is whole */
    bool root;     /* of the process that was started; a forked child's document does not say so */
    bool finished; /* Valgrind closed it */
    /* A signal killed the program inside the tool's pthread_create, called by thrd_create. */
    bool tool_crashed;
    /*
     * Frames of the program itself that have a function's name, and whether one of
     * them has a line. Without lines nothing can be told from the findings.
     */
    bool program_frames, program_lines;
};

/* Adds the findings to `out`, with `detector` as their detector. */
void hz_valgrind_read(struct hz_arena *arena, const char *detector, struct hz_bytes bytes,
                      struct hz_valgrind_document *document, hz_findings *out);

/*
 * Class, kind and sureness of an error by its <kind>, its text and the function of
 * the tool's own library that it arose in (or NULL). False if it says nothing about
 * the program.
 */
bool hz_valgrind_classify(const char *kind, const char *text, const char *function,
                          struct hz_finding *finding);

#endif
