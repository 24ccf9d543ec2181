/*
 * SARIF 2.1.0 (OASIS), which code review tools read: a run for each detector; a rule for each
 * kind of finding; a result for each finding, however many repetitions had it. Runs that broke
 * are notifications, and the detector's run is then no success.
 *
 * A result is shown at the innermost line of the first thread that is in a file below the source
 * root; else at the first line of an absolute path; else, as GitHub refuses a whole log for one
 * result without a file, at the program, without a line. Only what is there, below the root, is
 * named from SRCROOT. Names that lead nowhere (libraries have "./nptl/pthread_create.c" in their
 * debug information, and GitHub would look for it in the repository) are never a file's: such a
 * frame has its function and module, and the name in its message. A region is a whole line, as no
 * detector tells of columns.
 *
 * A result has the stack of every thread; its calls as a thread flow; the graph of who waits for
 * whom; and of the explorer, first of all, the schedule that leads there: a code flow with a
 * thread flow for each thread, whose steps `executionOrder` puts into one order, 1,000 at most. A
 * step's message has its number, as the page and `hazmat replay` count them; what stands between
 * two steps has none, and both have an executionOrder of their own.
 *
 * The fingerprint "hazmat/v2" is made of: class and kind; detector; the program (pair and variant
 * in the corpus, else its file's name); and where the threads were, sorted, each place once: the
 * path below the root, the function, and the line's text without comment, with its number among
 * the equal lines of the file from the second on. A place outside of the root is the file's name
 * and the function; without a file, the module's name and the innermost function. There are no
 * line numbers in it (but where nothing else is known) and no folders of the machine. Of a wrong
 * result of the explorer only the thread in which it showed counts, and of a starvation only the
 * first, which starves, here and where repetitions are told from other results. A headline is
 * without addresses, which are others in each run: "0x…".
 *
 * What is marked in the corpus as a hazard is there on purpose, and suppressed: in a buggy
 * program a result at a marked line, and one whose run has a finding of its class at one. The
 * property `hazard` says which: "marked", "beside", or "unmarked" of the rest, which is counted
 * in a notification and not suppressed.
 */
#ifndef HZ_SARIF_H
#define HZ_SARIF_H

#include "report/events.h"

#include <stdio.h>

/*
 * `root`: files below it are named from there, by the base SRCROOT; absolute, or NULL. `catalog`
 * has the marked lines; NULL: what is suppressed is not known, and not told. False if it could
 * not be written whole.
 */
bool hz_sarif_write(FILE *out, const struct hz_stream *stream, const char *root,
                    const struct hz_catalog *catalog, struct hz_error *error);

/* What a kind of finding is, in a few words, and what to do about it. */
struct hz_rule {
    const char *kind, *what, *help;
};
/* The rule of that kind; of a kind that it does not know, what holds for the whole class. */
struct hz_rule hz_rule_of(enum hz_class class, const char *kind);

#endif
