#include "report/picture_parts.h"

#include <string.h>

#define MOST_COLUMNS 8
#define MOST_ROWS (2 * HZ_STEPS_KEPT)
#define MOST_TEXT 120 /* columns of a cell's text */

struct table {
    FILE *out;
    const hz_steps *steps;
    size_t number;
    unsigned threads[MOST_COLUMNS]; /* which has which column */
    size_t columns;                 /* 0: too many threads, all have the same one */
    bool several_files;
};

static size_t column_of(const struct table *table, unsigned thread)
{
    for (size_t i = 0; i < table->columns; i++)
        if (table->threads[i] == thread)
            return i;
    return 0;
}

static const char *base_name(const char *file)
{
    const char *slash = strrchr(file, '/');
    return slash != NULL ? slash + 1 : file;
}

/* In the order of their numbers; none if they are too many. */
static void find_columns(struct table *table)
{
    for (size_t i = 0; i < table->steps->n; i++) {
        unsigned thread = table->steps->at[i].thread;
        size_t at = 0;
        while (at < table->columns && table->threads[at] < thread)
            at++;
        if (at < table->columns && table->threads[at] == thread)
            continue;
        if (table->columns == MOST_COLUMNS) {
            table->columns = 0;
            return;
        }
        memmove(&table->threads[at + 1], &table->threads[at],
                (table->columns - at) * sizeof *table->threads);
        table->threads[at] = thread;
        table->columns++;
    }
}

static const char *find_file(struct table *table)
{
    const char *file = NULL;
    for (size_t i = 0; i < table->steps->n; i++) {
        const char *other = table->steps->at[i].file;
        table->several_files |= file != NULL && other != NULL && strcmp(file, other) != 0;
        file = file != NULL ? file : other;
    }
    return file;
}

static void write_head(struct table *table, const char *file)
{
    fputs("<caption>The schedule, step by step"
          "<span class=\"hz-columns\">: a column for each thread</span>",
          table->out);
    if (file != NULL && !table->several_files) {
        fputs("; lines of <code>", table->out);
        hz_xml_cut(table->out, base_name(file), MOST_TEXT);
        fputs("</code>", table->out);
    }
    fputs(".</caption>\n<thead><tr><th scope=\"col\">step</th>", table->out);
    for (size_t i = 0; i < table->columns; i++)
        fprintf(table->out, "<th scope=\"col\">T%u%s</th>", table->threads[i],
                table->threads[i] == 0 ? " (main)" : "");
    fputs(table->columns == 0 ? "<th scope=\"col\">thread</th></tr></thead>\n" : "</tr></thead>\n",
          table->out);
}

static bool same_line(const struct hz_step *one, const struct hz_step *other)
{
    return one->thread == other->thread && one->line == other->line && one->file != NULL &&
           other->file != NULL && strcmp(one->file, other->file) == 0;
}

static void write_place(const struct table *table, const struct hz_step *step)
{
    fputs("<span class=\"hz-at\">", table->out);
    if (table->several_files) {
        hz_xml_cut(table->out, base_name(step->file), MOST_TEXT);
        fputc(':', table->out);
    }
    fprintf(table->out, "%d</span> ", step->line);
    if (step->source != NULL) {
        fputs("<code>", table->out);
        hz_xml_cut(table->out, step->source, MOST_TEXT);
        fputs("</code>", table->out);
    }
    fputc(' ', table->out);
}

static void write_row(const struct table *table, size_t i, bool new_line)
{
    const struct hz_step *step = &table->steps->at[i];
    size_t before = column_of(table, step->thread);
    fprintf(table->out, "<tr id=\"hz-step-%zu-%zu\" class=\"hz-%s%s\" data-thread=\"T%u\">",
            table->number, i + 1, hz_act_name(step->act), step->wrong ? " hz-wrong" : "",
            step->thread);
    if (step->number > 0)
        fprintf(table->out, "<th scope=\"row\">%u</th>", step->number);
    else
        fputs("<td></td>", table->out);
    if (before > 0)
        fprintf(table->out, "<td colspan=\"%zu\"></td>", before);
    fputs("<td>", table->out);
    if (table->columns == 0)
        fprintf(table->out, "<b>T%u</b> ", step->thread);
    if (new_line && step->line > 0 && step->file != NULL)
        write_place(table, step);
    fputs(step->wrong ? "<strong>✗ " : "<span>", table->out);
    hz_xml_cut(table->out, step->what, MOST_TEXT);
    fputs(step->wrong ? "</strong></td></tr>\n" : "</span></td></tr>\n", table->out);
}

/* So many before row `i` by the numbers of the steps around them; where those do not tell it,
   the rows that are missing. */
static unsigned long left_out_before(const struct table *table, size_t i, unsigned long rows,
                                     unsigned last)
{
    for (; i < table->steps->n; i++) {
        unsigned number = table->steps->at[i].number;
        if (number > 0)
            return number > last + 1ul ? number - last - 1ul : rows;
    }
    return rows;
}

static void write_gap(const struct table *table, unsigned long n)
{
    fprintf(table->out, "<tr class=\"hz-left-out\"><td></td><td colspan=\"%zu\">… %lu step%s left "
                        "out</td></tr>\n",
            table->columns > 0 ? table->columns : 1, n, n == 1 ? "" : "s");
}

static void write_rows(const struct table *table)
{
    size_t n = table->steps->n, from = n > MOST_ROWS ? n - MOST_ROWS : 0; /* the end matters */
    unsigned long rows = from;
    unsigned last = 0; /* number in a row above */
    for (size_t i = 0; i < from; i++)
        rows += table->steps->at[i].left_out;
    for (size_t i = from; i < n; i++) {
        const struct hz_step *step = &table->steps->at[i];
        rows += step->left_out;
        if (rows > 0)
            write_gap(table, left_out_before(table, i, rows, last));
        bool first = i == from || rows > 0;
        write_row(table, i, first || !same_line(&table->steps->at[i - 1], step));
        last = step->number > 0 ? step->number : last;
        rows = 0;
    }
}

void hz_picture_steps(FILE *out, const hz_steps *steps, size_t number)
{
    if (steps->n == 0)
        return;
    struct table table = {.out = out, .steps = steps, .number = number};
    find_columns(&table);
    const char *file = find_file(&table);
    fprintf(out, "<div class=\"hz-steps\" id=\"hz-steps-%zu\">"
                 "<div class=\"hz-scroll\" tabindex=\"0\" role=\"region\" "
                 "aria-label=\"The schedule, step by step\">\n<table>", number);
    write_head(&table, file);
    fputs("<tbody>\n", out);
    write_rows(&table);
    fputs("</tbody></table></div></div>\n", out);
}
