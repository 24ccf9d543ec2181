/* `-k EXPR`: which pairs are meant. */
#ifndef HZ_SELECT_H
#define HZ_SELECT_H

#include "catalog/catalog.h"
#include "cli/options.h"

typedef HZ_VEC(const struct hz_pair *) hz_chosen;

/*
 * The pairs that --class and -k choose, in the catalog's order. False with what is wrong
 * with the expression. Grammar:
 *
 *   either = both { "or" both }     both = not { "and" not }
 *   not    = "not" not | "(" either ")" | WORD
 *
 * A word matches where a part of the pair's name (CLASS/NAME) or kind begins with it, parts
 * being what `/` and `-` divide, or where it is one of the pair's concepts.
 */
bool hz_select(struct hz_arena *arena, const struct hz_catalog *catalog,
               const struct hz_settings *settings, hz_chosen *out, struct hz_error *error);

#endif
