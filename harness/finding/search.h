/*
 * How far the explorer came with a program, in figures: what the line that it says for people
 * ("exhausted: 120 schedules") holds, for tables.
 */
#ifndef HZ_SEARCH_H
#define HZ_SEARCH_H

#include "base/base.h"

#include <jansson.h>

struct hz_search {
    unsigned long schedules; /* that were run; 0: it was no search */
    bool found;              /* the last of them failed */
    bool exhausted;          /* every order was tried (what that leaves out: docs/explorer.md) */
    int bound; /* all fair ones with at most so many preemptions were; -1: none is complete */
};

/* As `search` of a run (docs/events.md); a new reference. */
json_t *hz_search_to_json(const struct hz_search *search);

/* NULL is no search; false with a message where the object is none. */
bool hz_search_from_json(const json_t *object, struct hz_search *out, struct hz_error *error);

/* "17"; "81582 b1" where only a bound is complete; "" where not even that is, or of no search. */
const char *hz_search_short(struct hz_arena *arena, const struct hz_search *search);

#endif
