#include "report/html/parts.h"

#include "report/live.h"
#include "report/terminal.h"

#include <string.h>

/* What is left out of a list, told at its end. */
static void put_more(const struct hz_html_page *page, const char *element, size_t n, size_t most,
                     const char *what)
{
    if (n > most)
        fprintf(page->out, "<%s class=more>… and %zu more %s", element, n - most, what);
}

/* ---- places ---- */

/* The source where the frame is, and its line, or NULL. */
static const struct hz_html_source *source_of(const struct hz_html_source *sources, size_t n,
                                              const struct hz_frame *frame, int *line)
{
    for (size_t i = 0; i < n; ++i) {
        *line = hz_html_source_line(&sources[i], frame);
        if (*line != 0)
            return &sources[i];
    }
    return NULL;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* "bank.c:27", which leads to the line where the page shows it. */
static void put_place(const struct hz_html_page *page, const struct hz_frame *frame,
                      const struct hz_html_source *sources, size_t n)
{
    int line;
    const struct hz_html_source *source = source_of(sources, n, frame, &line);
    if (source != NULL && source->linked[line] && line > source->header)
        hz_html_put(page, "<a href=\"#%s@%d\">%s:%d</a>", source->id, line, base_name(frame->file),
                    line);
    else if (frame->file != NULL && frame->line > 0)
        hz_html_put(page, "%s:%d", source != NULL ? base_name(frame->file) : frame->file,
                    frame->line);
    else if (frame->module != NULL)
        hz_html_put(page, "<i>%s</i>", frame->module);
}

/* ---- parties ---- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_stack(const hz_stack *a, const hz_stack *b)
{
    size_t n = hz_stack_depth(a);
    if (n == 0 || n != hz_stack_depth(b))
        return false;
    for (size_t i = 0; i < n; ++i) {
        if (a->at[i].line != b->at[i].line || !same_text(a->at[i].file, b->at[i].file) ||
            !same_text(a->at[i].function, b->at[i].function))
            return false;
    }
    return true;
}

static void put_stack(const struct hz_html_page *page, const hz_stack *stack,
                      const struct hz_html_source *sources, size_t n)
{
    size_t depth = hz_stack_depth(stack);
    if (depth == 0)
        return;
    hz_html_put(page, "<ol class=stack>");
    for (size_t i = 0; i < depth && i < HZ_HTML_FRAMES; ++i) {
        const struct hz_frame *frame = &stack->at[i];
        hz_html_put(page, "<li><code>%s</code> ", frame->function != NULL ? frame->function : "?");
        put_place(page, frame, sources, n);
    }
    put_more(page, "li", depth, HZ_HTML_FRAMES, "frames");
    hz_html_put(page, "</ol>");
}

/* `where`: what leads to the place, which is where it was taken or is waited for. */
static void put_thing(const struct hz_html_page *page, const char *verb, const char *where,
                      const struct hz_thing *thing, const struct hz_html_source *sources, size_t n)
{
    hz_html_put(page, "<li>%s %s <code>%s</code>", verb, thing->kind, thing->name);
    if (thing->taken_at.line > 0) {
        hz_html_put(page, ", %s ", where);
        put_place(page, &thing->taken_at, sources, n);
    }
}

/* What it holds, what it waits for, and for whom. */
static void put_things(const struct hz_html_page *page, const struct hz_finding *finding,
                       const struct hz_party *party, const struct hz_html_source *sources, size_t n)
{
    if (party->holds.n == 0 && party->waits_for.kind == NULL && party->waits_on.n == 0)
        return;
    hz_html_put(page, "<ul class=things>");
    for (size_t i = 0; i < party->holds.n && i < HZ_HTML_THINGS; ++i)
        put_thing(page, "holds", "taken at", &party->holds.at[i], sources, n);
    put_more(page, "li", party->holds.n, HZ_HTML_THINGS, "that it holds");
    if (party->waits_for.kind != NULL && hz_live_words(party->waits_for.kind).by == NULL)
        hz_html_put(page, "<li>waits for the end of <code>%s</code>", party->waits_for.name);
    else if (party->waits_for.kind != NULL)
        put_thing(page, "waits for", "waits at", &party->waits_for, sources, n);
    for (size_t i = 0; i < party->waits_on.n && i < HZ_HTML_THINGS; ++i) {
        size_t other = party->waits_on.at[i];
        if (other < finding->parties.n)
            hz_html_put(page, "<li>waits on %s", finding->parties.at[other].id);
    }
    if (party->waited > 0) {
        hz_html_put(page, "<li>has waited for ");
        hz_html_seconds(page, party->waited);
    }
    hz_html_put(page, "</ul>");
}

static void put_party(const struct hz_html_page *page, const struct hz_finding *finding,
                      size_t index, const struct hz_html_source *sources, size_t n)
{
    const struct hz_party *party = &finding->parties.at[index];
    hz_html_put(page, "<li><b>%s</b>", party->id != NULL ? party->id : "a thread");
    if (party->name != NULL)
        hz_html_put(page, " <q>%s</q>", party->name);
    if (party->role != NULL)
        hz_html_put(page, " %s", party->role);
    put_things(page, finding, party, sources, n);
    for (size_t i = 0; i < index; ++i) {
        if (same_stack(&finding->parties.at[i].stack, &party->stack)) {
            hz_html_put(page, "<p class=same>at the same place as %s",
                        finding->parties.at[i].id != NULL ? finding->parties.at[i].id : "above");
            return;
        }
    }
    put_stack(page, &party->stack, sources, n);
}

/* ---- findings ---- */

static void put_finding(const struct hz_html_page *page, const struct hz_run *run, size_t index,
                        const struct hz_html_source *sources, size_t n)
{
    const struct hz_finding *finding = &run->findings.at[index];
    hz_html_put(page, "<div class=finding><p class=what><b>%s</b> <small>%s, %s%s", finding->kind,
                hz_class_name(finding->class), finding->sure == HZ_CERTAIN ? "certain" : "probable",
                run->judged && run->finding == (int)index && run->line > 0 ? ", at a marked line"
                                                                           : "");
    if (finding->times > 1)
        hz_html_put(page, ", %lu times", finding->times);
    hz_html_put(page, "</small> %s\n<ol class=parties>", finding->summary);
    for (size_t i = 0; i < finding->parties.n && i < HZ_HTML_PARTIES; ++i)
        put_party(page, finding, i, sources, n);
    put_more(page, "li", finding->parties.n, HZ_HTML_PARTIES, "threads");
    hz_html_put(page, "</ol>\n");
    hz_html_pictures(page, run, finding);
    hz_html_put(page, "</div>\n");
}

void hz_html_findings(const struct hz_html_page *page, const struct hz_run *run,
                      const struct hz_html_source *sources, size_t n)
{
    for (size_t i = 0; i < run->findings.n && i < HZ_HTML_FINDINGS; ++i)
        put_finding(page, run, i, sources, n);
    put_more(page, "p", run->findings.n, HZ_HTML_FINDINGS, "findings");
}

/* ---- the run around them ---- */

static void put_leaks(const struct hz_html_page *page, const struct hz_outcome *outcome)
{
    if (outcome->leaks.n == 0)
        return;
    hz_html_put(page, " It left running:");
    for (size_t i = 0; i < outcome->leaks.n && i < HZ_HTML_THINGS; ++i)
        hz_html_put(page, " %s (pid %d)", outcome->leaks.at[i].name, (int)outcome->leaks.at[i].pid);
    put_more(page, "span", outcome->leaks.n, HZ_HTML_THINGS, "processes");
    hz_html_put(page, ".");
}

void hz_html_run(const struct hz_html_page *page, const struct hz_run *run)
{
    char text[32];
    const struct hz_outcome *outcome = &run->outcome;
    if (run->broken != NULL)
        hz_html_put(page, "<p class=warning>Broken, and so says nothing of the program: %s\n",
                    run->broken);
    hz_html_put(page, "<p class=end>Run %u: %s; it took ", run->repetition,
                hz_outcome_text(page->arena, run));
    hz_html_seconds(page, outcome->seconds);
    hz_html_put(page, ", and %s at most.", hz_kib_text(text, sizeof text, outcome->peak_kib));
    if (outcome->reason != NULL)
        hz_html_put(page, " Not started: %s.", outcome->reason);
    if (run->explored != NULL)
        hz_html_put(page, " How far it came: %s.", run->explored);
    put_leaks(page, outcome);
    hz_html_put(page, "</p>\n"); /* a picture within it would be as narrow as text */
    hz_html_pictures(page, run, NULL);
    hz_html_raw(page, run);
}
