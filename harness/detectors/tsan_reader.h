/*
 * What the parts of the ThreadSanitizer detector share: both forms of its reports
 * are turned into the same findings.
 *
 * Pure. The bytes are untrusted and may end anywhere: a report that is not whole is
 * left out, those before it are kept.
 */
#ifndef HZ_TSAN_READER_H
#define HZ_TSAN_READER_H

#include "base/base.h"
#include "finding/finding.h"

/* More than this of one thing is not read: whatever it says has been said. */
#define HZ_TSAN_FINDINGS 2000
#define HZ_TSAN_PARTIES 64
#define HZ_TSAN_FRAMES 256

/* The lines of tsan_report.c, which describes them. */
void hz_tsan_lines(struct hz_arena *arena, struct hz_bytes bytes, hz_findings *out);

/*
 * A log of the runtime, its frames written in HZ_TSAN_FRAME_FORMAT (functions and
 * paths hold spaces and brackets, but no tabs).
 */
#define HZ_TSAN_FRAME_FORMAT "    #%n %f\t%s\t%l\t%m\t%p"
void hz_tsan_text(struct hz_arena *arena, struct hz_bytes bytes, hz_findings *out);

/*
 * Why the runtime failed, by what it wrote to its log or to standard error; NULL if
 * it did not. `ran` is set if the bytes show that it was there.
 */
const char *hz_tsan_failure(struct hz_arena *arena, struct hz_bytes bytes, bool *ran);

/*
 * A frame by its five fields: function, file, line, module and address. A field that
 * is "", "??" or "<null>" is not known. The runtime's own sources are no place in the
 * program: such a frame keeps its function alone.
 */
struct hz_frame hz_tsan_frame(struct hz_arena *arena, const struct hz_bytes field[static 5]);

/*
 * Fills class, kind, sureness and summary of a finding whose parties are read.
 * `type` is the runtime's word ("data-race") or its text ("data race"); `symbol`
 * names what it is about, or is NULL.
 */
void hz_tsan_finish(struct hz_arena *arena, const char *type, const char *symbol,
                    struct hz_finding *finding);

/* Cuts the next line, or the next field up to a tab, off the front. False at the end. */
bool hz_tsan_cut(struct hz_bytes *rest, char separator, struct hz_bytes *part);
/* Whether `bytes` begin with `text`, which is then cut off. */
bool hz_tsan_skip(struct hz_bytes *bytes, const char *text);
long hz_tsan_number(struct hz_bytes bytes);

#endif
