#include "report/html/parts.h"

#define AROUND 4 /* lines shown before and after one that something leads to */

static void put_line(const struct hz_html_page *page, const struct hz_html_source *source, int line,
                     const char *change)
{
    if (line <= 0) {
        hz_html_put(page, "<td class=no>");
        return;
    }
    bool marked = source->truth != NULL && hz_source_marker(source->truth, line) != NULL;
    hz_html_put(page, "<td data-n=%d", line);
    if (marked)
        hz_html_put(page, " class=m");
    if (marked || source->linked[line])
        hz_html_put(page, " id=\"%s@%d\"", source->id, line);
    hz_html_put(page, ">");
    if (source->lines.at[line - 1].n == 0)
        return;
    if (change != NULL)
        fprintf(page->out, "<%s>", change);
    hz_html_text(page, source->lines.at[line - 1], HZ_HTML_LINE, true);
    if (change != NULL)
        fprintf(page->out, "</%s>", change);
}

/* The notes on that line, those of one detector together; the cursor moves past them. */
static void put_notes(const struct hz_html_page *page, const hz_html_notes *notes, size_t *at,
                      int line)
{
    hz_html_put(page, "<td>");
    for (; *at < notes->n && notes->at[*at].line <= line; ++*at) {
        const struct hz_html_note *note = &notes->at[*at];
        bool goes_on =
            *at > 0 && note[-1].line == note->line && note[-1].detector == note->detector;
        if (goes_on)
            hz_html_put(page, " · %s", note->what);
        else
            hz_html_put(page, "<p class=\"n d%zu\"><a href=\"#%s\">%s</a> %s", note->detector,
                        note->target, note->name, note->what);
    }
}

static bool has_notes(const hz_html_notes *notes, size_t at, int line)
{
    return line > 0 && at < notes->n && notes->at[at].line <= line;
}

/* Notes on lines that are not shown (a header) are passed over. */
static size_t first_note(const hz_html_notes *notes, int header)
{
    size_t at = 0;
    while (at < notes->n && notes->at[at].line <= header)
        ++at;
    return at;
}

void hz_html_beside(const struct hz_html_page *page, const struct hz_html_source sides[2],
                    const struct hz_diff *diff, const hz_html_notes notes[2])
{
    size_t at[2] = {first_note(&notes[0], sides[0].header), first_note(&notes[1], sides[1].header)};
    hz_html_put(page,
                "<div class=wide tabindex=0 role=region aria-label=\"%s and %s\">"
                "<table class=code><caption>Line by line; − and + mark what the repair changed"
                "</caption><thead><tr><th scope=col>%s<th scope=col>%s<tbody>\n",
                sides[0].name, sides[1].name, sides[0].name, sides[1].name);
    for (size_t i = 0; i < diff->rows.n; ++i) {
        const struct hz_diff_row *row = &diff->rows.at[i];
        int left = row->left > 0 ? row->left + sides[0].header : 0;
        int right = row->right > 0 ? row->right + sides[1].header : 0;
        hz_html_put(page, row->changed ? "<tr class=x>" : "<tr>");
        put_line(page, &sides[0], left, row->changed ? "del" : NULL);
        put_line(page, &sides[1], right, row->changed ? "ins" : NULL);
        hz_html_put(page, "</tr>\n");
        if (has_notes(&notes[0], at[0], left) || has_notes(&notes[1], at[1], right)) {
            hz_html_put(page, "<tr class=w>");
            put_notes(page, &notes[0], &at[0], left);
            put_notes(page, &notes[1], &at[1], right);
            hz_html_put(page, "</tr>\n");
        }
    }
    hz_html_put(page, "</table></div>\n");
}

/* Whether something leads to a line that is no more than AROUND away. */
static bool near(const struct hz_html_source *source, int line)
{
    for (int i = line - AROUND; i <= line + AROUND; ++i) {
        if (i > 0 && (size_t)i <= source->lines.n && source->linked[i])
            return true;
    }
    return false;
}

void hz_html_excerpt(const struct hz_html_page *page, const struct hz_html_source *source,
                     const hz_html_notes *notes)
{
    size_t at = 0, rows = 0;
    int before = 0;
    hz_html_put(page,
                "<div class=wide tabindex=0 role=region aria-label=\"%s\"><table class=code>"
                "<caption>Lines around the findings</caption><thead><tr><th scope=col>%s<tbody>\n",
                source->name, source->name);
    for (int line = 1; (size_t)line <= source->lines.n && rows < HZ_HTML_ROWS; ++line) {
        if (!near(source, line))
            continue;
        if (line != before + 1)
            hz_html_put(page, "<tr class=gap><td>…</tr>\n");
        hz_html_put(page, "<tr>");
        put_line(page, source, line, NULL);
        hz_html_put(page, "</tr>\n");
        if (has_notes(notes, at, line)) {
            hz_html_put(page, "<tr class=w>");
            put_notes(page, notes, &at, line);
            hz_html_put(page, "</tr>\n");
        }
        before = line;
        ++rows;
    }
    if (rows == HZ_HTML_ROWS)
        hz_html_put(page, "<tr class=gap><td>… (the lines after these are left out)</tr>\n");
    hz_html_put(page, "</table></div>\n");
}
