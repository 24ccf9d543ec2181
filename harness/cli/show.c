#include "cli/home.h"
#include "cli/results.h"

#include "report/snippet.h"
#include "report/terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* An essay is wrapped as its file is; paragraphs are made of it that fit the paper. */
static void print_paragraphs(const struct hz_paper *paper, struct hz_arena *arena,
                             const char *essay)
{
    char *text = hz_dup(arena, hz_visible(arena, essay, true));
    for (char *at = text; *at != '\0'; ++at) {
        bool paragraph_ends = at[0] == '\n' && at[1] == '\n';
        if (paragraph_ends)
            ++at;
        else if (*at == '\n')
            *at = ' ';
    }
    hz_folded(paper, 2, text);
}

static void print_essay(const struct hz_paper *paper, struct hz_arena *arena,
                        const struct hz_pair *pair)
{
    hz_inked(paper, HZ_BOLD, "%s", pair->id);
    fprintf(paper->file, "  (%s, kind %s)\n\n", hz_class_name(pair->class), pair->kind);
    print_paragraphs(paper, arena, pair->source[HZ_BUGGY].essay);
    hz_inked(paper, HZ_BOLD, "\nthe twin\n");
    print_paragraphs(paper, arena, pair->source[HZ_FIXED].essay);
    fputs("\nconcepts:", paper->file);
    for (size_t i = 0; i < pair->concepts.n; ++i)
        fprintf(paper->file, "%s %s", i != 0 ? "," : "", pair->concepts.at[i]);
    for (size_t i = 0; i < pair->see.n; ++i)
        fprintf(paper->file, "%s %s", i != 0 ? "," : "   see:", pair->see.at[i]);
    fputc('\n', paper->file);
}

static void print_line(const struct hz_paper *paper, struct hz_arena *arena,
                       const struct hz_source *source, int line)
{
    struct hz_snippets snippets = {.arena = arena};
    const char *text = hz_snippet_text(&snippets, source->path, line);
    if (text != NULL)
        hz_snippet_print(paper, text, line, HZ_GREEN);
}

static void print_truth(const struct hz_paper *paper, struct hz_arena *arena,
                        const struct hz_source *source, const char *word, enum hz_ink ink)
{
    for (size_t i = 0; i < source->markers.n; ++i) {
        const struct hz_marker *marker = &source->markers.at[i];
        hz_inked(paper, HZ_BOLD, "%s:%d: ", source->name, marker->line);
        hz_inked(paper, ink, "%s: ", word);
        fprintf(paper->file, "%s\n", marker->text);
        print_line(paper, arena, source, marker->line);
    }
}

/* ---- the last results ---- */

static const struct hz_matrix_row *row_of(const struct hz_matrix *matrix, const char *pair)
{
    for (size_t i = 0; i < matrix->rows.n; ++i) {
        if (strcmp(matrix->rows.at[i].pair, pair) == 0)
            return &matrix->rows.at[i];
    }
    return NULL;
}

static const struct hz_matrix_cell *cell_of(const struct hz_matrix *matrix,
                                            const struct hz_matrix_row *row, int variant,
                                            const char *detector)
{
    static const struct hz_matrix_cell none;
    for (size_t i = 0; row != NULL && i < matrix->detectors.n; ++i) {
        if (strcmp(matrix->detectors.at[i], detector) == 0)
            return &row->cells[variant][i];
    }
    return &none;
}

/* The explorer's program may be a smaller one than that of the others. */
static void print_sizes(const struct hz_paper *paper, struct hz_arena *arena, int indent,
                        const struct hz_pair *pair, const char *detector)
{
    const char *sizes = hz_pair_sizes(pair, detector);
    if (sizes != NULL)
        hz_folded(paper, indent,
                  hz_printf(arena,
                            "counts and times are of a smaller program, built with %s (@explore)",
                            sizes));
}

static void print_detector(const struct hz_paper *paper, struct hz_arena *arena,
                           const struct hz_pair *pair, const struct hz_matrix *matrix,
                           const struct hz_detector *detector)
{
    bool bare = detector == &hz_bare;
    const struct hz_matrix_row *row = row_of(matrix, pair->id);
    const struct hz_matrix_cell *buggy = cell_of(matrix, row, HZ_BUGGY, detector->name);
    const struct hz_matrix_cell *fixed = cell_of(matrix, row, HZ_FIXED, detector->name);
    struct hz_expectation expected[2] = {hz_pair_expects(pair, HZ_BUGGY, detector->name),
                                         hz_pair_expects(pair, HZ_FIXED, detector->name)};
    fprintf(paper->file, "  %-9s  %-12s %-8s  %-12s %-8s\n", detector->name,
            bare ? "" : hz_word_name(expected[0].word), hz_buggy_word(arena, buggy, bare),
            bare ? "" : hz_word_name(expected[1].word), hz_fixed_word(arena, fixed, bare));
    for (int variant = 0; variant < 2; ++variant) {
        if (expected[variant].why != NULL)
            hz_folded(paper, 13, hz_printf(arena, "%s: %s",
                                           hz_variant_name((enum hz_variant)variant),
                                           expected[variant].why));
    }
    print_sizes(paper, arena, 13, pair, detector->name);
    if (buggy->surprise != NULL || fixed->surprise != NULL)
        hz_inked(paper, HZ_RED, "             not as expected: %s\n",
                 hz_visible(arena, buggy->surprise ? buggy->surprise : fixed->surprise, false));
}

/* Blind is who cannot see this kind of hazard; the run's verdict does not know that. */
static const char *word_of(const struct hz_run *run)
{
    bool blind = run->verdict == HZ_MISSED && run->expected.word == HZ_EXPECT_BLIND;
    return blind ? hz_word_name(HZ_EXPECT_BLIND) : hz_verdict_name(run->verdict);
}

static void print_findings(const struct hz_paper *paper, struct hz_arena *arena,
                           const struct hz_place *place, const struct hz_pair *pair,
                           const struct hz_matrix *matrix, const char *detector)
{
    const struct hz_matrix_row *row = row_of(matrix, pair->id);
    for (int variant = 0; variant < 2; ++variant) {
        const struct hz_run *run = cell_of(matrix, row, variant, detector)->example;
        if (run == NULL)
            continue;
        hz_inked(paper, HZ_BOLD, "%s%s under %s: %s\n", variant != 0 ? "\n" : "",
                 hz_variant_name((enum hz_variant)variant), detector,
                 word_of(run));
        fprintf(paper->file, "  %s; %zu finding%s\n",
                hz_visible(arena, hz_outcome_text(arena, run), false), run->findings.n,
                run->findings.n != 1 ? "s" : "");
        if (run->explored != NULL)
            fprintf(paper->file, "  %s\n", hz_visible(arena, run->explored, false));
        print_sizes(paper, arena, 2, pair, detector);
        const char *outdated = hz_run_outdated(arena, run, &pair->source[variant]);
        if (outdated != NULL)
            hz_folded(paper, 2, hz_visible(arena, outdated, false));
        if (run->broken != NULL)
            hz_folded(paper, 2, hz_visible(arena, run->broken, false));
        hz_terminal_findings(paper, run, 1, place->home.corpus);
        const struct hz_marker *marker = hz_source_marker(&pair->source[variant], run->line);
        if (marker != NULL)
            hz_folded(paper, 2, hz_printf(arena, "hits line %d, marked: %s", marker->line,
                                          hz_visible(arena, marker->text, false)));
        if (run->raw != NULL)
            fprintf(paper->file, "  raw output: %s/latest/%s\n", place->results,
                    hz_visible(arena, run->raw, false));
    }
}

int hz_show(struct hz_arena *arena, const struct hz_settings *settings)
{
    struct hz_place place;
    const struct hz_pair *pair;
    int status = hz_place_one_pair(arena, settings, &place, &pair);
    if (status != HZ_EXIT_FINE)
        return status;
    struct hz_paper paper = hz_paper(stdout, settings->color);
    struct hz_stream stream = {0};
    struct hz_matrix matrix = {0};
    const char *latest = hz_results_latest(arena, place.results);
    if (access(latest, R_OK) == 0 && hz_stream_read(arena, latest, &stream, NULL))
        hz_matrix_build(arena, &stream, &matrix);
    if (settings->detectors.n == 0) {
        print_essay(&paper, arena, pair);
        fputc('\n', stdout);
        print_truth(&paper, arena, &pair->source[HZ_BUGGY], "hazard", HZ_RED);
        print_truth(&paper, arena, &pair->source[HZ_FIXED], "fix", HZ_GREEN);
        hz_inked(&paper, HZ_BOLD, "\n  %-9s  %-12s %-8s  %-12s %-8s\n", "detector", "buggy: exp.",
                 "last", "twin: exp.", "last");
        for (const struct hz_detector *const *it = hz_detectors; *it != NULL; ++it)
            print_detector(&paper, arena, pair, &matrix, *it);
        if (row_of(&matrix, pair->id) == NULL)
            printf("\nNot run yet: hazmat check -k %s\n", pair->id);
        else
            printf("\nFindings: hazmat show %s -d DETECTOR\n", pair->id);
    }
    for (size_t i = 0; i < settings->detectors.n; ++i) {
        if (i != 0)
            fputc('\n', stdout);
        print_findings(&paper, arena, &place, pair, &matrix, settings->detectors.at[i]);
    }
    if (settings->detectors.n != 0 && row_of(&matrix, pair->id) == NULL)
        printf("Not run yet: hazmat check -k %s\n", pair->id);
    hz_stream_free(&stream);
    return HZ_EXIT_FINE;
}
