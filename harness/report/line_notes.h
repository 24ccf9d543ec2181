/*
 * What the detectors said of each line of a program, from the stream of their runs:
 *
 *   41  tsan, helgrind, drd: data-race (write)
 */
#ifndef HZ_LINE_NOTES_H
#define HZ_LINE_NOTES_H

#include "report/events.h"

struct hz_line_note {
    int line;
    const char *kind;
    HZ_VEC(const char *) detectors;
    bool reads, writes; /* of a race: what the threads do there */
};
typedef HZ_VEC(struct hz_line_note) hz_line_notes;

/* One for each line and kind, sorted by line. Where any thread of a finding was, at its innermost.
 */
void hz_line_notes_make(struct hz_arena *arena, const struct hz_stream *stream,
                        const struct hz_pair *pair, enum hz_variant variant, hz_line_notes *out);

/* "tsan, drd: data-race (write)"; visible text. */
const char *hz_line_note_text(struct hz_arena *arena, const struct hz_line_note *note);

#endif
