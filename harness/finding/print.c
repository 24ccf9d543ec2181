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

/* Of "__libc_start_main@@GLIBC_2.34" the part before the version counts. */
static bool is_beneath(const char *function)
{
    static const char *const names[] = {"start_thread",
                                        "clone",
                                        "clone3",
                                        "__clone3",
                                        "_start",
                                        "__tsan_thread_start_func",
                                        "__libc_start_main",
                                        "__libc_start_call_main"};
    size_t length = strcspn(function, "@");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && strncmp(function, names[i], length) == 0)
            return true;
    return false;
}

size_t hz_stack_depth(const hz_stack *stack)
{
    size_t n = 0;
    while (n < stack->n && (stack->at[n].function == NULL || !is_beneath(stack->at[n].function)))
        n++;
    return n;
}

static const char *function_of(const struct hz_frame *frame)
{
    return frame->function != NULL ? frame->function : "?";
}

static const char *frame_text(struct hz_arena *arena, const struct hz_frame *frame,
                              enum hz_print by)
{
    const char *slash = strrchr(frame->file, '/');
    const char *file = slash != NULL ? slash + 1 : frame->file;
    return by == HZ_BY_LINES ? hz_printf(arena, "%s:%d", file, frame->line)
                             : hz_printf(arena, "%s:%s", file, function_of(frame));
}

/* The innermost function stands for a place that is not known. */
static const char *place_text(struct hz_arena *arena, const struct hz_party *party,
                              enum hz_print by)
{
    const struct hz_frame *place = hz_party_place(party);
    if (place == NULL)
        return party->stack.n != 0 ? function_of(&party->stack.at[0]) : "?";
    return frame_text(arena, place, by);
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

typedef HZ_VEC(const char *) places;

static void add_parties(struct hz_arena *arena, const struct hz_finding *finding, enum hz_print by,
                        places *out)
{
    for (size_t i = 0; i < finding->parties.n; i++)
        *hz_push(arena, out) = place_text(arena, &finding->parties.at[i], by);
}

/* Where the locks were taken that the parties hold. */
static void add_locks(struct hz_arena *arena, const struct hz_finding *finding, places *out)
{
    for (size_t i = 0; i < finding->parties.n; i++) {
        const struct hz_party *party = &finding->parties.at[i];
        for (size_t k = 0; k < party->holds.n; k++) {
            const struct hz_frame *taken = &party->holds.at[k].taken_at;
            if (taken->file != NULL && taken->line > 0)
                *hz_push(arena, out) = frame_text(arena, taken, HZ_BY_LINES);
        }
    }
}

/* "head bank.c:21 bank.c:40": sorts the places, and tells each once. */
static const char *joined(struct hz_arena *arena, const char *head, const places *all)
{
    size_t length = strlen(head) + 1;
    for (size_t i = 0; i < all->n; i++)
        length += strlen(all->at[i]) + 1;
    if (all->n > 1)
        qsort(all->at, all->n, sizeof *all->at, compare);
    char *text = hz_alloc(arena, length), *end = stpcpy(text, head);
    for (size_t i = 0; i < all->n; i++)
        if (i == 0 || strcmp(all->at[i], all->at[i - 1]) != 0)
            end = stpcpy(stpcpy(end, " "), all->at[i]);
    return text;
}

const char *hz_finding_print(struct hz_arena *arena, const struct hz_finding *finding,
                             enum hz_print by)
{
    places all = {0};
    add_parties(arena, finding, by, &all);
    return joined(arena, hz_printf(arena, "%s/%s", hz_class_name(finding->class), finding->kind),
                  &all);
}

/* ---- which findings are of one hazard ------------------------------------------------- */

static bool nothing_known(const places *all)
{
    size_t i = 0;
    while (i < all->n && strcmp(all->at[i], "?") == 0)
        i++;
    return i == all->n;
}

/* Equal keys, one hazard. Where nothing is known, the summaries have to be the same. */
static const char *hazard_key(struct hz_arena *arena, const struct hz_finding *finding,
                              bool with_locks)
{
    places all = {0};
    add_parties(arena, finding, HZ_BY_LINES, &all);
    const char *class = hz_class_name(finding->class);
    if (nothing_known(&all))
        return hz_printf(arena, "%s?%s", class, finding->summary != NULL ? finding->summary : "");
    if (with_locks)
        add_locks(arena, finding, &all);
    return joined(arena, class, &all);
}

struct keyed {
    const char *key;
    size_t index;
};

static int compare_keyed(const void *left, const void *right)
{
    const struct keyed *a = left, *b = right;
    int order = strcmp(a->key, b->key);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static size_t first_of(const size_t *hazard, size_t i)
{
    while (hazard[i] != i)
        i = hazard[i];
    return i;
}

static void unite(const struct keyed *entries, size_t n, size_t *hazard)
{
    for (size_t i = 1; i < n; i++) {
        if (strcmp(entries[i].key, entries[i - 1].key) != 0)
            continue;
        size_t a = first_of(hazard, entries[i - 1].index), b = first_of(hazard, entries[i].index);
        hazard[a > b ? a : b] = a < b ? a : b;
    }
}

void hz_hazards(const struct hz_finding *const *findings, size_t n, size_t *hazard)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    struct keyed *entries = hz_alloc(&arena, n * sizeof *entries);
    for (size_t i = 0; i < n; i++)
        hazard[i] = i;
    for (int with_locks = 0; with_locks <= 1 && n != 0; with_locks++) {
        for (size_t i = 0; i < n; i++)
            entries[i] = (struct keyed){hazard_key(&arena, findings[i], with_locks), i};
        qsort(entries, n, sizeof *entries, compare_keyed);
        unite(entries, n, hazard);
    }
    for (size_t i = 0; i < n; i++)
        hazard[i] = first_of(hazard, i);
    hz_arena_free(&arena);
}
