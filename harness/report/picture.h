/*
 * Pictures for the page: fragments of HTML and SVG, written to a FILE, that need nothing
 * from elsewhere. They say in words what they show (titles, descriptions, tables), hold no
 * style of their own (a Content-Security-Policy may forbid it) but classes and presentation
 * attributes, take the page's text colour, and can be told apart in grey. All text is
 * escaped; each fragment is well-formed XML by itself. What there is too much of is cut, with
 * the count of what was left out.
 *
 * Classes, for the page's style:
 *   hz-graph          an <svg>: a graph, as large as it is: give it max-width and height: auto.
 *                     hz-thread, hz-thing, hz-edge, hz-process: the groups
 *                     in it, with their shapes and texts
 *   hz-graph-text     a <ul>: the same in words, where there is no Graphviz
 *   hz-steps          a <div>: the table of a schedule, in a hz-scroll that may have a height
 *                     of its own (position: relative). Rows: hz-step, hz-takes, hz-lets-go,
 *                     hz-waits, hz-others, and hz-wrong where it goes wrong; hz-left-out. In
 *                     them hz-at is a line's number. From assets/steps.js: hz-buttons, hz-told
 *                     (what it says of the row that it is at), hz-now and hz-later of rows
 *   hz-timeline       an <svg>: a row for each thread; hz-s-running, hz-s-holding, hz-s-waiting
 *                     and hz-s-passed are the shapes, hz-share the bars of shares
 *   hz-lock           a <figure>: what was measured of a lock; hz-share, hz-p99, hz-median and
 *                     hz-longest are shapes in it
 */
#ifndef HZ_PICTURE_H
#define HZ_PICTURE_H

#include "finding/finding.h"
#include "finding/steps.h"
#include "finding/timeline.h"
#include "report/locks.h"

#include <stdio.h>

/* ---- picture_graph.c: wait-for graphs and lock orders ------------------------------- */

/*
 * All graphs of a report, laid out together by one process of Graphviz, as dot is slow to start;
 * those with boxes around processes by one each, so that they look the same each time. Graphs
 * that look the same are one.
 */
struct hz_graphs; /* opaque */
#define HZ_NO_GRAPH SIZE_MAX

/* `root`: a folder that is left out of file names, or NULL. */
struct hz_graphs *hz_graphs_new(const char *root);
void hz_graphs_free(struct hz_graphs *graphs);

/* Its number; HZ_NO_GRAPH if nothing is to be drawn. The finding must outlive the graphs. */
size_t hz_graphs_add(struct hz_graphs *graphs, const struct hz_finding *finding);

/*
 * Has all that were added laid out, within so many seconds. False with the reason if Graphviz
 * is missing or fails: then those that were not laid out are written in words.
 */
bool hz_graphs_lay_out(struct hz_graphs *graphs, double seconds, struct hz_error *error);

/* Writes one. Its ids begin with "hz-graph-NUMBER", so each is to be written once. */
void hz_graphs_write(FILE *out, const struct hz_graphs *graphs, size_t number);

/* ---- picture_steps.c: the explorer's schedule ---------------------------------------- */

/*
 * A table: a column for each thread, a row for each step with the line and what it does. Row I
 * of it has the id "hz-step-NUMBER-I". assets/steps.js lets one step through it. Nothing if
 * there are no steps.
 */
void hz_picture_steps(FILE *out, const hz_steps *steps, size_t number);

/* ---- picture_timeline.c -------------------------------------------------------------- */

/*
 * A row for each thread, over time or steps: a thin line where it is at no lock, a full block where it
 * holds a lock, hatched where it waits, hatched twice where others got the lock meanwhile; and
 * of the lock that is waited for most each thread's share as a bar. Its ids begin with
 * "hz-timeline-NUMBER". Nothing if no thread has an interval.
 */
void hz_picture_timeline(FILE *out, const struct hz_timeline *timeline, size_t number);

/* ---- picture_locks.c: what --stats measured --------------------------------------------- */

/*
 * A figure for each of the locks that were waited for longest: each thread's share as a bar,
 * with Jain's index, and the times of waits and holds (median, 99th percentile, longest) on a
 * scale of powers of ten. Ids begin with "hz-lock-NUMBER".
 */
void hz_picture_locks(FILE *out, const struct hz_locks *locks, size_t number);

#endif
