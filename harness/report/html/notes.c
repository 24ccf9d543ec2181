#include "report/html/parts.h"

#include <stdlib.h>
#include <string.h>

/* What is being gathered, and from where. */
struct gathering {
    struct hz_arena *arena;
    const struct hz_run *run;
    struct hz_html_source *source;
    size_t detector;
    const char *target;
    hz_html_notes *out;
};

static void add(const struct gathering *gathering, const struct hz_frame *frame, const char *what)
{
    int line = hz_html_source_line(gathering->source, frame);
    if (line == 0)
        return;
    gathering->source->linked[line] = true;
    *hz_push(gathering->arena, gathering->out) = (struct hz_html_note){
        line, gathering->detector, gathering->run->detector, gathering->target, what};
}

static const char *who(const struct hz_party *party)
{
    return party->id != NULL ? party->id : party->name != NULL ? party->name : "a thread";
}

/* Whether the judge counts the line, or the truth marks it. */
static bool decides(const struct gathering *gathering, int line)
{
    const struct hz_source *truth = gathering->source->truth;
    return line != 0 && truth != NULL &&
           (line == gathering->run->line || hz_source_marker(truth, line) != NULL);
}

static void add_stack(const struct gathering *gathering, const struct hz_party *party)
{
    bool found = false;
    size_t n = party->stack.n < HZ_HTML_FRAMES ? party->stack.n : HZ_HTML_FRAMES;
    for (size_t i = 0; i < n; ++i) {
        const struct hz_frame *frame = &party->stack.at[i];
        int line = hz_html_source_line(gathering->source, frame);
        if (line == 0)
            continue;
        gathering->source->linked[line] = true;
        if (!found)
            add(gathering, frame,
                hz_printf(gathering->arena, "%.80s: %.200s", who(party),
                          party->role != NULL ? party->role : "is here"));
        else if (decides(gathering, line))
            add(gathering, frame,
                hz_printf(gathering->arena, "%.80s: called from here", who(party)));
        found = true;
    }
}

static void add_things(const struct gathering *gathering, const struct hz_party *party)
{
    size_t n = party->holds.n < HZ_HTML_THINGS ? party->holds.n : HZ_HTML_THINGS;
    for (size_t i = 0; i < n; ++i) {
        const struct hz_thing *thing = &party->holds.at[i];
        add(gathering, &thing->taken_at,
            hz_printf(gathering->arena, "%.80s: took %.40s %.120s, and holds it", who(party),
                      thing->kind != NULL ? thing->kind : "",
                      thing->name != NULL ? thing->name : ""));
    }
}

void hz_html_notes_add(struct hz_arena *arena, const struct hz_run *run,
                       struct hz_html_source *source, size_t detector, const char *target,
                       hz_html_notes *out)
{
    struct gathering gathering = {arena, run, source, detector, target, out};
    size_t n = run->findings.n < HZ_HTML_FINDINGS ? run->findings.n : HZ_HTML_FINDINGS;
    for (size_t i = 0; i < n; ++i) {
        const struct hz_finding *finding = &run->findings.at[i];
        for (size_t k = 0; k < finding->parties.n && k < HZ_HTML_PARTIES; ++k) {
            add_stack(&gathering, &finding->parties.at[k]);
            add_things(&gathering, &finding->parties.at[k]);
        }
    }
}

static int by_line(const void *left, const void *right)
{
    const struct hz_html_note *a = left, *b = right;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->detector != b->detector)
        return a->detector < b->detector ? -1 : 1;
    return strcmp(a->what, b->what);
}

void hz_html_notes_sort(hz_html_notes *notes)
{
    size_t n = 0;
    if (notes->n > 1)
        qsort(notes->at, notes->n, sizeof *notes->at, by_line);
    for (size_t i = 0; i < notes->n; ++i) {
        if (n == 0 || by_line(&notes->at[n - 1], &notes->at[i]) != 0)
            notes->at[n++] = notes->at[i];
    }
    notes->n = n;
}
