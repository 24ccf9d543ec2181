/*
 * Between the files that make SARIF. Every json_t that is given is a new reference.
 *
 *   sarif.c         the log, and what a detector has said
 *   sarif_rules.c   what a kind of finding is
 *   sarif_seeded.c  what is there on purpose
 *   sarif_result.c  a finding as a result
 *   sarif_flow.c    its threads: their calls, and the order of their steps
 *   sarif_print.c   what it is known by
 *   sarif_place.c   where things are
 */
#ifndef HZ_SARIF_PARTS_H
#define HZ_SARIF_PARTS_H

#include "report/sarif.h"
#include "report/snippet.h"

struct hz_sarif {
    struct hz_arena *arena;
    const struct hz_stream *stream;
    const char *root; /* without a "/" at its end; NULL: no file is below it */
    const struct hz_catalog *catalog;
    struct hz_snippets snippets;
};

/* A finding that a result is made of. */
struct hz_sarif_case {
    struct hz_sarif *sarif;
    const struct hz_run *run;
    const struct hz_finding *finding;
    const hz_steps *steps;          /* the schedule that leads there, or NULL */
    const struct hz_frame **places; /* of each party: where it is shown; NULL: nowhere */
    size_t primary; /* the party at whose place the result is shown; parties.n: none has one */
};
void hz_sarif_case(struct hz_sarif *sarif, const struct hz_run *run,
                   const struct hz_finding *finding, struct hz_sarif_case *out);

/* A result without what only the log as a whole knows: rule, count, suppression. */
json_t *hz_sarif_result(const struct hz_sarif_case *shown);

/* What the same result has in each repetition, and no other one has: by its lines. */
const char *hz_sarif_key(const struct hz_sarif_case *shown);
/* The fingerprint: see sarif.h. */
const char *hz_sarif_print(const struct hz_sarif_case *shown);

/* Puts in, of a buggy program of the corpus, whether the finding is there on purpose. */
void hz_sarif_seed(const struct hz_sarif *sarif, const struct hz_run *run,
                   const struct hz_finding *finding, json_t *result);
/* How many of these results have been asked, and are not known to be. */
unsigned hz_sarif_unseeded(const json_t *results);

/* Puts in stacks and code flows, those that there are. */
void hz_sarif_put_threads(const struct hz_sarif_case *shown, json_t *result);

/* ---- sarif_place.c -------------------------------------------------------------------- */

/* A message object. The text is taken literally: what SARIF reads as more than text is undone. */
json_t *hz_sarif_message(struct hz_arena *arena, const char *text);
/* Without addresses: "0x…", or nothing behind a name. They are others in each run. */
const char *hz_sarif_headline(struct hz_arena *arena, const char *text);
/* "T2 "worker": write of 4 bytes", or as much of it as is known. */
const char *hz_sarif_party_text(struct hz_arena *arena, const struct hz_party *party);

/* Without "." and, where that needs no look at the disk, without "..". */
const char *hz_sarif_plain(struct hz_arena *arena, const char *path);
/* "file:///home/me/src/": what SRCROOT stands for. */
const char *hz_sarif_uri(struct hz_arena *arena, const char *folder);

/* The file's path from the root, if it is below it and is there; NULL if not. */
const char *hz_sarif_path(const struct hz_sarif *sarif, const char *file);
/* The name of a file: what follows the last slash. */
const char *hz_sarif_name(const char *file);

/* The program that ran: a file, as far as it is known. */
const char *hz_sarif_program(const struct hz_sarif *sarif, const struct hz_run *run,
                             const struct hz_finding *finding);
json_t *hz_sarif_program_location(const struct hz_sarif_case *shown);

/* Whether a reader can be led there: the line of a file below the root, or of an absolute one. */
bool hz_sarif_placed(const struct hz_sarif *sarif, const struct hz_frame *frame);
/* The innermost such frame: below the root if there is one; NULL if there is none at all. */
const struct hz_frame *hz_sarif_party_place(const struct hz_sarif *sarif,
                                            const struct hz_party *party);
/* Where nobody can be led, the function and its module. */
json_t *hz_sarif_location(const struct hz_sarif *sarif, const struct hz_frame *frame,
                          const char *message);

#endif
