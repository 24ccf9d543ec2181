#include "catalog/diff.h"
#include "catalog/parse.h"

#include <string.h>

/* Where the twin's class already differs from its folder's, that is fault enough. */
static void check_claims(const struct hz_file *buggy, const struct hz_file *fixed)
{
    if (!buggy->claimed || !fixed->claimed || fixed->claim != fixed->class)
        return;
    if (buggy->claim != fixed->claim || strcmp(buggy->kind, fixed->kind) != 0)
        hz_file_fault(fixed, fixed->claim_line,
                      "@repairs %s/%s, but its buggy twin is @hazard %s/%s: make them the same",
                      hz_class_name(fixed->claim), fixed->kind, hz_class_name(buggy->claim),
                      buggy->kind);
}

static void check_explore(const struct hz_file *buggy, const struct hz_file *fixed)
{
    const char *ours = fixed->source->explore, *others = buggy->source->explore;
    bool same = ours == others || (ours != NULL && others != NULL && strcmp(ours, others) == 0);
    if (!same)
        hz_file_fault(fixed, fixed->explore_line, "give both twins the same @explore");
}

static void check_flags(const struct hz_file *buggy, const struct hz_file *fixed)
{
    const char *ours = fixed->source->flags, *others = buggy->source->flags;
    if (buggy->flags_good && fixed->flags_good && strcmp(ours, others) != 0)
        hz_file_fault(fixed, fixed->flags_line,
                      "built with %s, its buggy twin with %s: give both the same @flags", ours,
                      others);
}

static void check_difference(const struct hz_file *buggy, const struct hz_file *fixed)
{
    if (strcmp(buggy->code, fixed->code) == 0) {
        hz_file_fault(fixed, 0, "is the same program as its buggy twin, comments aside: mend it");
        return;
    }
    struct hz_diff diff;
    hz_diff(fixed->loader->arena, buggy->stripped, fixed->stripped, &diff);
    if (diff.removed + diff.added > HZ_CATALOG_DIFF)
        hz_file_fault(fixed, 0,
                      "takes %zu lines from its buggy twin and adds %zu, more than %d in all: "
                      "change nothing but what mends it",
                      diff.removed, diff.added, HZ_CATALOG_DIFF);
}

void hz_pair_check(struct hz_file *buggy, struct hz_file *fixed)
{
    check_claims(buggy, fixed);
    check_flags(buggy, fixed);
    check_explore(buggy, fixed);
    check_difference(buggy, fixed);
}
