/*
 * One finding of the live watchdog for people, told while the program still runs or hangs:
 *
 *   deadlock, certain: 2 threads wait for each other's locks, one of them for mutex b
 *     worker-1 (pid 70 tid 71)
 *       waits for mutex b held by tid 72, for 0.35 s
 *       holds mutex a, taken at bank.c:20 (move)
 *       bank.c:21 move
 *       bank.c:40 worker
 *     worker-2 (pid 70 tid 72)
 *       …
 *     worker-1 (tid 71) --waits for--> b --held by--> worker-2 (tid 72)
 *     worker-2 (tid 72) --waits for--> a --held by--> worker-1 (tid 71)
 *
 * What is not known is left out. What there may be many of (threads, locks held, frames,
 * steps of a cycle) is cut, with a count of what is missing.
 */
#ifndef HZ_LIVE_H
#define HZ_LIVE_H

#include "finding/finding.h"
#include "report/text.h"

/* "deadlock", "potential deadlock", "starvation", …: what the finding is, in a word or two. */
const char *hz_live_what(const struct hz_finding *finding);
/* Whether threads hang already, rather than may one day: such a program goes no further. */
bool hz_live_hangs(const struct hz_finding *finding);

/* The headline: what it is, how sure that is, the summary. */
void hz_live_headline(const struct hz_paper *paper, const struct hz_finding *finding);
/* All the rest. `root`: a folder that is left out of file names, or NULL. */
void hz_live_details(const struct hz_paper *paper, const struct hz_finding *finding,
                     const char *root);

/* "bank.c:21", "/usr/lib/x.so", or an address; visible text. */
const char *hz_live_place(struct hz_arena *arena, const struct hz_frame *frame, const char *root);

/* How a wait of that kind of thing is put: "--waits for--> NAME --held by-->". */
struct hz_live_words {
    const char *does; /* "waits for", "reads from" */
    const char *by;   /* "held by"; NULL: the other thread itself is what it waits for */
};
struct hz_live_words hz_live_words(const char *kind);

/* `"worker-1" (tid 71)`, with the process where the finding has several; visible text. */
const char *hz_live_name(struct hz_arena *arena, const struct hz_finding *finding, size_t party);

#endif
