#include "finding/finding.h"

#include <stdlib.h>
#include <string.h>

const struct hz_frame *hz_party_place(const struct hz_party *party)
{
    for (size_t i = 0; i < party->stack.n; i++)
        if (party->stack.at[i].file != NULL && party->stack.at[i].line > 0)
            return &party->stack.at[i];
    return NULL;
}

static const char *function_of(const struct hz_frame *frame)
{
    return frame->function != NULL ? frame->function : "?";
}

/* The innermost function stands for a place that is not known. */
static const char *place_text(struct hz_arena *arena, const struct hz_party *party,
                              enum hz_print by)
{
    const struct hz_frame *place = hz_party_place(party);
    if (place == NULL)
        return party->stack.n != 0 ? function_of(&party->stack.at[0]) : "?";
    const char *slash = strrchr(place->file, '/');
    const char *file = slash != NULL ? slash + 1 : place->file;
    return by == HZ_BY_LINES ? hz_printf(arena, "%s:%d", file, place->line)
                             : hz_printf(arena, "%s:%s", file, function_of(place));
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

const char *hz_finding_print(struct hz_arena *arena, const struct hz_finding *finding,
                             enum hz_print by)
{
    size_t n = finding->parties.n, length = 0;
    const char **places = hz_alloc(arena, n * sizeof *places);
    for (size_t i = 0; i < n; i++) {
        places[i] = place_text(arena, &finding->parties.at[i], by);
        length += strlen(places[i]) + 1;
    }
    if (n > 1)
        qsort(places, n, sizeof *places, compare);
    const char *head = hz_printf(arena, "%s/%s", hz_class_name(finding->class), finding->kind);
    char *print = hz_alloc(arena, strlen(head) + length + 1), *end = stpcpy(print, head);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || strcmp(places[i], places[i - 1]) != 0)
            end = stpcpy(stpcpy(end, " "), places[i]);
    return print;
}
