#include "report/html/parts.h"

#include "report/terminal.h"

#include <math.h>
#include <string.h>

/* ---- scores ---- */

/* k of n, and its interval as words and as a bar from 0 to 1. */
static void put_rate(const struct hz_html_page *page, const struct hz_rate *rate)
{
    if (rate->of == 0) {
        hz_html_put(page, "<td>–");
        return;
    }
    double share = (double)rate->hits / rate->of;
    hz_html_put(
        page,
        "<td>%u/%u <small>%.2f–%.2f</small><svg class=interval viewBox=\"0 0 100 8\" "
        "preserveAspectRatio=none aria-hidden=true><rect class=all y=3 width=100 height=2 />"
        "<rect class=range x=%.1f y=2 width=%.1f height=4 />"
        "<rect class=value x=%.1f width=2 height=8 /></svg>",
        rate->hits, rate->of, rate->low, rate->high, 100 * rate->low,
        100 * (rate->high - rate->low), 98 * share);
}

static void put_score(const struct hz_html_page *page, const char *detector,
                      const struct hz_matrix_score *score)
{
    char text[32];
    hz_html_put(page, "<tr><th scope=row>%s", detector);
    if (hz_detector_is_bare(detector)) {
        hz_html_put(page, "<td>–<td>–<td>–");
    } else {
        put_rate(page, &score->score.recall);
        put_rate(page, &score->score.precision);
        if (isnan(score->score.f1))
            hz_html_put(page, "<td>–");
        else
            hz_html_put(page, "<td>%.2f", score->score.f1);
    }
    hz_html_put(page, "<td>");
    hz_html_seconds(page, score->seconds);
    hz_html_put(page, "<td>%s<td>", hz_kib_text(text, sizeof text, score->peak_kib));
    if (isnan(score->ratio) || hz_detector_is_bare(detector))
        hz_html_put(page, "–");
    else
        hz_html_put(page, "%.1f ×", score->ratio);
    hz_html_put(page, "<td>%u<td>%u\n", score->cells, score->score.broken);
}

static bool has_scores(const struct hz_matrix *matrix, int class)
{
    for (size_t k = 0; k < matrix->detectors.n; ++k) {
        if (matrix->scores[class][k].cells != 0)
            return true;
    }
    return false;
}

void hz_html_scores(const struct hz_html_page *page)
{
    const struct hz_matrix *matrix = page->html->matrix;
    hz_html_put(
        page, "<section class=over id=scores><h2>Scores</h2>\n"
              "<p>Recall: of the runs of buggy programs, how many were caught. Precision: of the "
              "runs that reported a hazard of the pair's class, or anything on its fixed twin, how "
              "many hit a marked line. A report of another class on a buggy program counts in "
              "neither: nobody has said whether it is right. With Wilson's 95 %% interval, drawn "
              "from 0 to 1. Time and peak are medians over cells; the ratio is the median of the "
              "twins' time against the same program alone. The explorer has no ratio: it runs "
              "smaller programs, each in many orders.\n"
              "<div class=wide tabindex=0 role=region aria-label=Scores><table class=scores>"
              "<caption>Each detector on each class of hazard</caption><thead><tr>"
              "<th scope=col>detector<th scope=col>recall<th scope=col>precision<th scope=col>F1"
              "<th scope=col>time<th scope=col>peak<th scope=col>to bare<th scope=col>cells"
              "<th scope=col>broken runs\n");
    for (int class = 0; class < HZ_CLASSES; ++class) {
        if (!has_scores(matrix, class))
            continue;
        hz_html_put(page, "<tbody><tr class=class><th scope=rowgroup colspan=9>%s\n",
                    hz_class_name((enum hz_class) class));
        for (size_t k = 0; k < matrix->detectors.n; ++k) {
            if (matrix->scores[class][k].cells != 0)
                put_score(page, matrix->detectors.at[k], &matrix->scores[class][k]);
        }
    }
    hz_html_put(page, "</table></div></section>\n");
}

/* ---- the environment ---- */

static void put_fact(const struct hz_html_page *page, const char *name, const json_t *value)
{
    if (json_is_string(value))
        hz_html_put(page, "<dt>%s<dd>%s\n", name, json_string_value(value));
    else if (json_is_integer(value))
        hz_html_put(page, "<dt>%s<dd>%lld\n", name, (long long)json_integer_value(value));
}

static void put_tools(const struct hz_html_page *page, const json_t *tools)
{
    const char *name;
    json_t *tool;
    hz_html_put(page, "<table class=list><caption>Detectors</caption><thead><tr>"
                      "<th scope=col>detector<th scope=col>version<th scope=col>usable<tbody>\n");
    json_object_foreach((json_t *)tools, name, tool)
    {
        const char *version = json_string_value(json_object_get(tool, "version"));
        const char *problem = json_string_value(json_object_get(tool, "problem"));
        bool usable = json_is_true(json_object_get(tool, "usable"));
        hz_html_put(page, "<tr><th scope=row>%s<td>%s<td>%s%s%s\n", name,
                    version != NULL ? version : "–", usable ? "yes" : "no",
                    problem != NULL ? ": " : "", problem);
    }
    hz_html_put(page, "</table>\n");
}

void hz_html_environment(const struct hz_html_page *page)
{
    static const char *const keys[] = {"hazmat", "when",   "processors", "jobs",
                                       "cpus",   "system", "release",    "machine"};
    const json_t *start = page->html->stream->start;
    const json_t *environment = json_object_get(start, "environment");
    hz_html_put(page, "<section class=over id=environment><h2>Where it ran</h2>\n<dl>");
    put_fact(page, "command", json_object_get(start, "command"));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; ++i) {
        const json_t *value = json_object_get(environment, keys[i]);
        if (strcmp(keys[i], "cpus") != 0 || json_integer_value(value) != 0) /* 0: not pinned */
            put_fact(page, keys[i], value);
    }
    hz_html_put(page, "</dl>\n");
    const json_t *tools = json_object_get(environment, "detectors");
    if (json_object_size(tools) != 0)
        put_tools(page, tools);
    hz_html_put(page, "</section>\n");
}

/* ---- the first lines ---- */

void hz_html_summary(const struct hz_html_page *page)
{
    const struct hz_stream *stream = page->html->stream;
    const struct hz_matrix *matrix = page->html->matrix;
    if (matrix->rows.n != 0)
        hz_html_put(page,
                    "<p class=lead><b class=\"v %s\">%u surprise%s</b>, <b class=\"v %s\">%u broken"
                    "</b>. %u of %u hazards caught in every run by at least one detector; %u of "
                    "%u twins clean under all of them.\n",
                    matrix->surprises != 0 ? "missed" : "caught", matrix->surprises,
                    matrix->surprises != 1 ? "s" : "", matrix->broken != 0 ? "broken" : "caught",
                    matrix->broken, matrix->caught, matrix->buggy, matrix->clean, matrix->fixed);
    if (!stream->complete)
        hz_html_put(page, "<p class=warning>This run was cut short: the page shows what was "
                          "done.\n");
    if (stream->faults.n != 0)
        hz_html_put(page,
                    "<p class=warning>%zu line%s of the event stream could not be read, and "
                    "%s left out.\n",
                    stream->faults.n, stream->faults.n != 1 ? "s" : "",
                    stream->faults.n != 1 ? "are" : "is");
}
