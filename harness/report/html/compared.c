#include "report/html/parts.h"

/* Of one sort of change so many are named; a new detector brings one for each pair. */
#define MOST 60

static const struct {
    enum hz_change change;
    const char *cells, *findings; /* headings; NULL: not shown */
} sorts[] = {
    {HZ_CHANGE_WORSE, "Worse: not as expected, as it was before", "New findings"},
    {HZ_CHANGE_BETTER, "Better: as expected again", "Findings that are gone"},
    {HZ_CHANGE_OTHER, "Other verdicts", "Findings at other lines"},
    {HZ_CHANGE_TIME, "Faster or slower", NULL},
    {HZ_CHANGE_ADDED, "Not run before", NULL},
    {HZ_CHANGE_LEFT, "Not run now", NULL},
    {HZ_CHANGE_NONE, NULL, "Findings that are still there"},
};

static void put_settings(const struct hz_html_page *page)
{
    const struct hz_comparison *comparison = page->html->comparison;
    if (comparison->settings.n == 0)
        return;
    hz_html_put(page, "<table><caption>Not on the same terms</caption><thead><tr><th scope=col>what"
                      "<th scope=col>was<th scope=col>is<tbody>\n");
    for (size_t i = 0; i < comparison->settings.n; ++i) {
        const struct hz_setting_change *setting = &comparison->settings.at[i];
        hz_html_put(page, "<tr><th scope=row>%s<td>%s<td>%s\n", setting->what,
                    setting->old != NULL ? setting->old : "-",
                    setting->now != NULL ? setting->now : "-");
    }
    hz_html_put(page, "</table>\n");
}

static void put_side(const struct hz_html_page *page, const struct hz_cell_change *change,
                     const struct hz_matrix_cell *cell)
{
    struct hz_html_word word =
        hz_html_word(page, cell, change->variant, hz_detector_is_bare(change->detector));
    hz_html_put(page, "<td><b class=\"v %s\">%s</b>", word.class, word.word);
    if (cell->cell.runs != 0) {
        hz_html_put(page, " <small>");
        hz_html_seconds(page, cell->seconds);
        hz_html_put(page, "</small>");
    }
}

static void put_cell(const struct hz_html_page *page, const struct hz_cell_change *change)
{
    hz_html_put(page, "<tr><th scope=row>");
    if (change->now->cell.runs != 0) /* it has a place on this page */
        hz_html_put(page, "<a href=\"#%s/%s\">%s</a>", change->pair, change->detector, change->pair);
    else
        hz_html_put(page, "%s", change->pair);
    hz_html_put(page, "<td>%s<td>%s", change->variant == HZ_BUGGY ? "buggy" : "twin",
                change->detector);
    put_side(page, change, change->old);
    put_side(page, change, change->now);
    hz_html_put(page, "\n");
}

static void put_cells(const struct hz_html_page *page, enum hz_change which, const char *title)
{
    const struct hz_comparison *comparison = page->html->comparison;
    size_t n = 0;
    for (size_t i = 0; i < comparison->cells.n; ++i) {
        if (comparison->cells.at[i].change != which)
            continue;
        if (n++ == 0)
            hz_html_put(page, "<table><caption>%s</caption><thead><tr><th scope=col>pair<th "
                              "scope=col>program<th scope=col>detector<th scope=col>was<th "
                              "scope=col>is<tbody>\n", title);
        if (n <= MOST)
            put_cell(page, &comparison->cells.at[i]);
    }
    if (n != 0)
        hz_html_put(page, "</table>\n");
    if (n > MOST)
        hz_html_put(page, "<p class=more>… and %zu more.\n", n - MOST);
}

static void put_finding(const struct hz_html_page *page, const struct hz_finding_change *change)
{
    const struct hz_finding *finding = change->finding;
    const struct hz_frame *place = NULL;
    for (size_t i = 0; i < finding->parties.n && place == NULL; ++i)
        place = hz_party_place(&finding->parties.at[i]);
    hz_html_put(page, "<li><b>%s</b> %s", finding->kind, finding->summary);
    if (place != NULL)
        hz_html_put(page, " <code>%s:%d</code>", place->file, place->line);
    hz_html_put(page, " <small>");
    for (size_t i = 0; i < change->detectors.n; ++i)
        hz_html_put(page, "%s%s", i != 0 ? ", " : "", change->detectors.at[i]);
    hz_html_put(page, "; in %u of %u runs, was in %u of %u%s</small>\n", change->now.seen,
                change->now.runs, change->old.seen, change->old.runs,
                change->chance ? "; chance alone could do that: repeat with -n" : "");
}

static void put_findings(const struct hz_html_page *page, enum hz_change which, const char *title)
{
    const struct hz_comparison *comparison = page->html->comparison;
    size_t n = 0;
    for (size_t i = 0; i < comparison->findings.n; ++i) {
        if (comparison->findings.at[i].change != which)
            continue;
        if (n++ == 0)
            hz_html_put(page, "<h3>%s</h3>\n<ul>\n", title);
        if (n <= MOST)
            put_finding(page, &comparison->findings.at[i]);
    }
    if (n != 0)
        hz_html_put(page, "</ul>\n");
    if (n > MOST)
        hz_html_put(page, "<p class=more>… and %zu more.\n", n - MOST);
}

static void put_times(const struct hz_html_page *page)
{
    const struct hz_comparison *comparison = page->html->comparison;
    for (size_t i = 0; i < comparison->times.n; ++i)
        hz_html_put(page,
                    i == 0 ? "<p>Time of a run, now against then, medians: %s %.2f times (%u cells)"
                           : ", %s %.2f times (%u cells)",
                    comparison->times.at[i].detector, comparison->times.at[i].ratio,
                    comparison->times.at[i].cells);
    if (comparison->times.n != 0)
        hz_html_put(page, ".\n");
}

void hz_html_compared(const struct hz_html_page *page)
{
    const struct hz_comparison *comparison = page->html->comparison;
    if (comparison == NULL)
        return;
    hz_html_put(page, "<section class=\"over compared\" id=compared><h2>Against the older run</h2>\n"
                      "<p><b class=\"v %s\">%s</b>\n",
                comparison->worse ? "failed" : "ok",
                comparison->worse ? "something is worse" : "nothing is worse");
    if (comparison->compared != 0) /* a program of one's own has no cells */
        hz_html_put(page, "<small>%u cells were run both times</small>\n", comparison->compared);
    put_settings(page);
    for (size_t i = 0; i < sizeof sorts / sizeof *sorts; ++i) {
        if (sorts[i].cells != NULL)
            put_cells(page, sorts[i].change, sorts[i].cells);
        if (sorts[i].findings != NULL)
            put_findings(page, sorts[i].change, sorts[i].findings);
    }
    put_times(page);
    hz_html_put(page, "</section>\n");
}
