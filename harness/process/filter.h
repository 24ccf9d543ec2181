/*
 * A program as a filter: bytes in, bytes out, within a time.
 */
#ifndef HZ_FILTER_H
#define HZ_FILTER_H

#include "base/base.h"

/*
 * Runs `argv` (ended by NULL) with `input` as its standard input for at most `seconds`, and
 * gives the first `limit` bytes of its standard output. False with the reason if it could
 * not be run, did not end by itself with status 0, or wrote more; `output` is what it wrote
 * until then all the same.
 */
bool hz_filter(struct hz_arena *arena, char *const *argv, struct hz_bytes input, double seconds,
               size_t limit, struct hz_bytes *output, struct hz_error *error);

#endif
