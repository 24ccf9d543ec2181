/*
 * The wait-for graphs of deadlocks as Graphviz dot: threads as boxes, what they wait for
 * and hold as ellipses, an edge from a thread to what it waits for and from there to who
 * holds it. One cluster a finding; other findings are left out.
 */
#ifndef HZ_DOT_H
#define HZ_DOT_H

#include "finding/finding.h"

#include <stdio.h>

/* `root`: a folder that is left out of file names, or NULL. */
void hz_dot_write(FILE *out, const hz_findings *findings, const char *root);

/* Whether there is anything to draw: of a deadlock who waits, of a lock order what is held. */
bool hz_dot_drawable(const struct hz_finding *finding);
/*
 * A finding as a graph of its own: the wait-for graph of a deadlock, with a box around the
 * threads of each process where there are several; of a potential one the order of locks, an
 * edge from a lock to what was taken while it was held. Of many threads the first are drawn,
 * with the count of the others; files without their folders. It is called gNUMBER; of its nodes f0tN is a thread, f0oN a
 * thing.
 */
void hz_dot_graph(FILE *out, const struct hz_finding *finding, size_t number);

#endif
