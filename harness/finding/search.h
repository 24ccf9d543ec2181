/*
 * How far the explorer came with a program, in figures: what the line that it says for people
 * ("exhausted: 120 schedules") holds, for tables.
 */
#ifndef HZ_SEARCH_H
#define HZ_SEARCH_H

#include "base/base.h"

#include <jansson.h>

struct hz_search {
    unsigned long schedules; /* that were run, up to the first failure; 0: it was no search */
    bool exhausted;          /* every order was tried */
    int bound;               /* all with at most so many preemptions were; -1: not even those with 0 */
};

/* As `search` of a run (docs/events.md); a new reference. */
json_t *hz_search_to_json(const struct hz_search *search);

/* NULL is no search; false with a message where the object is none. */
bool hz_search_from_json(const json_t *object, struct hz_search *out, struct hz_error *error);

/* "17"; "81582 b1" where only a bound is complete; "" where not even that is, or of no search. */
const char *hz_search_short(struct hz_arena *arena, const struct hz_search *search, bool found);

#endif
