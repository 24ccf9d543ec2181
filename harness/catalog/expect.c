#include "catalog/parse.h"

#include <string.h>

/* The words of each variant; for all but the first a reason must be given. */
static const char *const words[2][5] = {
    [HZ_BUGGY] = {"caught", "blind", "missed", "sometimes", NULL},
    [HZ_FIXED] = {"clean", "false-alarm", "sometimes", NULL},
};

static bool needs_why(const struct hz_file *file, enum hz_word word)
{
    return word != (file->variant == HZ_BUGGY ? HZ_EXPECT_CAUGHT : HZ_EXPECT_CLEAN);
}

static bool allowed(const struct hz_file *file, const char *word)
{
    const char *const *known = words[file->variant];
    while (*known != NULL && strcmp(*known, word) != 0)
        known++;
    return *known != NULL;
}

/* The index of a detector, or -1 with a fault. */
static int find_detector(const struct hz_file *file, int line, const char *key, const char *name)
{
    const char *const *detectors = file->loader->detectors;
    for (int i = 0; detectors[i] != NULL; i++)
        if (strcmp(detectors[i], name) == 0)
            return i;
    if (strcmp(name, "bare") == 0)
        hz_file_fault(file, line, "@%s speaks of bare, of which nothing is expected: take it out",
                      key);
    else
        hz_file_fault(file, line, "@%s of unknown detector \"%s\": known are %s", key, name,
                      hz_listed(file->loader->arena, detectors));
    return -1;
}

void hz_expect_begin(struct hz_file *file)
{
    struct hz_arena *arena = file->loader->arena;
    size_t n = 0;
    for (; file->loader->detectors[n] != NULL; n++)
        *hz_push(arena, &file->source->expectations) =
            (struct hz_expectation){.detector = file->loader->detectors[n]};
    file->said = hz_alloc(arena, n * sizeof *file->said);
}

/* One DETECTOR=WORD. */
static void read_word(struct hz_file *file, struct hz_item item)
{
    struct hz_arena *arena = file->loader->arena;
    const char *equals = strchr(item.text, '=');
    if (equals == NULL) {
        hz_file_fault(file, item.line, "@expect has \"%s\": write DETECTOR=WORD, apart by spaces",
                      item.text);
        return;
    }
    const char *name = hz_copy(arena, item.text, (size_t)(equals - item.text));
    int i = find_detector(file, item.line, "expect", name);
    if (i < 0)
        return;
    struct hz_said *said = &file->said[i];
    if (said->line != 0) {
        hz_file_fault(file, item.line, "@expect speaks of %s twice (line %d too)", name,
                      said->line);
        return;
    }
    said->line = item.line;
    said->good = allowed(file, equals + 1) &&
                 hz_word_parse(equals + 1, &file->source->expectations.at[i].word);
    if (!said->good)
        hz_file_fault(file, item.line, "@expect %s=%s: for a %s program the words are %s", name,
                      equals + 1, hz_variant_name(file->variant),
                      hz_listed(arena, words[file->variant]));
}

void hz_expect_read(struct hz_file *file, const struct hz_key *key)
{
    const char *const *detectors = file->loader->detectors;
    struct hz_items items = {0};
    hz_items(file->loader->arena, key, " \t\n", &items);
    for (size_t i = 0; i < items.of.n; i++)
        read_word(file, items.of.at[i]);
    for (int i = 0; file->variant == HZ_BUGGY && detectors[i] != NULL; i++)
        if (file->said[i].line == 0)
            hz_file_fault(file, key->line, "@expect says nothing of %s: add %s=WORD (%s)",
                          detectors[i], detectors[i],
                          hz_listed(file->loader->arena, words[HZ_BUGGY]));
}

/* The reason for one detector of a @why. */
static void give_reason(struct hz_file *file, int line, const char *name, const char *reason)
{
    int i = find_detector(file, line, "why", name);
    if (i < 0)
        return;
    struct hz_said *said = &file->said[i];
    struct hz_expectation *expectation = &file->source->expectations.at[i];
    if (said->why_line != 0) {
        hz_file_fault(file, line, "@why speaks of %s twice (line %d too)", name, said->why_line);
        return;
    }
    said->why_line = line;
    bool known = said->good || (said->line == 0 && file->variant == HZ_FIXED);
    enum hz_word word = said->good ? expectation->word : HZ_EXPECT_CLEAN;
    if (known && !needs_why(file, word))
        hz_file_fault(file, line,
                      "@why speaks of %s, which is expected to be %s and needs none: "
                      "take it out or change @expect",
                      name, hz_word_name(word));
    expectation->why = reason;
}

void hz_why_read(struct hz_file *file, const struct hz_key *key)
{
    struct hz_arena *arena = file->loader->arena;
    const char *colon = strchr(key->value, ':');
    const char *reason = colon != NULL ? hz_folded_text(arena, colon + 1, strlen(colon + 1)) : "";
    struct hz_items names = {0};
    if (colon != NULL) {
        struct hz_key head = *key;
        head.value = hz_copy(arena, key->value, (size_t)(colon - key->value));
        hz_items(arena, &head, ", \t\n", &names);
    }
    if (names.of.n == 0 || *reason == '\0') {
        hz_file_fault(file, key->line, "write @why DETECTOR[,DETECTOR]: reason");
        return;
    }
    for (size_t i = 0; i < names.of.n; i++)
        give_reason(file, names.of.at[i].line, names.of.at[i].text, reason);
}

void hz_expect_end(struct hz_file *file)
{
    for (size_t i = 0; i < file->source->expectations.n; i++) {
        struct hz_expectation *expectation = &file->source->expectations.at[i];
        struct hz_said *said = &file->said[i];
        if (said->good && said->why_line == 0 && needs_why(file, expectation->word))
            hz_file_fault(file, said->line, "why is %s %s? Add \"@why %s: reason\"",
                          expectation->detector, hz_word_name(expectation->word),
                          expectation->detector);
        if (said->line == 0 && file->variant == HZ_FIXED)
            expectation->word = HZ_EXPECT_CLEAN;
    }
}
