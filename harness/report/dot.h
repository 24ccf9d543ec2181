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

#endif
