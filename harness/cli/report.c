#include "cli/home.h"
#include "cli/results.h"

#include "report/junit.h"
#include "report/sarif.h"
#include "report/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads all streams into one; names what cannot be read. False: nothing can be reported. */
static bool read_streams(struct hz_arena *arena, char *const *paths, size_t n,
                         struct hz_stream *out)
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
    }
    out->complete = complete;
    for (size_t i = 0; i < out->faults.n; ++i)
        fprintf(stderr, "%s:%d: %s\n", out->faults.at[i].file, out->faults.at[i].line,
                out->faults.at[i].message);
    return true;
}

static void write_jsonl(const struct hz_stream *stream, FILE *out)
{
    if (stream->start != NULL)
        json_dumpf(stream->start, out, JSON_COMPACT | JSON_ENSURE_ASCII);
    fputc('\n', out);
    for (size_t i = 0; i < stream->runs.n; ++i) {
        json_t *event = hz_run_to_json(&stream->runs.at[i]);
        json_dumpf(event, out, JSON_COMPACT | JSON_ENSURE_ASCII);
        fputc('\n', out);
        json_decref(event);
    }
    json_t *end = hz_end_to_json(stream->complete, 0);
    json_dumpf(end, out, JSON_COMPACT | JSON_ENSURE_ASCII);
    fputc('\n', out);
    json_decref(end);
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

static bool write_report(struct hz_arena *arena, const struct hz_settings *settings,
                         const struct hz_place *place, const struct hz_stream *stream,
                         const struct hz_matrix *matrix, FILE *out, struct hz_error *error)
{
    const char *format = settings->format != NULL ? settings->format : "terminal";
    if (strcmp(format, "sarif") == 0)
        return write_sarif(arena, place, stream, matrix->rows.n != 0, out, error);
    if (strcmp(format, "junit") == 0)
        return hz_junit_write(fileno(out), stream, matrix, error);
    if (strcmp(format, "jsonl") == 0)
        write_jsonl(stream, out);
    else
        write_terminal(stream, matrix, out, settings->color);
    if (fflush(out) != 0 || ferror(out))
        return hz_fail(error, "writing the report: %s", strerror(errno));
    return true;
}

int hz_report(struct hz_arena *arena, const struct hz_settings *settings)
{
    struct hz_place place;
    struct hz_stream stream = {0};
    struct hz_matrix matrix;
    hz_place_find(arena, settings, &place);
    char *latest = hz_dup(arena, hz_results_latest(arena, place.results));
    bool named = settings->words_n != 0;
    if (!read_streams(arena, named ? settings->words : &latest, named ? settings->words_n : 1,
                      &stream))
        return HZ_EXIT_BROKEN;
    if (stream.runs.n == 0) {
        fprintf(stderr, "hazmat report: there is no run in %s\n",
                named ? settings->words[0] : latest);
        hz_stream_free(&stream);
        return stream.faults.n != 0 ? HZ_EXIT_BROKEN : HZ_EXIT_NOTHING;
    }
    hz_matrix_build(arena, &stream, &matrix);
    FILE *out = settings->output != NULL ? fopen(settings->output, "we") : stdout;
    struct hz_error error = {""};
    bool fine = out != NULL ? write_report(arena, settings, &place, &stream, &matrix, out, &error)
                            : hz_fail(&error, "%s: %s", settings->output, strerror(errno));
    if (out != NULL && out != stdout && fclose(out) != 0)
        fine = hz_fail(&error, "%s: %s", settings->output, strerror(errno));
    if (!fine)
        fprintf(stderr, "hazmat report: %s\n", error.text);
    hz_stream_free(&stream);
    if (!fine || stream.faults.n != 0 || matrix.broken != 0)
        return HZ_EXIT_BROKEN;
    return matrix.surprises != 0 ? HZ_EXIT_SURPRISE : HZ_EXIT_FINE;
}
