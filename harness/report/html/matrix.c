#include "report/html/parts.h"

#include "report/terminal.h"

#include <string.h>

static const char *name_of(const char *pair)
{
    const char *slash = strchr(pair, '/');
    return slash != NULL ? slash + 1 : pair;
}

/* ---- what surprised, and what is worth a look ---- */

static void put_listed(const struct hz_html_page *page, const struct hz_matrix_row *row,
                       size_t column, enum hz_variant variant, const char *why)
{
    const char *detector = page->html->matrix->detectors.at[column];
    const struct hz_matrix_cell *cell = &row->cells[variant][column];
    struct hz_html_word word = hz_html_word(page, cell, variant, hz_detector_is_bare(detector));
    hz_html_put(page,
                "<tr><th scope=row><a href=\"#%s/%s\">%s</a><td>%s<td>%s"
                "<td><b class=\"v %s\">%s</b><td>",
                row->pair, detector, row->pair, variant == HZ_BUGGY ? "buggy" : "twin", detector,
                word.class, word.word);
    if (why != NULL) { /* its subject is the detector, often */
        hz_html_put(page, "%s: ", detector);
        hz_html_prose(page, (struct hz_bytes){why, strlen(why)}, HZ_HTML_TEXT);
    }
    hz_html_put(page, "\n");
}

static void put_list_head(const struct hz_html_page *page, const char *caption, const char *last)
{
    hz_html_put(page,
                "<div class=wide tabindex=0 role=region aria-label=\"%s\"><table class=list>"
                "<caption>%s</caption><thead><tr><th scope=col>pair<th scope=col>program"
                "<th scope=col>detector<th scope=col>verdict<th scope=col>%s<tbody>\n",
                caption, caption, last);
}

void hz_html_surprises(const struct hz_html_page *page)
{
    const struct hz_matrix *matrix = page->html->matrix;
    hz_html_put(page, "<section class=over id=surprises><h2>Not as expected</h2>\n");
    if (matrix->surprises == 0) {
        hz_html_put(page, "<p><b class=\"v caught\">Every cell is as its pair expects.</b>"
                          "</section>\n");
        return;
    }
    put_list_head(page, "Cells that are not as their pairs expect", "what");
    for (size_t i = 0; i < matrix->rows.n; ++i) {
        for (size_t k = 0; k < matrix->detectors.n; ++k) {
            for (int variant = 0; variant < 2; ++variant) {
                const struct hz_matrix_cell *cell = &matrix->rows.at[i].cells[variant][k];
                if (cell->surprise == NULL)
                    continue;
                const char *what = cell->broken == NULL
                                       ? cell->surprise
                                       : hz_printf(page->arena, "%s: %.*s", cell->surprise,
                                                   HZ_HTML_TEXT, cell->broken);
                put_listed(page, &matrix->rows.at[i], k, (enum hz_variant)variant, what);
            }
        }
    }
    hz_html_put(page, "</table></div></section>\n");
}

static size_t count_notables(const struct hz_matrix *matrix)
{
    size_t n = 0;
    for (size_t i = 0; i < matrix->rows.n; ++i) {
        for (size_t k = 0; k < matrix->detectors.n; ++k) {
            bool bare = hz_detector_is_bare(matrix->detectors.at[k]);
            n += hz_html_notable(&matrix->rows.at[i].cells[HZ_BUGGY][k], bare);
            n += hz_html_notable(&matrix->rows.at[i].cells[HZ_FIXED][k], bare);
        }
    }
    return n;
}

void hz_html_notables(const struct hz_html_page *page)
{
    const struct hz_matrix *matrix = page->html->matrix;
    size_t n = count_notables(matrix);
    hz_html_put(page, "<section class=over id=notable><h2>Worth a look</h2>\n");
    if (n == 0) {
        hz_html_put(page, "<p>Nothing was missed, and no twin was accused.</section>\n");
        return;
    }
    hz_html_put(page,
                "<details><summary>%zu cell%s: hazards that a detector missed though it can see "
                "their kind, right programs that it accused, and what differed from run to run"
                "</summary>\n",
                n, n != 1 ? "s" : "");
    put_list_head(page, "Missed, misplaced, false alarms, and sometimes", "why it is expected");
    for (size_t k = 0; k < matrix->detectors.n; ++k) {
        bool bare = hz_detector_is_bare(matrix->detectors.at[k]);
        for (size_t i = 0; i < matrix->rows.n; ++i) {
            for (int variant = 0; variant < 2; ++variant) {
                const struct hz_matrix_cell *cell = &matrix->rows.at[i].cells[variant][k];
                if (hz_html_notable(cell, bare))
                    put_listed(page, &matrix->rows.at[i], k, (enum hz_variant)variant,
                               cell->expected.why);
            }
        }
    }
    hz_html_put(page, "</table></div></details></section>\n");
}

/* ---- everything ---- */

/* How far the explorer came, which says more than its time; false of another detector. */
static bool put_search(const struct hz_html_page *page, const struct hz_matrix_cell *cell)
{
    const struct hz_run *run = cell->example;
    if (run == NULL || run->search.schedules == 0)
        return false;
    if (run->search.found)
        hz_html_put(page, "<i>after %lu</i>", run->search.schedules);
    else if (run->search.exhausted)
        hz_html_put(page, "<i>all %lu</i>", run->search.schedules);
    else if (run->search.bound >= 0)
        hz_html_put(page, "<i>%lu, bound %d</i>", run->search.schedules, run->search.bound);
    return true;
}

static void put_half(const struct hz_html_page *page, const struct hz_matrix_cell *cell,
                     enum hz_variant variant, bool bare, bool timed)
{
    struct hz_html_word word = hz_html_word(page, cell, variant, bare);
    hz_html_put(page, "<b class=\"v %s\">%s</b>", word.class, word.word);
    if (cell->surprise != NULL)
        hz_html_put(page, "<b class=surprise title=\"%s\">* not expected</b>", cell->surprise);
    if (put_search(page, cell) || !timed)
        return;
    hz_html_put(page, "<i>");
    hz_html_seconds(page, cell->seconds);
    hz_html_put(page, "</i>");
}

/* The time is that of the line on which it stands. */
static void put_cell(const struct hz_html_page *page, const struct hz_matrix_row *row,
                     size_t column)
{
    const char *detector = page->html->matrix->detectors.at[column];
    bool bare = hz_detector_is_bare(detector);
    const struct hz_matrix_cell *buggy = &row->cells[HZ_BUGGY][column];
    const struct hz_matrix_cell *fixed = &row->cells[HZ_FIXED][column];
    bool ran = buggy->cell.runs != 0;
    hz_html_put(page, "<td><a href=\"#%s/%s\">", row->pair, detector);
    put_half(page, buggy, HZ_BUGGY, bare, ran);
    hz_html_put(page, "<small>");
    put_half(page, fixed, HZ_FIXED, bare, !ran);
    hz_html_put(page, "</small></a>");
}

static void put_row(const struct hz_html_page *page, const struct hz_matrix_row *row)
{
    const struct hz_pair *pair = hz_html_pair(page, row->pair);
    hz_html_put(page, "<tr data-text=\"%s %s\" data-idea=\"", row->pair,
                pair != NULL ? pair->kind : "");
    for (size_t i = 0; pair != NULL && i < pair->concepts.n; ++i)
        hz_html_put(page, " %s", pair->concepts.at[i]);
    hz_html_put(page, "\"><th scope=row><a href=\"#%s\">%s</a>", row->pair, name_of(row->pair));
    if (pair != NULL && strcmp(pair->kind, name_of(row->pair)) != 0)
        hz_html_put(page, "<small>%s</small>", pair->kind);
    for (size_t k = 0; k < page->html->matrix->detectors.n; ++k)
        put_cell(page, row, k);
    hz_html_put(page, "\n");
}

/* One of each, for the script; hidden where there is none. */
static void put_choice(const struct hz_html_page *page, const char *name, const char *label,
                       const char *const *values, size_t n)
{
    hz_html_put(page, "<label>%s <select name=%s><option value=\"\">any", label, name);
    for (size_t i = 0; i < n; ++i)
        hz_html_put(page, "<option value=\"%s\">%s", values[i], values[i]);
    hz_html_put(page, "</select></label>\n");
}

static void put_filters(const struct hz_html_page *page)
{
    static const char *const verdicts[] = {"not as expected", "caught",      "misplaced",
                                           "missed",          "blind",       "sometimes",
                                           "false alarm",     "twin failed", "broken"};
    static const char *const classes[] = {"race", "deadlock", "starvation"};
    size_t concepts = 0;
    while (hz_concepts[concepts] != NULL)
        ++concepts;
    hz_html_put(page, "<form id=filter role=search aria-label=\"Filter the matrix\" hidden>\n"
                      "<label>text <input name=text type=search placeholder=\"/\" "
                      "autocomplete=off spellcheck=false></label>\n");
    put_choice(page, "class", "class", classes, 3);
    put_choice(page, "idea", "idea", hz_concepts, concepts);
    put_choice(page, "detector", "detector", page->html->matrix->detectors.at,
               page->html->matrix->detectors.n);
    put_choice(page, "verdict", "verdict", verdicts, sizeof verdicts / sizeof *verdicts);
    hz_html_put(page, "<button type=reset>all</button><output aria-live=polite></output>"
                      "</form>\n");
}

static void put_legend(const struct hz_html_page *page)
{
    static const struct {
        const char *class, *word, *meaning;
    } entries[] = {{"caught", "caught", "the right class at a marked line; "},
                   {"misplaced", "misplaced", "the right class elsewhere; "},
                   {"missed", "missed", "it could see this kind and did not; "},
                   {"blind", "blind", "it cannot see this kind; "},
                   {"ok", "ok", "it had nothing against the twin; "},
                   {"alarm", "false alarm", "it accused a right program; "},
                   {"some", "sometimes", "in k of n runs; "},
                   {"failed", "twin failed", "the twin itself went wrong; "},
                   {"broken", "broken", "the tool failed."}};
    hz_html_put(page,
                "<p class=legend>In a cell, above: what the detector did on the buggy program, "
                "and the median time of that. Below: what it did on the fixed twin, which is "
                "the same program with the hazard's fix. <i>bare</i> is the program alone; "
                "the <i>explorer</i> runs programs built smaller, in many orders: "
                "instead of a time it has after how many schedules it found something, or "
                "that it ran all that there are, or all fair ones up to a bound on preemptions.\n"
                "<ul class=legend>");
    for (size_t i = 0; i < sizeof entries / sizeof *entries; ++i)
        hz_html_put(page, "<li><b class=\"v %s\">%s</b>: %s", entries[i].class, entries[i].word,
                    entries[i].meaning);
    hz_html_put(page, "</ul>\n");
}

void hz_html_matrix(const struct hz_html_page *page)
{
    const struct hz_matrix *matrix = page->html->matrix;
    hz_html_put(page, "<section class=over id=matrix><h2>The matrix</h2>\n");
    put_filters(page);
    put_legend(page);
    hz_html_put(page, "<div class=wide tabindex=0 role=region aria-label=\"The matrix\">"
                      "<table class=matrix><caption>Each pair under each detector</caption>"
                      "<thead><tr><th scope=col>pair");
    for (size_t k = 0; k < matrix->detectors.n; ++k)
        hz_html_put(page, "<th scope=col>%s", matrix->detectors.at[k]);
    hz_html_put(page, "\n");
    for (size_t i = 0; i < matrix->rows.n; ++i) {
        const struct hz_matrix_row *row = &matrix->rows.at[i];
        if (i == 0 || row->class != matrix->rows.at[i - 1].class)
            hz_html_put(page,
                        "<tbody data-class=%s><tr class=class><th scope=rowgroup "
                        "colspan=%zu>%s\n",
                        hz_class_name(row->class), matrix->detectors.n + 1,
                        hz_class_name(row->class));
        put_row(page, row);
    }
    hz_html_put(page, "</table></div></section>\n");
}
