/*
 * What the catalog's own files share: one file of the corpus while it is read. Only
 * file.c and catalog.c touch the system, everything else turns text into values and
 * faults.
 *
 *   file.c     bytes of a file into clean text
 *   header.c   text into an essay and keys, not yet understood
 *   keys.c     keys into what the pair says of itself
 *   expect.c   the keys @expect and @why
 *   markers.c  comments, markers, and the text without them
 *   check.c    what must hold between the two files
 */
#ifndef HZ_PARSE_H
#define HZ_PARSE_H

#include "catalog/catalog.h"

/* More is no scenario, and would make the comparison of twins slow. */
#define HZ_CATALOG_LINES 1000
#define HZ_CATALOG_BYTES 131072

struct hz_loader {
    struct hz_arena *arena;
    const char *root;
    const char *const *detectors;
    struct hz_catalog *catalog;
};

/* Adds a fault. `line` 0: the file as a whole. */
void hz_fault(const struct hz_loader *loader, const char *path, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* `@name value`; the value keeps its line ends, so that a fault in it finds its line. */
struct hz_key {
    const char *name, *value;
    int line;
    const char *at; /* the beginning of its line in the file's text */
};

struct hz_header {
    bool found;
    int line;   /* where it begins */
    size_t end; /* offset of what follows it */
    HZ_VEC(struct hz_key) keys;
};

struct hz_file {
    const struct hz_loader *loader;
    enum hz_variant variant;
    enum hz_class class;      /* of its folder */
    struct hz_pair *pair;     /* being filled */
    struct hz_source *source; /* the pair's of this variant */
    bool readable;
    const char *text; /* UTF-8 without zero bytes, lines ended by a newline alone */
    struct hz_header header;

    /* What expect.c has read so far: one for each detector, in the detectors' order. */
    struct hz_said {
        int line, why_line; /* 0: not said */
        bool good;          /* said with a word that is allowed */
    } * said;

    /* For check.c. */
    bool claimed; /* @hazard or @repairs was understood: */
    enum hz_class claim;
    const char *kind;
    int claim_line;
    bool flags_good;
    int flags_line;           /* 0: none given */
    int explore_line;         /* 0: none given */
    struct hz_bytes stripped; /* without header, markers and empty lines */
    const char *code;         /* without any comment, blank space folded */
};

void hz_file_fault(const struct hz_file *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* False if there is no text to go on with; the fault is noted then. */
bool hz_file_read(struct hz_file *file);
void hz_header_read(struct hz_file *file);
void hz_keys_read(struct hz_file *file);
void hz_markers_read(struct hz_file *file);
void hz_pair_check(struct hz_file *buggy, struct hz_file *fixed);

/* A part of a key's value. */
struct hz_item {
    const char *text;
    int line;
};
struct hz_items {
    HZ_VEC(struct hz_item) of;
};

/* Parts a value at any of `separators`; parts are trimmed and folded, empty ones dropped. */
void hz_items(struct hz_arena *arena, const struct hz_key *key, const char *separators,
              struct hz_items *out);

/* The text trimmed, with every run of blank space in it made one space. */
const char *hz_folded_text(struct hz_arena *arena, const char *text, size_t n);

/* "a, b, c" of names ended by NULL. */
const char *hz_listed(struct hz_arena *arena, const char *const *names);

/* Handlers of keys.c's table that are in expect.c. */
void hz_expect_begin(struct hz_file *file);
void hz_expect_read(struct hz_file *file, const struct hz_key *key);
void hz_why_read(struct hz_file *file, const struct hz_key *key);
void hz_expect_end(struct hz_file *file);

#endif
