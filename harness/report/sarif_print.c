/* What a result is known by. */
#include "report/sarif_parts.h"

#include <stdlib.h>
#include <string.h>

#define MOST_TEXT 120 /* columns of a line of source in a fingerprint */

/* ---- a place ------------------------------------------------------------------------ */

/* "#2" of the second line of the file that says so, and so on; a copy below makes no difference. */
static const char *which(struct hz_sarif *sarif, const char *file, int line, const char *says,
                         size_t length)
{
    int number = 1;
    for (int i = 1; i < line; i++) {
        const char *text = hz_snippet_text(&sarif->snippets, file, i);
        struct hz_span span = hz_snippet_statement(text);
        number += span.n == length && memcmp(text + span.start, says, length) == 0;
    }
    return number > 1 ? hz_printf(sarif->arena, "#%d", number) : "";
}

/* The line without the blanks and the comment around it; NULL if it cannot be read. */
static const char *statement(struct hz_sarif *sarif, const char *file, int line)
{
    const char *text = hz_snippet_text(&sarif->snippets, file, line);
    if (text == NULL)
        return NULL;
    struct hz_span span = hz_snippet_statement(text);
    const char *says = text + span.start;
    return hz_printf(sarif->arena, "%s%s",
                     hz_cut(sarif->arena, hz_copy(sarif->arena, says, span.n), MOST_TEXT),
                     which(sarif, file, line, says, span.n));
}

static const char *text_of_place(struct hz_sarif *sarif, const struct hz_frame *place)
{
    const char *path = hz_sarif_path(sarif, place->file);
    const char *function = place->function != NULL ? place->function : "?";
    const char *name = path != NULL ? path : hz_sarif_name(place->file);
    const char *file = path != NULL ? hz_printf(sarif->arena, "%s/%s", sarif->root, path) : NULL;
    const char *text = file != NULL ? statement(sarif, file, place->line) : NULL;
    if (text != NULL)
        return hz_printf(sarif->arena, "%s:%s:%s", name, function, text);
    if (place->function != NULL)
        return hz_printf(sarif->arena, "%s:%s", name, function);
    return hz_printf(sarif->arena, "%s:%d", name, place->line);
}

/* The innermost function stands for a place that is not known. */
static const char *text_of_nowhere(struct hz_sarif *sarif, const struct hz_party *party)
{
    if (party->stack.n == 0)
        return "?";
    const struct hz_frame *frame = &party->stack.at[0];
    return hz_printf(sarif->arena, "%s:%s",
                     frame->module != NULL ? hz_sarif_name(frame->module) : "?",
                     frame->function != NULL ? frame->function : "?");
}

static const char *text_of_party(const struct hz_sarif_case *shown, size_t i)
{
    return shown->places[i] != NULL ? text_of_place(shown->sarif, shown->places[i])
                                    : text_of_nowhere(shown->sarif, &shown->finding->parties.at[i]);
}

static const char *line_text(struct hz_arena *arena, const struct hz_frame *place)
{
    return place != NULL ? hz_printf(arena, "%s:%d", place->file, place->line) : "";
}

/* Where it was, and where it is shown. */
static const char *lines_of_party(const struct hz_sarif_case *shown, size_t i)
{
    struct hz_arena *arena = shown->sarif->arena;
    const struct hz_party *party = &shown->finding->parties.at[i];
    const struct hz_frame *place = hz_party_place(party);
    return hz_printf(arena, "%s %s",
                     place != NULL ? line_text(arena, place) : text_of_nowhere(shown->sarif, party),
                     line_text(arena, shown->places[i]));
}

/* ---- all of them -------------------------------------------------------------------- */

static int compare(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The texts of the first `n` parties, sorted, each once, after `head`. */
static const char *joined(const struct hz_sarif_case *shown, const char *head, size_t n,
                          const char *(*text)(const struct hz_sarif_case *, size_t))
{
    struct hz_arena *arena = shown->sarif->arena;
    const char **texts = hz_alloc(arena, n * sizeof *texts);
    size_t length = strlen(head);
    for (size_t i = 0; i < n; i++) {
        texts[i] = text(shown, i);
        length += strlen(texts[i]) + 1;
    }
    if (n > 1)
        qsort(texts, n, sizeof *texts, compare);
    char *out = hz_alloc(arena, length + 1), *end = stpcpy(out, head);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || strcmp(texts[i], texts[i - 1]) != 0)
            end = stpcpy(stpcpy(end, " "), texts[i]);
    return out;
}

static const char *head_of(const struct hz_sarif_case *shown)
{
    const struct hz_finding *finding = shown->finding;
    const struct hz_run *run = shown->run;
    const char *program =
        run->judged ? run->pair : hz_sarif_name(hz_sarif_program(shown->sarif, run, finding));
    return hz_printf(shown->sarif->arena, "%s/%s %s %s%s%s", hz_class_name(finding->class),
                     finding->kind, run->detector, program, run->judged ? " " : "",
                     run->judged ? hz_variant_name(run->variant) : "");
}

/*
 * Of a wrong result of the explorer only where it showed: where others went on before is another
 * place in each schedule that leads there. Of a starvation only where the thread is that starves:
 * the others run meanwhile, and where one was when it was looked at is chance.
 */
static size_t telling(const struct hz_sarif_case *shown)
{
    const struct hz_finding *finding = shown->finding;
    bool by_schedule = shown->steps != NULL && finding->parties.n != 0 &&
                       strcmp(finding->kind, "data-race") != 0 &&
                       finding->parties.at[0].waits_for.kind == NULL;
    bool starves = finding->class == HZ_STARVATION && finding->parties.n != 0;
    return by_schedule || starves ? 1 : finding->parties.n;
}

const char *hz_sarif_print(const struct hz_sarif_case *shown)
{
    return joined(shown, head_of(shown), telling(shown), text_of_party);
}

const char *hz_sarif_key(const struct hz_sarif_case *shown)
{
    bool nowhere = shown->primary == shown->finding->parties.n;
    struct hz_arena *arena = shown->sarif->arena;
    const char *head = hz_printf(arena, "%s\n%s\n%s", shown->run->pair, head_of(shown),
                                 nowhere ? hz_sarif_headline(arena, shown->finding->summary) : "");
    return joined(shown, head, telling(shown), lines_of_party);
}
