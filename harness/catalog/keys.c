#include "catalog/parse.h"

#include <string.h>

/* ---- each key's value ---- */

static bool good_kind(const char *kind)
{
    return *kind != '\0' && kind[strspn(kind, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static const char *value_of(const struct hz_file *file, const struct hz_key *key)
{
    return hz_folded_text(file->loader->arena, key->value, strlen(key->value));
}

/* CLASS/KIND, as @hazard and @repairs have it. */
static void read_claim(struct hz_file *file, const struct hz_key *key)
{
    struct hz_arena *arena = file->loader->arena;
    const char *value = value_of(file, key);
    const char *slash = strchr(value, '/');
    if (slash == NULL || !good_kind(slash + 1)) {
        hz_file_fault(file, key->line,
                      "write @%s CLASS/KIND, with small letters, digits and - in the kind, not "
                      "\"%s\"",
                      key->name, value);
        return;
    }
    const char *class = hz_copy(arena, value, (size_t)(slash - value));
    if (!hz_class_parse(class, &file->claim) || file->claim == HZ_MISUSE) {
        hz_file_fault(file, key->line,
                      "@%s of unknown class \"%s\": use race, deadlock or starvation", key->name,
                      class);
        return;
    }
    file->claimed = true;
    file->claim_line = key->line;
    file->kind = slash + 1;
    if (file->variant == HZ_BUGGY)
        file->pair->kind = file->kind;
    if (file->claim != file->class)
        hz_file_fault(file, key->line,
                      "@%s says %s, but the file is in the folder %s: change the one or move the "
                      "other",
                      key->name, class, hz_class_name(file->class));
}

static bool among(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

static void read_concepts(struct hz_file *file, const struct hz_key *key)
{
    struct hz_arena *arena = file->loader->arena;
    struct hz_pair *pair = file->pair;
    struct hz_items items = {0};
    hz_items(arena, key, ",", &items);
    for (size_t i = 0; i < items.of.n; i++) {
        struct hz_item item = items.of.at[i];
        if (!among(item.text, hz_concepts)) {
            hz_file_fault(file, item.line, "unknown concept \"%s\": use %s", item.text,
                          hz_listed(arena, hz_concepts));
            continue;
        }
        for (size_t k = 0; k < pair->concepts.n; k++)
            if (strcmp(pair->concepts.at[k], item.text) == 0)
                hz_file_fault(file, item.line, "the concept %s stands here twice", item.text);
        *hz_push(arena, &pair->concepts) = item.text;
    }
    if (items.of.n == 0)
        hz_file_fault(file, key->line, "@concept is empty: name at least one of %s",
                      hz_listed(arena, hz_concepts));
}

static void read_also(struct hz_file *file, const struct hz_key *key)
{
    const char *value = value_of(file, key);
    if (strcmp(value, "misuse") == 0)
        file->pair->also_misuse = true;
    else
        hz_file_fault(file, key->line, "@also can only say misuse, not \"%s\"", value);
}

/* The build looks for this line itself, by its exact beginning (cmake/corpus.cmake). */
static const char build_form[] = " * @flags ";

static bool build_sees(const struct hz_key *key)
{
    size_t n = sizeof build_form - 1;
    return strncmp(key->at, build_form, n) == 0 && key->at[n + strspn(key->at + n, " ")] == '-';
}

static void read_flags(struct hz_file *file, const struct hz_key *key)
{
    static const char *const known[] = {"-O0", "-O1", "-O2", "-O3", NULL};
    const char *value = value_of(file, key);
    file->flags_line = key->line;
    file->flags_good = among(value, known) && build_sees(key);
    if (file->flags_good)
        file->source->flags = value;
    else if (!among(value, known))
        hz_file_fault(file, key->line, "@flags can only be one of %s, not \"%s\"",
                      hz_listed(file->loader->arena, known), value);
    else
        hz_file_fault(file, key->line,
                      "the build would not see this: begin the line with \"%s\", and spaces alone",
                      build_form);
}

/* NAME=VALUE: a #define of the program, for the explorer's build (cmake/corpus.cmake). */
static void read_explore(struct hz_file *file, const struct hz_key *key)
{
    static const char form[] = " * @explore ";
    const char *value = value_of(file, key);
    file->source->explore = value;
    file->explore_line = key->line;
    bool good = strncmp(key->at, form, sizeof form - 1) == 0 && *value != '\0';
    for (const char *at = value; good && *at != '\0';) {
        size_t name = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
        good = name > 0 && at[name] == '=';
        at += name + good;
        size_t number = strspn(at, "0123456789");
        good = good && number > 0;
        number += strspn(at + number, ".0123456789");
        number += at[number] == 'L';
        good = good && (at[number] == ' ' || at[number] == '\0');
        at += number + strspn(at + number, " ");
    }
    if (!good)
        hz_file_fault(file, key->line, "write \"%sNAME=NUMBER NAME=NUMBER\" in one line, not "
                      "\"%s\"", form, value);
}

static void read_see(struct hz_file *file, const struct hz_key *key)
{
    struct hz_items items = {0};
    hz_items(file->loader->arena, key, ",", &items);
    for (size_t i = 0; i < items.of.n; i++)
        *hz_push(file->loader->arena, &file->pair->see) = items.of.at[i].text;
    if (items.of.n == 0)
        hz_file_fault(file, key->line, "@see is empty: say what to see, or take it out");
}

/* ---- all keys ---- */

/* In the order in which they are read: @why asks what @expect said. */
static const struct rule {
    const char *name, *form;
    bool in[2], required[2]; /* by variant */
    bool again;              /* may come more than once */
    void (*read)(struct hz_file *file, const struct hz_key *key);
} rules[] = {
    {"hazard", "CLASS/KIND", {true, false}, {true, false}, false, read_claim},
    {"repairs", "CLASS/KIND", {false, true}, {false, true}, false, read_claim},
    {"concept", "A, B", {true, false}, {true, false}, false, read_concepts},
    {"expect", "DETECTOR=WORD ...", {true, true}, {true, false}, false, hz_expect_read},
    {"why", "DETECTOR: reason", {true, true}, {false, false}, true, hz_why_read},
    {"also", "misuse", {true, false}, {false, false}, false, read_also},
    {"flags", "-O2", {true, true}, {false, false}, false, read_flags},
    {"explore", "NAME=NUMBER ...", {true, true}, {false, false}, false, read_explore},
    {"see", "CWE-833", {true, false}, {false, false}, false, read_see},
};
#define RULES (sizeof rules / sizeof *rules)

static void apply(struct hz_file *file, const struct rule *rule)
{
    const struct hz_header *header = &file->header;
    const struct hz_key *first = NULL;
    for (size_t i = 0; i < header->keys.n; i++) {
        const struct hz_key *key = &header->keys.at[i];
        if (strcmp(key->name, rule->name) != 0)
            continue;
        if (!rule->in[file->variant])
            hz_file_fault(file, key->line, "@%s belongs in the %s file: move it there", key->name,
                          hz_variant_name(file->variant == HZ_BUGGY ? HZ_FIXED : HZ_BUGGY));
        else if (first != NULL && !rule->again)
            hz_file_fault(file, key->line, "a second @%s: put all into the one in line %d",
                          key->name, first->line);
        else
            rule->read(file, key);
        first = first != NULL ? first : key;
    }
    if (first == NULL && rule->required[file->variant])
        hz_file_fault(file, header->line, "the header has no @%s: add \"@%s %s\"", rule->name,
                      rule->name, rule->form);
}

static void check_known(struct hz_file *file, const struct hz_key *key)
{
    const char *known = "";
    for (size_t i = 0; i < RULES; i++) {
        if (strcmp(key->name, rules[i].name) == 0)
            return;
        if (rules[i].in[file->variant])
            known = hz_printf(file->loader->arena, "%s%s@%s", known, *known != '\0' ? ", " : "",
                              rules[i].name);
    }
    hz_file_fault(file, key->line, "unknown key @%s: a %s file has %s", key->name,
                  hz_variant_name(file->variant), known);
}

void hz_keys_read(struct hz_file *file)
{
    file->source->flags = "-O0";
    file->flags_good = true;
    if (!file->header.found)
        return;
    hz_expect_begin(file);
    for (size_t i = 0; i < file->header.keys.n; i++)
        check_known(file, &file->header.keys.at[i]);
    for (size_t i = 0; i < RULES; i++)
        apply(file, &rules[i]);
    hz_expect_end(file);
}
