#include "finding/finding.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What a finding says, as one string: equal strings, equal findings. */
struct entry {
    const char *key;
    size_t index;
};

static int compare_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Findings of one key end up side by side, the first reported first. */
static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = strcmp(a->key, b->key);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

/* With its length before it, so that no text can pass for two. */
static const char *field(struct hz_arena *arena, const char *text)
{
    return hz_printf(arena, "%zu:%s", text != NULL ? strlen(text) : 0, text != NULL ? text : "");
}

/* Where a party was, or "" if nothing is known of it. */
static const char *place_of(struct hz_arena *arena, const struct hz_party *party)
{
    for (size_t i = 0; i < party->stack.n; i++) {
        const struct hz_frame *frame = &party->stack.at[i];
        if (frame->file != NULL && frame->line > 0)
            return hz_printf(arena, "%s:%d", frame->file, frame->line);
    }
    if (party->stack.n == 0)
        return "";
    const struct hz_frame *innermost = &party->stack.at[0];
    if (innermost->function != NULL)
        return innermost->function;
    return innermost->address != 0 ? hz_printf(arena, "0x%" PRIx64, innermost->address) : "";
}

static const char *key_of(struct hz_arena *arena, const struct hz_finding *finding)
{
    size_t n = finding->parties.n;
    const char **places = hz_alloc(arena, n * sizeof *places);
    bool known = false;
    for (size_t i = 0; i < n; i++) {
        places[i] = place_of(arena, &finding->parties.at[i]);
        known = known || *places[i] != '\0';
    }
    qsort(places, n, sizeof *places, compare_text);
    const char *key =
        hz_printf(arena, "%s%d%s%zu%s", field(arena, finding->detector), (int)finding->class,
                  field(arena, finding->kind), n, known ? "" : field(arena, finding->summary));
    for (size_t i = 0; i < n; i++)
        key = hz_printf(arena, "%s%s", key, field(arena, places[i]));
    return key;
}

static void fold(struct hz_finding *into, const struct hz_finding *from)
{
    into->times += from->times;
    if (from->sure == HZ_CERTAIN)
        into->sure = HZ_CERTAIN;
}

void hz_findings_merge(hz_findings *findings)
{
    struct hz_arena scratch;
    size_t n = findings->n, kept = 0;
    hz_arena_init(&scratch);
    struct entry *entries = hz_alloc(&scratch, n * sizeof *entries);
    for (size_t i = 0; i < n; i++)
        entries[i] = (struct entry){key_of(&scratch, &findings->at[i]), i};
    qsort(entries, n, sizeof *entries, compare_entries);
    bool *folded = hz_alloc(&scratch, n * sizeof *folded);
    for (size_t first = 0, i = 1; i < n; i++) {
        if (strcmp(entries[i].key, entries[first].key) != 0) {
            first = i;
            continue;
        }
        fold(&findings->at[entries[first].index], &findings->at[entries[i].index]);
        folded[entries[i].index] = true;
    }
    for (size_t i = 0; i < n; i++)
        if (!folded[i])
            findings->at[kept++] = findings->at[i];
    findings->n = kept;
    hz_arena_free(&scratch);
}
