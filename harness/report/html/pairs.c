#include "report/html/parts.h"

#include <string.h>

/* All that the section of one pair is made of. */
struct section {
    const struct hz_html_page *page;
    struct hz_arena *arena; /* of this section */
    size_t index;           /* of the row */
    const struct hz_matrix_row *row;
    const struct hz_pair *pair; /* NULL: not in the corpus */
    struct hz_html_source sides[2];
    hz_html_notes notes[2];
};

const struct hz_pair *hz_html_pair(const struct hz_html_page *page, const char *id)
{
    return hz_catalog_pair(page->html->catalog, id);
}

static const char *column_name(const struct section *section, size_t column)
{
    return section->page->html->matrix->detectors.at[column];
}

static const struct hz_run *shown(const struct section *section, int variant, size_t column)
{
    return hz_html_shown(section->page, section->index, (enum hz_variant)variant, column);
}

/* ---- what is gathered first ---- */

static void read_side(struct section *section, int variant)
{
    struct hz_html_source *side = &section->sides[variant];
    const struct hz_source *truth = &section->pair->source[variant];
    side->id = variant == HZ_BUGGY ? section->row->pair
                                   : hz_printf(section->arena, "%s@fixed", section->row->pair);
    side->truth = truth;
    side->name = truth->name;
    if (!hz_html_source_read(section->arena, truth->path, side))
        return;
    for (size_t k = 0; k < section->page->html->matrix->detectors.n; ++k) {
        const struct hz_run *run = shown(section, variant, k);
        if (run != NULL)
            hz_html_notes_add(
                section->arena, run, side, k,
                hz_printf(section->arena, "%s/%s", section->row->pair, column_name(section, k)),
                &section->notes[variant]);
    }
    hz_html_notes_sort(&section->notes[variant]);
}

/* ---- the head: what it is ---- */

static void put_crumb(const struct section *section)
{
    const struct hz_html_page *page = section->page;
    hz_html_put(page, "<p class=crumb><a href=\"#matrix\">matrix</a> / %s",
                hz_class_name(section->row->class));
    if (section->pair != NULL) {
        hz_html_put(page, " / %s", section->pair->kind);
        for (size_t i = 0; i < section->pair->concepts.n; ++i)
            hz_html_put(page, " <a class=idea href=\"#idea/%s\">%s</a>",
                        section->pair->concepts.at[i], section->pair->concepts.at[i]);
        for (size_t i = 0; i < section->pair->see.n; ++i)
            hz_html_put(page, " <span class=see>%s</span>", section->pair->see.at[i]);
    }
    hz_html_put(page, "\n");
}

/* Paragraphs are parted by an empty line. */
static void put_essay(const struct hz_html_page *page, const char *title, const char *essay)
{
    hz_html_put(page, "<div><h3>%s</h3>", title);
    for (const char *at = essay; at != NULL && *at != '\0';) {
        const char *end = strstr(at, "\n\n");
        size_t n = end != NULL ? (size_t)(end - at) : strlen(at);
        hz_html_put(page, "<p>");
        hz_html_prose(page, (struct hz_bytes){at, n}, HZ_HTML_TEXT);
        at = end != NULL ? end + 2 : at + n;
    }
    hz_html_put(page, "</div>\n");
}

static void put_essays(const struct section *section)
{
    if (section->pair == NULL) {
        hz_html_put(section->page, "<p class=warning>This pair is not in the corpus that the page "
                                   "was made with, so that its sources are not shown.\n");
        return;
    }
    hz_html_put(section->page, "<div class=essays>\n");
    put_essay(section->page, "The hazard", section->pair->source[HZ_BUGGY].essay);
    put_essay(section->page, "The repair", section->pair->source[HZ_FIXED].essay);
    hz_html_put(section->page, "</div>\n");
}

/* What it would have been without a tool. */
static void put_alone(const struct section *section)
{
    for (size_t k = 0; k < section->page->html->matrix->detectors.n; ++k) {
        if (!hz_detector_is_bare(column_name(section, k)))
            continue;
        const struct hz_cell *buggy = &section->row->cells[HZ_BUGGY][k].cell;
        const struct hz_cell *fixed = &section->row->cells[HZ_FIXED][k].cell;
        hz_html_put(section->page, "<p class=alone>Without a tool");
        if (buggy->runs != 0)
            hz_html_put(section->page, " the buggy program went wrong in %u of %u runs",
                        buggy->of[HZ_WENT_WRONG], buggy->runs);
        if (fixed->runs != 0)
            hz_html_put(section->page, "%s the twin in %u of %u", buggy->runs != 0 ? "," : "",
                        fixed->of[HZ_FAILED], fixed->runs);
        hz_html_put(section->page, ".\n");
    }
}

/* ---- the detectors, and the choice whose findings stand on the lines ---- */

static void put_expected(const struct hz_html_page *page, const struct hz_matrix_cell *cell,
                         const char *variant)
{
    if (cell->surprise != NULL)
        hz_html_put(page, "<p><b class=surprise>* %s not as expected</b>: %s", variant,
                    cell->surprise);
    if (cell->expected.why == NULL)
        return;
    hz_html_put(page, "<p>%s: ", hz_word_name(cell->expected.word));
    hz_html_prose(page, (struct hz_bytes){cell->expected.why, strlen(cell->expected.why)},
                  HZ_HTML_TEXT);
}

/* The explorer's program may be a smaller one than that of the others. */
static void put_sizes(const struct section *section, size_t column)
{
    const char *sizes =
        section->pair != NULL ? hz_pair_sizes(section->pair, column_name(section, column)) : NULL;
    if (sizes != NULL)
        hz_html_put(section->page,
                    "<p class=sizes>Counts and times are of a smaller program, built with "
                    "<code>%s</code> (<code>@explore</code> in its source).\n",
                    sizes);
}

static void put_choice(const struct section *section, size_t column)
{
    const struct hz_html_page *page = section->page;
    const char *detector = column_name(section, column);
    bool bare = hz_detector_is_bare(detector);
    const struct hz_matrix_cell *buggy = &section->row->cells[HZ_BUGGY][column];
    const struct hz_matrix_cell *fixed = &section->row->cells[HZ_FIXED][column];
    struct hz_html_word words[2] = {hz_html_word(page, buggy, HZ_BUGGY, bare),
                                    hz_html_word(page, fixed, HZ_FIXED, bare)};
    hz_html_put(page, "<tr><th scope=row>");
    if (bare) /* it has no findings to choose */
        hz_html_put(page, "%s", detector);
    else
        hz_html_put(page, "<label><input type=radio name=\"%s\" value=d%zu> %s</label>",
                    section->row->pair, column, detector);
    hz_html_put(page, "<td><b class=\"v %s\">%s</b> <small>", words[0].class, words[0].word);
    hz_html_seconds(page, buggy->seconds);
    hz_html_put(page, "</small><td><b class=\"v %s\">%s</b> <small>", words[1].class,
                words[1].word);
    hz_html_seconds(page, fixed->seconds);
    hz_html_put(page, "</small><td>");
    put_expected(page, buggy, "buggy");
    put_expected(page, fixed, "twin");
    put_sizes(section, column);
    hz_html_put(page, "<td><a href=\"#%s/%s\">findings<span class=far> of %s</span></a>\n",
                section->row->pair, detector, detector);
}

static void put_choices(const struct section *section)
{
    hz_html_put(section->page,
                "<div class=wide tabindex=0 role=region aria-label=\"Verdicts on %s\">"
                "<table class=choice><caption>Whose findings stand on the lines below: <label>"
                "<input type=radio name=\"%s\" value=all checked> all</label>, or those of one"
                "</caption>"
                "<thead><tr><th scope=col>detector<th scope=col>buggy<th scope=col>twin"
                "<th scope=col>why<th scope=col>more<tbody>\n",
                section->row->pair, section->row->pair);
    for (size_t k = 0; k < section->page->html->matrix->detectors.n; ++k)
        put_choice(section, k);
    hz_html_put(section->page, "</table></div>\n");
}

/* ---- the sources ---- */

/* Said of the first run that is shown and was of another version of the file; NULL: of none. */
static const char *outdated(const struct section *section, int variant)
{
    const char *said = NULL;
    for (size_t k = 0; said == NULL && k < section->page->html->matrix->detectors.n; ++k) {
        const struct hz_run *run = shown(section, variant, k);
        if (run != NULL)
            said = hz_run_outdated(section->arena, run, &section->pair->source[variant]);
    }
    return said;
}

static void put_sources(const struct section *section)
{
    if (section->pair == NULL)
        return;
    hz_html_put(section->page, "<h3>Buggy and fixed</h3>\n");
    for (int variant = 0; variant < 2; ++variant) {
        const char *changed = outdated(section, variant);
        if (section->sides[variant].lines.n == 0)
            hz_html_put(section->page, "<p class=warning>%s cannot be read.\n",
                        section->sides[variant].name);
        else if (changed != NULL)
            hz_html_put(section->page, "<p class=warning>%s.\n", changed);
    }
    struct hz_diff diff = {0};
    hz_diff(section->arena, hz_html_source_body(&section->sides[HZ_BUGGY]),
            hz_html_source_body(&section->sides[HZ_FIXED]), &diff);
    hz_html_beside(section->page, section->sides, &diff, section->notes);
}

/* ---- what each detector said ---- */

static void put_said(const struct section *section, int variant, size_t column)
{
    const struct hz_html_page *page = section->page;
    const struct hz_run *run = shown(section, variant, column);
    if (run == NULL)
        return;
    hz_html_put(page, "<h5>%s</h5>\n", variant == HZ_BUGGY ? "buggy" : "twin");
    if (run->findings.n == 0 && run->broken == NULL && !hz_detector_is_bare(run->detector))
        hz_html_put(page, "<p>Nothing was reported.\n");
    hz_html_findings(page, run, &section->sides[variant], 1);
    hz_html_run(page, run);
}

static void put_detector(const struct section *section, size_t column)
{
    const struct hz_html_page *page = section->page;
    const char *detector = column_name(section, column);
    hz_html_put(page,
                "<section class=\"det d%zu\" id=\"%s/%s\"><h4>%s <small>on %s</small>"
                "</h4>\n",
                column, section->row->pair, detector, detector, section->row->pair);
    put_sizes(section, column);
    hz_html_put(page, "<div>");
    put_said(section, HZ_BUGGY, column);
    hz_html_put(page, "</div><div>");
    put_said(section, HZ_FIXED, column);
    hz_html_put(page, "</div></section>\n");
}

static void put_section(const struct hz_html_page *page, size_t index)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    struct section section = {
        .page = page, .arena = &arena, .index = index, .row = &page->html->matrix->rows.at[index]};
    section.pair = hz_html_pair(page, section.row->pair);
    for (int variant = 0; section.pair != NULL && variant < 2; ++variant)
        read_side(&section, variant);
    hz_html_put(page, "<section class=pair id=\"%s\">\n", section.row->pair);
    put_crumb(&section);
    hz_html_put(page, "<h2>%s</h2>\n", section.row->pair);
    put_alone(&section);
    put_essays(&section);
    put_choices(&section);
    put_sources(&section);
    hz_html_put(page, "<h3>What the detectors said</h3>\n");
    for (size_t k = 0; k < page->html->matrix->detectors.n; ++k)
        put_detector(&section, k);
    hz_html_put(page, "</section>\n");
    hz_arena_free(&arena);
}

void hz_html_pairs(const struct hz_html_page *page)
{
    for (size_t i = 0; i < page->html->matrix->rows.n; ++i)
        put_section(page, i);
}
