/* A comparison for people. */
#include "report/compare.h"
#include "report/terminal.h"

#include <string.h>

/* Cells that came or went are named up to so many: a new detector brings one for each pair. */
#define MOST_NAMED 8

struct page {
    const struct hz_paper *paper;
    struct hz_arena *arena;
    const struct hz_comparison *comparison;
};

static const char *shown(const struct page *page, const char *text)
{
    return hz_visible(page->arena, text != NULL ? text : "-", false);
}

static const char *runs_text(const struct page *page, unsigned runs)
{
    return hz_printf(page->arena, "%u run%s", runs, runs != 1 ? "s" : "");
}

/* ---- environment --------------------------------------------------------------------- */

static void print_settings(const struct page *page)
{
    const struct hz_comparison *comparison = page->comparison;
    for (size_t i = 0; i < comparison->settings.n; i++) {
        const struct hz_setting_change *setting = &comparison->settings.at[i];
        fprintf(page->paper->file, "%s%s: %s, was %s\n",
                i == 0 ? "not on the same terms\n  " : "  ", shown(page, setting->what),
                shown(page, setting->now), shown(page, setting->old));
    }
}

/* ---- cells --------------------------------------------------------------------------- */

static const char *cell_word(const struct page *page, const struct hz_cell_change *change,
                             const struct hz_matrix_cell *cell)
{
    bool bare = hz_detector_is_bare(change->detector);
    if (cell->cell.runs == 0)
        return "not run";
    return change->variant == HZ_BUGGY ? hz_buggy_word(page->arena, cell, bare)
                                       : hz_fixed_word(page->arena, cell, bare);
}

static const char *cell_name(const struct page *page, const struct hz_cell_change *change)
{
    return hz_printf(page->arena, "%s %s under %s", shown(page, change->pair),
                     hz_variant_name(change->variant), shown(page, change->detector));
}

static void print_cell(const struct page *page, const struct hz_cell_change *change)
{
    const char *text =
        hz_printf(page->arena, "%s: %s, was %s", cell_name(page, change),
                  cell_word(page, change, change->now), cell_word(page, change, change->old));
    char now[32], old[32];
    if (change->change == HZ_CHANGE_TIME)
        text = hz_printf(page->arena, "%s: %s, was %s", cell_name(page, change),
                         hz_seconds_text(now, sizeof now, change->now->seconds),
                         hz_seconds_text(old, sizeof old, change->old->seconds));
    else
        text = hz_printf(page->arena, "%s (%s; were %u)", text,
                         runs_text(page, change->now->cell.runs), change->old->cell.runs);
    hz_folded(page->paper, 2, text);
    if (change->change == HZ_CHANGE_WORSE)
        hz_folded(page->paper, 6, shown(page, change->now->surprise));
}

static void print_cells(const struct page *page, enum hz_change which, size_t most,
                        const char *title, enum hz_ink ink)
{
    size_t n = 0;
    for (size_t i = 0; i < page->comparison->cells.n; i++) {
        const struct hz_cell_change *change = &page->comparison->cells.at[i];
        if (change->change != which)
            continue;
        if (n++ == 0)
            hz_inked(page->paper, ink, "%s\n", title);
        if (n <= most && (which == HZ_CHANGE_ADDED || which == HZ_CHANGE_LEFT))
            hz_folded(page->paper, 2, cell_name(page, change));
        else if (n <= most)
            print_cell(page, change);
    }
    if (n > most)
        fprintf(page->paper->file, "  and %zu more\n", n - most);
}

static void print_times(const struct page *page)
{
    for (size_t i = 0; i < page->comparison->times.n; i++) {
        const struct hz_time_change *time = &page->comparison->times.at[i];
        if (i == 0)
            hz_inked(page->paper, HZ_BOLD, "time of a run, now against then\n");
        fprintf(page->paper->file, "  %-10s %.2fx, median over %u cells\n",
                shown(page, time->detector), time->ratio, time->cells);
    }
}

/* ---- findings ------------------------------------------------------------------------ */

static const char *detectors_text(const struct page *page, const struct hz_finding_change *change)
{
    const char *text = "";
    for (size_t i = 0; i < change->detectors.n; i++)
        text = hz_printf(page->arena, "%s%s%s", text, i != 0 ? ", " : "",
                         shown(page, change->detectors.at[i]));
    return text;
}

static const char *place_text(const struct page *page, const struct hz_finding *finding)
{
    for (size_t i = 0; i < finding->parties.n; i++) {
        const struct hz_frame *place = hz_party_place(&finding->parties.at[i]);
        if (place != NULL)
            return hz_printf(page->arena, "%s:%d: ", shown(page, place->file), place->line);
    }
    return "";
}

static void print_finding(const struct page *page, const struct hz_finding_change *change)
{
    const struct hz_finding *finding = change->finding;
    hz_folded(page->paper, 2,
              hz_printf(page->arena, "%s%s: %s [%s]", place_text(page, finding),
                        shown(page, finding->kind), shown(page, finding->summary),
                        detectors_text(page, change)));
    hz_folded(page->paper, 6,
              hz_printf(page->arena, "in %u of %s, was in %u of %u%s", change->now.seen,
                        runs_text(page, change->now.runs), change->old.seen, change->old.runs,
                        change->chance ? "; chance alone could do that: repeat with -n" : ""));
}

static void print_findings(const struct page *page, enum hz_change which, const char *title,
                           enum hz_ink ink)
{
    bool first = true;
    for (size_t i = 0; i < page->comparison->findings.n; i++) {
        if (page->comparison->findings.at[i].change != which)
            continue;
        if (first)
            hz_inked(page->paper, ink, "%s\n", title);
        first = false;
        print_finding(page, &page->comparison->findings.at[i]);
    }
}

/* ---- the bottom line ----------------------------------------------------------------- */

static unsigned count_cells(const struct hz_comparison *comparison, enum hz_change which)
{
    unsigned n = 0;
    for (size_t i = 0; i < comparison->cells.n; i++)
        n += comparison->cells.at[i].change == which;
    return n;
}

static unsigned count_findings(const struct hz_comparison *comparison, enum hz_change which)
{
    unsigned n = 0;
    for (size_t i = 0; i < comparison->findings.n; i++)
        n += comparison->findings.at[i].change == which;
    return n;
}

static void print_bottom_line(const struct page *page)
{
    const struct hz_comparison *comparison = page->comparison;
    enum hz_ink ink = comparison->worse ? HZ_RED : HZ_GREEN;
    if (comparison->compared != 0 || comparison->cells.n != 0)
        hz_inked(page->paper, ink,
                 "cells compared: %u; worse %u, better %u, other %u, time %u, added %u, left out "
                 "%u\n",
                 comparison->compared, count_cells(comparison, HZ_CHANGE_WORSE),
                 count_cells(comparison, HZ_CHANGE_BETTER),
                 count_cells(comparison, HZ_CHANGE_OTHER), count_cells(comparison, HZ_CHANGE_TIME),
                 count_cells(comparison, HZ_CHANGE_ADDED), count_cells(comparison, HZ_CHANGE_LEFT));
    if (comparison->findings.n != 0 || (comparison->compared == 0 && comparison->cells.n == 0))
        hz_inked(page->paper, ink, "findings: new %u, gone %u, still there %u\n",
                 count_findings(comparison, HZ_CHANGE_WORSE),
                 count_findings(comparison, HZ_CHANGE_BETTER),
                 count_findings(comparison, HZ_CHANGE_NONE) +
                     count_findings(comparison, HZ_CHANGE_OTHER));
}

void hz_compare_print(const struct hz_paper *paper, const struct hz_comparison *comparison)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    const struct page page = {paper, &arena, comparison};
    print_settings(&page);
    print_cells(&page, HZ_CHANGE_WORSE, SIZE_MAX, "worse: not as expected", HZ_RED);
    print_cells(&page, HZ_CHANGE_BETTER, SIZE_MAX, "better: as expected again", HZ_GREEN);
    print_cells(&page, HZ_CHANGE_OTHER, SIZE_MAX, "other verdicts", HZ_YELLOW);
    print_cells(&page, HZ_CHANGE_TIME, SIZE_MAX, "faster or slower", HZ_BOLD);
    print_cells(&page, HZ_CHANGE_ADDED, MOST_NAMED, "run now, not then", HZ_BOLD);
    print_cells(&page, HZ_CHANGE_LEFT, MOST_NAMED, "run then, not now", HZ_BOLD);
    print_times(&page);
    print_findings(&page, HZ_CHANGE_WORSE, "new findings", HZ_RED);
    print_findings(&page, HZ_CHANGE_ADDED, "findings of detectors that did not run then",
                   HZ_YELLOW);
    print_findings(&page, HZ_CHANGE_OTHER, "findings still there, at other lines", HZ_YELLOW);
    print_findings(&page, HZ_CHANGE_NONE, "findings still there", HZ_YELLOW);
    print_findings(&page, HZ_CHANGE_LEFT, "findings of detectors that did not run now", HZ_BOLD);
    print_findings(&page, HZ_CHANGE_BETTER, "findings that are gone", HZ_GREEN);
    print_bottom_line(&page);
    hz_arena_free(&arena);
}
