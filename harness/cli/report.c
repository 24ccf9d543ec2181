#include "cli/home.h"
#include "cli/page.h"
#include "cli/results.h"

#include "report/compare.h"
#include "report/junit.h"
#include "report/sarif.h"
#include "report/terminal.h"
#include "report/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *format_of(const struct hz_settings *settings)
{
    return settings->format != NULL ? settings->format : "terminal";
}

/* Reads all streams into one; names what cannot be read. False: nothing can be reported. */
static bool read_streams(struct hz_arena *arena, char *const *paths, size_t n,
                         struct hz_stream *out, struct hz_html *html)
{
    bool complete = true;
    for (size_t i = 0; i < n; ++i) {
        struct hz_error error;
        if (!hz_stream_read(arena, paths[i], out, &error)) {
            fprintf(stderr, "hazmat report: %s%s\n", error.text,
                    errno == ENOENT ? "; run `hazmat check` first, or name a stream" : "");
            return false;
        }
        complete &= out->complete;
        hz_page_folder(arena, html, out->runs.n, paths[i]);
    }
    out->complete = complete;
    for (size_t i = 0; i < out->faults.n; ++i)
        fprintf(stderr, "%s:%d: %s\n", out->faults.at[i].file, out->faults.at[i].line,
                out->faults.at[i].message);
    return true;
}

static void write_jsonl(const struct hz_stream *stream, FILE *out)
{
    if (stream->start != NULL) {
        json_dumpf(stream->start, out, JSON_COMPACT | JSON_ENSURE_ASCII);
        fputc('\n', out);
    }
    for (size_t i = 0; i < stream->runs.n; ++i) {
        json_t *event = hz_run_to_json(&stream->runs.at[i]);
        json_dumpf(event, out, JSON_COMPACT | JSON_ENSURE_ASCII);
        fputc('\n', out);
        json_decref(event);
    }
    for (size_t i = 0; i < stream->locks.n; ++i)
        fprintf(out, "%s\n", stream->locks.at[i].event);
    json_t *end = hz_end_to_json(stream->complete, stream->seconds);
    json_dumpf(end, out, JSON_COMPACT | JSON_ENSURE_ASCII);
    fputc('\n', out);
    json_decref(end);
}

static void write_trace(const struct hz_stream *stream, FILE *out)
{
    json_t *trace = hz_trace_to_json(stream);
    json_dumpf(trace, out, JSON_COMPACT | JSON_ENSURE_ASCII);
    fputc('\n', out);
    json_decref(trace);
}

/* Runs of the user's own programs have no truth: their findings are printed. */
static void write_terminal(const struct hz_stream *stream, const struct hz_matrix *matrix,
                           FILE *out, const char *color)
{
    struct hz_paper paper = hz_paper(out, color);
    if (matrix->rows.n != 0)
        hz_terminal_report(&paper, stream, matrix);
    else if (hz_terminal_findings(&paper, stream->runs.at, stream->runs.n, NULL) == 0)
        fputs("nothing was found\n", out);
}

/* Files are named from the corpus, or from where one stands with programs of one's own. */
static bool write_sarif(struct hz_arena *arena, const struct hz_place *place,
                        const struct hz_stream *stream, bool judged, FILE *out,
                        struct hz_error *error)
{
    struct hz_catalog catalog;
    bool known = judged && hz_place_catalog(arena, place, &catalog);
    char *root = realpath(judged ? place->home.corpus : ".", NULL);
    bool fine = hz_sarif_write(out, stream, root, known ? &catalog : NULL, error);
    free(root);
    return fine;
}

/* What a report is made of. */
struct reporting {
    struct hz_arena *arena;
    const struct hz_settings *settings;
    struct hz_place place;
    struct hz_stream stream, old; /* `old`: of --against */
    struct hz_matrix matrix, old_matrix;
    struct hz_html html, old_html; /* where their raw output is */
    struct hz_comparison comparison; /* of the two; worthless without --against */
};

static void write_comparison(const struct reporting *reporting, FILE *out)
{
    struct hz_paper paper = hz_paper(out, reporting->settings->color);
    if (strcmp(format_of(reporting->settings), "jsonl") == 0)
        hz_compare_write(out, &reporting->comparison);
    else
        hz_compare_print(&paper, &reporting->comparison);
}

static bool write_report(struct reporting *reporting, FILE *out, struct hz_error *error)
{
    const char *format = format_of(reporting->settings);
    const struct hz_stream *stream = &reporting->stream;
    const struct hz_matrix *matrix = &reporting->matrix;
    if (strcmp(format, "html") == 0)
        return hz_page_write(reporting->arena, reporting->settings, &reporting->html, out, error);
    if (strcmp(format, "sarif") == 0)
        return write_sarif(reporting->arena, &reporting->place, stream, matrix->rows.n != 0, out,
                           error);
    if (strcmp(format, "junit") == 0)
        return hz_junit_write(fileno(out), stream, matrix, error);
    if (reporting->settings->against != NULL)
        write_comparison(reporting, out);
    else if (strcmp(format, "jsonl") == 0)
        write_jsonl(stream, out);
    else if (strcmp(format, "trace") == 0)
        write_trace(stream, out);
    else
        write_terminal(stream, matrix, out, reporting->settings->color);
    if (fflush(out) != 0 || ferror(out))
        return hz_fail(error, "writing the report: %s", strerror(errno));
    return true;
}

/* To where it is wanted; says what went wrong. */
static bool put_report(struct reporting *reporting)
{
    const char *output = reporting->settings->output;
    struct hz_error error = {""};
    FILE *out = output != NULL ? fopen(output, "we") : stdout;
    bool fine = out != NULL ? write_report(reporting, out, &error)
                            : hz_fail(&error, "%s: %s", output, strerror(errno));
    if (out != NULL && out != stdout && fclose(out) != 0)
        fine = hz_fail(&error, "%s: %s", output, strerror(errno));
    if (!fine)
        fprintf(stderr, "hazmat report: %s\n", error.text);
    return fine;
}

/* The stream of now, and that of --against; HZ_EXIT_FINE if there is something to report. */
static int read_all(struct reporting *reporting)
{
    const struct hz_settings *settings = reporting->settings;
    char *latest = hz_dup(reporting->arena,
                          hz_results_latest(reporting->arena, reporting->place.results));
    bool named = settings->words_n != 0;
    if (!read_streams(reporting->arena, named ? settings->words : &latest,
                      named ? settings->words_n : 1, &reporting->stream, &reporting->html))
        return HZ_EXIT_BROKEN;
    if (settings->against != NULL) {
        char *against = hz_dup(reporting->arena, settings->against);
        if (!read_streams(reporting->arena, &against, 1, &reporting->old,
                          &reporting->old_html))
            return HZ_EXIT_BROKEN;
    }
    if (reporting->stream.runs.n != 0)
        return HZ_EXIT_FINE;
    fprintf(stderr, "hazmat report: there is no run in %s\n", named ? settings->words[0] : latest);
    return reporting->stream.faults.n != 0 ? HZ_EXIT_BROKEN : HZ_EXIT_NOTHING;
}

static bool has_broken_run(const struct hz_stream *stream)
{
    for (size_t i = 0; i < stream->runs.n; ++i) {
        if (stream->runs.at[i].broken != NULL)
            return true;
    }
    return false;
}

/* A run that broke has said nothing: that nothing is worse would not be true of it. */
static int status_of(const struct reporting *reporting)
{
    bool compared = reporting->settings->against != NULL;
    if (reporting->stream.faults.n != 0 || reporting->old.faults.n != 0 ||
        reporting->matrix.broken != 0 || (compared && has_broken_run(&reporting->stream)))
        return HZ_EXIT_BROKEN;
    bool bad = compared ? reporting->comparison.worse : reporting->matrix.surprises != 0;
    return bad ? HZ_EXIT_SURPRISE : HZ_EXIT_FINE;
}

int hz_report(struct hz_arena *arena, const struct hz_settings *settings)
{
    struct reporting reporting = {.arena = arena, .settings = settings};
    const char *format = format_of(settings);
    if (settings->against != NULL && strcmp(format, "terminal") != 0 &&
        strcmp(format, "html") != 0 && strcmp(format, "jsonl") != 0) {
        fprintf(stderr, "hazmat report: --against is for the formats terminal, html and jsonl\n");
        return HZ_EXIT_USAGE;
    }
    reporting.html.stream = &reporting.stream;
    reporting.html.matrix = &reporting.matrix;
    hz_place_find(arena, settings, &reporting.place);
    int status = read_all(&reporting);
    if (status == HZ_EXIT_FINE) {
        hz_matrix_build(arena, &reporting.stream, &reporting.matrix);
        hz_matrix_build(arena, &reporting.old, &reporting.old_matrix);
        if (settings->against != NULL)
            hz_compare(arena, &reporting.old, &reporting.old_matrix, &reporting.stream,
                       &reporting.matrix, &reporting.comparison);
        reporting.html.comparison = settings->against != NULL ? &reporting.comparison : NULL;
        status = put_report(&reporting) ? status_of(&reporting) : HZ_EXIT_BROKEN;
    }
    hz_stream_free(&reporting.stream);
    hz_stream_free(&reporting.old);
    return status;
}
