/*
 * How far a long job is: one line that is written over on a terminal, one line a pair
 * elsewhere. Goes to standard error; standard output is for the report.
 */
#ifndef HZ_PROGRESS_H
#define HZ_PROGRESS_H

#include "base/base.h"

struct hz_progress {
    bool live; /* standard error is a terminal */
    size_t total;
    double begun;
    bool shown;
};

void hz_progress_begin(struct hz_progress *progress, size_t total);
/* Redraws the line (nothing where it is not live). */
void hz_progress_show(struct hz_progress *progress, size_t done, size_t running);
/* A line that stays: printed where it is not live, and in any case if `important`. */
void hz_progress_line(struct hz_progress *progress, bool important, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Takes the live line away. */
void hz_progress_end(struct hz_progress *progress);

#endif
