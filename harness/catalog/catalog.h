/*
 * The catalog: finds the pairs under a corpus folder, reads the header and the
 * markers of each file, and checks that the corpus keeps its own rules.
 *
 * A header is the block comment that opens a file. Its text down to the first
 * line that begins with `@` is the essay (paragraphs parted by an empty line);
 * then come the keys, one a line; a line that does not begin with `@` goes on
 * with the key above it.
 *
 *   in scenarios/CLASS/NAME.c            in fixed/CLASS/NAME.c
 *     @hazard  CLASS/KIND   (required)     @repairs CLASS/KIND   (required, the same)
 *     @concept A, B         (required)     @expect  DETECTOR=false-alarm …  (optional;
 *     @expect  DETECTOR=WORD … (required,           what is not named is clean)
 *              one word for each detector) @why     DETECTOR[,DETECTOR]: reason
 *     @why     DETECTOR[,DETECTOR]: reason
 *              (required for each that is not `caught`)
 *     @also    misuse       (optional: a finding of that class names this hazard too)
 *     @flags   -O2          (optional: -O0 to -O3, in both files; the default is -O0)
 *     @explore TRANSFERS=2  (optional, in both files alike: what the program #defines otherwise
 *                           where the explorer runs it, who needs few rounds: 2, 2L, 0.5)
 *     @see     CWE-833, …   (optional)
 *
 * Words for a buggy program: caught, blind, missed, sometimes. For a twin:
 * clean, false-alarm, sometimes. Markers are comments at the end of a line of
 * code: `HAZARD: text` in the buggy file, `FIX: text` in its twin, at least one
 * in each, none of the other's.
 *
 * Checked besides: every file has its twin, class and folder agree, keys and
 * words and concepts are known and come once (@why once for each detector), the
 * two files differ in their code (comments and blank space aside), and by no more
 * than HZ_CATALOG_DIFF lines (header, markers and empty lines aside). Names of
 * files have small letters, digits and `-`; files are UTF-8 with plain line ends.
 * Only *.c in a class's folder is read, and other files are let be.
 * Every fault becomes a diagnostic; loading goes on so that all come at once.
 */
#ifndef HZ_CATALOG_H
#define HZ_CATALOG_H

#include "base/base.h"
#include "finding/finding.h"

/* How many lines a twin may add and take away in all, headers and markers aside. */
#define HZ_CATALOG_DIFF 40

enum hz_variant { HZ_BUGGY, HZ_FIXED };
const char *hz_variant_name(enum hz_variant variant);

enum hz_word {
    HZ_EXPECT_NONE, /* not said (a detector that came after the pair) */
    HZ_EXPECT_CAUGHT,
    HZ_EXPECT_BLIND,
    HZ_EXPECT_MISSED,
    HZ_EXPECT_SOMETIMES,
    HZ_EXPECT_CLEAN,
    HZ_EXPECT_FALSE_ALARM
};
const char *hz_word_name(enum hz_word word);
bool hz_word_parse(const char *name, enum hz_word *out);

struct hz_expectation {
    const char *detector;
    enum hz_word word;
    const char *why; /* NULL where none is needed */
};

struct hz_marker {
    int line;         /* from 1 */
    const char *text; /* what follows `HAZARD:` or `FIX:` */
};

struct hz_source {
    const char *path; /* to open it: ROOT/scenarios/CLASS/NAME.c */
    const char *name; /* from the corpus root: scenarios/CLASS/NAME.c */
    const char *digest; /* of its bytes, in hexadecimal: to see that it has changed */
    const char *essay; /* its lines as they stand, paragraphs parted by one empty line */
    const char *flags; /* "-O0" where the header names none */
    const char *explore; /* what the explorer's build defines otherwise; NULL: nothing */
    HZ_VEC(struct hz_marker) markers;
    HZ_VEC(struct hz_expectation) expectations;
};

struct hz_pair {
    const char *id; /* "deadlock/transfer": CLASS/NAME, the name of the pair everywhere */
    enum hz_class class;
    const char *kind; /* from @hazard: what follows the slash */
    HZ_VEC(const char *) concepts;
    HZ_VEC(const char *) see;
    bool also_misuse;
    struct hz_source source[2]; /* by enum hz_variant */
};

struct hz_diagnostic {
    const char *file;
    int line; /* 0: the file as a whole */
    const char *message;
};

struct hz_catalog {
    HZ_VEC(struct hz_pair) pairs; /* sorted by class, then name; only those without a fault */
    HZ_VEC(struct hz_diagnostic) faults; /* sorted by file and line */
};

/*
 * Loads the corpus under `root`. `detectors` are the names that @expect must
 * speak of, ended by NULL (`bare` is not among them: it has no expectation).
 * False only where the folder itself cannot be read; faults of the corpus are
 * in the catalog.
 */
bool hz_catalog_load(struct hz_arena *arena, const char *root, const char *const *detectors,
                     struct hz_catalog *out, struct hz_error *error);

/*
 * The name that a path has in the corpus, wherever that was built: from the last folder called
 * `scenarios` or `fixed` on. NULL if there is none.
 */
const char *hz_catalog_name(const char *path);

/* The pair of that id, or NULL. */
const struct hz_pair *hz_catalog_pair(const struct hz_catalog *catalog, const char *id);

/* The expectation of one cell; word HZ_EXPECT_NONE if the header has none. */
struct hz_expectation hz_pair_expects(const struct hz_pair *pair, enum hz_variant variant,
                                      const char *detector);

/*
 * Whether `file`, as a detector reported it, is this source: the same path, or
 * one that ends in "/" and the source's name (programs may have been built
 * elsewhere, and twins share their file's base name).
 */
bool hz_source_is(const struct hz_source *source, const char *file);

/* The marker on that line, or NULL. */
const struct hz_marker *hz_source_marker(const struct hz_source *source, int line);

/* The words that @concept may use, ended by NULL; docs/concepts.md explains each. */
extern const char *const hz_concepts[];

#endif
