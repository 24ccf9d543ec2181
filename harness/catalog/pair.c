#include "catalog/catalog.h"

#include <string.h>

const char *const hz_concepts[] = {
    "program",    "process",      "thread",    "concurrency", "parallelism",   "interpreter-lock",
    "queue",      "pipe",         "lock",      "pool",        "daemon",        "race",
    "starvation", "deadlock",     "condition", "semaphore",   "barrier",       "rwlock",
    "atomics",    "memory-order", "signal",    "file",        "shared-memory", "livelock",
    "fairness",   NULL,
};

static const char *const word_names[] = {
    [HZ_EXPECT_NONE] = "none",
    [HZ_EXPECT_CAUGHT] = "caught",
    [HZ_EXPECT_BLIND] = "blind",
    [HZ_EXPECT_MISSED] = "missed",
    [HZ_EXPECT_SOMETIMES] = "sometimes",
    [HZ_EXPECT_CLEAN] = "clean",
    [HZ_EXPECT_FALSE_ALARM] = "false-alarm",
};

const char *hz_variant_name(enum hz_variant variant)
{
    return variant == HZ_BUGGY ? "buggy" : "fixed";
}

const char *hz_word_name(enum hz_word word)
{
    return word_names[word];
}

bool hz_word_parse(const char *name, enum hz_word *out)
{
    for (size_t i = 0; i < sizeof word_names / sizeof *word_names; i++) {
        if (strcmp(name, word_names[i]) == 0) {
            *out = (enum hz_word)i;
            return true;
        }
    }
    return false;
}

struct hz_expectation hz_pair_expects(const struct hz_pair *pair, enum hz_variant variant,
                                      const char *detector)
{
    const struct hz_source *source = &pair->source[variant];
    for (size_t i = 0; i < source->expectations.n; i++)
        if (strcmp(source->expectations.at[i].detector, detector) == 0)
            return source->expectations.at[i];
    return (struct hz_expectation){.detector = detector, .word = HZ_EXPECT_NONE};
}

bool hz_source_is(const struct hz_source *source, const char *file)
{
    if (file == NULL)
        return false;
    if (strcmp(file, source->path) == 0 || strcmp(file, source->name) == 0)
        return true;
    size_t n = strlen(file), tail = strlen(source->name);
    return n > tail && file[n - tail - 1] == '/' && strcmp(file + n - tail, source->name) == 0;
}

const struct hz_marker *hz_source_marker(const struct hz_source *source, int line)
{
    for (size_t i = 0; i < source->markers.n; i++)
        if (source->markers.at[i].line == line)
            return &source->markers.at[i];
    return NULL;
}
