/*
 * Reports for people, on a terminal of 80 columns or more: the matrix with its
 * scores and surprises, and findings in the manner of a compiler.
 */
#ifndef HZ_TERMINAL_H
#define HZ_TERMINAL_H

#include "report/matrix.h"
#include "report/text.h"

/* The whole report of a stream: environment, matrix, scores, surprises, the bottom line. */
void hz_terminal_report(const struct hz_paper *paper, const struct hz_stream *stream,
                        const struct hz_matrix *matrix);

/* One word for a buggy cell's runs: "caught", "blind", "mispl.", "3/5", "BROKEN", …, or "-". */
const char *hz_buggy_word(struct hz_arena *arena, const struct hz_matrix_cell *cell, bool bare);
/* The same for a twin: "ok", "FA", "KO", "1/5", "??", or "-". */
const char *hz_fixed_word(struct hz_arena *arena, const struct hz_matrix_cell *cell, bool bare);

/*
 * Findings of several runs (of one program under several detectors), those at the same
 * place put together, as a compiler has it: `file:line: error: kind: what [who saw it]`, or
 * `warning` if it is only probable, with the source line; then a `note` for each thread with
 * its stack, and for each lock that it holds. Returns how many were printed. `root`: prefix
 * that is left out of file names, or NULL.
 */
size_t hz_terminal_findings(const struct hz_paper *paper, const struct hz_run *runs, size_t n,
                            const char *root);

/* How a run ended: "ended with exit status 1", "hung, and was stopped: …". Untrusted text within.
 */
const char *hz_outcome_text(struct hz_arena *arena, const struct hz_run *run);

/* "1.2 s", "35 ms"; "3.1 MiB". In a static buffer of the caller's. */
const char *hz_seconds_text(char *buffer, size_t size, double seconds);
const char *hz_kib_text(char *buffer, size_t size, long kib);

#endif
