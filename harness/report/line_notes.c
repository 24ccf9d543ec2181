#include "report/line_notes.h"

#include "report/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Not within another word: "thread" has "read" in it. */
static bool has_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = text; (at = strstr(at, word)) != NULL; at += n)
        if ((at == text || !isalpha((unsigned char)at[-1])) && !isalpha((unsigned char)at[n]))
            return true;
    return false;
}

/* The note of that line and kind, with that detector among those who say so. */
static struct hz_line_note *note_of(struct hz_arena *arena, hz_line_notes *notes, int line,
                                    const char *kind, const char *detector)
{
    size_t i = 0, k = 0;
    while (i < notes->n && (notes->at[i].line != line || strcmp(notes->at[i].kind, kind) != 0))
        i++;
    if (i == notes->n)
        *hz_push(arena, notes) = (struct hz_line_note){.line = line, .kind = kind};
    struct hz_line_note *note = &notes->at[i];
    while (k < note->detectors.n && strcmp(note->detectors.at[k], detector) != 0)
        k++;
    if (k == note->detectors.n)
        *hz_push(arena, &note->detectors) = detector;
    return note;
}

static void add_party(struct hz_arena *arena, const struct hz_source *source,
                      const struct hz_run *run, const struct hz_finding *finding,
                      const struct hz_party *party, hz_line_notes *out)
{
    const struct hz_frame *place = hz_party_place(party);
    if (place == NULL || !hz_source_is(source, place->file))
        return;
    struct hz_line_note *note = note_of(arena, out, place->line, finding->kind, run->detector);
    bool race = finding->class == HZ_RACE && party->role != NULL;
    note->reads |= race && has_word(party->role, "read");
    note->writes |= race && has_word(party->role, "write");
}

static int by_line(const void *left, const void *right)
{
    const struct hz_line_note *a = left, *b = right;
    return a->line != b->line ? (a->line > b->line) - (a->line < b->line)
                              : strcmp(a->kind, b->kind);
}

void hz_line_notes_make(struct hz_arena *arena, const struct hz_stream *stream,
                        const struct hz_pair *pair, enum hz_variant variant, hz_line_notes *out)
{
    *out = (hz_line_notes){0};
    for (size_t i = 0; i < stream->runs.n; i++) {
        const struct hz_run *run = &stream->runs.at[i];
        if (!run->judged || run->variant != variant || strcmp(run->pair, pair->id) != 0)
            continue;
        for (size_t k = 0; k < run->findings.n; k++)
            for (size_t j = 0; j < run->findings.at[k].parties.n; j++)
                add_party(arena, &pair->source[variant], run, &run->findings.at[k],
                          &run->findings.at[k].parties.at[j], out);
    }
    if (out->n > 1)
        qsort(out->at, out->n, sizeof *out->at, by_line);
    for (size_t i = 0; i < out->n; i++)
        qsort(out->at[i].detectors.at, out->at[i].detectors.n, sizeof(const char *),
              hz_detectors_order);
}

const char *hz_line_note_text(struct hz_arena *arena, const struct hz_line_note *note)
{
    const char *text = "";
    for (size_t i = 0; i < note->detectors.n; i++)
        text = hz_printf(arena, "%s%s%s", text, i != 0 ? ", " : "", note->detectors.at[i]);
    const char *does = note->reads && note->writes ? " (read, write)"
                       : note->writes              ? " (write)"
                       : note->reads               ? " (read)"
                                                   : "";
    return hz_visible(arena, hz_printf(arena, "%s: %s%s", text, note->kind, does), false);
}
