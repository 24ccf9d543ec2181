/*
 * The results folder: RESULTS/STAMP/{events.jsonl,junit.xml,raw/}, and the link
 * RESULTS/latest to the newest.
 */
#ifndef HZ_RESULTS_H
#define HZ_RESULTS_H

#include "report/events.h"

struct hz_results {
    const char *folder; /* RESULTS/STAMP */
    const char *events; /* its events.jsonl */
    int fd;             /* open for appending */
};

/* Makes a new folder and stream, and points `latest` at it. */
bool hz_results_open(struct hz_arena *arena, const char *parent, struct hz_results *out,
                     struct hz_error *error);
void hz_results_close(struct hz_results *results);

/* RESULTS/latest/events.jsonl, whether it is there or not. */
const char *hz_results_latest(struct hz_arena *arena, const char *parent);

#endif
