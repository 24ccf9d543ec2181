/*
 * The parts of the page, each a file. All write to the page's file as they go: nothing of the
 * page is kept in memory but what several parts need.
 */
#ifndef HZ_HTML_PARTS_H
#define HZ_HTML_PARTS_H

#include "catalog/diff.h"
#include "report/html.h"

/* What is shown of one thing at most; the page says how many there were more. */
enum {
    HZ_HTML_TEXT = 2000,    /* bytes of one text: a summary, a name, an essay's paragraph */
    HZ_HTML_LINE = 500,     /* bytes of a line of source */
    HZ_HTML_FINDINGS = 8,   /* of one run */
    HZ_HTML_PARTIES = 12,   /* of one finding */
    HZ_HTML_FRAMES = 16,    /* of one stack */
    HZ_HTML_THINGS = 8,     /* that one thread holds */
    HZ_HTML_FILES = 6,      /* of raw output, of one run */
    HZ_HTML_SOURCES = 20,   /* files around the findings of one unjudged run */
    HZ_HTML_ROWS = 400,     /* lines of one such file */
    HZ_HTML_LOOSE = 60,     /* runs of the user's own programs */
    HZ_HTML_PICTURES = 1200000, /* bytes of pictures in the whole page */
    HZ_HTML_RAW = 400000,   /* bytes of raw output in the whole page; of XML they become twice as many */
    HZ_HTML_RAW_UNIT = 4096 /* of a run in which nothing was found; four times it of others */
};

struct hz_html_drawings; /* pictures.c */

struct hz_html_page {
    FILE *out;
    const struct hz_html *html;
    struct hz_arena *arena; /* for what lives as long as the page */
    /* By row, variant and column: the run that is shown for a cell, or NULL. */
    const struct hz_run **shown;
    struct hz_html_drawings *drawings;
    size_t raw_unit; /* bytes of raw output that a run without findings may show */
};

/* ---- write.c: the only way into the page ---- */

/*
 * As printf, for %s, %zu, %u, %d, %lu, %ld, %lld and %.Nf: what %s stands for is escaped, fit
 * for text and for attributes in double quotes, and cut after HZ_HTML_TEXT bytes; NULL is "".
 * %% as ever.
 */
void hz_html_put(const struct hz_html_page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/*
 * Bytes, escaped, at most `most` of them; what was cut is counted. Control characters and bytes
 * that are no UTF-8 become \xNN; tabs and line ends stay if `lines`.
 */
void hz_html_text(const struct hz_html_page *page, struct hz_bytes text, size_t most, bool lines);

/* As hz_html_text(), with what stands between backquotes as code, and lines of no meaning. */
void hz_html_prose(const struct hz_html_page *page, struct hz_bytes text, size_t most);

/* ---- words.c: what a cell comes to, in words ---- */

struct hz_html_word {
    const char *class; /* for the style: "caught", "missed", "alarm", … */
    const char *word;  /* "caught", "false alarm", "sometimes 3/5", … */
};
struct hz_html_word hz_html_word(const struct hz_html_page *page,
                                 const struct hz_matrix_cell *cell, enum hz_variant variant,
                                 bool bare);
/* Whether a cell is worth a look though it is as expected: missed, misplaced, a false alarm,
   or one thing in some runs and another in others. */
bool hz_html_notable(const struct hz_matrix_cell *cell, bool bare);
void hz_html_seconds(const struct hz_html_page *page, double seconds);

/* ---- matrix.c, scores.c ---- */

/* What was run, in a line or two, and how it ended. */
void hz_html_summary(const struct hz_html_page *page);
void hz_html_surprises(const struct hz_html_page *page);
void hz_html_notables(const struct hz_html_page *page);
void hz_html_matrix(const struct hz_html_page *page);
void hz_html_scores(const struct hz_html_page *page);
void hz_html_environment(const struct hz_html_page *page);

/* ---- compared.c ---- */

/* What has changed since the older run; nothing if there is none. */
void hz_html_compared(const struct hz_html_page *page);

/* ---- choose.c ---- */

/* Chooses the run that is shown for each cell: one that caught, or accused a twin, if any did. */
void hz_html_choose(struct hz_html_page *page);
/* The run that was chosen, or NULL where the cell was not run. */
const struct hz_run *hz_html_shown(const struct hz_html_page *page, size_t row,
                                   enum hz_variant variant, size_t column);
/* How many bytes of raw output a run may show. */
size_t hz_html_raw_most(const struct hz_html_page *page, const struct hz_run *run);

/* ---- pairs.c ---- */

/* The pair of that id as the corpus has it now, or NULL. */
const struct hz_pair *hz_html_pair(const struct hz_html_page *page, const char *id);
void hz_html_pairs(const struct hz_html_page *page);

/* ---- source.c: files of the corpus and of programs ---- */

struct hz_html_source {
    const char *id;   /* begins the names of its lines: ID@27 */
    const char *path; /* as findings name it */
    const char *name; /* for people */
    const struct hz_source *truth; /* of a pair's program; NULL: any other file */
    HZ_VEC(struct hz_bytes) lines; /* line i is at[i - 1] */
    int header; /* lines of the comment that opens a pair's file, which is told elsewhere */
    bool *linked; /* by line, from 1: something leads there */
};
/* False: it cannot be read, or is no text that one would show. `out` has no lines then. */
bool hz_html_source_read(struct hz_arena *arena, const char *path, struct hz_html_source *out);
/* What follows the header, as one text. */
struct hz_bytes hz_html_source_body(const struct hz_html_source *source);
/* The line of the source where the frame is, or 0. */
int hz_html_source_line(const struct hz_html_source *source, const struct hz_frame *frame);

/* ---- notes.c: what a detector saw on a line ---- */

struct hz_html_note {
    int line;
    size_t detector;    /* index, for the style and the script */
    const char *name;   /* of the detector */
    const char *target; /* the id of what tells more */
    const char *what;
};
typedef HZ_VEC(struct hz_html_note) hz_html_notes;

/* Adds the notes of one run on a source: each thread's place, locks that it took, callers on
   marked lines. Marks the lines that its frames lead to. */
void hz_html_notes_add(struct hz_arena *arena, const struct hz_run *run,
                       struct hz_html_source *source, size_t detector, const char *target,
                       hz_html_notes *out);
/* By line, then detector; what is said twice is said once. */
void hz_html_notes_sort(hz_html_notes *notes);

/* ---- code.c: sources with the notes below their lines ---- */

/* Both programs of a pair, aligned; `diff` is of their bodies. */
void hz_html_beside(const struct hz_html_page *page, const struct hz_html_source sides[2],
                    const struct hz_diff *diff, const hz_html_notes notes[2]);
/* The parts of one file to which something leads. */
void hz_html_excerpt(const struct hz_html_page *page, const struct hz_html_source *source,
                     const hz_html_notes *notes);

/* ---- finding.c ---- */

/* The findings of a run in their common form; frames in one of the sources lead to its line. */
void hz_html_findings(const struct hz_html_page *page, const struct hz_run *run,
                      const struct hz_html_source *sources, size_t n);
/* How it ended, what it printed, its raw output. */
void hz_html_run(const struct hz_html_page *page, const struct hz_run *run);

/* ---- pictures.c ---- */

/* Lays out the graphs of all findings that the page shows; after hz_html_choose(). */
void hz_html_draw(struct hz_html_page *page);
void hz_html_drawn(struct hz_html_page *page);
/* What can be drawn of a run, or of one finding of it (`finding` not NULL). */
void hz_html_pictures(const struct hz_html_page *page, const struct hz_run *run,
                      const struct hz_finding *finding);
/* What `watch --stats` measured of the locks of the user's own programs. */
void hz_html_locks(const struct hz_html_page *page);

/* ---- raw.c ---- */

/* What the program and the tool printed, cut. */
void hz_html_raw(const struct hz_html_page *page, const struct hz_run *run);

/* ---- loose.c: runs of the user's own programs ---- */
void hz_html_loose(const struct hz_html_page *page);

/* Those runs, by program, detector and repetition; how many. The array is the page's. */
size_t hz_html_loose_runs(const struct hz_html_page *page, const struct hz_run ***out);

/* ---- ideas.c: docs/concepts.md ---- */
void hz_html_ideas(const struct hz_html_page *page);

/* ---- assets.c: what the build has put into this program ---- */

struct hz_html_asset {
    struct hz_bytes bytes;
    const char *sha256; /* in hexadecimal */
};
struct hz_html_asset hz_html_skeleton(void);
struct hz_html_asset hz_html_style(void);
struct hz_html_asset hz_html_script(void);
struct hz_html_asset hz_html_highlight(void);
const char *hz_html_highlight_version(void); /* "9.18.5" */
struct hz_html_asset hz_html_concepts(void);

#endif
